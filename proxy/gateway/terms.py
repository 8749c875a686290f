"""How exchanges are treated by the gateway, and whom it works with."""

from dataclasses import dataclass
from typing import Protocol

from conformance.exchange import Exchange
from proxy.gateway.crossing import Passed
from proxy.judging.courier import Seen
from proxy.traffic import Mode, Noticed, Passage


class Judging(Protocol):
    """Whoever brings exchanges to a judge: `proxy.judging.courier.Courier`."""

    def tell(self, passage: Passage) -> bool:
        """Tell of an exchange and forget it."""
        ...

    def pass_over(self, reason: str, *, change: bool = False) -> None:
        """Count an exchange that nobody judges; a `change` may have led anywhere."""
        ...

    async def ask(self, request: Exchange, *, in_order: bool = True) -> tuple[Noticed, ...]:
        """What is wrong with a request. Raises JudgeFault."""
        ...

    async def see(self, passage: Passage) -> Seen:
        """Tell of an exchange and wait. Raises JudgeFault."""
        ...


class Counting(Protocol):
    """Whoever counts exchanges as they come and go."""

    def begun(self) -> None:
        """A request has begun."""
        ...

    def passed(self, passed: Passed) -> None:
        """An exchange that has begun is over."""
        ...


class Shadowing(Protocol):
    """Whoever repeats reads at a second deployment: `proxy.shadowing.shadow.Shadow`."""

    def tell(self, number: int, exchange: Exchange | None) -> None:
        """Repeat a read later, and forget it; None: its answer was not kept. Never raises, never waits."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How exchanges are treated.

    `largest` are the bytes of the largest body that is judged; `fail_open`: what the judge fails on passes; `tls`:
    whoever does not speak TLS is turned away, and without it whoever does.
    """

    mode: Mode = Mode.OBSERVE
    largest: int = 16 << 20
    fail_open: bool = True
    tls: bool = False
