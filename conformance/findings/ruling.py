"""What the rows of a tally come to: one result per requirement, and why where it is not plain. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.checks.context import Check, Scope
from conformance.findings.selection import named_operations
from conformance.findings.tally import Row, Tally
from conformance.generic import NO_PLANS, OF_PLANS, planned_kinds
from conformance.known import role_of
from reports.gate import DEEPER
from reports.model import Changes, Level, Result, Strength, Verdict
from spec.contract import Contract
from spec.law import Law
from spec.ledger import Ledger, Requirement

NO_WORLD: Final = (
    "no strategy was compared with a prediction; give the world file of the deployment with --world, "
    "or let the control of the target offer `world`"
)
UNCALLED: Final = (
    "no strategy that was compared with a prediction called for it: the world has no such hosts or requests"
)
# Why a requirement could not be judged that no request had to do with.
UNTRIED: Final = "nothing in this run called for it"
# Why a requirement does not apply that the run was told not to judge.
LEFT_OUT: Final = "left out of this run by --only or --skip"
# Checks of documents that are always there whose subject is nevertheless an unsafe request.
_UNSAFE: Final = frozenset({"undocumented_method_is_refused"})
# Checks that look only at targets of some sort, and why they do not apply to others: it turns strangers away, which it
# need not; its clock moves as it is told, for where it runs nobody sees a restart.
_STRANGERS: Final = "nobody was turned away: the run was given no token, or the target wants none"
_OF_ONE_IDENTITY: Final = (
    "the run was given one identity only, and --reader-token-file or --reader-cloud gives a second; or the target does "
    "not tell those who may only read from others"
)
_OF_ONE_ROLE: Final = (
    "nobody was tried with that role: the run was given no token of his, as --reader-token-file, "
    "--configurator-token-file, --operator-token-file and --oidc-token-file give one; or the target wants none"
)
_OF_SOME_TARGETS: Final = {
    "stranger_is_turned_away": _STRANGERS,
    "refused_caller_changes_nothing": _STRANGERS,
    "good_token_is_known_everywhere": _STRANGERS,
    "ended_token_opens_nothing": (
        "the run was given no token that has ended, and --expired-token-file gives one; or the target wants none"
    ),
    "reader_is_kept_from_every_change": _OF_ONE_IDENTITY,
    "reader_is_shown_every_strategy": _OF_ONE_IDENTITY,
    "role_is_let_in": _OF_ONE_ROLE,
    "role_is_kept_out": _OF_ONE_ROLE,
    "nothing_outlives_its_timeout": (
        "only a clock that moves as it is told tells this from a restart, which begins every timer anew"
    ),
}


# Checks of other levels that look at the words of a plan alone.
_OF_WORDS_OF_PLANS: Final = frozenset({
    "stage_names_are_known", "step_names_are_known", "abort_undoes_in_reverse", "abort_stage_keeps_name",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """How much of the ledger is judged: down to a level, and the ids that are wanted (None: all of them)."""

    level: Level = Level.ORACLE
    wanted: frozenset[str] | None = None

    def aside(self, requirement: Requirement) -> str:
        """Why this run does not judge the requirement; empty when it does."""
        if not Level(requirement.level).is_within(self.level):
            return DEEPER
        return "" if self.wanted is None or requirement.id in self.wanted else LEFT_OUT

    def silences(self, requirements: Iterable[str]) -> bool:
        """One of them is left out of this run: nobody knows what its check would have said."""
        return self.wanted is not None and not self.wanted.issuperset(requirements)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a run could do: change the target, but for what was `withheld` (in words), and ask with several clients."""

    changes: Changes = Changes.ALLOWED
    withheld: str = ""
    together: bool = True


class Ruling:
    """Turns what was counted into results."""

    def __init__(self, contract: Contract, ledger: Ledger, law: Law, checks: Mapping[str, Check], asked: Asked) -> None:
        self._contract = contract
        self._ledger = ledger
        self._planned = planned_kinds(contract, law)
        self._checks = checks
        self._asked = asked

    def results(self, tally: Tally, circumstances: Circumstances) -> tuple[Result, ...]:
        """One result per requirement, in the order of the ledger."""
        return tuple(self._result(requirement, tally, circumstances) for requirement in self._ledger.requirements)

    def _result(self, requirement: Requirement, tally: Tally, circumstances: Circumstances) -> Result:
        row = tally.rows.get(requirement.id, Row()).settled()
        strength = Strength(requirement.strength)
        verdict, reason = self._verdict(requirement, row, tally, circumstances)
        if not circumstances.together and self._is_of(requirement.id, Scope.CONCURRENT) and not row.checked:
            verdict, reason = Verdict.NOT_APPLICABLE, "the run was asked to play no clients at once; see --clients"
        return Result(
            requirement.id,
            verdict,
            strength,
            Level(requirement.level),
            requirement.text,
            requirement.source,
            row.checked,
            reason,
            tuple(row.findings),
            row.more,
            row.circumstances(),
        )

    def _verdict(
        self, requirement: Requirement, row: Row, tally: Tally, circumstances: Circumstances
    ) -> tuple[Verdict, str]:
        """The verdict of a requirement, and why where it is not plain."""
        found = max((finding.verdict for finding in row.findings), default=Verdict.NOT_APPLICABLE)
        if requirement.excluded is not None:
            return Verdict.NOT_APPLICABLE, f"excluded: {requirement.excluded}"
        if aside := self._asked.aside(requirement):
            return Verdict.NOT_APPLICABLE, aside
        if requirement.id not in self._checks:
            return Verdict.HARNESS_ERROR, f"there is no check {requirement.check} for it"
        if row.errors and requirement.strength != Strength.MAY:
            return max(found, Verdict.HARNESS_ERROR), "; ".join(row.errors)
        if row.checked:
            note = "seen, and allowed: a permission is never broken" if found is Verdict.PASS and row.findings else ""
            return max(found, Verdict.PASS), note
        return self._unexercised(requirement, tally, circumstances)

    def _unexercised(self, requirement: Requirement, tally: Tally, circumstances: Circumstances) -> tuple[Verdict, str]:
        if requirement.strength != Strength.MUST:
            return Verdict.NOT_APPLICABLE, f"{UNTRIED}, and it binds nobody"
        if reason := self._out_of_reach(requirement):
            return Verdict.NOT_APPLICABLE, reason
        needs_change, changes = self._needs_change(requirement), circumstances.changes
        if changes is Changes.READ_ONLY and needs_change:
            return Verdict.NOT_APPLICABLE, "the run was declared read-only, and this takes a change of the target"
        if changes is Changes.REFUSED and needs_change:
            return Verdict.UNTESTABLE, "this takes a change of the target; --allow-changes permits it"
        if requirement.level == Level.ORACLE:
            return (Verdict.NOT_APPLICABLE, UNCALLED) if self._has_compared(tally) else (Verdict.UNTESTABLE, NO_WORLD)
        withheld = f"; --changes leaves out {circumstances.withheld}" if circumstances.withheld and needs_change else ""
        return Verdict.UNTESTABLE, f"{UNTRIED}{withheld}"

    def _out_of_reach(self, requirement: Requirement) -> str:
        """Why no target of this sort, or under this release, can have to do with it; empty where one can."""
        if not self._planned and (requirement.level in OF_PLANS or requirement.check in _OF_WORDS_OF_PLANS):
            return NO_PLANS
        return _OF_SOME_TARGETS.get(requirement.check or "", "")

    def _has_compared(self, tally: Tally) -> bool:
        """Strategies were compared with predictions: what none of them called for is not in the worlds at hand."""
        return any(row.checked for each, row in tally.rows.items() if self._is_of(each, Scope.PREDICTION))

    def _is_of(self, requirement: str, scope: Scope) -> bool:
        return requirement in self._checks and self._checks[requirement].scope is scope

    def _needs_change(self, requirement: Requirement) -> bool:
        """It depends on a strategy, or on a request that is not safe."""
        names = named_operations(requirement.parameters)
        operations = [self._contract.operation(name) for name in names]
        links = bool(operations) and all(role_of(each) is None and each.method == "GET" for each in operations)
        return not links or requirement.check in _UNSAFE
