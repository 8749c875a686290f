"""Two reports held against each other: what broke, what was fixed, what is new, gone, or shows itself otherwise. Pure.

Verdicts are compared as they were before any waiver. Uuids, numbers and times never make a difference; status codes do
where a finding is about one, and so does a kind of strategy on which a requirement had not failed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from reports import waivers
from reports.causes import FINDINGS_KEPT, telling_cause
from reports.model import Finding, Report, Result, Run, Strength, Verdict
from reports.redact import redact_report


class Change(StrEnum):
    """What became of a requirement from the older report to the newer one."""

    BROKEN = "broken"
    CHANGED = "changed"
    NEW = "new"
    LOST = "lost"
    GONE = "gone"
    GAINED = "gained"
    FIXED = "fixed"
    UNCHANGED = "unchanged"


class _Standing(StrEnum):
    """How a verdict counts here."""

    FAILED = "failed"
    JUDGED = "judged"
    UNKNOWN = "unknown"
    ASIDE = "aside"


_F, _J, _U, _A = _Standing
_STANDINGS: Final = {
    Verdict.FAIL:           _F,
    Verdict.PASS:           _J,
    Verdict.WARN:           _J,
    Verdict.UNTESTABLE:     _U,
    Verdict.HARNESS_ERROR:  _U,
    Verdict.NOT_APPLICABLE: _A,
}  # fmt: skip
# From the older verdict (row) to the newer one (column); where both are alike, the evidence may still have changed.
_TABLE: Final = {
    # to:  failed             judged              unknown             aside
    _F: (Change.UNCHANGED, Change.FIXED,     Change.LOST,      Change.LOST),
    _J: (Change.BROKEN,    Change.UNCHANGED, Change.LOST,      Change.LOST),
    _U: (Change.BROKEN,    Change.GAINED,    Change.UNCHANGED, Change.CHANGED),
    _A: (Change.BROKEN,    Change.GAINED,    Change.CHANGED,   Change.UNCHANGED),
}  # fmt: skip


_UNSAID: Final = "not said"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something of the two runs that differs and may explain a difference of verdicts.

    `other_rules`: it is what they were judged by.
    """

    label: str
    old: str
    new: str
    other_rules: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """One requirement in both reports; `old` or `new` is None where a report does not have it.

    `fresh` are findings whose cause the older report does not list, `past` those that the newer one lists no more;
    `places` are kinds (and states) of strategies on which it has not failed before.
    """

    requirement: str
    change: Change
    old: Result | None
    new: Result | None
    fresh: tuple[Finding, ...] = ()
    past: tuple[Finding, ...] = ()
    places: tuple[str, ...] = ()

    @property
    def is_worse(self) -> bool:
        """It fails, and has not failed like this before."""
        if self.new is None or self.new.verdict is not Verdict.FAIL:
            return False
        return self.change in (Change.BROKEN, Change.NEW) or bool(self.fresh or self.places or not self.new.findings)

    @property
    def is_lost(self) -> bool:
        """It binds, and nobody can tell any more whether it holds."""
        if self.new is None or self.new.strength is not Strength.MUST:
            return False
        unknown = self.change is Change.NEW and _STANDINGS[self.new.verdict] is _Standing.UNKNOWN
        return self.change is Change.LOST or unknown

    @property
    def may_be_old(self) -> bool:
        """What looks like a new cause may have been there: the older report lists no more than so many."""
        full = self.old is not None and len(self.old.findings) >= FINDINGS_KEPT
        return full and self.change is Change.CHANGED and bool(self.fresh)


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two runs, in the order of the newer ledger; what is gone comes last."""

    old: Run
    new: Run
    facts: tuple[Fact, ...]
    compared: tuple[Compared, ...]

    def of(self, change: Change) -> tuple[Compared, ...]:
        """The requirements of which that became."""
        return tuple(each for each in self.compared if each.change is change)

    @property
    def worse(self) -> tuple[Compared, ...]:
        """Those that fail and have not failed like this before."""
        return tuple(each for each in self.compared if each.is_worse)

    @property
    def lost(self) -> tuple[Compared, ...]:
        """Those that bind, and that nobody could judge any more."""
        return tuple(each for each in self.compared if each.is_lost)

    @property
    def exit_code(self) -> int:
        """1 when something fails that did not fail so before, 3 when something could not be judged any more, else 0."""
        return 1 if self.worse else 3 if self.lost else 0


def between(old: Report, new: Report) -> Difference:
    """What differs from the older report to the newer one; every text redacted."""
    before, after = _bare(old), _bare(new)
    theirs = {result.requirement: result for result in before.results}
    ours = {result.requirement for result in after.results}
    compared = [_compared(theirs.get(result.requirement), result) for result in after.results]
    gone = [
        Compared(result.requirement, Change.GONE, result, None)
        for result in before.results
        if result.requirement not in ours
    ]
    return Difference(before.run, after.run, tuple(_facts(before.run, after.run)), (*compared, *gone))


def _bare(report: Report) -> Report:
    """The report without waivers and without what is not compared."""
    return redact_report(replace(waivers.without(report), strategies=(), coverage=(), notes=()))


def _compared(old: Result | None, new: Result) -> Compared:
    if old is None:
        return Compared(new.requirement, Change.NEW, None, new, new.findings)
    change = _TABLE[_STANDINGS[old.verdict]][list(_Standing).index(_STANDINGS[new.verdict])]
    fresh, past = _beyond(new.findings, old.findings), _beyond(old.findings, new.findings)
    places = _new_places(old, new) if old.verdict is new.verdict else ()
    if change is Change.UNCHANGED and (old.verdict is not new.verdict or fresh or past or places):
        change = Change.CHANGED
    return Compared(new.requirement, change, old, new, fresh, past, places)


def _beyond(findings: Iterable[Finding], known: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings whose causes are not those of known ones."""
    causes = set(map(telling_cause, known))
    return tuple(each for each in findings if telling_cause(each) not in causes)


def _new_places(old: Result, new: Result) -> tuple[str, ...]:
    """Kinds of strategies on which the newer one alone failed; with states where the list of causes is full.

    In which states a known failure is met depends on when somebody looks, so states decide only where causes may
    hide behind the list.
    """
    full = len(new.findings) >= FINDINGS_KEPT
    found, known = _places(new, states=full), _places(old, states=full)
    return tuple(sorted(found - known)) if known else ()


def _places(result: Result, *, states: bool) -> set[str]:
    places = result.circumstances or result.findings
    return {f"{each.kind} {each.state if states else ''}".strip() or "no strategy" for each in places}


def _facts(old: Run, new: Run) -> Iterator[Fact]:
    for (label, before, rules), (_, after, _) in zip(_told(old), _told(new), strict=True):
        if before != after:
            yield Fact(label, before or _UNSAID, after or _UNSAID, other_rules=rules and bool(before and after))
    before_it, after_it = dict(old.versions), dict(new.versions)
    for name in dict.fromkeys((*before_it, *after_it)):
        then, now = before_it.get(name, _UNSAID), after_it.get(name, _UNSAID)
        if then != now:
            yield Fact(f"Version of {name}", then, now)


def _told(run: Run) -> Iterator[tuple[str, str, bool]]:
    """What there is to say of a run: a label, a text, and whether it is a rule that the run was judged by."""
    yield "Target", run.target, False
    yield "Release", run.release, True
    yield "Level", run.level.value if run.level else "", False
    yield "Contract SHA-256", run.contract_digest, True
    yield "Ledger SHA-256", run.ledger_digest, True
    yield "World SHA-256", run.world_digest, False
    yield "Seed", str(run.seed), False
    yield "Suite", ", ".join(f"{name} {number}" for name, number in run.suite), False
    yield "Changes", run.changes, False
    yield "Only", ", ".join(run.only), False
    yield "Left out", ", ".join(run.skip), False
    yield "Shard", str(run.shard) if run.shard else "", False
