"""What two answers to one request differ in. Pure; texts are never compared: fault texts list words in hash order."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from xml.etree import ElementTree as ET

from reference_server.exchanges.lines import Answer

_SCALARS: Final = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string"}


class Aspect(StrEnum):
    """What an answer can differ in."""

    STATUS = "status"
    MEDIA_TYPE = "media type"
    ALLOW = "allow"  # the methods that a 405 names, in any order
    SHAPE = "shape"  # of the body
    SEQUENCE = "sequence"  # where the strategy stands, in a history
    PREPARATION = "preparation"  # the deployment could not be brought to where the recorded one was


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One aspect, and what either side has there, for people."""

    aspect: Aspect
    recorded: str
    given: str


def mismatches(recorded: Answer, given: Answer) -> tuple[Mismatch, ...]:
    """Every aspect in which two answers differ; none when they count as equal."""
    pairs = {
        Aspect.STATUS: (str(recorded.status), str(given.status)),
        Aspect.MEDIA_TYPE: (_spaceless(recorded.media_type), _spaceless(given.media_type)),
        Aspect.ALLOW: (_methods(recorded), _methods(given)),
        Aspect.SHAPE: (shape_text(recorded.body), shape_text(given.body)),
    }
    return tuple(Mismatch(aspect, *sides) for aspect, sides in pairs.items() if sides[0] != sides[1])


def shape(value: object) -> str:
    """The shape of a JSON value: the same member names and the same JSON types at every depth have the same one.

    A list is the set of the shapes of its items, so that its length and order do not count, but whether it is empty.
    """
    match value:
        case dict():
            return "{" + ", ".join(f"{name}: {shape(member)}" for name, member in sorted(value.items())) + "}"
        case list():
            return "[" + " | ".join(sorted({shape(item) for item in value})) + "]"
        case _:
            return _SCALARS[type(value)]


def shape_text(body: str) -> str:
    """The shape of a body for people and for comparing; what is no JSON is either nothing or a text."""
    if not body.strip():
        return "nothing"
    try:
        return shape(json.loads(body))
    except (ValueError, RecursionError):
        return _markup(body)


def _markup(body: str) -> str:
    """The shape of an XML text as of the JSON value that it stands for; every leaf is text there. Else `text`."""
    try:
        return shape(_value(ET.fromstring(body)))  # noqa: S314 - expat bounds what entities expand to
    except (ET.ParseError, ValueError, RecursionError):
        return "text"


def _value(element: ET.Element) -> object:
    if element.get("nil") == "true":
        return None
    children = list(element)
    if not children:
        return ""
    if all(child.tag == "item" for child in children):
        return [_value(child) for child in children]
    return {child.tag: _value(child) for child in children}


def _spaceless(media_type: str) -> str:
    return media_type.replace(" ", "").lower() or "none"


def _methods(answer: Answer) -> str:
    return ", ".join(sorted(method.strip() for method in answer.headers.get("allow", "").split(","))) or "none"
