"""An older report as a baseline: what failed there already, and fails alike now, does not count. Pure.

A known failure counts as a warning, and stays to be seen. Nothing else is excused: not a new cause of a requirement
that failed before, not what could not be judged, and no error of the harness; nobody knows whether these became worse.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reports.difference import Change, Compared, Difference, Fact, between
from reports.model import Report, Result, Verdict

KNOWN: Final = "known from the baseline: it failed alike there"
_VERSION: Final = "Version of vimgate"
_SHOWN: Final = 16  # characters of a digest
_LISTED: Final = 12  # ids in one line


@dataclass(frozen=True, slots=True)
class Held:
    """A report as it counts beside a baseline, what differs, and the ids of known failures."""

    report: Report
    difference: Difference
    known: tuple[str, ...]


def hold(report: Report, baseline: Report) -> Held:
    """The report as it counts beside the baseline; waivers that were laid over it stay."""
    difference = between(baseline, report)
    alike = {
        each.requirement
        for each in difference.compared
        if each.old is not None and each.old.verdict is Verdict.FAIL and not each.is_worse
    }
    known = tuple(
        each.requirement for each in report.results if each.verdict is Verdict.FAIL and each.requirement in alike
    )
    results = tuple(_excused(each) if each.requirement in known else each for each in report.results)
    return Held(replace(report, results=results), difference, known)


def _excused(result: Result) -> Result:
    """The result as it counts; where the check crashed as well nobody knows what else there was."""
    if result.reason:
        return replace(result, verdict=Verdict.HARNESS_ERROR)
    return replace(result, verdict=Verdict.WARN, reason=KNOWN)


def told(held: Held) -> Iterator[str]:
    """What a reader of the gate has to know beside the verdict, a line each."""
    difference = held.difference
    counted = {result.requirement: result.verdict for result in held.report.results}
    for fact in difference.facts:
        if fact.other_rules:
            yield (
                f"The baseline was judged by another {fact.label} ({fact.old[:_SHOWN]}, now {fact.new[:_SHOWN]}): "
                "requirements are compared by their id; make a new baseline soon."
            )
    if difference.worse:
        yield from (_worded(fact) for fact in difference.facts if fact.label == _VERSION)
    for each in difference.worse:
        if counted[each.requirement] is Verdict.FAIL:
            yield f"broken anew: {each.requirement}: {_anew(each)}"
    lost: dict[str, list[str]] = {}
    for each in difference.lost:
        lost.setdefault(_lost(each), []).append(each.requirement)
    yield from (f"no longer judged: {_listed(ids)}: {why}" for why, ids in lost.items())
    if fixed := difference.of(Change.FIXED):
        ids = [each.requirement for each in fixed]
        yield f"fixed since the baseline: {_listed(ids)}; make a new baseline, so that they stay fixed"
    if held.known:
        yield f"known from the baseline, not counted: {_listed(held.known)}"


def _worded(fact: Fact) -> str:
    """Findings are for people: their texts are no promise, and causes are compared by them."""
    return (
        f"The baseline was written by vimgate {fact.old}, this report by {fact.new}, which may word findings "
        "otherwise: what is told as another cause may be the old one; make a new baseline with this version."
    )


def _anew(each: Compared) -> str:
    found = each.fresh or (each.new.findings if each.new is not None else ())
    message = " ".join(found[0].message.split()) if found else ""
    if each.change is not Change.CHANGED:
        before = f"was {each.old.verdict.word}" if each.old is not None else "not in the baseline"
        return f"{message} ({before})" if message else before
    if not each.fresh:
        return f"it fails on {', '.join(each.places)} as well"
    full = " (the baseline lists as many causes as a report does, so it may have been there)" if each.may_be_old else ""
    return f"it failed before, and now for another cause: {message}{full}"


def _lost(each: Compared) -> str:
    return f"{each.new.verdict.word}: {each.new.reason}".removesuffix(": ") if each.new is not None else ""


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
    return ", ".join(ids[:_LISTED]) + more
