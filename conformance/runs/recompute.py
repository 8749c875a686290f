"""A run judged again from its evidence alone: no target, no network, no engine.

Each test's events are told to a new judge, and what that comes to must be what the test handed over; the results of the
run follow from what came out now.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from conformance.evidence.form import Doubt, Gap, Manifest
from conformance.evidence.reading import DamagedEvidence, Evidence
from conformance.evidence.replay import replay
from conformance.evidence.source import Source
from conformance.judge import Judge
from conformance.runs.account import Account, Handed, clean_handed, handed_by, options_of
from conformance.runs.cleanup import Departure
from conformance.runs.collector import COUNT, EDGES, GALLERY, TALLY, history_of
from conformance.runs.options import Options
from reports.model import Report, Run, Waiver
from reports.redact import redact_report
from reports.waivers import apply as apply_waivers
from spec.load import load_contract, load_law, load_ledger

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """What of a test is not as it handed it over: requirement ids, strategies, edges, the number of exchanges."""

    requirements: tuple[str, ...] = ()
    strategies: bool = False
    edges: bool = False
    exchanges: bool = False

    @property
    def any(self) -> bool:
        """There is some."""
        return bool(self.requirements) or self.strategies or self.edges or self.exchanges

    def is_known(self, gap: Gap | None) -> bool:
        """It is what the run itself found not to come to the same again, neither more nor less."""
        if gap is None:
            return not self.any
        return self == Difference(gap.requirements, gap.strategies, gap.edges, gap.exchanges)

    def __str__(self) -> str:
        """In words."""
        parts = (
            ", ".join(self.requirements[:_SHOWN]) + (", …" if len(self.requirements) > _SHOWN else ""),
            "the strategies that were seen" if self.strategies else "",
            "the edges of the state graph" if self.edges else "",
            "the number of exchanges" if self.exchanges else "",
        )
        return " and ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the evidence comes to: a report as the run would have written it, without evidence of its own.

    `differing` are tests, in words, that do not come to what they handed over; `unkept` tests of which no events are
    there; `gaps` what is known not to come to the same again, by test.
    """

    report: Report
    differing: tuple[str, ...] = ()
    unkept: tuple[str, ...] = ()
    gaps: Mapping[str, Gap] = field(default_factory=dict)

    @property
    def uncertain(self) -> frozenset[str]:
        """The requirements that cannot be recomputed."""
        return frozenset(each for gap in self.gaps.values() for each in gap.requirements)

    @property
    def blurred(self) -> frozenset[str]:
        """The members of the report that cannot be recomputed, beside results."""
        gaps = self.gaps.values()
        parts = {
            "strategies": any(gap.strategies for gap in gaps),
            "notes": any(gap.strategies for gap in gaps),
            "coverage": any(gap.edges for gap in gaps),
            "reached": bool(self.uncertain),
        }
        return frozenset(name for name, blurred in parts.items() if blurred)


class Court:
    """Makes judges like those of a run."""

    def __init__(self, options: Options) -> None:
        release = options.release
        self._contract, self._ledger, self._law = load_contract(release), load_ledger(release), load_law(release)
        self._level = options.level
        self._wanted = options.wanted(self._ledger)

    def rejudge(self, source: Source) -> Handed:
        """What a test would hand over whose events these are. Raises Missing, ValueError."""
        judge = Judge(self._contract, self._ledger, self._law, level=self._level, wanted=self._wanted)
        replay(source, judge, self._contract)
        return clean_handed(handed_by(judge), frozenset())


def doubt_of(source: Source) -> str:
    """Why a test need not come to the same again; empty when it must. Raises ValueError."""
    return next((event.why for event in source.events() if isinstance(event, Doubt)), "")


def difference(then: Handed, now: Handed) -> Difference:
    """What a test comes to now otherwise than it handed over."""
    old, new = _value(then, TALLY, {}), _value(now, TALLY, {})
    requirements = tuple(sorted(each for each in {*old, *new} if old.get(each) != new.get(each)))
    return Difference(
        requirements,
        strategies=_value(then, GALLERY, None) != _value(now, GALLERY, None),
        edges=_value(then, EDGES, None) != _value(now, EDGES, None),
        exchanges=then.get(COUNT) != now.get(COUNT),
    )


def recompute(evidence: Evidence, run: Run, watch: Callable[[int, int], None] = lambda _, __: None) -> Recomputed:
    """Judge the tests of a run again, from their events alone. `run` is the header of its report.

    `watch` is told how many tests of how many are done. Raises DamagedEvidence.
    """
    manifest = evidence.manifest
    account = account_of(evidence)
    court = Court(account.options)
    handed: dict[str, Handed] = {}
    differing, unkept = [], []
    for number, test in enumerate(evidence.tests):
        source = evidence.source(test)
        if source is None:
            unkept.append(test.id)
            handed[test.id] = test.handed
        else:
            with evidence.blamed(test):
                now = court.rejudge(source)
                found = difference(test.handed, now)
                gap = manifest.gaps.get(test.id) if doubt_of(source) else None
            if not found.is_known(gap):
                what = str(found) or "what it was said not to come to the same in"
                differing.append(f"{history_of(test.id)} comes to something else: {what}")
            handed[test.id] = {**test.handed, **now}
        watch(number + 1, len(evidence.tests))
    report = report_of(replace(account, handed=handed), run, waivers_of(manifest))
    return Recomputed(report, tuple(differing), tuple(unkept), manifest.gaps)


def account_of(evidence: Evidence) -> Account:
    """What the run came to, as its tests told it. Raises DamagedEvidence."""
    manifest = evidence.manifest
    try:
        options = options_of(manifest.options)
        options.wanted(load_ledger(options.release))
    except (ValueError, TypeError, LookupError) as error:
        raise DamagedEvidence(f"the options in its manifest make no sense: {error}") from error
    left = manifest.departure
    return Account(
        options,
        {test.id: test.handed for test in evidence.tests},
        manifest.reasons,
        manifest.faults,
        manifest.broken,
        manifest.notes,
        Departure(left.told, left.left) if left is not None else None,
        left.remedy if left is not None else "",
    )


def report_of(account: Account, run: Run, waivers: tuple[Waiver, ...] | None) -> Report:
    """The report of such a run, without secrets, and without evidence."""
    report = account.measured.report(run)
    if waivers is not None:
        report = apply_waivers(report, waivers, date.fromisoformat(run.started[:10]))
    return redact_report(report)


def waivers_of(manifest: Manifest) -> tuple[Waiver, ...] | None:
    """The waivers that the run was given."""
    if manifest.waivers is None:
        return None
    return tuple(Waiver(**{name: getattr(each, name) for name in each.__struct_fields__}) for each in manifest.waivers)


def _value(handed: Handed, what: str, default: Any) -> Any:
    return json.loads(handed[what]) if what in handed else default
