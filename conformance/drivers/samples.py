"""A body that must be taken, for each operation of a contract: its example, or one that is made from its schema.

The examples of the reference are those of the published API. Where a release asks for other members, its own example
goes before, and what none shows comes from the schema: what is mandatory, and of that the first value that is meant.
"""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from conformance.drivers.glance import dumped
from spec.contract import Contract
from spec.openapi import request_media, resolved

# What is asked for where a member has several words, in the order of preference: what plans the most and harms nobody.
_PREFERRED: Final = ("serial", "migrate", "strict", "apply-all")
_OF_TYPE: Final[Mapping[str, Any]] = {
    "null": None, "boolean": False, "integer": 1, "number": 1, "string": "1", "array": [], "object": {},
}  # fmt: skip
# The names that members of workers had before release 2.0.
_WORKER: Final = "worker-"
_COMPUTE: Final = "compute-"


def example_of(contract: Contract, operation_id: str) -> dict[str, Any]:
    """A body that an operation must take; empty when it takes none. A fresh copy."""
    sample: dict[str, Any] = json.loads(_sample(contract, operation_id))
    return sample


@functools.cache
def members_of(contract: Contract, operation_id: str) -> frozenset[str]:
    """The members that an operation's request body may have."""
    return frozenset(_properties(contract.document, _schema(contract, operation_id)))


def spelled(contract: Contract, operation_id: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the members that an operation's body may have, by the names that they have there."""
    known = members_of(contract, operation_id)
    names = {name: name if name in known else name.replace(_WORKER, _COMPUTE) for name in members}
    return {names[name]: value for name, value in members.items() if names[name] in known}


@functools.cache
def _sample(contract: Contract, operation_id: str) -> bytes:
    shown = [contract.example(each.name) for each in contract.examples if _is_of(each, operation_id)]
    for value in shown:
        if not contract.body_errors(operation_id, value):
            return dumped(value)
    operation = contract.operation(operation_id)
    if request_media(contract.document, operation) is None:
        return dumped({})
    return dumped(_made(contract, operation_id, shown[0] if shown else {}))


def _is_of(example: Any, operation_id: str) -> bool:
    return bool(example.operation_id == operation_id and example.status is None)


def _made(contract: Contract, operation_id: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an example that the schema has nothing against, and those that it demands beside them."""
    document = contract.document
    whole, _ = resolved(document, _schema(contract, operation_id))
    around: dict[str, Any] = {name: value for name, value in whole.items() if name != "oneOf"}
    forms = [{**around, **resolved(document, form)[0]} for form in whole.get("oneOf", ({},))]
    bodies = [_demanded(document, form) for form in forms]
    made = min(bodies, key=lambda body: (len(contract.body_errors(operation_id, body)), len(body)))
    for name, value in spelled(contract, operation_id, shown).items():
        if not _complaints(contract, operation_id, {**made, name: value}, name):
            made[name] = value
    return made


def _demanded(document: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
    """What one form of a body demands."""
    properties = {name: resolved(dict(document), rule)[0] for name, rule in _properties(document, form).items()}
    return {name: _value(document, properties[name]) for name in form.get("required", ())}


def _complaints(contract: Contract, operation_id: str, body: Mapping[str, Any], name: str) -> list[str]:
    """What the contract has against a member of a body."""
    return [each.message for each in contract.body_errors(operation_id, body) if each.pointer.startswith(f"/{name}")]


def _value(document: Mapping[str, Any], rule: Mapping[str, Any]) -> Any:
    """The value that a member is meant to have: one that is shown, its default, a word, or one of its type."""
    for shown in (rule.get("examples"), [rule["example"]] if "example" in rule else None):
        if shown:
            return shown[0]
    if "default" in rule:
        return rule["default"]
    if "enum" in rule:
        words: list[Any] = rule["enum"]
        return next((word for word in _PREFERRED if word in words), words[0])
    forms = [*rule.get("oneOf", ()), *rule.get("anyOf", ())]
    if forms:
        return _value(document, resolved(document, forms[0])[0])
    types = rule.get("type", "string")
    if isinstance(types, list):
        return None if "null" in types else _OF_TYPE[types[0]]
    return rule.get("minimum", _OF_TYPE[types])


def _schema(contract: Contract, operation_id: str) -> dict[str, Any]:
    media = request_media(contract.document, contract.operation(operation_id))
    if media is None:
        raise KeyError(operation_id)
    schema: dict[str, Any] = media["schema"]
    return schema


def _properties(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    whole, _ = resolved(dict(document), dict(schema))
    found = dict(whole.get("properties", {}))
    for branch in _branches(whole):
        found |= _properties(document, branch)
    return found


def _branches(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for way in ("oneOf", "anyOf", "allOf"):
        branches: Iterable[Mapping[str, Any]] = schema.get(way, ())
        yield from branches
