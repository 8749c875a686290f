"""Tells a judge the events of a test again; pure but for where they are read from."""

from conformance.checks.context import Deviation, Flaw
from conformance.evidence.form import (
    AnyEvent,
    Begin,
    Borrow,
    Expect,
    Heard,
    Judged,
    Retold,
    Stir,
    StoredCall,
    StoredDeviation,
    StoredFlaw,
    StoredPrediction,
    Together,
)
from conformance.evidence.source import Source
from conformance.exchange import Exchange
from conformance.histories.call import Call, History
from conformance.judge import Judge
from conformance.predictions.prediction import Moment, Prediction
from conformance.sequences import Told
from conformance.shape import read_strategy
from conformance.strategy import Strategy
from spec.contract import Contract


def replay(source: Source, judge: Judge, contract: Contract) -> None:
    """Tell the judge all events of a test. Raises Missing and ValueError when they make no sense."""
    teller = _Teller(source, judge, contract)
    for event in source.events():
        teller.tell(event)


class _Teller:
    def __init__(self, source: Source, judge: Judge, contract: Contract) -> None:
        self._source = source
        self._judge = judge
        self._contract = contract
        self._last: Exchange | None = None

    def tell(self, event: AnyEvent) -> None:
        judge, source = self._judge, self._source
        match event:
            case Begin():
                judge.begin(event.history, shared=event.shared, still_clock=event.still)
            case Stir():
                judge.stir(event.history, source.exchange(event.exchange) if event.exchange is not None else None)
            case Borrow():
                judge.borrow(event.history)
            case Expect():
                judge.expect(event.history, self._prediction(event.prediction))
            case Judged():
                self._last = source.exchange(event.exchange)
                judge.judge(self._last, event.history, in_order=event.in_order)
            case Heard():
                if self._last is None:
                    raise ValueError("a second witness is heard of no exchange")
                judge.hear(self._last, event.requirements, event.charged, _deviation(event.deviation))
            case Together():
                judge.judge_history(self._history(event))
            case Retold():
                exchanges = tuple(map(source.exchange, event.exchanges))
                judge.retell(Told(event.requirement, exchanges, event.note, event.origin, event.still))

    def _prediction(self, stored: StoredPrediction | None) -> Prediction | None:
        if stored is None:
            return None
        world, body = self._source.document(stored.world), self._source.document(stored.body)
        strategy = self._strategy(stored.strategy)
        return Prediction(stored.kind, world, body, strategy, stored.release, Moment(stored.moment))

    def _history(self, event: Together) -> History:
        return History(
            tuple(map(self._call, event.calls)),
            event.kind,
            self._strategy(event.strategy) if event.strategy is not None else None,
            still=event.still,
            lasting=frozenset(event.lasting),
            before=tuple(map(self._source.exchange, event.before)),
            name=event.name,
        )

    def _call(self, call: StoredCall) -> Call:
        return Call(
            call.client,
            self._contract.operation(call.operation),
            call.method,
            call.path,
            self._source.body(call.body),
            self._source.exchange(call.exchange) if call.exchange is not None else None,
            call.invoked,
            call.returned,
        )

    def _strategy(self, digest: str) -> Strategy:
        strategy = read_strategy({"strategy": self._source.document(digest)})
        if strategy is None:
            raise ValueError(f"the document {digest} is no strategy")
        return strategy


def _deviation(stored: StoredDeviation) -> Deviation:
    return Deviation(
        stored.message,
        stored.expected,
        stored.actual,
        stored.where,
        stored.hint,
        _flaw(stored.flaw) if stored.flaw is not None else None,
    )


def _flaw(stored: StoredFlaw) -> Flaw:
    return Flaw(stored.message, stored.expected, stored.actual, stored.where, stored.hint)
