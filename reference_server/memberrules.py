"""Members of create bodies as data: what a release takes in each, and what it makes of it (RELEASES.md 3).

A rulebook has a table for each kind under `wire: creates:`. A member that a release no longer takes is null there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from reference_server.engine.model import Option
from reference_server.engine.words import AlarmRestrictions, ApplyType, InstanceAction

type Reading = Literal["word", "number", "boolean", "text", "texts", "version", "date", "subject"]
"""How a value is read: `version`, `date` and `subject` are texts of a form, `texts` a list of texts."""

APPLY_TYPE: Final = "apply-type"
WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "default-instance-action": tuple(InstanceAction),
        "alarm-restrictions": tuple(AlarmRestrictions),
        APPLY_TYPE: tuple(ApplyType),
    }
)
"""The words that the engine knows, by the member that carries them, or its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRule:
    """What one member of a create body may be.

    `if_null` is what null is taken for: a word where null is silent, or the status of a refusal. Without it null stays
    null where the value may be, and is left to the rules of the wire where it may not.
    """

    read: Reading
    mandatory: bool = False
    words: tuple[str, ...] = ()
    lowest: int = 0
    highest: int = 0  # of numbers; 0 for no limits
    default: Option = None
    if_null: str | int | None = None
    absent: int = 0  # the status of the refusal when the member is left out although it is not mandatory; 0: none
    instead: Mapping[str, str] = MappingProxyType({})  # words that are taken for another one
    needs: str = ""  # another member that has to be there as well

    @property
    def is_limited(self) -> bool:
        """Whether a number has to be in a range."""
        return self.highest > 0


type MemberRules = Mapping[str, MemberRule]


def member_rules(table: Mapping[str, Mapping[str, Any] | None]) -> MemberRules:
    """The rules of a table that the schema has checked, without the members that are not taken any more."""
    return MappingProxyType({name: _rule(said) for name, said in table.items() if said is not None})


def _rule(said: Mapping[str, Any]) -> MemberRule:
    built: dict[str, Any] = {**said, "words": tuple(said.get("words", ())), "if_null": said.get("if-null")}
    built.pop("if-null", None)
    if "range" in built:
        built["lowest"], built["highest"] = built.pop("range")
    if isinstance(built.get("default"), list):
        built["default"] = tuple(built["default"])
    built["instead"] = MappingProxyType(dict(said.get("instead", {})))
    return MemberRule(**built)


def unknown_words(table: Mapping[str, Mapping[str, Any] | None]) -> list[str]:
    """Members whose words the engine does not know, or that take none although they are read as words."""
    return [name for name, said in table.items() if said is not None and not _is_known(name, said)]


def _is_known(name: str, said: Mapping[str, Any]) -> bool:
    words = said.get("words", ())
    if said["read"] != "word":
        return not words
    key = APPLY_TYPE if name.endswith(APPLY_TYPE) else name
    return bool(words) and set(words) <= set(WORDS.get(key, words))


_WORD: Final = {"type": "string", "minLength": 1}
_STATUS: Final = {"type": "integer", "minimum": 400, "maximum": 599}
_RULE: Final[Mapping[str, Any]] = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "required": ["read"],
    "properties": {
        "read": {"enum": ["word", "number", "boolean", "text", "texts", "version", "date", "subject"]},
        "mandatory": {"type": "boolean"},
        "words": {"type": "array", "items": _WORD, "uniqueItems": True, "minItems": 1},
        "range": {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 2, "maxItems": 2},
        "default": {"type": ["string", "integer", "boolean", "null", "array"], "items": {"type": "string"}},
        "if-null": {"anyOf": [_WORD, _STATUS]},
        "absent": _STATUS,
        "instead": {"type": "object", "additionalProperties": _WORD},
        "needs": _WORD,
    },
}
TABLE_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^[a-z]+(-[a-z]+)*$"},
    "additionalProperties": _RULE,
}
"""JSON Schema (2020-12) of the table of one kind."""
