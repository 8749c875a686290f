"""Takes the text of a strategy document apart: the texts of its stages, and the outline that is left of it. Pure.

A text that reads like the last one, but for a stage here and a number there, is taken apart by comparing the two: what
stands where it stood is not looked into. That is the same as reading it, because a reader of JSON that has come to the
same place by the same text goes on alike after any whole value; and the outline, in which a mark stands for every
stage, is parsed as a whole, so a stage counts only where its mark is found.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import accumulate, chain
from typing import Any, Final, NamedTuple

import msgspec

from conformance.exchange import NO_JSON, has_escapes, parse_json, parse_json_at, parse_plain_json
from conformance.strategy import PHASES

_NAMES: Final = {f"{name}-phase": name for name in PHASES}

# Text between the parts of one object: with more than that a part may be hidden that the decoder below never looks at.
_SLACK_BYTES: Final = 2_000
# Brackets in one part: with more than that it may be nested too deeply to be read within a whole.
_MOST_BRACKETS: Final = 400
# So much of the text before a stage and of the stage tells where it begins when the text before has changed.
_SIGN_BYTES: Final = 12
_FEW_BYTES: Final = 6  # of the text before it: what stands there may be a number that has changed

_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_NO_STAGES: Final = msgspec.Raw(b"[]")
_MARK: Final = "§"  # stands in no text that is in ASCII


class UnusualError(Exception):
    """A text that has to be read as a whole."""


class Layout(NamedTuple):
    """A text taken apart.

    `outline` is its value, without stages; `stages` are their texts by phase, the phases in the order of the text.
    `gaps` are the texts before, between and after the stages; none where the text cannot be followed. `body` is the
    text, and `cuts` are 0 and the places in it at which its stages end, in their order.
    """

    outline: Any
    stages: Mapping[str, list[bytes]]
    gaps: tuple[bytes, ...] = ()
    body: bytes = b""
    cuts: Sequence[int] = ()


type Values = dict[str, dict[int, Any]]
"""JSON values of stages, by phase and index."""


def take_apart(body: bytes) -> Layout | None:
    """The layout of a text; None for one that is not plainly a strategy."""
    try:
        if has_escapes(body) or not (body.isascii() or body.decode("utf-8")):
            return None
        outer = _object(body)
        strategy = _object(outer["strategy"])
        stages = {}
        for member, name in ((each, _NAMES[each]) for each in strategy if each in _NAMES):
            phase = _object(strategy[member])
            stages[name] = list(map(bytes, _LIST.decode(phase["stages"])))
            phase["stages"] = _NO_STAGES
            strategy[member] = msgspec.Raw(msgspec.json.encode(phase))
        outer["strategy"] = msgspec.Raw(msgspec.json.encode(strategy))
        outline = value_of(msgspec.json.encode(outer))
    except (UnusualError, msgspec.MsgspecError, UnicodeDecodeError, KeyError, RecursionError):
        return None
    if len(stages) != len(PHASES):
        return None
    gaps = _gaps(body, stages) if body.isascii() else ()
    return Layout(outline, stages, gaps, body, _cuts(gaps, stages) if gaps else ())


def follow(last: Layout, body: bytes) -> tuple[Layout, Values] | None:
    """The layout of a text, and its stages that are not as they were; None where it cannot be followed."""
    if not last.gaps or has_escapes(body) or not body.isascii():
        return None
    try:
        return _follow(last, body)
    except (UnusualError, ValueError, RecursionError):
        return None


def _follow(last: Layout, body: bytes) -> tuple[Layout, Values]:
    text = ""

    def decoded() -> str:
        nonlocal text
        text = text or body.decode()
        return text

    at, first, count = 0, 0, len(last.gaps) - 1
    gaps, stages, cuts = list(last.gaps), dict(last.stages), [0]
    values: Values = {name: {} for name in PHASES}
    while first < count:
        alike, further = _alike_from(last, first, body, at), at - last.cuts[first]
        cuts += [cut + further for cut in last.cuts[first + 1 : alike + 1]]
        at, first = cuts[-1], alike
        if first == count:
            break
        name, index = _place(last.stages, first)
        stage = last.stages[name][index]
        begin = _end_of_gap(body, at, gaps[first], stage)
        gaps[first], at = body[at:begin], begin + len(stage)
        if not body.startswith(stage, begin):
            after = gaps[first + 1] + (_stage_at(last, first + 1)[:_SIGN_BYTES] if first + 1 < count else b"")
            value, at = _changed_stage(body, begin, stage, after, decoded)
            if not values[name]:
                stages[name] = list(stages[name])
            stages[name][index] = body[begin:at]
            values[name][index] = value
        cuts.append(at)
        first += 1
    gaps[count] = body[at:]
    known = tuple(gaps)
    outline = last.outline if known == last.gaps else _outline_of(known, stages)
    return Layout(outline, stages, known, body, cuts), values


def _alike_from(last: Layout, first: int, body: bytes, at: int) -> int:
    """The first stage, from that one on, that does not stand at its place with what stands before it.

    It is looked for by whole runs of stages, each twice as long as the one before, until one is not alike.
    """
    text, cuts, count = memoryview(last.body), last.cuts, len(last.cuts) - 1
    width, grows = 1, True
    while width and first < count:
        until = min(first + width, count)
        run = text[cuts[first] : cuts[until]]
        if body.startswith(run, at):
            at, first = at + len(run), until
        else:
            grows = False
        width = width * 2 if grows else width // 2
    return first


def _place(stages: Mapping[str, Sequence[bytes]], number: int) -> tuple[str, int]:
    """Phase and index of a stage by its number in the text."""
    for name, texts in stages.items():
        if number < len(texts):
            return name, number
        number -= len(texts)
    raise IndexError(number)


def _stage_at(layout: Layout, number: int) -> bytes:
    name, index = _place(layout.stages, number)
    return layout.stages[name][index]


def _changed_stage(body: bytes, begin: int, stage: bytes, after: bytes, decoded: Callable[[], str]) -> tuple[Any, int]:
    """The value that begins there, and where it ends. Raises UnusualError, ValueError, RecursionError.

    An object ends where its text is one: of a text that begins with another object the whole is none. So it is right to
    guess, where the last stage ended with the same letters before the same ones, or, when its end has changed as well,
    where the next one begins; and was not much shorter.
    """
    farthest = begin + 2 * len(stage) + _SIGN_BYTES + _FEW_BYTES
    for sign in (stage[-_SIGN_BYTES:], b"}") if body.startswith(b"{", begin) else ():
        end = body.find(sign + after[:_SIGN_BYTES], begin, farthest) + len(sign)
        if end > begin:
            text = body[begin:end]
            _demand_shallow(text)
            with suppress(ValueError):
                return parse_plain_json(text), end
    value, end = parse_json_at(decoded(), begin)
    _demand_shallow(body[begin:end])
    return value, end


def _end_of_gap(body: bytes, at: int, gap: bytes, stage: bytes) -> int:
    """Where the next stage begins. A wrong guess is found out when the outline is read."""
    if body.startswith(gap, at):
        return at + len(gap)
    sign = gap[-_FEW_BYTES:]
    found = body.find(sign + stage[:_SIGN_BYTES], at)
    if found < 0:
        raise UnusualError
    return found + len(sign)


def _cuts(gaps: Sequence[bytes], stages: Mapping[str, Sequence[bytes]]) -> list[int]:
    """0, and where each stage ends in the text that these gaps and stages are parts of."""
    lengths = (len(gap) + len(stage) for gap, stage in zip(gaps, chain(*stages.values()), strict=False))
    return list(accumulate(lengths, initial=0))


def _gaps(body: bytes, stages: Mapping[str, Sequence[bytes]]) -> tuple[bytes, ...]:
    """The texts around the stages of a text in ASCII; none where they cannot be told."""
    at, gaps = 0, []
    for stage in chain(*stages.values()):
        begin = body.find(stage[:_SIGN_BYTES], at)  # a long text is looked for much slower than a short one
        if not body.startswith(stage, begin):
            begin = body.find(stage, at)
        if begin < 0 or not stage.startswith(b"{"):
            return ()
        gaps.append(body[at:begin])
        at = begin + len(stage)
    gaps.append(body[at:])
    try:
        _outline_of(gaps, stages)
    except UnusualError:
        return ()
    return tuple(gaps)


def _outline_of(gaps: Sequence[bytes], stages: Mapping[str, Sequence[bytes]]) -> Any:
    """The value of the text around the stages, without them. Raises UnusualError unless each stage is in its place."""
    _demand_shallow(b"".join(gaps))
    marks, spelled = _marks(len(gaps) - 1)
    outline = parse_json(b"".join(chain.from_iterable(zip(gaps, spelled, strict=True))))
    at = 0
    for name, texts in stages.items():
        try:
            phase = outline["strategy"][f"{name}-phase"]
            found = phase["stages"]
        except (KeyError, TypeError) as error:
            raise UnusualError from error
        end = at + len(texts)
        if found != marks[at:end]:
            raise UnusualError
        at, phase["stages"] = end, []
    return outline


@lru_cache(maxsize=8)
def _marks(count: int) -> tuple[list[str], list[bytes]]:
    """So many marks, and each as it is written, with nothing at the end."""
    marks = [f"{_MARK}{number}" for number in range(count)]
    return marks, [*(f'"{mark}"'.encode() for mark in marks), b""]


def value_of(text: bytes) -> Any:
    """The JSON value of a part of a text. Raises UnusualError."""
    _demand_shallow(text)
    value = parse_json(text)
    if value is NO_JSON:
        raise UnusualError
    return value


def _demand_shallow(text: bytes) -> None:
    if text.count(b"[") + text.count(b"{") > _MOST_BRACKETS:
        raise UnusualError


def _object(text: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """The members of an object, as texts."""
    found = _OBJECT.decode(text)
    length = len(memoryview(text))
    if length - sum(len(memoryview(member)) for member in found.values()) > _SLACK_BYTES:
        raise UnusualError
    return found
