"""What came of recordings: a line for each, findings as a table, the verdict; the same as JSON, and as a summary."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from proxy.audit import MOST_DEPLOYMENTS, Terms
from proxy.audited import Audited
from proxy.telling.coverage import Coverage
from proxy.telling.noted import Noted
from proxy.telling.summary import Facts, summary_of
from proxy.telling.timelines import Timelines
from reports import gate
from reports.model import Outcome, Verdict
from reports.redact import redact_text
from reports.render import trafficwords
from reports.render.words import HEADLINES, LABELS, printable
from reports.traffic import Charge, TrafficReport, redacted
from spec.load import PUBLISHED, load_contract, load_law, load_ledger, load_release
from spec.release import Deviation
from vimgate.tables import empty_table

FORMAT: Final = "vimgate-audit"
VERSION: Final = 1

MOST_DAMAGES: Final = 10
_FOREIGN: Final = "of sites that are no VIM"


@dataclass(frozen=True, slots=True)
class Told:
    """One recording by the name under which it is told of, and what came of it."""

    name: str
    audited: Audited


@dataclass(frozen=True, slots=True)
class Whole:
    """What came of all recordings; `stopped`: not everything was read because somebody wanted an end.

    `silent` says of deviations on which the document is silent how often they showed.
    """

    told: tuple[Told, ...]
    report: TrafficReport
    stopped: bool
    silent: Mapping[str, int] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """What it comes to: a broken MUST outranks not knowing, except for whoever stopped it."""
        if self.stopped:
            return Outcome.INCOMPLETE
        if trafficwords.failed(self.report, trafficwords.ANSWERS):
            return Outcome.NOT_CONFORMANT
        judged = any(each.audited.judged for each in self.told)
        broken = any(each.audited.damages or each.audited.crashes for each in self.told)
        return Outcome.CONFORMANT if judged and not broken else Outcome.INCOMPLETE


def whole(told: Sequence[Told], terms: Terms, *, stopped: bool) -> Whole:
    """Everything together, in the order in which it is told."""
    contract, law = load_contract(terms.release), load_law(terms.release)
    seen = _Seen(Coverage(contract, law), Timelines(contract))
    noted, unchecked, faults, silent = Noted(), Counter[str](), Counter[str](), Counter[str]()
    for each in told:
        audited = each.audited
        noted.merge(audited.noted, each.name)
        if audited.coverage:
            seen.coverage.merge(Coverage.from_json(audited.coverage, contract, law))
        if audited.timelines:
            seen.timelines.merge(Timelines.from_json(audited.timelines, contract))
        unchecked.update(audited.unjudged)
        faults.update(audited.crashes)
        silent.update(audited.silent)
    facts = _facts(told, terms, unchecked, faults)
    secrets = frozenset[str]().union(*(each.audited.secrets for each in told))
    report = summary_of(seen, noted, facts, load_ledger(terms.release))
    return Whole(tuple(told), redacted(report, secrets), stopped, dict(sorted(silent.items())))


@dataclass(frozen=True, slots=True)
class _Seen:
    coverage: Coverage
    timelines: Timelines


def _facts(told: Sequence[Told], terms: Terms, unchecked: Counter[str], faults: Counter[str]) -> Facts:
    audits = [each.audited for each in told]
    return Facts(
        release=terms.release,
        level=terms.level,
        mode="audit",
        began=min((each.began for each in audits if each.judged), default=0.0),
        ended=max((each.ended for each in audits), default=0.0),
        exchanges=sum(each.exchanges for each in audits),
        judged=sum(each.judged for each in audits),
        sources=tuple(each.name for each in told),
        unchecked=unchecked,
        faults=faults,
        resumed=any(each.resumed for each in audits),
        contract_digest=load_contract(terms.release).digest,
        versions=(("vimgate", version("vimgate")),),
        notes=tuple(f"{each.name}: {note}" for each in told for note in (*each.audited.notes, *damages(each.audited))),
    )


def line(told: Told) -> str:
    """One recording in a line."""
    audited = told.audited
    kind = f"{audited.kind}, " if audited.kind is not None else ""
    findings = sum(charge.times for charge in audited.noted.charges(load_ledger()))
    others = [*sorted(audited.unjudged.items()), *sorted(audited.skipped.items())]
    if audited.foreign:
        others.insert(0, (_FOREIGN, audited.foreign))
    rest = f" ({', '.join(f'{times} {word}' for word, times in others)})" if others else ""
    return printable(
        f"{told.name}: {kind}{_many(audited.exchanges, 'exchange')}, {audited.judged} judged, "
        f"{_many(findings, 'finding')}{rest}"
    )


def damages(audited: Audited) -> Iterator[str]:
    """What could not be read or judged of a recording, each as a sentence; long lists are cut."""
    yield from map(str, audited.damages[:MOST_DAMAGES])
    more = len(audited.damages[MOST_DAMAGES:]) + audited.more_damages
    if more:
        yield f"and {more} more places that could not be read"
    for kind, times in sorted(audited.crashes.items()):
        yield f"the judge failed on {_many(times, 'exchange')}: {kind}"
    if audited.closed_early:
        yield (
            f"{_many(audited.closed_early, 'time')} a history went on after more than {MOST_DEPLOYMENTS} others had "
            "been open beside it, judged without what came before; `vimgate fleet audit` follows each to its end"
        )
    if audited.stopped:
        yield "stopped before its end"
    elif not audited.judged and not audited.damages:
        yield "nothing in it was judged"


def table(whole: Whole) -> Table | None:
    """The findings by requirement, answers first; None when there are none."""
    known = any(charge.deviations for charge in whole.report.charges)
    made = empty_table("requirement", "about", "verdict", "times", "first", *(("known as",) if known else ()), "what")
    for side, word in ((trafficwords.ANSWERS, "answer"), (trafficwords.REQUESTS, "request")):
        for charge in trafficwords.charges(whole.report, side):
            verdict = LABELS[Verdict.from_word(charge.verdict)]
            named = (trafficwords.counted(charge.deviations),) if known else ()
            first = _first(charge, of_many=len(whole.told) > 1)
            made.add_row(charge.requirement, word, verdict, str(charge.times), first, *named, _what(charge))
    return made if made.row_count else None


def _first(charge: Charge, *, of_many: bool) -> str:
    """The exchange of the first finding, by its number in its recording."""
    return printable(f"{charge.number} of {charge.recording}") if of_many else str(charge.number)


def _what(charge: Charge) -> str:
    where = f" at {charge.where}" if charge.where else ""
    return printable(f"{charge.message}{where}".replace("\n", " "))


def explaining(terms: Terms) -> str | None:
    """The release by whose deviations findings are told; None: nothing deviates."""
    name = terms.explained_by or terms.release
    return None if name == PUBLISHED else name


def exercised(whole: Whole, terms: Terms) -> Iterator[tuple[Deviation, int]]:
    """The deviations that findings come from, and those that showed on which the document is silent; how often each."""
    name = explaining(terms)
    if name is None:
        return
    times = Counter(whole.silent)
    for charge in whole.report.charges:
        times.update({each.word: each.times for each in charge.deviations})
    for number, deviation in load_release(name).deviations.items():
        if times[number]:
            yield deviation, times[number]


def known_line(whole: Whole, terms: Terms) -> str | None:
    """Which deviations findings about answers come from, how many come from none, and what is only noted."""
    name = explaining(terms)
    if name is None:
        return None
    found = [(each, times) for each, times in exercised(whole, terms) if each.id not in whole.silent]
    silent = ", ".join(f"{number} ({times})" for number, times in whole.silent.items())
    named = ", ".join(f"{each.id} ({times})" for each, times in found) or "none"
    answers = trafficwords.charges(whole.report, trafficwords.ANSWERS)
    left = sum(charge.times - charge.explained for charge in answers)
    return f"Deviations of {name}: {named}; {_many(left, 'finding')} of none." + (
        f" Noted, as the document is silent: {silent}." if silent else ""
    )


def headline(whole: Whole) -> str:
    """The outcome in words, and why."""
    unread = sum(bool(each.audited.damages) for each in whole.told)
    rest = f"; {_many(unread, 'recording')} not read to the end or not whole" if unread else ""
    rest += "; stopped" if whole.stopped else ""
    return f"{HEADLINES[whole.outcome]}: {trafficwords.because(whole.report)}{rest}."


def verdict_line(whole: Whole, terms: Terms, folder: Path | None) -> str:
    """The last line: outcome, counts, and by what was judged."""
    watched, sides = whole.report.watched, Counter[str]()
    for charge in whole.report.charges:
        sides[charge.direction] += charge.times
    told = {
        "files": len(whole.told),
        "exchanges": watched.exchanges,
        "judged": watched.judged,
        "answer-findings": sides[trafficwords.ANSWERS],
        "request-findings": sides[trafficwords.REQUESTS],
        "damages": sum(len(each.audited.damages) + each.audited.more_damages for each in whole.told),
        "release": terms.release,
        "level": terms.level.value,
    }
    partial = " selection=partial" if terms.wanted is not None else ""
    place = f" report={folder}" if folder is not None else ""
    return printable(
        f"VERDICT {whole.outcome.value} {' '.join(f'{name}={value}' for name, value in told.items())}{partial}{place}"
    )


def document(whole: Whole, terms: Terms, folder: Path | None) -> dict[str, Any]:
    """Everything as one JSON value."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "outcome": whole.outcome.value,
        "exit_code": gate.exit_code(whole.outcome),
        "because": headline(whole),
        "release": terms.release,
        "level": terms.level.value,
        "partial": terms.wanted is not None,
        "report": str(folder) if folder is not None else None,
        "files": [_of_file(each) for each in whole.told],
        "findings": [_of_charge(charge) for charge in whole.report.charges],
        "explained_by": explaining(terms),
        "deviations": [_of_deviation(*each) for each in exercised(whole, terms)],
    }


def _of_file(told: Told) -> dict[str, Any]:
    audited = told.audited
    return {
        "file": told.name,
        "kind": audited.kind.value if audited.kind is not None else None,
        "exchanges": audited.exchanges,
        "judged": audited.judged,
        "foreign": audited.foreign,
        "unjudged": dict(sorted(audited.unjudged.items())),
        "skipped": dict(sorted(audited.skipped.items())),
        "findings": sum(charge.times for charge in audited.noted.charges(load_ledger())),
        "problems": [redact_text(each) for each in damages(audited)],
    }


def _of_charge(charge: Charge) -> dict[str, Any]:
    names = ("requirement", "direction", "verdict", "times", "number", "message", "where", "expected", "actual", "hint")
    known = {each.word: each.times for each in charge.deviations}
    told = {name: getattr(charge, name) for name in names}
    return told | {"file": charge.recording, "strength": charge.strength.value, "deviations": known}


def _of_deviation(deviation: Deviation, times: int) -> dict[str, Any]:
    names = ("id", "group", "document", "deployment")
    return {name: getattr(deviation, name) for name in names} | {"times": times}


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
