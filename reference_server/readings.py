"""How the value of one member of a body is read, under the wire rules of a release. Pure: no Flask.

Each reading takes the value, the member and the wire rules, and raises Refusal (400, or what the release says) for a
value that the release does not take (ENGINE.md 8.1 to 8.3, RELEASES.md 3).
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from reference_server.bodies import excerpt, python_type
from reference_server.memberrules import MemberRule
from reference_server.refusals import Refusal
from reference_server.wirerules import WireRules


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a body as this release spells it; `now` is the moment of the request (seconds since 1970)."""

    name: str
    rule: MemberRule
    now: float = 0.0


type Read = Callable[[object, Member, WireRules], Any]


def listed(words: Sequence[str]) -> str:
    """Words as a fault text lists them."""
    return ", ".join(words)


def word(value: object, member: Member, wire: WireRules) -> str | None:
    """A word of the member's list, or what silence means where the release takes null or containers for it."""
    rule = member.rule
    for each in rule.words:
        if value == each:
            return rule.instead.get(each, each)
    passes = wire.null_word if value is None else wire.container_word if isinstance(value, list | dict) else "refused"
    if passes == "silent" and isinstance(rule.if_null, str):
        return rule.if_null
    if passes == "silent" and value is None and not rule.mandatory:
        return None
    raise Refusal(400, wire.text("wrong_word", member=member.name, value=excerpt(value), words=listed(rule.words)))


_DIGITS: Final = re.compile(r"\s*[+-]?[0-9]{1,19}\s*", re.ASCII)
_LONG: Final = 2**63  # beyond this the 3.0.0 stack calls an integer ill-typed


def _coerced(value: object, member: Member, wire: WireRules) -> int:
    """An integer as the stack of 3.0.0 made one: numeric text, fractions cut off, true as 1 (RELEASES.md 3)."""
    if isinstance(value, list | dict):
        text = wire.text("container_number", member=member.name, python_type=python_type(value, wire.text_type))
        raise Refusal(wire.container_number, text)
    if isinstance(value, float) and math.isfinite(value):
        value = int(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if not isinstance(value, int):
        raise _wrong_number(value, member, wire)
    if not -_LONG <= value < _LONG:
        raise _huge(value, member, wire)
    return int(value)


def _huge(value: int, member: Member, wire: WireRules) -> Refusal:
    if wire.huge_number == 400:  # noqa: PLR2004 - the status itself
        return _wrong_number(value, member, wire)
    return Refusal(wire.huge_number, wire.text("server_error"))


def number(value: object, member: Member, wire: WireRules) -> int | None:
    """An integer; 2.0 is one too, as in JSON Schema. None where null may stay, or is refused later, with the range."""
    if value is None and not member.rule.is_limited and wire.numbers == "coerced":
        return None
    if wire.numbers == "coerced":
        if value is None and wire.null_number == 400:  # noqa: PLR2004 - the status that the range check gives
            return None
        if value is None:
            raise Refusal(wire.null_number, wire.text("container_number", member=member.name, python_type="NoneType"))
        return _coerced(value, member, wire)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_number(value, member, wire)
    return value


_STAGE_DIGITS: Final = re.compile(r"[0-9]{1,100}", re.ASCII)


def stage_id(value: object, member: Member, wire: WireRules) -> int | None:
    """A stage id; None means the whole strategy, where the release takes null for that (D3-13)."""
    if value is None and wire.null_stage_id == "whole":
        return None
    if wire.numbers == "coerced":
        return _coerced(value, member, wire)
    if isinstance(value, str) and _STAGE_DIGITS.fullmatch(value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong_number(value, member, wire)
    return value


def _wrong_number(value: object, member: Member, wire: WireRules) -> Refusal:
    return Refusal(400, wire.text("wrong_number", member=member.name, value=excerpt(value)))


# The texts that the 3.0.0 stack takes for a boolean; any number is one too, and null is false (REAL-VIM.md 2).
_TRUE: Final = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "off", "0"})


def boolean(value: object, member: Member, wire: WireRules) -> bool | None:
    """A boolean; words and numbers only where the release coerces them. Null stays where there is no default."""
    if isinstance(value, bool):
        return value
    if wire.booleans == "coerced":
        if value is None:
            return None if member.rule.default is None else False
        if isinstance(value, int | float):
            return bool(value)
        if isinstance(value, str) and value in _TRUE | _FALSE:
            return value in _TRUE
    raise Refusal(400, wire.text("wrong_boolean", member=member.name, value=excerpt(value)))


def text(value: object, member: Member, wire: WireRules) -> str | None:
    """Any text; null stays, or is what the server stumbles over."""
    if value is None and isinstance(member.rule.if_null, int):
        raise Refusal(member.rule.if_null, wire.text("null_text", member=member.name))
    if value is not None and not isinstance(value, str):
        raise Refusal(400, wire.text("wrong_text", member=member.name, value=excerpt(value)))
    return value


def version(value: object, member: Member, wire: WireRules) -> str | None:
    """A version as later releases write it: in small letters, with a leading v (RELEASES.md 3)."""
    said = text(value, member, wire)
    if said is None:
        return None
    return said.lower() if said.lower().startswith("v") else f"v{said.lower()}"


def texts(value: object, member: Member, wire: WireRules) -> tuple[str, ...] | None:
    """A list of texts; null stays."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Refusal(400, wire.text("wrong_text", member=member.name, value=excerpt(value)))
    return tuple(value)


_SOONEST: Final = timedelta(hours=24)  # how far ahead a date has to be


def date(value: object, member: Member, wire: WireRules) -> str | None:
    """A date such as 2030-12-31, more than a day ahead (RELEASES.md 3)."""
    said = text(value, member, wire)
    if said is None:
        return None
    try:
        day = datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise _wrong_form(said, member, wire) from None
    if day - datetime.fromtimestamp(member.now, UTC) <= _SOONEST:
        raise _wrong_form(said, member, wire)
    return said


_ATTRIBUTES: Final = frozenset({"C", "OU", "O", "ST", "CN", "L"})
_ATTRIBUTE: Final = re.compile(r"([^\s=,/]+)=")


def subject(value: object, member: Member, wire: WireRules) -> str | None:
    """The subject of a certificate: a CN, and of other attributes only C, OU, O, ST and L (RELEASES.md 3)."""
    said = text(value, member, wire)
    if said is None:
        return None
    found = set(_ATTRIBUTE.findall(said))
    if "CN" not in found or not found <= _ATTRIBUTES:
        raise _wrong_form(said, member, wire)
    return said


def _wrong_form(value: str, member: Member, wire: WireRules) -> Refusal:
    return Refusal(400, wire.text("wrong_form", member=member.name, value=excerpt(value)))


READINGS: Final[Mapping[str, Read]] = MappingProxyType(
    {
        "word": word,
        "number": number,
        "boolean": boolean,
        "text": text,
        "texts": texts,
        "version": version,
        "date": date,
        "subject": subject,
    }
)
"""The readings of create bodies by their names in the rulebooks."""
