"""Reads the strategy documents of answers: what stands where it stood in the last one, byte by byte, is read once.

A document is told as one reading. Of a strategy that was found in order the next reading says which phases, stages and
steps are fresh: the others are as they were, under the same frame, state and current phase, and what is judged by such
a part alone need not be judged again. What is planned need not be judged again with another state either. Whatever is
unusual about a text is read by `parse_json` and `read_strategy` as a whole, so nothing is read otherwise.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from conformance.exchange import Exchange
from conformance.layout import Layout, UnusualError, Values, follow, take_apart, value_of
from conformance.shape import WrongShapeError, read_around, read_stage, read_strategy
from conformance.strategy import PHASES, Phase, Placed, Stage, Step, Strategy, is_planned_alike
from spec.contract import SchemaError

_READINGS: Final = 16
_BYTES: Final = 8_000_000

_WRITER: Final = msgspec.msgpack.Encoder()
_CHANGING: Final = frozenset({
    *(f"{name}-phase" for name in PHASES), "state", "current-phase", "current-phase-completion-percentage",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fresh:
    """What has to be judged of a document, the frame aside: what is not as it was in the last one, with its place."""

    phases: tuple[tuple[str, Phase], ...]
    stages: tuple[Placed, ...]
    steps: tuple[tuple[str, Stage, Step], ...]


@dataclass(slots=True)
class Reading:
    """One document as it was read.

    `frame` are the members that never change. `fresh` is what has to be judged; None: all. `base` is the reading
    before, of the same strategy under the same frame, `changed` are the indices of the stages that are not as they were
    in it, by phase, and `replans` says that its plan is another. `in_order` says that nothing was found in it. `said`
    is what checks said of the document, and `planned` what they said of its plan, if none has crashed; `errors` is what
    the contract has against it, by operationId and status, where that was asked.
    """

    body: bytes
    value: Any
    strategy: Strategy | None
    kind: str
    layout: Layout | None = None
    frame: tuple[Any, ...] = ()
    fresh: Fresh | None = None
    base: "Reading | None" = None
    changed: Mapping[str, Sequence[int]] = field(default_factory=dict)
    replans: bool = True
    in_order: bool = False
    planned: Any = None
    said: Any = None
    errors: dict[tuple[str, int], list[SchemaError]] = field(default_factory=dict)

    @property
    def known_plan(self) -> Any:
        """What was said of the plan when it was last seen; None when it is another, or nothing was said."""
        return self.base.planned if self.base is not None and not self.replans else None

    def without_what_is_known(self, operation: str, status: int) -> Any:
        """The document with changed stages alone, when the contract had nothing against it before; else all of it."""
        if self.base is None or self.layout is None or self.base.errors.get((operation, status)) != []:
            return self.value
        members = self.value["strategy"]
        stages = {name: members[f"{name}-phase"]["stages"] for name in PHASES}
        changed = {name: [stages[name][at] for at in self.changed[name]] for name in PHASES}
        return _with_values(self.layout.outline, changed)

    def let_go(self) -> None:
        """The document was judged: the reading before is not needed any more."""
        if self.base is not None:
            self.base.layout, self.base = None, None


class Readings:
    """The last readings, of whichever kind."""

    def __init__(self) -> None:
        self._kept: deque[Reading] = deque()
        self._bytes = 0
        self._last: dict[str, Reading] = {}

    def read(self, exchange: Exchange, kind: str) -> Reading:
        """The document of the answer, which is not parsed a second time. Never raises."""
        reading = self._known(exchange.response_body, kind)
        if reading is None:
            reading = _read(exchange, kind, self._last.get(kind))
            self._keep(reading)
        exchange.__dict__["response_json"] = reading.value  # the cache of the property
        return reading

    def _known(self, body: bytes, kind: str) -> Reading | None:
        return next((each for each in reversed(self._kept) if each.body == body and each.kind == kind), None)

    def _keep(self, reading: Reading) -> None:
        if reading.strategy is None:
            return
        self._kept.append(reading)
        self._bytes += len(reading.body)
        self._last[reading.kind] = reading
        while len(self._kept) > _READINGS or (len(self._kept) > 1 and self._bytes > _BYTES):
            self._bytes -= len(self._kept.popleft().body)


def read_plainly(exchange: Exchange, kind: str) -> Reading:
    """The document of the answer, as if nothing had come before."""
    value = exchange.response_json
    return Reading(exchange.response_body, value, read_strategy(value), kind)


def _read(exchange: Exchange, kind: str, before: Reading | None) -> Reading:
    known = before if before is not None and before.layout is not None else None
    try:
        return _read_in_parts(exchange, kind, known)
    except (WrongShapeError, UnusualError):
        return read_plainly(exchange, kind)


def _read_in_parts(exchange: Exchange, kind: str, known: Reading | None) -> Reading:
    """The document by its parts; those that `known` has as well are not read. Raises WrongShapeError, UnusualError."""
    body = exchange.response_body
    followed = follow(known.layout, body) if known is not None and known.layout is not None else None
    layout, new = followed or _taken_apart(body, known)
    old = known.strategy if known is not None else None
    stages, values = {}, {}
    for name, texts in layout.stages.items():
        phase = old.phase(name) if old is not None else None
        shown = known.value["strategy"][f"{name}-phase"]["stages"] if known is not None else []
        stages[name], values[name] = _stages(len(texts), new[name], phase.stages if phase else (), shown)
    value = _with_values(layout.outline, values)
    strategy = read_around(layout.outline, stages, value["strategy"], old)
    reading = Reading(body, value, strategy, kind, layout, _frame(strategy))
    if known is not None and old is not None and known.frame == reading.frame:
        reading.base, reading.changed = known, {name: tuple(new[name]) for name in PHASES}
        reading.replans = not is_planned_alike(old, strategy, reading.changed)
        stays = (old.state, old.current_phase) == (strategy.state, strategy.current_phase)
        reading.fresh = _fresh(strategy, old, reading.changed) if known.in_order and stays else None
    return reading


def _taken_apart(body: bytes, known: Reading | None) -> tuple[Layout, Values]:
    """The layout of a text, and its stages that the last one had not. Raises UnusualError."""
    layout = take_apart(body)
    if layout is None:
        raise UnusualError
    before = known.layout.stages if known is not None and known.layout is not None else {name: [] for name in PHASES}
    new = {
        name: {
            index: value_of(text)
            for index, text in enumerate(texts)
            if index >= len(before[name]) or text != before[name][index]
        }
        for name, texts in layout.stages.items()
    }
    return layout, new


def _stages(
    count: int, new: Mapping[int, Any], read: Sequence[Stage], shown: Sequence[Any]
) -> tuple[Sequence[Stage], Sequence[Any]]:
    """The stages of a phase, read and as JSON values, of which `new` are not as they were. Raises WrongShapeError."""
    if not new and count == len(read):
        return read, shown
    stages, values = [*read[:count]], [*shown[:count]]
    for index, value in new.items():  # in their order
        stage = read_stage(value, (read[index], shown[index]) if index < len(read) else None)
        stages[index : index + 1], values[index : index + 1] = [stage], [value]
    return stages, values


def _fresh(strategy: Strategy, before: Strategy, changed: Mapping[str, Sequence[int]]) -> Fresh:
    phases, stages, steps = [], [], []
    for name, (where, phase), (_, was) in zip(PHASES, strategy.phases(), before.phases(), strict=True):
        if phase is not was:
            phases.append((where, phase))
        for index in changed[name]:
            stage = phase.stages[index]
            known = was.stages[index].steps if index < len(was.stages) else ()
            place = f"{where}/stages/{index}"
            stages.append(Placed(place, phase, index, stage))
            steps += [
                (f"{place}/steps/{number}", stage, step)
                for number, step in enumerate(stage.steps)
                if number >= len(known) or step is not known[number]
            ]
    return Fresh(tuple(phases), tuple(stages), tuple(steps))


def _with_values(outline: Any, stages: Mapping[str, Sequence[Any]]) -> Any:
    """A copy of the document with these stages."""
    strategy = dict(outline["strategy"])
    for name in PHASES:
        strategy[f"{name}-phase"] = {**strategy[f"{name}-phase"], "stages": stages[name]}
    return {**outline, "strategy": strategy}


def _frame(strategy: Strategy) -> tuple[Any, ...]:
    """What else may decide about a part, state and current phase aside: with another of these everything is fresh.

    Members are told as they are written: to Python 1, 1.0 and true are equal.
    """
    restarted = tuple(bool(phase.start and phase.stages and not phase.timeout) for phase in strategy[4:7])
    members = [member for member in strategy.members.items() if member[0] not in _CHANGING]
    try:
        return _WRITER.encode(members), restarted
    except (OverflowError, RecursionError):  # a number of many digits
        return repr(members), restarted
