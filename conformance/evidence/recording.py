"""A judge that writes down what it is told, before it does it: told the same again, another comes to the same."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from conformance.checks.context import Deviation, Flaw
from conformance.evidence.cleaning import Cleaning
from conformance.evidence.form import (
    Begin,
    Borrow,
    Doubt,
    Expect,
    Heard,
    Judged,
    Retold,
    Stir,
    StoredCall,
    StoredDeviation,
    StoredExchange,
    StoredFlaw,
    StoredPrediction,
    Together,
)
from conformance.evidence.spool import Spool
from conformance.exchange import Exchange, Headers
from conformance.histories.call import Call, History
from conformance.judge import Judge, Opinion
from conformance.monitor import Monitor
from conformance.predictions.prediction import Prediction
from conformance.sequences import Told
from reports.model import Finding

# Why what was stored need not come to the same again.
SECRET: Final = "what is secret, or may be, was taken out of an exchange"  # noqa: S105 - says why something is not there
BROKEN_OFF: Final = "the judging was broken off"

_JSON: Final[Headers] = (("Content-Type", "application/json"),)


class RecordingJudge(Judge):
    """The judge of one test, with all that it is told in a spool.

    `doubt` is why what was stored need not come to the same again; empty when it must.
    """

    def __init__(self, *norm: Any, spool: Spool, cleaning: Cleaning, **asked: Any) -> None:
        super().__init__(*norm, **asked)
        self._clerk = _Clerk(spool, cleaning)
        self.doubt = ""

    def begin(self, history: str, *, shared: bool = False, still_clock: bool = False) -> Monitor:
        """Begin a history, or begin it anew; see `Judge.begin`."""
        self._clerk.spool.event(Begin(history=history, shared=shared, still=still_clock))
        return super().begin(history, shared=shared, still_clock=still_clock)

    def stir(self, history: str, exchange: Exchange | None = None) -> None:
        """The service was disturbed; see `Judge.stir`."""
        name = self._clerk.exchange(exchange) if exchange is not None else None
        with self._told(Stir(history=history, exchange=name)):
            super().stir(history, exchange)

    def borrow(self, history: str) -> None:
        """The target is in a world of ours; see `Judge.borrow`."""
        with self._told(Borrow(history=history)):
            super().borrow(history)

    def expect(self, history: str, prediction: Prediction | None) -> None:
        """Compare with a prediction; see `Judge.expect`."""
        stored = self._clerk.prediction(prediction) if prediction is not None else None
        with self._told(Expect(history=history, prediction=stored)):
            super().expect(history, prediction)

    def judge(self, exchange: Exchange, history: str = "main", *, in_order: bool = True) -> tuple[Finding, ...]:
        """Judge the next exchange of a history; see `Judge.judge`."""
        if history not in self._monitors:
            self.begin(history)
        with self._told(Judged(history=history, exchange=self._clerk.exchange(exchange), in_order=in_order)):
            return super().judge(exchange, history, in_order=in_order)

    def hear(self, exchange: Exchange, requirements: Iterable[str], charged: str, deviation: Deviation) -> Opinion:
        """Hear a second witness; see `Judge.hear`."""
        named = tuple(requirements)
        with self._told(Heard(requirements=named, charged=charged, deviation=self._clerk.deviation(deviation))):
            return super().hear(exchange, named, charged, deviation)

    def judge_history(self, history: History) -> None:
        """Judge what several clients asked; see `Judge.judge_history`."""
        event = Together(
            calls=tuple(map(self._clerk.call, history.calls)),
            kind=history.kind,
            strategy=self._clerk.document(history.strategy.members) if history.strategy is not None else None,
            still=history.still,
            lasting=tuple(sorted(history.lasting)),
            before=tuple(map(self._clerk.exchange, history.before)),
            name=self._clerk.cleaning.text(history.name),
        )
        with self._told(event):
            super().judge_history(history)

    def retell(self, told: Told) -> None:
        """Tell a failure by other exchanges; see `Judge.retell`."""
        event = Retold(
            requirement=told.requirement,
            exchanges=tuple(map(self._clerk.exchange, told.exchanges)),
            note=told.note,
            origin=self._clerk.cleaning.text(told.origin),
            still=told.still,
        )
        with self._told(event):
            super().retell(told)

    @property
    def secrets(self) -> frozenset[str]:
        """What the run and its exchanges were seen to carry, and nobody may read."""
        return self._clerk.cleaning.known

    def close(self) -> None:
        """Nothing more will be told."""
        self._clerk.spool.close()

    @contextmanager
    def _told(self, event: Any) -> Iterator[None]:
        try:
            self._clerk.spool.event(event)
            if self._clerk.cleaning.matters and not self.doubt:
                self._doubt(SECRET)
            yield
        except BaseException:
            self._doubt(BROKEN_OFF)
            raise

    def _doubt(self, why: str) -> None:
        self.doubt = self.doubt or why
        self._clerk.spool.event(Doubt(why=why))


class _Clerk:
    """Turns what a judge is told into what is stored of it, without secrets."""

    def __init__(self, spool: Spool, cleaning: Cleaning) -> None:
        self.spool = spool
        self.cleaning = cleaning

    def exchange(self, exchange: Exchange) -> str:
        """Store an exchange; gives its name."""
        clean = self.cleaning
        request, response = map(self.spool.body, clean.bodies(exchange))
        return self.spool.exchange(
            StoredExchange(
                method=clean.text(exchange.method),
                path=clean.path(exchange.path),
                query=clean.query(exchange.query),
                status=exchange.status,
                at=float(exchange.at),
                origin=clean.text(exchange.origin),
                request_headers=clean.headers(exchange.request_headers),
                request_body=request,
                response_headers=clean.headers(exchange.response_headers),
                response_body=response,
            )
        )

    def call(self, call: Call) -> StoredCall:
        """One call of one client."""
        return StoredCall(
            client=call.client,
            operation=call.operation.operation_id,
            method=call.method,
            path=self.cleaning.path(call.path),
            body=self.spool.body(self.cleaning.body(call.body, _JSON)),
            exchange=self.exchange(call.exchange) if call.exchange is not None else None,
            invoked=call.invoked,
            returned=call.returned,
        )

    def prediction(self, prediction: Prediction) -> StoredPrediction:
        """What a strategy will be compared with."""
        return StoredPrediction(
            kind=prediction.kind,
            world=self.document(prediction.world),
            body=self.document(prediction.body),
            strategy=self.document(prediction.strategy.members),
            release=prediction.release,
            moment=prediction.moment.value,
        )

    def document(self, value: Any) -> str:
        """Store a JSON value; gives its name."""
        return self.spool.body(self.cleaning.body(json.dumps(value).encode(), _JSON))

    def deviation(self, deviation: Deviation) -> StoredDeviation:
        """What a second witness said."""
        flaw = StoredFlaw(**self._texts(deviation.flaw)) if deviation.flaw is not None else None
        return StoredDeviation(**self._texts(deviation), flaw=flaw)

    def _texts(self, told: Deviation | Flaw) -> dict[str, str]:
        return {name: self.cleaning.text(getattr(told, name)) for name in StoredFlaw.__struct_fields__}
