"""Runs the checks over exchanges, and keeps the histories; `conformance.findings.ruling` makes results of the counts.

Sans-io and never in the way: whatever an exchange holds, `judge` returns; a check that crashes is an error of the
harness and charged to nobody. One definition of conformance for fuzzing, lifecycles, gateway and audit.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from typing import Any

from conformance import sequences
from conformance.alike import Alike
from conformance.calm import Calm, Poll
from conformance.checks import CHECKS
from conformance.checks.context import Check, Context, Deviation
from conformance.exchange import Exchange
from conformance.findings.charges import Bound, bind, crash, finding_of, with_evidence, with_history
from conformance.findings.edges import Edges, Trail
from conformance.findings.gallery import Gallery
from conformance.findings.panel import Panel
from conformance.findings.ruling import Asked, Circumstances, Ruling
from conformance.findings.tally import Row, Tally
from conformance.findings.verdict import Said, Verdict, ask
from conformance.histories.call import History
from conformance.known import role_of
from conformance.monitor import Monitor, is_control
from conformance.objections import DEMAND_REFUSAL, Objection, objections, suppose
from conformance.predictions.prediction import Prediction
from conformance.reading import Reading, Readings, read_plainly
from conformance.sequences import Told
from conformance.shape import read_strategy
from conformance.strategy import Strategy
from reports.model import Changes, Finding, Level, Result
from reports.model import Verdict as Ruled
from spec.contract import Contract, Operation
from spec.graph import graph_of
from spec.law import Law
from spec.ledger import Ledger

__all__ = ["Judge", "Tally"]


class Opinion(StrEnum):
    """What became of something that a second witness said about an exchange."""

    CHARGED = "charged"
    ASIDE = "deeper than the level asked for, or left out of the run"
    SAID = "the judge says so too"
    DENIED = "the judge has looked at it and is content"


class Judge:
    """Judges exchanges of one or several histories and tallies what comes out; `judged` counts them.

    `crashes` counts what checks have crashed with, by the name of the exception; such an exchange is not judged whole.
    What is deeper than `level` is not looked at, and comes to not applicable. `wanted` are the ids of the requirements
    to judge; None: all of them. `afresh`: every document is looked at as if it were the first, which takes longer and
    comes to the same. Not `draws`: no pictures of strategies are kept, because no report shows them.
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
        afresh: bool = False,
        draws: bool = True,
    ) -> None:
        self.tally = Tally()
        self.gallery = Gallery()
        self.edges = Edges()
        self.judged = 0
        self._contract = contract
        self._ledger = ledger
        self._law = law
        self._checks = checks
        self._asked_for = Asked(level, wanted)
        self._graph = graph_of(law)
        self._monitors: dict[str, Monitor] = {}
        self._trails: dict[str, Trail] = {}
        self._before: tuple[Exchange, ...] = ()
        self._last: tuple[Context | None, dict[str, bool], Verdict] = None, {}, Verdict()
        self._predictions: dict[str, Prediction] = {}
        self._borrowed: set[str] = set()
        self._readings = Readings()
        self._calm: dict[str, Calm] = {}
        self._alike: dict[str, Alike] = {}
        self._afresh = afresh
        self._draws = draws
        self.crashes: Counter[str] = Counter()
        asked = (each for each in ledger.checked if each.id in checks and not self._asked_for.aside(each))
        self._panel = Panel(asked, checks, law)

    def begin(self, history: str, *, shared: bool = False, still_clock: bool = False) -> Monitor:
        """Begin a history, or begin it anew: nothing is known of the deployment.

        `shared`: others may change its strategies meanwhile, so no succession is judged. `still_clock`: the time of
        the target moves only between exchanges of different `at`.
        """
        self._monitors[history] = Monitor(self._contract.kinds, shared=shared, still=still_clock)
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

    def judge(self, exchange: Exchange, history: str = "main", *, in_order: bool = True) -> tuple[Finding, ...]:
        """Judge the next exchange of a history; what was found, without evidence (that is in the tally). Never raises.

        Not `in_order`: what came before it cannot be told, because others asked meanwhile. Such an exchange is judged
        without a memory, and after a change of which that is so nothing is known of the strategies.
        """
        monitor = self._monitors.get(history) or self.begin(history)
        operation = self._contract.match(exchange.method, exchange.path)
        if is_control(exchange):
            monitor.see(exchange, None, None)
            return ()
        self.judged += 1
        calm = self._calm.setdefault(history, Calm())
        poll = calm.find(exchange, monitor.known) if in_order and not self._afresh else None
        if poll is not None and operation is not None:
            return self._repeat(poll, calm, exchange, operation, history)
        reading = self._read(exchange, operation)
        strategy = reading.strategy if reading is not None else None
        self._draw(strategy, operation, exchange, history)
        known = monitor.known if in_order else monitor.known.unordered()
        context = Context(
            exchange, self._contract, self._law, operation, strategy, known, still=monitor.still, reading=reading
        )
        document = self._of_document(reading, context) if reading is not None and strategy is not None else ()
        verdict = Verdict(*document, *self._of_exchange(context, history, in_order=in_order))
        if reading is not None:
            reading.let_go()
        self._before = tuple(monitor.recent)
        found = self._count(verdict, context, self._before)
        self._last = context, {}, verdict
        self._compare(history, context)
        if not in_order:
            monitor.overlook(exchange)
            return tuple(found)
        self._follow(monitor, exchange, operation, strategy)
        self._trace(history, context, monitor)
        calm.note(context, reading, verdict, monitor.known)
        return tuple(found)

    def _repeat(
        self, poll: Poll, calm: Calm, exchange: Exchange, operation: Operation, history: str
    ) -> tuple[Finding, ...]:
        """Judge a poll that shows what the last one has shown; see `conformance.calm`."""
        monitor, reading = self._monitors[history], poll.reading
        strategy = reading.strategy if reading is not None else None
        if reading is not None:
            exchange.__dict__["response_json"] = reading.value  # the cache of the property
        self._draw(strategy, operation, exchange, history)
        context = Context(exchange, self._contract, self._law, operation, strategy, monitor.known, reading=reading)
        self._before = tuple(monitor.recent)
        found = self._count(poll.verdict, context, self._before)
        self._last = context, {}, poll.verdict
        self._compare(history, context)
        monitor.repeat(exchange, calm.repeat(poll, operation.kind or "", exchange.at))
        return tuple(found)

    def objections(self, request: Exchange, history: str = "main", *, in_order: bool = True) -> tuple[Objection, ...]:
        """What is wrong with a request that has not been answered (status 0); see `conformance.objections`.

        Nothing is learned or counted. Never raises: a check that crashes is counted as an error, and nobody's request.
        """
        monitor = self._monitors.get(history) or self.begin(history)
        operation = self._contract.match(request.method, request.path)
        known = monitor.known if in_order else monitor.known.unordered()
        context = Context(request, self._contract, self._law, operation, None, known, still=monitor.still)
        supposed = suppose(request, context)
        if supposed is None:
            return ()
        found: list[Objection] = []
        for each in self._panel.turn(operation).all:
            if each.check.name not in DEMAND_REFUSAL:
                continue
            try:
                found += objections(each, supposed)
            except Exception as error:  # noqa: BLE001 - any crash of a check is ours, never the client's
                self._note(each.check.name, error, each)
        return tuple(found)

    def hear(self, exchange: Exchange, requirements: Iterable[str], charged: str, deviation: Deviation) -> Opinion:
        """Hear a second witness of the exchange that was judged last: one cause is charged once.

        `requirements` are those that say the same, `charged` the one of them that is charged when none of their checks
        has looked at the exchange; one that has looked decides.
        """
        context, heard, verdict = self._last
        if context is None or context.exchange is not exchange:
            raise ValueError("a second witness can be heard of the exchange that was judged last, and of no other")
        looked = verdict.looked | heard
        found = [looked[each] for each in requirements if each in looked]
        if found:
            return Opinion.SAID if any(found) else Opinion.DENIED
        requirement = self._ledger.by_id[charged]
        silenced = self._asked_for.silences(set(requirements) & self._checks.keys())
        if silenced or requirement.check is None or self._asked_for.aside(requirement):
            return Opinion.ASIDE
        bound = bind(requirement, self._checks[charged])
        row = self.tally.row(charged)
        row.checked += 1
        self._charge(row, bound, deviation, context, self._before)
        heard[charged] = True
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
        for each in self._panel.concurrent if answers else ():
            self._rule(each, history, Context(answers[-1], self._contract, self._law))

    def _rule(self, bound: Bound, history: History, context: Context) -> None:
        row = self.tally.row(bound.id)
        try:
            found = bound.check.function(history, context, **bound.parameters)
            deviations = None if found is None else list(found)
        except Exception as error:  # noqa: BLE001 - any crash of a check is ours, never the vendor's
            self._note(bound.check.name, error, bound)
            return
        if deviations is None:
            return
        row.checked += 1
        for deviation in deviations:
            row.add(with_history(finding_of(bound, deviation), history))

    def _witness(self, exchange: Exchange, history: History, *, alone: bool) -> None:
        """Judge one answer; of one that others had a hand in, its document and what no request can excuse."""
        operation = self._contract.match(exchange.method, exchange.path)
        strategy = read_strategy(exchange.response_json) if role_of(operation) is not None else None
        context = Context(exchange, self._contract, self._law, operation, strategy)
        document = self._panel.document(context.kind).all if strategy is not None else ()
        asked = self._panel.turn(operation).all if alone else self._panel.around(operation)
        for bound, deviations in Verdict(self._ask((*document, *asked), context)).broken:
            row = self.tally.row(bound.id)
            for deviation in deviations:
                row.add_by_chance(with_history(finding_of(bound, deviation, context), history, exchange))

    def retell(self, told: Told) -> None:
        """Tell a failure by these exchanges instead of those that it was first seen in; nothing is counted."""
        finding = sequences.finding_of(told, self.fresh())
        if finding is not None:
            self.tally.row(told.requirement).retell(finding)

    def shown(self, exchange: Exchange) -> Strategy | None:
        """The strategy in the answer of this exchange, if it is the one that was judged last and has one."""
        context, _, _ = self._last
        return context.strategy if context is not None and context.exchange is exchange else None

    def fresh(self) -> "Judge":
        """A judge of the same law that has seen nothing."""
        return Judge(
            self._contract,
            self._ledger,
            self._law,
            self._checks,
            level=self._asked_for.level,
            wanted=self._asked_for.wanted,
            afresh=self._afresh,
            draws=self._draws,
        )

    def requirement_text(self, requirement: str) -> str:
        """What is required, in the words of the ledger; empty for an id that it does not know."""
        return next((each.text for each in self._ledger.requirements if each.id == requirement), "")

    def has_failed(self, requirement: str) -> bool:
        """A MUST that has been seen broken."""
        row = self.tally.rows.get(requirement)
        return row is not None and any(finding.verdict is Ruled.FAIL for finding in row.settled().findings)

    def results(self, changes: str = "allowed", withheld: str = "", *, together: bool = True) -> tuple[Result, ...]:
        """One result per requirement, in the order of the ledger.

        `changes`: a word of `reports.model.Changes`; `withheld`: the changes, in words, that were not permitted;
        `together`: several clients at once were wanted.
        """
        circumstances = Circumstances(Changes(changes), withheld, together=together)
        return Ruling(self._contract, self._ledger, self._law, self._checks, self._asked_for).results(
            self.tally, circumstances
        )

    # --- judging

    def _draw(self, strategy: Strategy | None, operation: Operation | None, exchange: Exchange, history: str) -> None:
        """Keep a picture of the strategy, unless it is none of the target's own."""
        if self._draws and strategy is not None and operation is not None and history not in self._borrowed:
            self.gallery.see(operation.kind or "", strategy, exchange.origin)

    def _of_exchange(self, context: Context, history: str, *, in_order: bool) -> tuple[Said, ...]:
        """What the checks say of the exchange, its document aside, or said of a poll that asked the same."""
        turn = self._panel.turn(context.operation, alone=in_order)
        if not in_order or self._afresh:
            return self._ask(turn.asked, context), self._ask(turn.others, context)
        alike = self._alike.setdefault(history, Alike())
        asked = alike.find(context)
        if asked is None:
            asked = self._ask(turn.asked, context)
            if asked.whole:
                alike.note(context, asked)
        return asked, self._ask(turn.others, context)

    def _compare(self, history: str, context: Context) -> None:
        """Hold the strategy of the answer against what it is expected to be, if that is to be seen now."""
        prediction, seen = self._predictions.get(history), context.strategy
        if prediction is None or seen is None or context.kind != prediction.kind or not prediction.is_due(seen):
            return
        del self._predictions[history]
        compared = replace(context, compared=prediction.compared(seen))
        self._count(Verdict(self._ask(self._panel.prediction, compared)), compared, self._before)

    def _ask(self, bound: Iterable[Bound], context: Context) -> Said:
        return ask(bound, context.exchange, context, self._crashed)

    def _crashed(self, bound: Bound, error: Exception) -> None:
        self._note(bound.check.name, error, bound)

    def _note(self, what: str, error: Exception, *bound: Bound) -> None:
        self.crashes[type(error).__name__] += 1
        for each in bound:
            self.tally.row(each.id).add_error(crash(what, error))

    def _count(self, verdict: Verdict, context: Context, before: tuple[Exchange, ...]) -> list[Finding]:
        for said in verdict.said:
            self.tally.count(said.looked)
        return [
            self._charge(self.tally.row(bound.id), bound, deviation, context, before)
            for bound, deviations in verdict.broken
            for deviation in deviations
        ]

    def _charge(
        self, row: Row, bound: Bound, deviation: Deviation, context: Context, before: tuple[Exchange, ...]
    ) -> Finding:
        finding = finding_of(bound, deviation, context)
        if row.has_room_for(finding) or row.has_a_longer_script_for(finding, len(before) + 1):
            row.add(with_evidence(finding, context.exchange, before))
        else:
            row.pass_over(finding)
        return finding

    def _follow(self, monitor: Monitor, exchange: Exchange, operation: Operation | None, strategy: Any) -> None:
        try:
            monitor.see(exchange, operation, strategy)
        except Exception as error:  # noqa: BLE001 - what was known is lost, and the checks that need it with it
            monitor.known = monitor.known.forgetting()
            self._note("the monitor", error, *self._panel.history)

    def _trace(self, history: str, context: Context, monitor: Monitor) -> None:
        """Count the edges of the state graph. What crashes here costs evidence of depth, never a verdict."""
        with suppress(Exception):
            for edge in self._trails[history].see(context, monitor.known):
                self.edges.seen[edge] += 1

    # --- the same document again costs almost nothing

    def _read(self, exchange: Exchange, operation: Operation | None) -> Reading | None:
        """The strategy document of the answer; None for an answer that has none to show."""
        if operation is None or role_of(operation) is None or not exchange.succeeded or not exchange.response_body:
            return None
        kind = operation.kind or ""
        return read_plainly(exchange, kind) if self._afresh else self._readings.read(exchange, kind)

    def _of_document(self, reading: Reading, context: Context) -> tuple[Said, Said]:
        """What the checks of documents say, or said when they last saw the same."""
        if reading.said is None:
            asked = self._panel.document(context.kind)
            plan = reading.known_plan or self._ask(asked.plan, context)
            progress = self._ask(asked.progress, context)
            reading.said = plan, progress
            reading.in_order = plan.whole and progress.whole and not plan.broken and not progress.broken
            reading.planned = plan if plan.whole else None
        said: tuple[Said, Said] = reading.said
        return said
