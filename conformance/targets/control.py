"""What a simulated target lets us do besides its API: advance its clock, read its world, break things, start anew.

Detected by `GET /_control`.

These requests are never judged: they are no part of the contract.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Protocol

from conformance.caller import Caller
from conformance.exchange import Exchange, Headers

PATH: Final = "/_control"
TOKEN_HEADER: Final = "X-Control-Token"  # noqa: S105 - the name of a header


class ControlError(Exception):
    """The target offered control and then refused it: the run cannot go on, and nobody is charged."""


class RefusedError(ControlError):
    """One thing of the control was refused: what needs it cannot be played on this target, everything else can."""


class Send(Protocol):
    """How a control request reaches the target."""

    def __call__(  # noqa: D102, PLR0913 - the class says it; the parts of a request
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Headers = (),
        origin: str = "",
        caller: Caller = Caller.OURS,
    ) -> Exchange: ...


class Control:
    """The control of one target.

    `now` is in seconds on its clock, as last heard. `still` is true when the clock moves only when told; else it runs
    and an advance makes it jump ahead. `last` is the last request to it with its answer.
    """

    def __init__(self, send: Send, offer: dict[str, Any], token: str | None) -> None:
        self._send = send
        self._token = token
        self.offers: frozenset[str] = frozenset(map(str, offer.get("offers", ())))
        self.still: bool = offer.get("clock", "virtual") == "virtual" and "clock" in self.offers
        self.now: float = _number(offer.get("now"))
        self._begun = self.now
        self.last: Exchange | None = None

    def advance(self, seconds: float) -> float:
        """Move the clock on by that many seconds; the new time. Raises ControlError."""
        answer = self._ask("POST", f"{PATH}/clock", {"advance": seconds})
        self.now = _number(answer.get("now"), self.now + seconds)
        return self.now

    def reset(self) -> None:
        """Back to the world as loaded, with no strategy. Raises ControlError."""
        answer = self._ask("POST", f"{PATH}/reset", None)
        self.now = _number(answer.get("now"), self.now)

    def begin_anew(self, grid: float) -> None:
        """Reset the target at an even time: a multiple of `grid` seconds since the first look, on a still clock.

        What a simulation does at even times, since its start or since the last reset, then comes out the same whatever
        was done before. Raises ControlError.
        """
        self.reset()
        passed = (self.now - self._begun) % grid
        if self.still and passed:
            self.advance(grid - passed)
            self.reset()

    def world(self) -> dict[str, Any]:
        """The world as it is now. Raises RefusedError: not every target that loads worlds shows them."""
        return self._ask("GET", f"{PATH}/world", None, refused=RefusedError)

    def load(self, world: Mapping[str, Any]) -> None:
        """Put another world in place, with no strategy in it. Raises RefusedError: not every target takes any world."""
        answer = self._ask("PUT", f"{PATH}/world", world, refused=RefusedError)
        self.now = _number(answer.get("now"), self.now)

    def inject(self, faults: Sequence[Mapping[str, Any]]) -> None:
        """Have things go wrong until the next reset. Raises RefusedError: not every target knows every fault."""
        self._ask("POST", f"{PATH}/faults", {"faults": list(faults)}, refused=RefusedError)

    def restart(self) -> None:
        """Restart the service: its strategy survives, its timers begin anew. Raises RefusedError."""
        answer = self._ask("POST", f"{PATH}/restart", None, refused=RefusedError)
        self.now = _number(answer.get("now"), self.now)

    def _ask(self, method: str, path: str, value: Any, *, refused: type[ControlError] = ControlError) -> dict[str, Any]:
        body = b"" if value is None else json.dumps(value).encode()
        exchange = self._send(
            method,
            path,
            body=body,
            headers=_headers(self._token, json_body=bool(body)),
            origin="control",
            caller=Caller.NAMELESS,
        )
        self.last = exchange
        if not is_success(exchange.status):
            duty = "" if refused is RefusedError else "; a target that offers control has to carry it out"
            raise refused(f"{method} {path} answered {exchange.status}{duty}")
        answer = exchange.response_json
        return answer if isinstance(answer, dict) else {}


def detect(send: Callable[..., Exchange], token: str | None) -> Control | None:
    """The control that the target offers, or None. Raises Unreachable when the target does not answer at all."""
    exchange = send("GET", PATH, headers=_headers(token), origin="control", caller=Caller.NAMELESS)
    offer = exchange.response_json
    if not is_success(exchange.status) or not isinstance(offer, dict) or offer.get("control") != 1:
        return None
    if not isinstance(offer.get("offers"), list):
        return None
    return Control(send, offer, token)


def is_success(status: int) -> bool:
    """Any 2xx: a target whose statuses are wrong is still to be controlled, so that it can be judged."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _headers(token: str | None, *, json_body: bool = False) -> Headers:
    headers: Headers = (("Content-Type", "application/json"),) if json_body else ()
    return (*headers, (TOKEN_HEADER, token)) if token else headers


def _number(value: Any, default: float = 0.0) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default
