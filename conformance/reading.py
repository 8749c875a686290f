"""Reads the strategy documents of answers: what stands where it stood in the last one, byte by byte, is read once.

A document is told as one reading. Of a strategy that was found in order the next reading says which stages are fresh:
the others stand where they stood, under the same frame, and what is judged by stage alone need not be judged again.
Whatever is unusual about a text is read by `parse_json` and `read_strategy` as a whole, so nothing is read otherwise.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from conformance.exchange import NO_JSON, Exchange, parse_json
from conformance.strategy import Placed, Stage, Strategy, WrongShapeError, read_stage, read_strategy, with_stages
from spec.contract import SchemaError

_READINGS: Final = 16
_BYTES: Final = 8_000_000

# Text between the parts of one object: with more than that a part may be hidden that the decoder below never looks at.
_SLACK_BYTES: Final = 2_000
# Brackets in one part: with more than that it may be nested too deeply to be read within a whole.
_MOST_BRACKETS: Final = 400

_PHASES: Final = ("build", "apply", "abort")
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_NO_STAGES: Final = msgspec.Raw(b"[]")
_CHANGING: Final = frozenset(f"{name}-phase" for name in _PHASES) | {"current-phase-completion-percentage"}

type Pieces = Mapping[str, list[bytes]]


@dataclass(slots=True)
class Reading:
    """One document as it was read.

    `fresh` are the stages that have to be judged; None: all. `base` is the reading before, of the same strategy, and
    `changed` are the indices of the stages that are not as they were in it. `in_order` says that nothing was found
    in the document; `errors` is what the contract has against it, by operationId and status, where that was asked.
    """

    body: bytes
    value: Any
    strategy: Strategy | None
    kind: str
    outline: Any = None
    pieces: Pieces = field(default_factory=dict)
    frame: tuple[Any, ...] = ()
    fresh: tuple[Placed, ...] | None = None
    base: "Reading | None" = None
    changed: Mapping[str, list[int]] = field(default_factory=dict)
    in_order: bool = False
    outcomes: Any = None
    errors: dict[tuple[str, int], list[SchemaError]] = field(default_factory=dict)

    def without_what_is_known(self, operation: str, status: int) -> Any:
        """The document with changed stages alone, when the contract had nothing against it before; else all of it."""
        if self.base is None or self.base.errors.get((operation, status)) != []:
            return self.value
        members = self.value["strategy"]
        stages = {name: members[f"{name}-phase"]["stages"] for name in _PHASES}
        return _with_values(self.outline, {name: [stages[name][at] for at in self.changed[name]] for name in _PHASES})

    def let_go(self) -> None:
        """The document was judged: the reading before is not needed any more."""
        if self.base is not None:
            self.base.pieces, self.base = {}, None


class Readings:
    """The last readings, of whichever kind."""

    def __init__(self) -> None:
        self._kept: deque[Reading] = deque()
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
        return next((each for each in reversed(self._kept) if each.kind == kind and each.body == body), None)

    def _keep(self, reading: Reading) -> None:
        if reading.strategy is None:
            return
        self._kept.append(reading)
        self._last[reading.kind] = reading
        while len(self._kept) > _READINGS or (
            len(self._kept) > 1 and sum(len(each.body) for each in self._kept) > _BYTES
        ):
            self._kept.popleft()


def read_plainly(exchange: Exchange, kind: str) -> Reading:
    """The document of the answer, as if nothing had come before."""
    value = exchange.response_json
    return Reading(exchange.response_body, value, read_strategy(value), kind)


def _read(exchange: Exchange, kind: str, before: Reading | None) -> Reading:
    taken = _taken_apart(exchange.response_body)
    if taken is None:
        return read_plainly(exchange, kind)
    outline, pieces, fixed = taken
    known = before if before is not None and before.strategy is not None else None
    changed = {
        name: _changed(pieces[name], known.pieces.get(name, ()) if known is not None else ()) for name in _PHASES
    }
    try:
        strategy = read_strategy(outline)
        stages, values = _stages(pieces, changed, known)
    except (WrongShapeError, _Unusual):
        strategy = None
    if strategy is None:
        return read_plainly(exchange, kind)
    value = _with_values(outline, values)
    strategy = with_stages(strategy, stages, value["strategy"])
    reading = Reading(exchange.response_body, value, strategy, kind, outline, pieces, (*fixed, *_frame(strategy)))
    if known is not None and known.pieces and known.frame == reading.frame:
        reading.base, reading.changed = known, changed
        reading.fresh = _fresh(strategy, changed) if known.in_order else None
    return reading


def _changed(now: Sequence[bytes], before: Sequence[bytes]) -> list[int]:
    """The indices of the stages that are not as they were."""
    return [index for index, text in enumerate(now) if index >= len(before) or text != before[index]]


def _taken_apart(body: bytes) -> tuple[Any, Pieces, tuple[Any, ...]] | None:
    """The document without its stages, the texts of its stages by phase, and the texts of the members that are fixed.

    None for a text that is not plainly a strategy.
    """
    try:
        if b"\\u" in body or not (body.isascii() or body.decode("utf-8")):
            return None
        outer = _object(body)
        strategy = _object(outer["strategy"])
        fixed = tuple((name, bytes(text)) for name, text in strategy.items() if name not in _CHANGING)
        pieces = {}
        for name in _PHASES:
            phase = _object(strategy[f"{name}-phase"])
            pieces[name] = list(map(bytes, _LIST.decode(phase["stages"])))
            phase["stages"] = _NO_STAGES
            strategy[f"{name}-phase"] = msgspec.Raw(msgspec.json.encode(phase))
        outer["strategy"] = msgspec.Raw(msgspec.json.encode(strategy))
        outline = _value(msgspec.json.encode(outer))
    except (_Unusual, msgspec.MsgspecError, UnicodeDecodeError, KeyError, RecursionError):
        return None
    return outline, pieces, fixed


class _Unusual(Exception):  # noqa: N818 - it is no error
    """A text that has to be read as a whole."""


def _object(text: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """The members of an object, as texts."""
    found = _OBJECT.decode(text)
    length = len(memoryview(text))
    if length - sum(len(memoryview(member)) for member in found.values()) > _SLACK_BYTES:
        raise _Unusual
    return found


def _value(text: bytes) -> Any:
    if text.count(b"[") + text.count(b"{") > _MOST_BRACKETS:
        raise _Unusual
    value = parse_json(text)
    if value is NO_JSON:
        raise _Unusual
    return value


def _stages(
    pieces: Pieces, changed: Mapping[str, list[int]], before: Reading | None
) -> tuple[dict[str, list[Stage]], dict[str, list[Any]]]:
    """The stages of each phase, read and as JSON values. Raises WrongShapeError, _Unusual."""
    stages: dict[str, list[Stage]] = {}
    values: dict[str, list[Any]] = {}
    for name in _PHASES:
        new = {index: _value(pieces[name][index]) for index in changed[name]}
        read: Sequence[Stage] = ()
        known: Sequence[Any] = ()
        if before is not None and before.strategy is not None and len(new) < len(pieces[name]):
            phase = before.strategy.phase(name)
            read = phase.stages if phase is not None else ()
            known = before.value["strategy"][f"{name}-phase"]["stages"]
        places = range(len(pieces[name]))
        values[name] = [new[index] if index in new else known[index] for index in places]
        stages[name] = [read_stage(new[index]) if index in new else read[index] for index in places]
    return stages, values


def _fresh(strategy: Strategy, changed: Mapping[str, list[int]]) -> tuple[Placed, ...]:
    return tuple(
        Placed(f"{where}/stages/{index}", phase, index, phase.stages[index])
        for name, (where, phase) in zip(_PHASES, strategy.phases(), strict=True)
        for index in changed[name]
    )


def _with_values(outline: Any, stages: Mapping[str, list[Any]]) -> Any:
    """A copy of the document with these stages."""
    strategy = dict(outline["strategy"])
    for name in _PHASES:
        strategy[f"{name}-phase"] = {**strategy[f"{name}-phase"], "stages": stages[name]}
    return {**outline, "strategy": strategy}


def _frame(strategy: Strategy) -> tuple[Any, ...]:
    """What else may decide about a stage: with another of these every stage is fresh."""
    return tuple(bool(phase.start and phase.stages and not phase.timeout) for _, phase in strategy.phases())
