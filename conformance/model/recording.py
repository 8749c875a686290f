"""A sequence as the requests that were sent, the control's among them: kept, judged again, and played again."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from conformance.drivers.conversation import Conversation
from conformance.exchange import Exchange, Headers
from conformance.monitor import is_control
from conformance.sequences import CLOCK, RESET, WORLD, is_load
from conformance.targets.control import PATH as CONTROL
from conformance.targets.target import Target

_FAULTS: Final = f"{CONTROL}/faults"
_RESTART: Final = f"{CONTROL}/restart"
_KEPT_HEADERS: Final = frozenset({"content-type", "accept"})


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a sequence; one to the control moves the clock, loads a world, breaks something or restarts."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: Headers = ()

    @classmethod
    def of(cls, exchange: Exchange) -> "Step":
        """The request of an exchange."""
        headers = tuple(pair for pair in exchange.request_headers if pair[0].lower() in _KEPT_HEADERS)
        return cls(exchange.method, exchange.path, exchange.query, exchange.request_body, headers)

    @property
    def is_read(self) -> bool:
        """It changes nothing."""
        return self.method == "GET"

    @property
    def is_create(self) -> bool:
        """It asks for a new strategy."""
        return self.method == "POST" and self.path.endswith("/strategy")

    @property
    def seconds(self) -> float | None:
        """How far it moves the clock; None for every other request."""
        if self.path != CLOCK:
            return None
        return float(json.loads(self.body)["advance"])


def pause(seconds: float) -> Step:
    """The step that moves the clock."""
    body = json.dumps({"advance": seconds}).encode()
    return Step("POST", CLOCK, body=body, headers=(("Content-Type", "application/json"),))


def merged(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps with pauses that follow one another made one, and none of no length."""
    found: list[Step] = []
    for step in steps:
        last = found[-1].seconds if found else None
        if step.seconds is None:
            found.append(step)
        elif last is not None:
            found[-1] = pause(last + step.seconds)
        elif step.seconds:
            found.append(step)
    return tuple(found)


@contextmanager
def recorded(target: Target) -> Iterator[list[Exchange]]:
    """Everything that is exchanged with the target meanwhile, the control's requests among it."""
    kept: list[Exchange] = []
    before = target.heard

    def hear(exchange: Exchange) -> None:
        kept.append(exchange)
        before(exchange)

    target.heard = hear
    try:
        yield kept
    finally:
        target.heard = before


def stretches(exchanges: Sequence[Exchange]) -> list[tuple[Exchange, ...]]:
    """The exchanges from each reset to the next, the last world that was loaded before first; one when there was none.

    A reset leaves the world that was loaded last.
    """
    starts = [index for index, exchange in enumerate(exchanges) if exchange.path == RESET] or [0]
    ends = [*starts[1:], len(exchanges)]
    found, world = [], list[Exchange]()
    for start, end in zip(starts, ends, strict=True):
        found.append((*exchanges[start : start + 1], *world, *exchanges[start + 1 : end]))
        world = [each for each in exchanges[start:end] if is_load(each.method, each.path)][-1:] or world
    return found


def steps_of(exchanges: Iterable[Exchange]) -> tuple[Step, ...]:
    """The steps that were recorded; looks at the control and resets are none."""
    return merged(
        Step.of(each) for each in exchanges if each.path != RESET and not (is_control(each) and each.method == "GET")
    )


def play_again(steps: Iterable[Step], talk: Conversation, until: Callable[[], bool]) -> list[Exchange]:
    """Play steps from an empty target until something holds; what was exchanged, from the reset on.

    Raises Unreachable, NotCleared, ControlError.
    """
    with recorded(talk.target) as kept:
        talk.clear()
        for step in steps:
            if step.path.startswith(CONTROL):
                _tell(talk, step)
            else:
                talk.send(step.method, step.path, query=step.query, body=step.body, headers=step.headers)
            if until():
                break
        return list(stretches(kept)[-1])


def _tell(talk: Conversation, step: Step) -> None:
    """Have the control do what the step says; what it does not offer is left out."""
    control = talk.target.control
    if control is None:
        return
    if step.seconds is not None:
        talk.pace.nudge(step.seconds)
    elif step.path == WORLD:
        talk.load(json.loads(step.body))
    elif step.path == _FAULTS:
        control.inject(json.loads(step.body)["faults"])
        talk.stir()
    elif step.path == _RESTART:
        control.restart()
        talk.stir()
