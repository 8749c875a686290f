"""The hooks of mitmproxy, short: flow -> exchange -> judge -> policy. Nothing here raises, or keeps a flow."""

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, Final
from weakref import WeakSet

from mitmproxy import http

from conformance.exchange import Exchange
from conformance.objections import is_harmless
from proxy.copies import Copy
from proxy.deciding import answers
from proxy.deciding.policy import Policy
from proxy.gateway import flows, trust, wire
from proxy.gateway.crossing import Crossing, End, Passed, crossing_of, keep
from proxy.gateway.guarded import never_raises
from proxy.gateway.reading import TOO_LARGE, passage_of, read_answer, read_request
from proxy.gateway.said import Once
from proxy.gateway.terms import Counting, Judging, Shadowing, Terms
from proxy.judging.courier import JudgeFault
from proxy.order import Order, is_change
from proxy.traffic import Direction, Mode, Passage
from spec.contract import Contract
from spec.ledger import Ledger

CUT_SHORT: Final = "cut short"
NOT_FORWARDED: Final = "not forwarded"
FAILED: Final = "gateway"


class Gateway:
    """What stands between clients and a server, as an addon of mitmproxy; one for each process.

    With a `contract` nobody is asked about reads that it documents. `counting` is told of every exchange, `shadow` of
    every read that was passed on, `say` what an operator must know, once for each cause.
    """

    def __init__(  # noqa: PLR0913 - what it works with, and whom it tells
        self,
        terms: Terms,
        courier: Judging,
        policy: Policy,
        *,
        ledger: Ledger | None = None,
        contract: Contract | None = None,
        counting: Counting | None = None,
        shadow: Shadowing | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._terms, self._courier, self._policy = terms, courier, policy
        self._ledger, self._contract = ledger, contract
        self._counting, self._shadow, self._say = counting, shadow, Once(say)
        self._order = Order()
        self._number = 0
        self._flows: WeakSet[http.HTTPFlow] = WeakSet()
        self.closing = False

    @property
    def under_way(self) -> Iterator[http.HTTPFlow]:
        """The exchanges whose last byte was not yet sent."""
        return (flow for flow in list(self._flows) if flow.live)

    # --- requests

    @never_raises
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """A request begins; whoever speaks the wrong protocol, or comes when we are closing, is turned away."""
        if self.closing or flow.client_conn.tls is not self._terms.tls:
            flow.kill()
            return
        self._number += 1
        crossing = Crossing(number=self._number, changes=is_change(flow.request.method, flow.request.path))
        keep(flow, crossing)
        self._flows.add(flow)
        if self._counting is not None:
            self._counting.begun()
        if self._terms.mode is Mode.OBSERVE:
            crossing.sent = Copy(self._terms.largest)
            flow.request.stream = crossing.sent.feed

    @never_raises
    async def request(self, flow: http.HTTPFlow) -> None:
        """The whole request has come."""
        crossing = crossing_of(flow)
        if crossing is None or crossing.ended:
            return
        crossing.began = time.time()
        in_order = self._order.begin(crossing.number, changes=crossing.changes)
        read_request(flow.request, crossing, self._terms.largest)
        if self._terms.mode is not Mode.ENFORCE:
            return
        request, raw = crossing.request, flow.request.raw_content
        if request is None and raw is not None and crossing.unchecked != TOO_LARGE:
            request = flows.as_it_came(flow.request, raw, crossing.began)
        if request is not None and not self._is_harmless(request, crossing):
            await self._admit(flow, crossing, request, in_order=in_order)

    def _is_harmless(self, request: Exchange, crossing: Crossing) -> bool:
        """Nobody need be asked about the request."""
        if self._contract is None or crossing.changes:
            return False
        return is_harmless(request, self._contract.match(request.method, request.path))

    async def _admit(self, flow: http.HTTPFlow, crossing: Crossing, request: Exchange, *, in_order: bool) -> None:
        """Forward the request, or answer it here."""
        try:
            noticed = await self._wait(crossing, self._courier.ask(request, in_order=in_order))
        except JudgeFault as fault:
            if not self._terms.fail_open:
                self._courier.pass_over(fault.kind)
                await self._refuse(flow, crossing, request, answers.unjudged(fault.kind))
            return
        if stopping := self._policy.stopping(self._terms.mode, Direction.REQUEST, noticed):
            await self._refuse(flow, crossing, request, lambda at: answers.refusal(stopping, at, self._ledger))

    async def _refuse(
        self,
        flow: http.HTTPFlow,
        crossing: Crossing,
        request: Exchange,
        answer: answers.Answer | Callable[[str], answers.Answer],
    ) -> None:
        """Answer in the place of the server, which never hears of it; the judge stores what was refused."""
        crossing.end, crossing.ended = End.REFUSED, True
        in_order = self._order.end(crossing.number)
        if not isinstance(answer, answers.Answer):
            passage = passage_of(flow, crossing, request, in_order=in_order, blocked=True)
            answer = answer(await self._reference(crossing, passage))
        flow.response = _response(answer, flow.request.method)
        self._count(flow, crossing)

    async def _reference(self, crossing: Crossing, passage: Passage) -> str:
        """Where the findings log tells of a refused request; empty when the judge is lost just now."""
        try:
            return (await self._wait(crossing, self._courier.see(passage))).reference
        except JudgeFault:
            return ""

    # --- answers

    @never_raises
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """An answer begins; where nobody waits for the judge, its pieces go on as they come."""
        crossing = crossing_of(flow)
        if crossing is None or crossing.ended or flow.response is None:
            return
        if self._terms.mode is Mode.OBSERVE:
            crossing.came = Copy(self._terms.largest)
            flow.response.stream = crossing.came.feed

    @never_raises
    async def response(self, flow: http.HTTPFlow) -> None:
        """The whole answer has come."""
        crossing = crossing_of(flow)
        if crossing is None or crossing.ended or flow.response is None:
            return
        at = time.time()
        in_order = self._end(crossing)
        exchange = read_answer(flow.response, crossing, self._terms.largest, at)
        if exchange is not None:
            passage = passage_of(flow, crossing, exchange, in_order=in_order)
            if self._terms.mode is Mode.OBSERVE:
                self._courier.tell(passage)
            else:
                await self._deliver(flow, crossing, passage)
        else:
            self._pass_over(flow, crossing, in_order=in_order, at=at)
        self._count(flow, crossing, at)
        if self._shadow is not None and crossing.end is End.PASSED and flow.request.method == "GET":
            self._shadow.tell(crossing.number, exchange)

    async def _deliver(self, flow: http.HTTPFlow, crossing: Crossing, passage: Passage) -> None:
        """Give the answer to the client, with a header where that is wished, or hold it back."""
        try:
            noticed, reference = await self._wait(crossing, self._courier.see(passage))
        except JudgeFault as fault:
            if not self._terms.fail_open:
                self._hold_back(flow, crossing, answers.unjudged(fault.kind, Direction.RESPONSE))
            return
        if self._terms.mode is Mode.ANNOTATE:
            if noticed and flow.response is not None:
                flow.response.headers[answers.HEADER] = answers.annotation(noticed)
        elif stopping := self._policy.stopping(self._terms.mode, Direction.RESPONSE, noticed):
            self._hold_back(flow, crossing, answers.bad_answer(stopping, reference, self._ledger))

    @staticmethod
    def _hold_back(flow: http.HTTPFlow, crossing: Crossing, answer: answers.Answer) -> None:
        crossing.end = End.HELD_BACK
        flow.response = _response(answer, flow.request.method)

    # --- what goes wrong

    @never_raises
    def error(self, flow: http.HTTPFlow) -> None:
        """The exchange has broken off: no answer came, or only a part of one, or the client is gone."""
        if flow.error is not None and (why := trust.refusal_of(flow)) is not None:
            wire.LAST_WORDS[flow.client_conn] = _response(why, flow.request.method)
        crossing = crossing_of(flow)
        if crossing is None or crossing.ended:
            return
        crossing.end = End.LOST
        at, begun = time.time(), bool(crossing.began)
        in_order = self._end(crossing)
        if flow.server_conn.timestamp_start is None:
            self._courier.pass_over(NOT_FORWARDED)
        elif not begun or crossing.request is None:
            self._courier.pass_over(crossing.unchecked or CUT_SHORT, change=crossing.changes)
        else:
            self._lose(flow, crossing, in_order=in_order, at=at)
        self._count(flow, crossing, at)

    def _lose(self, flow: http.HTTPFlow, crossing: Crossing, *, in_order: bool, at: float) -> None:
        """Tell of a request that may have had its effect, though nobody knows the answer."""
        if crossing.request is not None:
            request = replace(crossing.request, at=at)
            self._courier.tell(passage_of(flow, crossing, request, in_order=in_order, lost=True))

    def fail(self, data: Any, error: Exception) -> None:
        """Count a fault of ours; the exchange passes, or is killed where nothing passes unjudged."""
        name = type(error).__name__
        self._say.of(f"fault {name}", f"a fault of the gateway itself: {name}")
        crossing = crossing_of(data) if isinstance(data, http.HTTPFlow) else None
        self._courier.pass_over(FAILED, change=crossing is not None and crossing.changes)
        if not isinstance(data, http.HTTPFlow):
            return
        if crossing is not None and not crossing.ended:
            crossing.ended = True
            self._order.end(crossing.number)
            self._count(data, crossing)
        if not self._terms.fail_open and self._terms.mode is not Mode.OBSERVE and data.killable:
            data.kill()

    # --- parts

    async def _wait[T](self, crossing: Crossing, answer: Awaitable[T]) -> T:
        began = time.perf_counter()
        try:
            return await answer
        finally:
            crossing.waited += time.perf_counter() - began

    def _end(self, crossing: Crossing) -> bool:
        """The exchange is over; whether it was in order. An answer before the end of its request never is."""
        crossing.ended = True
        if not crossing.began:
            crossing.unchecked = CUT_SHORT
            self._order.begin(crossing.number, changes=crossing.changes)
            self._order.end(crossing.number)
            return False
        return self._order.end(crossing.number)

    def _pass_over(self, flow: http.HTTPFlow, crossing: Crossing, *, in_order: bool, at: float) -> None:
        """Count it; a change whose answer nobody read may have had its effect."""
        self._courier.pass_over(crossing.unchecked, change=crossing.changes and crossing.request is None)
        if crossing.changes:
            self._lose(flow, crossing, in_order=in_order, at=at)

    def _count(self, flow: http.HTTPFlow, crossing: Crossing, at: float | None = None) -> None:
        if self._counting is None:
            return
        seconds = (at or time.time()) - crossing.began if crossing.began else 0.0
        path = flow.request.path.partition("?")[0]
        status = flow.response.status_code if flow.response is not None and crossing.end is not End.LOST else 0
        self._counting.passed(
            Passed(crossing.end, flow.request.method, path, status, max(0.0, seconds), crossing.waited)
        )


def _response(answer: answers.Answer, method: str) -> http.Response:
    """The answer to a request of that method: to a HEAD there is no body, or the next answer would begin in it."""
    body = b"" if method.upper() == "HEAD" else answer.body
    return http.Response.make(answer.status, body, dict(answer.headers))
