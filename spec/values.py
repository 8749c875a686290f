"""What may stand in one place of a body, gathered from a schema for people who read rather than validate."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from spec.openapi import Document, resolved

_TYPES: Final = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "object",
}
_JOINED: Final = ("allOf", "anyOf", "oneOf")
_DIGITS: Final = "[0-9]+"


@dataclass(frozen=True)
class Values:
    """What a place may hold: words of a list, or values of types, within bounds; and what holds when nothing is there.

    `words` are all words that are in order there, `known` words of a set that is open; `types` what else may stand
    there (text, integer, …). `low` and `high` are the least and the greatest number, None without a bound.
    """

    words: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    null: bool = False
    low: int | float | None = None
    high: int | float | None = None
    default: Any = None

    @property
    def told(self) -> str:
        """In words: `serial, parallel, ignore`, `2 to 10, text of digits`, `true or false, null`."""
        kinds = [f"{self._numbers(each)}" if each in {"integer", "number"} else each for each in self.types]
        return ", ".join(dict.fromkeys([*self.words, *kinds, *(["null"] if self.null else [])])) or "any value"

    def _numbers(self, kind: str) -> str:
        match self.low, self.high:
            case None, None:
                return kind
            case low, None:
                return f"{kind} >= {low}"
            case None, high:
                return f"{kind} <= {high}"
        return f"{self.low} to {self.high}"


def values_of(document: Document, schema: Document) -> Values:
    """What the schema takes; forms of which one holds are put together, and so are parts that all hold."""
    rules = list(_rules(document, schema))
    bounds = [_bounds(rule) for rule in rules]
    words = dict.fromkeys(word for rule in rules for word in _words(rule))
    types = dict.fromkeys(kind for rule in rules if not _listed(rule) for kind in _types(rule))
    return Values(
        words=_narrowed(rules) or tuple(words),
        known=tuple(dict.fromkeys(word for rule in rules for word in rule.get("x-known-values", ()))),
        types=tuple(types),
        null=any(_null(rule) for rule in rules),
        low=next((low for low, _ in bounds if low is not None), None),
        high=next((high for _, high in bounds if high is not None), None),
        default=next((rule["default"] for rule in rules if "default" in rule), None),
    )


def _rules(document: Document, schema: Document) -> Iterator[Document]:
    """The schema and all that are joined to it, components resolved; what stands beside a reference holds too."""
    rule, component = resolved(document, schema)
    if component is not None:
        yield {name: value for name, value in schema.items() if name != "$ref"}
    yield rule
    for joined in _JOINED:
        for branch in rule.get(joined, ()):
            yield from _rules(document, branch)


def _listed(rule: Document) -> bool:
    return "enum" in rule or "const" in rule


def _words(rule: Document) -> Iterator[str]:
    words = rule.get("enum", [rule["const"]] if "const" in rule else [])
    yield from (str(word) for word in words if word is not None)


def _narrowed(rules: list[Document]) -> tuple[str, ...]:
    """The one word that a part demands, whatever the others list."""
    return tuple(str(rule["const"]) for rule in rules if "const" in rule)


def _types(rule: Document) -> Iterator[str]:
    written = rule.get("type", ())
    for kind in [written] if isinstance(written, str) else written:
        if kind != "null":
            like = " of digits" if kind == "string" and _DIGITS in str(rule.get("pattern", "")) else ""
            yield f"{_TYPES[kind]}{like}"


def _null(rule: Document) -> bool:
    written = rule.get("type", ())
    return written == "null" or "null" in written or None in rule.get("enum", ())


def _bounds(rule: Document) -> tuple[int | float | None, int | float | None]:
    """The least and the greatest number; below an exclusive bound it is the whole number before it."""
    high = rule.get("maximum", rule["exclusiveMaximum"] - 1 if "exclusiveMaximum" in rule else None)
    return rule.get("minimum"), high
