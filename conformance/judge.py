"""Runs the checks over exchanges, keeps the histories, and turns what was counted into results.

Sans-io and never in the way: whatever an exchange holds, `judge` returns; a check that crashes is an error of the
harness and charged to nobody. One definition of conformance for fuzzing, lifecycles, gateway and audit.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from conformance.checks import CHECKS
from conformance.checks.context import Check, Context, Deviation, Scope
from conformance.edges import Edges, Trail
from conformance.exchange import Exchange
from conformance.gallery import Gallery
from conformance.histories import evidence
from conformance.histories.call import History
from conformance.known import role_of
from conformance.monitor import Monitor, is_control
from conformance.prediction import Prediction
from conformance.reproducer import request_text, response_text, script
from conformance.selection import named_operations
from conformance.strategy import read_strategy
from conformance.tally import Row, Tally
from reports.gate import DEEPER
from reports.model import Changes, Finding, Level, Result, Strength, Verdict
from reports.redact import is_secret_name, redact_finding
from spec.contract import Contract, Operation
from spec.graph import graph_of
from spec.law import Law
from spec.ledger import Ledger, Requirement

__all__ = ["Judge", "Tally"]

NO_WORLD: Final = (
    "no strategy was compared with a prediction; give the world file of the deployment with --world, "
    "or let the control of the target offer `world`"
)
UNCALLED: Final = (
    "no strategy that was compared with a prediction called for it: the world has no such hosts or requests"
)

# Verdict of a deviation by the strength of the requirement; a permission is never broken.
_VERDICTS: Final = {Strength.MUST: Verdict.FAIL, Strength.SHOULD: Verdict.WARN, Strength.MAY: Verdict.PASS}
_MEMORY: Final = 16
# Why a requirement does not apply that the run was told not to judge.
LEFT_OUT: Final = "left out of this run by --only or --skip"
# Checks of documents that are always there whose subject is nevertheless an unsafe request.
_UNSAFE: Final = frozenset({"undocumented_method_is_refused"})
# Checks that look only where the target turns strangers away, which it need not.
_OF_CALLERS: Final = frozenset(
    {"stranger_is_turned_away", "refused_caller_changes_nothing", "good_token_is_known_everywhere"}
)


@dataclass(frozen=True, slots=True)
class _Bound:
    """A check with the parameters of one requirement."""

    id: str
    check: Check
    parameters: Mapping[str, Any]
    verdict: Verdict

    def run(self, exchange: Exchange, context: Context) -> list[Deviation] | None:
        """Every deviation; None when the check does not apply."""
        found: Iterable[Deviation] | None = self.check.function(exchange, context, **self.parameters)
        return None if found is None else list(found)


class Opinion(StrEnum):
    """What became of something that a second witness said about an exchange."""

    CHARGED = "charged"
    ASIDE = "deeper than the level asked for, or left out of the run"
    SAID = "the judge says so too"
    DENIED = "the judge has looked at it and is content"


type _Outcomes = list[tuple[_Bound, list[Deviation]]]


class Judge:
    """Judges exchanges of one or several histories and tallies what comes out; `judged` counts them.

    What is deeper than `level` is not looked at, and comes to not applicable. `wanted` are the ids of the requirements
    to judge; None: all of them.
    """

    def __init__(  # noqa: PLR0913 - the norm in three parts, and how much of it is asked
        self,
        contract: Contract,
        ledger: Ledger,
        law: Law,
        checks: Mapping[str, Check] = CHECKS,
        *,
        level: Level = Level.ORACLE,
        wanted: frozenset[str] | None = None,
    ) -> None:
        self.tally = Tally()
        self.gallery = Gallery()
        self.edges = Edges()
        self._withheld = ""
        self.judged = 0
        self._contract = contract
        self._ledger = ledger
        self._law = law
        self._checks = checks
        self._level = level
        self._graph = graph_of(law)
        self._monitors: dict[str, Monitor] = {}
        self._trails: dict[str, Trail] = {}
        self._before: tuple[Exchange, ...] = ()
        self._last: tuple[Context | None, dict[str, bool]] = (None, {})
        self._predictions: dict[str, Prediction] = {}
        self._borrowed: set[str] = set()
        self._seen: OrderedDict[tuple[str, bytes], tuple[Any, Any, _Outcomes]] = OrderedDict()
        self._wanted = wanted
        bound = [
            _bind(requirement, checks[requirement.id])
            for requirement in ledger.checked
            if requirement.id in checks and not self._aside(requirement)
        ]
        self._anywhere = [each for each in bound if each.check.scope is Scope.ANYWHERE]
        self._history = [each for each in bound if each.check.scope is Scope.HISTORY]
        self._prediction = [each for each in bound if each.check.scope is Scope.PREDICTION]
        self._document = [each for each in bound if each.check.scope is Scope.DOCUMENT]
        self._concurrent = [each for each in bound if each.check.scope is Scope.CONCURRENT]
        self._of_operation = _by_operation([each for each in bound if each.check.scope is Scope.OPERATION])

    def begin(self, history: str, *, shared: bool = False, still_clock: bool = False) -> Monitor:
        """Begin a history, or begin it anew: nothing is known of the deployment.

        `shared`: others may change its strategies meanwhile, so no succession is judged. `still_clock`: the time of
        the target moves only between exchanges of different `at`.
        """
        self._monitors[history] = Monitor(shared=shared, still=still_clock)
        self._trails[history] = Trail(self._graph)
        return self._monitors[history]

    def stir(self, history: str, exchange: Exchange | None = None) -> None:
        """The service was restarted or disturbed, by that request: it may have moved on, also if its clock stands."""
        if history in self._monitors:
            self._monitors[history].stir(exchange)

    def borrow(self, history: str) -> None:
        """From now on that history shows what the target does in a world of ours: it is no evidence of its own."""
        self._borrowed.add(history)

    def expect(self, history: str, prediction: Prediction | None) -> None:
        """Compare the strategy of a history with this prediction, once, when it is next shown at that moment."""
        self._predictions.pop(history, None)
        if prediction is not None:
            self._predictions[history] = prediction

    def judge(self, exchange: Exchange, history: str = "main") -> None:
        """Judge the next exchange of a history. Never raises."""
        monitor = self._monitors.get(history) or self.begin(history)
        operation = self._contract.match(exchange.method, exchange.path)
        if is_control(exchange):
            monitor.see(exchange, None, None)
            return
        self.judged += 1
        strategy, outcomes = self._recall(exchange, operation)
        if strategy is not None and operation is not None and history not in self._borrowed:
            self.gallery.see(operation.kind or "", strategy, exchange.origin)
        context = Context(exchange, self._contract, self._law, operation, strategy, monitor.known, still=monitor.still)
        if outcomes is None:
            outcomes = self._run(self._document, exchange, context) if strategy is not None else []
            self._remember(exchange, operation, strategy, outcomes)
        asked = self._run(self._asked(operation), exchange, context)
        self._before = tuple(monitor.recent)
        self._count(outcomes, context, self._before)
        self._count(asked, context, self._before)
        self._last = (context, {bound.id: bool(found) for bound, found in [*outcomes, *asked]})
        self._compare(history, exchange, context)
        self._follow(monitor, exchange, operation, strategy)
        self._trace(history, context, monitor)

    def hear(self, exchange: Exchange, requirements: Iterable[str], charged: str, deviation: Deviation) -> Opinion:
        """Hear a second witness of the exchange that was judged last: one cause is charged once.

        `requirements` are those that say the same, `charged` the one of them that is charged when none of their checks
        has looked at the exchange; one that has looked decides.
        """
        context, looked = self._last
        if context is None or context.exchange is not exchange:
            raise ValueError("a second witness can be heard of the exchange that was judged last, and of no other")
        found = [looked[each] for each in requirements if each in looked]
        if found:
            return Opinion.SAID if any(found) else Opinion.DENIED
        bound = _bind(self._ledger.by_id[charged], self._checks[charged])
        if self._aside(self._ledger.by_id[charged]) or self._is_silenced(requirements):
            return Opinion.ASIDE
        row = self.tally.row(charged)
        row.checked += 1
        self._charge(row, bound, deviation, context, self._before)
        looked[charged] = True
        return Opinion.CHARGED

    def judge_history(self, history: History) -> None:
        """Judge what several clients asked at the same time. Never raises.

        What single answers show is judged without a memory, and kept only where something is wrong with it, as found by
        chance: which answers come is up to that. No picture and no succession comes from a history.
        """
        answers = [call.exchange for call in history.in_order if call.exchange is not None]
        for call in history.in_order:
            if call.exchange is not None:
                self._witness(call.exchange, history, alone=call.asked is not None and not history.is_contended(call))
        for each in self._concurrent if answers else ():
            self._rule(each, history, Context(answers[-1], self._contract, self._law))

    def _rule(self, bound: _Bound, history: History, context: Context) -> None:
        row = self.tally.row(bound.id)
        try:
            found = bound.check.function(history, context, **bound.parameters)
            deviations = None if found is None else list(found)
        except Exception as error:  # noqa: BLE001 - any crash of a check is ours, never the vendor's
            row.add_error(_crash(bound.check.name, error))
            return
        if deviations is None:
            return
        row.checked += 1
        for deviation in deviations:
            row.add(_with_history(_finding(bound, deviation), history))

    def _witness(self, exchange: Exchange, history: History, *, alone: bool) -> None:
        """Judge one answer; of one that others had a hand in, its document and what no request can excuse."""
        operation = self._contract.match(exchange.method, exchange.path)
        strategy = read_strategy(exchange.response_json) if role_of(operation) is not None else None
        context = Context(exchange, self._contract, self._law, operation, strategy)
        documents = self._run(self._document, exchange, context) if strategy is not None else []
        asked = self._asked(operation) if alone else self._anywhere
        for bound, deviations in [*documents, *self._run(asked, exchange, context)]:
            if deviations:
                row = self.tally.row(bound.id)
                for deviation in deviations:
                    row.add_by_chance(_with_history(_finding(bound, deviation, context), history, exchange))

    def fresh(self) -> "Judge":
        """A judge of the same law that has seen nothing."""
        return Judge(self._contract, self._ledger, self._law, self._checks, level=self._level, wanted=self._wanted)

    def requirement_text(self, requirement: str) -> str:
        """What is required, in the words of the ledger; empty for an id that it does not know."""
        return next((each.text for each in self._ledger.requirements if each.id == requirement), "")

    def has_failed(self, requirement: str) -> bool:
        """A MUST that has been seen broken."""
        row = self.tally.rows.get(requirement)
        return row is not None and any(finding.verdict is Verdict.FAIL for finding in row.settled().findings)

    def results(self, changes: str = "allowed", withheld: str = "", *, together: bool = True) -> tuple[Result, ...]:
        """One result per requirement, in the order of the ledger.

        `changes`: a word of `reports.model.Changes`; `withheld`: the changes, in words, that were not permitted;
        `together`: several clients at once were wanted.
        """
        self._withheld = withheld
        aside = frozenset() if together else frozenset(each.id for each in self._concurrent)
        return tuple(self._result(requirement, Changes(changes), aside) for requirement in self._ledger.requirements)

    def _aside(self, requirement: Requirement) -> str:
        """Why this run does not judge the requirement; empty when it does."""
        if not Level(requirement.level).is_within(self._level):
            return DEEPER
        return "" if self._wanted is None or requirement.id in self._wanted else LEFT_OUT

    def _is_silenced(self, requirements: Iterable[str]) -> bool:
        """Some check that might have decided was left out of this run: nobody knows what it would have said."""
        return self._wanted is not None and not self._wanted.issuperset(set(requirements) & self._checks.keys())

    # --- judging

    def _asked(self, operation: Operation | None) -> list[_Bound]:
        """The checks that may have something to say about the exchange, its document aside."""
        here = self._of_operation.get(operation.operation_id, []) if operation is not None else []
        return [*here, *self._anywhere, *(self._history if role_of(operation) is not None else ())]

    def _compare(self, history: str, exchange: Exchange, context: Context) -> None:
        """Hold the strategy of the answer against what it is expected to be, if that is to be seen now."""
        prediction, seen = self._predictions.get(history), context.strategy
        if prediction is None or seen is None or context.kind != prediction.kind or not prediction.is_due(seen):
            return
        del self._predictions[history]
        compared = replace(context, compared=prediction.compared(seen))
        self._count(self._run(self._prediction, exchange, compared), compared, self._before)

    def _run(self, bound: list[_Bound], exchange: Exchange, context: Context) -> _Outcomes:
        outcomes = []
        for each in bound:
            try:
                found = each.run(exchange, context)
            except Exception as error:  # noqa: BLE001 - any crash of a check is ours, never the vendor's
                self.tally.row(each.id).add_error(_crash(each.check.name, error))
                continue
            if found is not None:
                outcomes.append((each, found))
        return outcomes

    def _count(self, outcomes: _Outcomes, context: Context, before: tuple[Exchange, ...]) -> None:
        for bound, deviations in outcomes:
            row = self.tally.row(bound.id)
            row.checked += 1
            for deviation in deviations:
                self._charge(row, bound, deviation, context, before)

    def _charge(
        self, row: Row, bound: _Bound, deviation: Deviation, context: Context, before: tuple[Exchange, ...]
    ) -> None:
        finding = _finding(bound, deviation, context)
        if not row.has_room_for(finding) and not row.has_a_longer_script_for(finding, len(before) + 1):
            row.pass_over(finding)
            return
        row.add(_with_evidence(finding, context.exchange, before))

    def _follow(self, monitor: Monitor, exchange: Exchange, operation: Operation | None, strategy: Any) -> None:
        try:
            monitor.see(exchange, operation, strategy)
        except Exception as error:  # noqa: BLE001 - what was known is lost, and the checks that need it with it
            monitor.known = monitor.known.forgetting()
            for bound in self._history:
                self.tally.row(bound.id).add_error(_crash("the monitor", error))

    def _trace(self, history: str, context: Context, monitor: Monitor) -> None:
        """Count the edges of the state graph. What crashes here costs evidence of depth, never a verdict."""
        with suppress(Exception):
            self.edges.seen.update(self._trails[history].see(context, monitor.known))

    # --- the same document again costs almost nothing

    def _recall(self, exchange: Exchange, operation: Operation | None) -> tuple[Any, _Outcomes | None]:
        """The strategy of the answer, and what the checks of documents said when they last saw the same bytes."""
        if operation is None or role_of(operation) is None or not exchange.succeeded or not exchange.response_body:
            return None, None
        known = self._seen.get((operation.kind or "", exchange.response_body))
        if known is None:
            return read_strategy(exchange.response_json), None
        value, strategy, outcomes = known
        exchange.__dict__["response_json"] = value  # the cache of the property: the body need not be parsed again
        return strategy, outcomes

    def _remember(self, exchange: Exchange, operation: Operation | None, strategy: Any, outcomes: _Outcomes) -> None:
        if strategy is None or operation is None:
            return
        self._seen[operation.kind or "", exchange.response_body] = (exchange.response_json, strategy, outcomes)
        while len(self._seen) > _MEMORY:
            self._seen.popitem(last=False)

    # --- results

    def _result(self, requirement: Requirement, changes: Changes, aside: frozenset[str]) -> Result:
        row = self.tally.rows.get(requirement.id, Row()).settled()
        strength = Strength(requirement.strength)
        verdict, reason = self._verdict(requirement, row, changes)
        if requirement.id in aside and not row.checked:
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

    def _verdict(self, requirement: Requirement, row: Row, changes: Changes) -> tuple[Verdict, str]:
        """The verdict of a requirement, and why where it is not plain."""
        found = max((finding.verdict for finding in row.findings), default=Verdict.NOT_APPLICABLE)
        if requirement.excluded is not None:
            return Verdict.NOT_APPLICABLE, f"excluded: {requirement.excluded}"
        if aside := self._aside(requirement):
            return Verdict.NOT_APPLICABLE, aside
        if requirement.id not in self._checks:
            return Verdict.HARNESS_ERROR, f"there is no check {requirement.check} for it"
        if row.errors and requirement.strength != Strength.MAY:
            return max(found, Verdict.HARNESS_ERROR), "; ".join(row.errors)
        if row.checked:
            note = "seen, and allowed: a permission is never broken" if found is Verdict.PASS and row.findings else ""
            return max(found, Verdict.PASS), note
        return self._unexercised(requirement, changes)

    def _unexercised(self, requirement: Requirement, changes: Changes) -> tuple[Verdict, str]:
        if requirement.strength != Strength.MUST:
            return Verdict.NOT_APPLICABLE, "nothing in this run called for it, and it binds nobody"
        if requirement.check in _OF_CALLERS:
            return (
                Verdict.NOT_APPLICABLE,
                "nobody was turned away: the run was given no token, or the target wants none",
            )
        needs_change = self._needs_change(requirement)
        if changes is Changes.READ_ONLY and needs_change:
            return Verdict.NOT_APPLICABLE, "the run was declared read-only, and this takes a change of the target"
        if changes is Changes.REFUSED and needs_change:
            return Verdict.UNTESTABLE, "this takes a change of the target; --allow-changes permits it"
        if requirement.level == Level.ORACLE:
            return (Verdict.NOT_APPLICABLE, UNCALLED) if self._has_compared() else (Verdict.UNTESTABLE, NO_WORLD)
        withheld = f"; --changes leaves out {self._withheld}" if self._withheld and needs_change else ""
        return Verdict.UNTESTABLE, f"nothing in this run called for it{withheld}"

    def _has_compared(self) -> bool:
        """Strategies were compared with predictions: what none of them called for is not in the worlds at hand."""
        return any(self.tally.rows[each.id].checked for each in self._prediction if each.id in self.tally.rows)

    def _needs_change(self, requirement: Requirement) -> bool:
        """It depends on a strategy, or on a request that is not safe."""
        names = named_operations(requirement.parameters)
        operations = [self._contract.operation(name) for name in names]
        links = bool(operations) and all(role_of(each) is None and each.method == "GET" for each in operations)
        return not links or requirement.check in _UNSAFE


def _bind(requirement: Requirement, check: Check) -> _Bound:
    return _Bound(requirement.id, check, requirement.parameters, _VERDICTS[Strength(requirement.strength)])


def _by_operation(bound: list[_Bound]) -> dict[str, list[_Bound]]:
    """The checks by the operations that they name."""
    found: dict[str, list[_Bound]] = {}
    for each in bound:
        for name in dict.fromkeys(named_operations(each.parameters)):
            found.setdefault(name, []).append(each)
    return found


def _finding(bound: _Bound, deviation: Deviation, context: Context | None = None) -> Finding:
    """The finding without evidence; about the strategy of the context, or about none in particular."""
    return Finding(
        bound.id,
        bound.verdict,
        deviation.message,
        deviation.expected,
        deviation.actual,
        deviation.where,
        deviation.hint,
        kind=context.kind if context is not None else "",
        state=context.state if context is not None else "",
    )


def _with_history(finding: Finding, history: History, exchange: Exchange | None = None) -> Finding:
    """The finding with the calls of the history (and the one that shows it), and a script that asks the same."""
    found = replace(
        finding,
        request=evidence.timeline(history) if exchange is None else request_text(exchange),
        response=response_text(exchange) if exchange is not None else "",
        reproducer=evidence.script(history),
        origin=history.name,
    )
    return redact_finding(found, _secrets_of(*(call.exchange for call in history.calls if call.exchange is not None)))


def _with_evidence(finding: Finding, exchange: Exchange, before: tuple[Exchange, ...]) -> Finding:
    """The finding with request, answer and reproducer; every text without secrets."""
    found = replace(
        finding,
        request=request_text(exchange),
        response=response_text(exchange),
        reproducer=script(exchange, before),
        origin=exchange.origin,
    )
    return redact_finding(found, _secrets_of(exchange))


def _secrets_of(*exchanges: Exchange) -> tuple[str, ...]:
    """What the requests carried that nobody may read."""
    return tuple(value for each in exchanges for name, value in each.request_headers if is_secret_name(name) and value)


def _crash(what: str, error: Exception) -> str:
    """The type and the place of an exception; never its text, which may hold what was sent."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace is not None else "?"
    return f"{what} crashed: {type(error).__name__} at {place}"
