"""The strategies that a run saw, each plan once and at its most complete, bounded; evidence, never a verdict.

Two strategies count as one when kind, request, reason of the build and planned stages are the same: a run creates the
same strategy hundreds of times. Of those the one with most finished steps is kept.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from conformance.strategy import Stage, Strategy
from reports.model import SeenStrategy

MOST_DOCUMENTS: Final = 50
MOST_BYTES: Final = 5_000_000
_DEEPEST: Final = 20  # levels; a strategy document has eight

# What is not the plan: it differs between two strategies of one plan, or changes while it runs.
_NOT_THE_REQUEST: Final = frozenset({
    "uuid", "state", "current-phase", "current-phase-completion-percentage",
    "build-phase", "apply-phase", "abort-phase",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """One strategy: how much it tells (stages planned, steps finished), its document as JSON text, who saw it."""

    kind: str
    told: tuple[int, int]
    text: str
    origin: str


@dataclass(slots=True)
class Gallery:
    """Pictures by the digest of their plan; `dropped` are digests of plans that found no room."""

    pictures: dict[str, Picture] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    _current: tuple[str, Strategy, tuple[int, int], str] | None = None

    def see(self, kind: str, strategy: Strategy, origin: str) -> None:
        """Take in a strategy as an answer shows it. Never raises, whatever its members are."""
        if self._current is not None and self._current[1] is strategy and self._current[0] == kind:
            self._current = (kind, strategy, self._current[2], origin)
            return
        told = (len(strategy.apply.stages), _finished(strategy))
        if self._current is not None and self._current[1].uuid == strategy.uuid and self._current[0] == kind:
            if told < self._current[2]:
                return
        else:
            self.settle()
        self._current = (kind, strategy, told, origin)

    def merge(self, other: "Gallery") -> None:
        """Add what another gallery has; of two pictures of one plan the one that tells more stays."""
        self.settle()
        other.settle()
        self.dropped |= other.dropped
        for digest, picture in other.pictures.items():
            self._put(digest, picture)

    def shown(self) -> tuple[SeenStrategy, ...]:
        """The strategies that are kept, by kind, those that tell most first."""
        self.settle()
        ordered = sorted(self.pictures.values(), key=lambda picture: (picture.kind, *_order(picture)))
        return tuple(SeenStrategy(each.kind, json.loads(each.text), each.origin) for each in ordered)

    def note(self) -> str:
        """What a reader has to know about those that were left out; empty when none were."""
        count = len(self.dropped - self.pictures.keys())
        bound = f"at most {MOST_DOCUMENTS}, {MOST_BYTES // 1_000_000} MB"
        return f"{count} further strategies were seen and left out of the report ({bound})" if count else ""

    def to_json(self) -> dict[str, Any]:
        """The gallery as a JSON value."""
        self.settle()
        pictures = {digest: [each.kind, *each.told, each.text, each.origin] for digest, each in self.pictures.items()}
        return {"pictures": pictures, "dropped": sorted(self.dropped)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The gallery of a JSON value that `to_json` made."""
        pictures = {
            digest: Picture(kind, (stages, finished), text, origin)
            for digest, (kind, stages, finished, text, origin) in value["pictures"].items()
        }
        return cls(pictures, set(value["dropped"]))

    def settle(self) -> None:
        """Keep the strategy that was being followed; whoever hands the gallery on calls this, or what does it."""
        if self._current is None:
            return
        (kind, strategy, told, origin), self._current = self._current, None
        if not told[0] and not strategy.build.reason:
            return  # a build that was not waited for tells nothing
        digest = hashlib.sha256(repr(_plan(kind, strategy)).encode(errors="backslashreplace")).hexdigest()[:16]
        text = _text(strategy.members)
        if text is None or len(text) > MOST_BYTES:
            self.dropped.add(digest)
        else:
            self._put(digest, Picture(kind, told, text, origin))

    def _put(self, digest: str, picture: Picture) -> None:
        known = self.pictures.get(digest)
        if known is None or _order(picture) < _order(known):
            self.pictures[digest] = picture
        while (
            len(self.pictures) > MOST_DOCUMENTS or sum(len(each.text) for each in self.pictures.values()) > MOST_BYTES
        ):
            least = max(self.pictures, key=lambda each: (_order(self.pictures[each]), each))
            del self.pictures[least]
            self.dropped.add(least)


def _order(picture: Picture) -> tuple[int, int, str, str]:
    """Those that tell most come first; the rest makes the order the same however many workers there are."""
    stages, finished = picture.told
    return -stages, -finished, picture.origin, picture.text


def _finished(strategy: Strategy) -> int:
    return sum(stage.ended for phase in (strategy.apply, strategy.abort) for stage in phase.stages)


def _plan(kind: str, strategy: Strategy) -> tuple[Any, ...]:
    request = [(name, repr(value)) for name, value in strategy.members.items() if name not in _NOT_THE_REQUEST]
    return kind, sorted(request), strategy.build.reason, [_skeleton(stage) for stage in strategy.apply.stages]


def _skeleton(stage: Stage) -> tuple[Any, ...]:
    return stage.name, [(step.name, step.timeout, step.entity_names, step.entity_uuids) for step in stage.steps]


def _text(members: Mapping[str, Any]) -> str | None:
    """The document as JSON text; None for what a report cannot hold (endless numbers, thousands of levels)."""
    if not _is_shallow(members, _DEEPEST):
        return None
    try:
        return json.dumps(members, allow_nan=False)
    except ValueError:
        return None


def _is_shallow(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(each, levels - 1) for each in inner)
