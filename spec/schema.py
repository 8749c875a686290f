"""A JSON Schema compiled once, and what it has against a value, in words for people.

jsonschema-rs finds the violations; this file says for each where it is, what was expected and what was found, in texts
short enough for a table.
"""

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import jsonschema_rs

# Longest text of a value, and of a list of words, that a message quotes.
_SHORT: Final = 80
_LIST: Final = 320

# JSON Schema type -> the word of a person.
_TYPES: Final[Mapping[str, str]] = {
    "object": "an object",
    "array": "an array",
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}

# JSON Schema keyword -> what it expects, from the value that jsonschema-rs gives with it.
_EXPECTED: Final[Mapping[str, Callable[[Any], str]]] = {
    "type": lambda types: " or ".join(_TYPES[name] for name in types),
    "enum": lambda words: f"one of {_listed(words)}",
    "const": lambda word: _quoted(word),  # noqa: PLW0108 - _quoted stands below
    "required": lambda name: f"a member {_quoted(name)}",
    "minimum": lambda limit: f"at least {limit}",
    "maximum": lambda limit: f"at most {limit}",
    "exclusiveMinimum": lambda limit: f"more than {limit}",
    "exclusiveMaximum": lambda limit: f"less than {limit}",
    "pattern": lambda pattern: f"text like {pattern}",
    "minLength": lambda limit: f"at least {limit} characters",
    "maxLength": lambda limit: f"at most {limit} characters",
    "minItems": lambda limit: f"at least {limit} items",
    "maxItems": lambda limit: f"at most {limit} items",
    "minProperties": lambda limit: f"at least {limit} members",
    "maxProperties": lambda limit: f"at most {limit} members",
    "uniqueItems": lambda _: "items that differ",
    "false": lambda _: "nothing here",
    "falseSchema": lambda _: "nothing here",
}


@dataclass(frozen=True)
class SchemaError:
    """One violation: `pointer` is a JSON Pointer into the value (empty for the whole of it), the rest is short text."""

    pointer: str
    message: str
    expected: str
    actual: str


class Schema:
    """A schema of JSON Schema 2020-12, compiled when it is made. Never changes afterwards."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = dict(schema)
        self._validator = jsonschema_rs.Draft202012Validator(self._schema)

    def errors(self, value: Any) -> list[SchemaError]:
        """Every violation in the order of places; empty when the value is valid. Never raises for a JSON value."""
        try:
            found = list(self._validator.iter_errors(value))
        except UnicodeEncodeError:  # lone surrogates, which JSON can carry and Unicode text cannot
            return self.errors(_encodable(value))
        except (ValueError, RecursionError):
            return [
                SchemaError("", "expected a value that is not nested so deeply", "a shallow value", "a very deep one")
            ]
        if not found:
            return []
        told = (self._told(error) for outer in found for error in _innermost(outer))
        return sorted(
            dict.fromkeys(told), key=lambda error: error.pointer
        )  # what two branches of the schema find is one

    def _told(self, error: "_Violation") -> SchemaError:
        expected, actual = self._expected(error), _actual(error)
        message = f"expected {expected}, found {actual}{self._near(error)}"
        return SchemaError(pointer(error.path), message, expected, actual)

    def _near(self, error: "_Violation") -> str:
        """The one expected word that looks like the one found, as a question."""
        match error.keyword:
            case "enum":
                found, words = error.instance, error.value
            case "additionalProperties":
                found, words = error.value[0], self._known_members(error)
            case _:
                return ""
        if not isinstance(found, str):
            return ""
        near = difflib.get_close_matches(found, [word for word in words if isinstance(word, str)], n=1)
        return f"; did you mean {_quoted(near[0])}?" if near else ""

    def _known_members(self, error: "_Violation") -> list[str]:
        return list((self._at(error.schema_path[:-1]) or {}).get("properties", {}))

    def _expected(self, error: "_Violation") -> str:
        if error.keyword == "additionalProperties":
            known = self._known_members(error)
            return f"only the members {_listed(known)}" if known else "no such member"
        if error.keyword == "contains":
            return f"an item like {_short(self._at(error.schema_path))}"
        return _EXPECTED.get(error.keyword, lambda value: f"{error.keyword} {_short(value)}")(error.value)

    def _at(self, path: tuple[str | int, ...]) -> Any:
        """The part of the schema at a path; None when it lies in another document."""
        part: Any = self._schema
        for key in path:
            try:
                part = part[key]
            except (KeyError, IndexError, TypeError):
                return None
        return part


@dataclass(frozen=True)
class _Violation:
    """What this file needs of a violation of jsonschema-rs."""

    path: tuple[str | int, ...]
    schema_path: tuple[str | int, ...]
    keyword: str
    value: Any
    instance: Any


def pointer(path: Iterable[str | int]) -> str:
    """The JSON Pointer (RFC 6901) of a path of members and indices."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _violation(error: Any) -> _Violation:
    kind = error.kind
    return _Violation(tuple(error.instance_path), tuple(error.schema_path), kind.name, kind.value, error.instance)


def _innermost(error: Any) -> list[_Violation]:
    """The violations that say most: of a `oneOf` or `anyOf` those of the alternative that comes closest.

    Each unexpected member is a violation of its own, at its own place.
    """
    if error.kind.name == "additionalProperties":
        whole = _violation(error)
        return [replace(whole, path=(*whole.path, name), value=[name]) for name in error.kind.unexpected]
    context = getattr(error.kind, "context", None)
    if not context or error.kind.name not in ("oneOf", "anyOf"):
        return [_violation(error)]
    alternatives = [[violation for inner in branch for violation in _innermost(inner)] for branch in context]
    alternatives = [alternative for alternative in alternatives if alternative]
    if not alternatives:  # several alternatives of a oneOf fit: there is nothing inside to point at
        return [_violation(error)]
    return _shared(alternatives) or min(alternatives, key=_distance)


def _shared(alternatives: list[list[_Violation]]) -> list[_Violation]:
    """One violation with all words or types, when every alternative fails by them at the same place."""
    for keyword in ("enum", "type"):
        misfits = [next((one for one in alternative if one.keyword == keyword), None) for alternative in alternatives]
        first = misfits[0]
        if first is None or any(one is None or one.path != first.path for one in misfits):
            continue
        words = dict.fromkeys(word for one in misfits if one is not None for word in one.value)
        return [_Violation(first.path, first.schema_path, keyword, list(words), first.instance)]
    return []


def _distance(alternative: list[_Violation]) -> tuple[int, int]:
    """How far a value is from an alternative: a wrong word or type says that another one was meant."""
    return sum(violation.keyword in ("enum", "const", "type") for violation in alternative), len(alternative)


def _actual(error: _Violation) -> str:
    if error.keyword == "required":
        return f"only {_listed(error.instance)}" if error.instance else "an empty object"
    if error.keyword == "additionalProperties":
        return _listed(error.value)
    return _short(error.instance)


def _short(value: Any) -> str:
    """The JSON text of a value, or what kind of thing it is when that is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    if len(text) <= _SHORT:
        return text
    if isinstance(value, dict):
        return f"an object with {_listed(value)}"
    if isinstance(value, list):
        return f"an array of {len(value)} items"
    return text[: _SHORT - 2] + " …"


def _quoted(word: Any) -> str:
    return json.dumps(word, ensure_ascii=False)


def _listed(words: Iterable[Any]) -> str:
    text, rest = "", list(words)
    while rest and len(text) + len(_quoted(rest[0])) <= _LIST:
        text += (", " if text else "") + _quoted(rest.pop(0))
    return text + (f" and {len(rest)} more" if rest else "")


def _encodable(value: Any) -> Any:
    """The same value with every lone surrogate replaced by a question mark."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list():
            return [_encodable(item) for item in value]
        case dict():
            return {_encodable(name): _encodable(member) for name, member in value.items()}
    return value
