"""What a strategy must come to, as the oracle says, and the world that it was made for; frozen values, no transport."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from conformance.predictions.explain import Remark, remarks
from conformance.strategy import Strategy

type World = Mapping[str, Any]


class Moment(StrEnum):
    """When a strategy is to look so: right after its build, or when an apply of all of it has come to its end."""

    BUILT = "built"
    ENDED = "ended"


@dataclass(frozen=True)
class Prediction:
    """The strategy that a create request must lead to in a world, at one moment; `release` says by whose rules."""

    kind: str
    world: World
    body: Mapping[str, Any]
    strategy: Strategy
    release: str
    moment: Moment = Moment.BUILT

    def is_due(self, seen: Strategy) -> bool:
        """The strategy that is seen is at the moment that this speaks of."""
        if self.moment is Moment.BUILT:
            return seen.state != "building" and seen.apply.result == "initial" and not seen.apply.inprogress
        return seen.state in ("applied", "aborted", "abort-failed", "abort-timeout")

    def compared(self, seen: Strategy) -> "Compared":
        """A strategy that is seen beside this prediction."""
        return Compared(self, seen)


@dataclass(frozen=True)
class Compared:
    """A strategy that was seen beside its prediction."""

    prediction: Prediction
    seen: Strategy

    @cached_property
    def remarks(self) -> tuple[Remark, ...]:
        """Every difference in words."""
        return remarks(self.prediction.strategy, self.seen, uuids=has_uuids(self.prediction.world))


def has_uuids(world: World) -> bool:
    """The world says the uuid of every host and instance; else each deployment has its own."""
    named = (*world.get("hosts", ()), *world.get("instances", ()))
    return all("uuid" in each for each in named)
