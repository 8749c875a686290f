"""A JSON document that somebody else wrote, read so that no two readers can take it for different things. Pure."""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs


class Malformed(Exception):  # noqa: N818 - the name says what it is
    """A text is no such document; the message says where and why."""


def read(data: bytes, part: str) -> dict[str, Any]:
    """The object in the text, valid as that part (`envelope`, `statement`) of the schema. Raises Malformed.

    A member that stands twice, NaN and text that no encoding can write are refused: readers differ in them.
    """
    try:
        value = json.loads(data.decode(), object_pairs_hook=_members, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Malformed(f"it is no JSON that can be read: {_short(str(error))}") from error
    wrong = next(iter(_validator(part).iter_errors(value)), None)
    if wrong is not None:
        pointer = "".join(f"/{step}" for step in wrong.instance_path) or "the whole of it"
        raise Malformed(f"{pointer}: {_short(wrong.message)}")
    return value  # type: ignore[no-any-return] # the schema has just said that it is an object


def _members(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"the member {_short(name, 50)!r} stands twice in one object")
        members[name] = value
    return members


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


@cache
def _validator(part: str) -> Any:
    schema = json.loads((files("reports") / "signing" / "statement.schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(
        {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{part}"}, validate_formats=True
    )


def _short(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
