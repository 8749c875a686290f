"""Bodies that exercise what the ledger says about request parameters.

For each check of a parameter the bodies that make it look.

Nothing of the norm is written here: members, values and types come from the ledger's parameters, the good body from
the contract (`conformance.drivers.samples`).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from conformance.drivers.glance import dumped
from conformance.exchange import Headers
from spec.ledger import Ledger, Requirement

_JSON: Final[Headers] = (("Content-Type", "application/json"),)
_UNLISTED: Final = ("sideways", "", "SERIAL")
_UNLISTED_CHECK: Final = "unlisted_value_is_refused"
_STRANGE: Final = ({"vimgate-unknown": 1}, {"force": True, "name": "x"})

# One value of every JSON type, by the words of JSON Schema.
_OF_TYPE: Final[Mapping[str, Sequence[Any]]] = {
    "null": (None,),
    "boolean": (True, False),
    "integer": (7,),
    "number": (2.5,),
    "string": ("seven",),
    "array": ([], ["serial"]),
    "object": ({}, {"serial": True}),
}

_MALFORMED: Final = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"5",
    b"true",
    b'{"action": }',
    b"\xff\xfe{}",
    b"[" * 3000 + b"]" * 3000,
    b"{}",
)
_MEDIA_TYPES: Final = (
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
)


@dataclass(frozen=True, slots=True)
class Body:
    """One request body: what it is about, and the bytes and headers that go out."""

    about: str
    content: bytes
    headers: Headers = _JSON


def bodies_for(operation_id: str, example: Mapping[str, Any], ledger: Ledger) -> tuple[Body, ...]:
    """Every body that the ledger's requirements about the parameters of an operation call for.

    The example first, none twice.
    """
    found = [Body("the example", dumped(example)), *_same_to_json(example)]
    parameters = [each for each in ledger.requirements if each.parameters.get("operation") == operation_id]
    words = dict.fromkeys(word for each in parameters if each.check == _UNLISTED_CHECK for word in _words(each))
    for requirement in parameters:
        make = _MAKERS.get(requirement.check or "")
        if make is not None:
            found.extend(make(requirement.parameters, example))
        if requirement.check == _UNLISTED_CHECK:
            found.extend(_of_others(requirement.parameters, example, words))
    distinct: dict[tuple[bytes, Headers], Body] = {}
    for body in found:
        distinct.setdefault((body.content, body.headers), body)
    return tuple(distinct.values())


def _missing(parameters: Mapping[str, Any], example: Mapping[str, Any]) -> Iterator[Body]:
    member = parameters["member"]
    conditions = parameters.get("when", {})
    for base in _bases(example, conditions):
        yield Body(f"{member} missing", dumped({name: value for name, value in base.items() if name != member}))


def _wrong_types(parameters: Mapping[str, Any], example: Mapping[str, Any]) -> Iterator[Body]:
    member, allowed = parameters["member"], set(parameters["types"])
    if "number" in allowed:
        allowed.add("integer")
    for kind, values in _OF_TYPE.items():
        for value in values if kind not in allowed else ():
            yield Body(f"{member} is {kind}", dumped({**_base(example, member), member: value}))
    if "string" in allowed and "integer" in allowed:
        for text in ("seven", "", "-1", "1.5", " 0", "0 ", "+0", "0x0"):
            yield Body(f"{member} is the text {text!r}", dumped({**_base(example, member), member: text}))


def _listed(parameters: Mapping[str, Any], example: Mapping[str, Any]) -> Iterator[Body]:
    member = parameters["member"]
    for value in parameters["values"]:
        yield Body(f"{member} {value}", dumped({**_base(example, member), member: value}))


def _unlisted(parameters: Mapping[str, Any], example: Mapping[str, Any]) -> Iterator[Body]:
    member, listed = parameters["member"], parameters["values"]
    for value in dict.fromkeys((*_UNLISTED, *_near_misses(listed))):
        if value not in listed:
            yield Body(f"{member} {value!r}", dumped({**_base(example, member, value), member: value}))


def _of_others(parameters: Mapping[str, Any], example: Mapping[str, Any], words: Iterable[str]) -> Iterator[Body]:
    """A member with the words that other members of the same body may have."""
    for word in words:
        if word not in parameters["values"]:
            yield Body(f"{parameters['member']} {word}", dumped({**example, parameters["member"]: word}))


def _words(requirement: Requirement) -> list[str]:
    words: list[str] = requirement.parameters["values"]
    return words


def _near_misses(listed: Sequence[str]) -> Iterator[str]:
    """What a lenient server may take for a listed word."""
    for word in listed:
        yield from (word.upper(), f" {word}", word.partition("-")[0], word.replace("-", "_"))


def _left_out(parameters: Mapping[str, Any], example: Mapping[str, Any]) -> Iterator[Body]:
    member = parameters["member"]
    yield Body(f"{member} left out", dumped({name: value for name, value in example.items() if name != member}))


def _unknown(_: Mapping[str, Any], example: Mapping[str, Any]) -> Iterator[Body]:
    for strange in _STRANGE:
        yield Body("an unknown member", dumped({**example, **strange}))


def _malformed(_: Mapping[str, Any], example: Mapping[str, Any]) -> Iterator[Body]:
    for content in _MALFORMED:
        yield Body("not a JSON object with the parameters", content)
    yield Body("a list around the parameters", dumped([example]))
    yield Body("text around the parameters", dumped(dumped(example).decode()))


def _media_types(_: Mapping[str, Any], example: Mapping[str, Any]) -> Iterator[Body]:
    for media_type in _MEDIA_TYPES:
        yield Body(f"a body of {media_type}", dumped(example), (("Content-Type", media_type),))
    yield Body("a body of no media type", dumped(example), ())


def _same_to_json(example: Mapping[str, Any]) -> Iterator[Body]:
    """The example in other spellings that mean the same (RFC 8259: blanks, order of members, charset)."""
    yield Body("the example among blanks", b" \r\n\t" + json.dumps(example, indent=1).encode() + b"\n")
    yield Body("the example backwards", dumped(dict(reversed([*example.items()]))))
    charset = (("Content-Type", "application/json; charset=utf-8"),)
    yield Body("the example with a charset", dumped(example), charset)


# The check of a requirement -> the bodies that make it look.
_MAKERS: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Iterator[Body]]]] = {
    "mandatory_member_is_demanded": _missing,
    "wrong_type_is_refused": _wrong_types,
    "listed_value_is_accepted": _listed,
    _UNLISTED_CHECK: _unlisted,
    "optional_member_may_be_left_out": _left_out,
    "default_is_applied": _left_out,
    "unknown_member_is_refused": _unknown,
    "malformed_body_is_refused": _malformed,
    "wrong_media_type_is_refused": _media_types,
}


def _bases(example: Mapping[str, Any], conditions: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    if not conditions:
        yield dict(example)
    for member, values in conditions.items():
        for value in values:
            yield {**example, member: value}


def _base(example: Mapping[str, Any], member: str, value: Any = None) -> dict[str, Any]:
    # A stage-id is looked at with an action on a stage, and what may be taken for such an action needs one.
    if member == "action" and isinstance(value, str) and "stage" in value.lower():
        return {**example, "stage-id": "0"}
    return {**example, "action": "apply-stage"} if member == "stage-id" else dict(example)
