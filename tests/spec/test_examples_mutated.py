"""Independent of how the contract is written: damage each document of the reference, and both validators notice.

A mutation drops, retypes or renames one member, or retypes the whole document. Every member of every document is
required where it stands, except those in OPTIONAL: dropping one of these is no damage, so that mutation alone is left
out. Twenty mutations of each document are drawn with a fixed seed; a document with fewer has all of its own made. An
empty document has no member: it can only be retyped as a whole.
"""

import copy
import json
import random

import pytest

from spec.crosscheck import SecondOpinion
from spec.load import load_contract
from spec.openapi import contract_of

SEED = 20161116
WANTED = 20
CONTRACT = load_contract()
SECOND = SecondOpinion(CONTRACT)

OPTIONAL = {
    ("06-sw-patch-strategy-create-request", "alarm-restrictions"),
    ("12-sw-upgrade-strategy-create-request", "alarm-restrictions"),
}
OTHER_TYPES = (None, True, 7, 1.5, "x", [], {})
SPELLINGS = (str.upper, lambda name: name.replace("-", "_") + "_", lambda name: "x-" + name, lambda name: name + "s")


def members(value, place=()):
    """The place of every member of every object in a document."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*place, name)
            yield from members(member, (*place, name))
    if isinstance(value, list):
        for at, item in enumerate(value):
            yield from members(item, (*place, at))


def kind_of(value):
    """The JSON type of a value; 1.5 is no integer."""
    return {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}.get(
        type(value), "null"
    )


def retypings(value):
    """One value of each JSON type that a value does not have."""
    return [other for other in OTHER_TYPES if kind_of(other) != kind_of(value)]


def at(document, place):
    """What stands at a place of a document."""
    for part in place:
        document = document[part]
    return document


def mutations(name, document):
    """Every mutation of a document: what is done, in words, the place, and what becomes of name and value there."""
    for other in retypings(document):
        yield f"document retyped to {json.dumps(other)}", (), lambda _, other=other: other
    for place in members(document):
        spot, member = "/" + "/".join(map(str, place)), place[-1]
        if (name, member) not in OPTIONAL:
            yield f"{spot} dropped", place, lambda _: {}
        for other in retypings(at(document, place)):
            yield f"{spot} retyped to {json.dumps(other)}", place, lambda _, member=member, other=other: {member: other}
        for spell in SPELLINGS:
            yield (
                f"{spot} renamed to {spell(member)}",
                place,
                lambda old, member=member, spell=spell: {spell(member): old},
            )


def damaged(document, place, become):
    """A copy of the document in which the member at a place has become what the mutation says."""
    if not place:
        return become(document)
    victim = copy.deepcopy(document)
    holder = at(victim, place[:-1])
    holder.update(become(holder.pop(place[-1])))
    return victim


def drawn(name):
    """The mutations of one document that are tried."""
    document = CONTRACT.example(name)
    every = list(mutations(name, document))
    chosen = every if len(every) <= WANTED else _dice(name).sample(every, WANTED)
    return [(what, damaged(document, place, become)) for what, place, become in chosen]


def _dice(name):
    return random.Random(f"{SEED} {name}")  # noqa: S311 - the same choice in every run is the point


def unnoticed(example, contract, second):
    """The mutations that a validator takes, each with that validator's name."""
    taken = []
    for what, victim in drawn(example.name):
        taken += [f"jsonschema-rs: {what}"] if contract.example_errors(example, victim) == [] else []
        taken += [f"openapi-core: {what}"] if second.on_example(example, victim) is None else []
    return taken


@pytest.mark.parametrize("example", CONTRACT.examples, ids=lambda example: example.name)
def test_damage_is_noticed(example):
    """Neither validator takes any of the drawn mutations of a document."""
    print(f"seed {SEED}")
    assert unnoticed(example, CONTRACT, SECOND) == []


@pytest.mark.parametrize("example", CONTRACT.examples, ids=lambda example: example.name)
def test_enough_damage_is_done(example):
    """Twenty different mutations are tried, or all there are: an action body has 17, an empty document 6."""
    few = {"09": 17, "15": 17, "08": 6, "14": 6}
    tried = [(what, json.dumps(victim)) for what, victim in drawn(example.name)]
    assert len(set(tried)) == few.get(example.name[:2], WANTED)


@pytest.mark.parametrize("example", CONTRACT.examples[:7], ids=lambda example: example.name)
def test_a_lax_contract_lets_damage_pass(example):
    """The test can fail: with a contract that requires no member, mutations pass."""
    document = CONTRACT.document
    lax(document["components"]["schemas"])
    contract = contract_of(document, "")
    assert [
        taken
        for taken in unnoticed(example, contract, SecondOpinion(contract))
        if "dropped" in taken or "renamed" in taken
    ]


def lax(schema):
    """Take every `required` and `additionalProperties` out of a schema."""
    if isinstance(schema, dict):
        schema.pop("required", None)
        schema.pop("additionalProperties", None)
        for part in schema.values():
            lax(part)
    if isinstance(schema, list):
        for part in schema:
            lax(part)
