"""What stands between a run and its target: its bounds, and patience with a target that is gone.

Requests to the control API are let through at once: they cost a simulation nothing, and are not judged.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from conformance.targets import spent
from conformance.targets.budget import Budget
from conformance.targets.control import PATH as CONTROL
from conformance.targets.terms import Terms
from conformance.targets.transport import (
    REQUESTS_UP,
    TIME_UP,
    Answer,
    NoMoreRequests,
    NoMoreTime,
    Request,
    Transport,
    Unreachable,
)

UNAVAILABLE: Final = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
"""Statuses by which a service, or a gateway before it, says that it is not there."""

MOST_UNAVAILABLE: Final = 40
"""After so many such answers on end the target counts as gone."""

_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0


class Guard:
    """A transport around another, on the terms of the run.

    A GET that got no answer is sent again until the target is back, for `reconnect` seconds at most, when the target
    has answered before. Nothing else is ever sent twice. Raises Unreachable, NoMoreTime, NoMoreRequests.
    """

    def __init__(
        self,
        inner: Transport,
        terms: Terms,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._inner = inner
        self._terms = terms
        self._clock = clock
        self._sleep = sleep
        per_minute = terms.requests_per_minute
        self._budget = Budget(per_minute, clock=clock, sleep=sleep) if per_minute else None
        self._overtime = 0
        self._answered = False
        self._unavailable = 0

    def send(self, request: Request) -> Answer:
        """The answer of the target."""
        if request.path.startswith(CONTROL):
            return self._inner.send(request)
        self._check_time()
        if self._budget is not None:
            self._budget.take()
            self._check_time()
        answer = self._patiently(request)
        self._answered = True
        self._watch(answer)
        return answer

    def beside(self) -> "Guard":
        """A guard on another way to the same server; the budget is one for all."""
        other = Guard(self._inner.beside(), self._terms, clock=self._clock, sleep=self._sleep)
        other._budget, other._answered = self._budget, self._answered
        return other

    def close(self) -> None:
        """Let go of connections."""
        self._inner.close()

    @contextmanager
    def overtime(self) -> Iterator[None]:
        """A context in which requests pass although a bound is reached: the target has to be cleared."""
        self._overtime += 1
        try:
            yield
        finally:
            self._overtime -= 1

    def _check_time(self) -> None:
        if self._terms.until and not self._overtime and self._clock() >= self._terms.until:
            raise NoMoreTime(f"{TIME_UP} (--deadline {self._terms.deadline:g} seconds)")

    def _count(self) -> None:
        most = self._terms.most_requests
        if most and not self._overtime and spent.sent() >= most:
            raise NoMoreRequests(f"{REQUESTS_UP} (--most-requests {most})")
        spent.count()

    def _patiently(self, request: Request) -> Answer:
        begun, pause = self._clock(), _FIRST_PAUSE
        while True:
            self._count()
            try:
                return self._inner.send(request)
            except Unreachable as error:
                gone = self._clock() - begun
                if request.method != "GET" or not error.passing or not self._answered:
                    raise
                if gone >= self._terms.reconnect:
                    raise Unreachable(f"{error}; it did not come back within {gone:.0f} s") from error
            self._sleep(min(pause, max(self._terms.reconnect - gone, 0.0)))
            pause = min(pause * 2, _LONGEST_PAUSE)
            self._check_time()

    def _watch(self, answer: Answer) -> None:
        self._unavailable = self._unavailable + 1 if answer.status in UNAVAILABLE else 0
        if self._unavailable >= MOST_UNAVAILABLE:
            text = f"the target is not available: it answered {answer.status} to the last {self._unavailable} requests"
            raise Unreachable(text)
