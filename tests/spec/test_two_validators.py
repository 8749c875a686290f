"""The compiled validators of the hot path and openapi-core, from the same contract, say the same of 20,000 exchanges.

An exchange is a request body or the answer of an operation, by status. Half of them are as the contract wants them; the
others differ from such a one in one or two places: a member of another type or word, left out, renamed, added, moved
deeper, or the text itself is damaged. What openapi-core does otherwise by design is counted by its reason, and there
may not be more of it than is written here.
"""

import copy
import json
import random
from collections import Counter
from itertools import islice

import pytest

from conformance.exchange import NO_JSON, parse_json
from spec.crosscheck import SecondOpinion
from spec.load import load_contract
from spec.openapi import answer_media, contract_of

SEED = 20161116
EXCHANGES = 20_000
PARTS = 4

# Why openapi-core takes what the hot path refuses, and how often at most in one part: its reader of JSON is Python's,
# which takes more than RFC 8259 allows.
REASONS = {
    "NaN is read as a number": 3,
    "half a surrogate pair is read as text": 1,
    "text in UTF-16 is read": 8,
    "a byte order mark is skipped": 6,
    "an empty body is none": 4,
}

VALUES = (None, True, False, 0, 1, -1, 7, 2.0, 2.5, 10**20, "", "x", "serial", "0", [], {}, ["x"], {"x": 1})
RENAMED = (str.upper, lambda name: name.replace("-", "_") + "_", lambda name: name + "s")


def trimmed(value):
    """The document with one stage in a phase and one step in a stage at most, so that there can be many."""
    if isinstance(value, list):
        return [trimmed(item) for item in value[:1]]
    if isinstance(value, dict):
        return {name: trimmed(member) for name, member in value.items()}
    return value


def documents(contract):
    """Operation, status (None: a request body) and a good document, for everything that has JSON."""
    for example in contract.examples:
        if example.operation_id is not None:
            yield example.operation_id, example.status, trimmed(contract.example(example.name))
    for operation in contract.operations:
        for status in sorted(operation.statuses):
            yield operation.operation_id, status, {"faultcode": "Client", "faultstring": "refused", "debuginfo": None}
        if operation.body == "optional":
            yield from ((operation.operation_id, None, {"force": forced}) for forced in (True, False))


def holders(value):
    """Every object and list in a value."""
    if isinstance(value, dict | list):
        yield value
        for member in value.values() if isinstance(value, dict) else value:
            yield from holders(member)


def changed(document, draw):
    """The document with one place changed."""
    document = copy.deepcopy(document)
    found = [holder for holder in holders(document) if holder]
    if not found or draw.random() < 0.02:
        return draw.choice(VALUES)
    holder = draw.choice(found)
    key = draw.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    draw.choice((_set, _set, _set, _drop, _rename, _add, _nest))(holder, key, draw)
    return document


def _set(holder, key, draw):
    holder[key] = draw.choice(VALUES)


def _drop(holder, key, draw):
    del holder[key]


def _rename(holder, key, draw):
    if isinstance(holder, dict):
        holder[draw.choice(RENAMED)(key)] = holder.pop(key)


def _add(holder, key, draw):
    if isinstance(holder, dict):
        holder[draw.choice(("force", "complete-upgrade", "stage-id", "vendor", "name"))] = draw.choice(VALUES)
    else:
        holder.append(copy.deepcopy(holder[key]))


def _nest(holder, key, draw):
    holder[key] = draw.choice(([holder[key]], {"value": holder[key]}))


def text_of(document, draw):
    """The document as text: as it should be, or damaged."""
    text = json.dumps(document, ensure_ascii=draw.random() < 0.5).encode("utf-8", "surrogatepass")
    return draw.choice(DAMAGE)(text) if draw.random() < 0.02 else text


DAMAGE = (
    lambda text: text[:-1],
    lambda text: text + b"}",
    lambda _: b"",
    lambda _: b" ",
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text.decode("utf-8", "replace").encode("utf-16"),
    lambda text: text.replace(b'"', b'"\xff', 1),
    lambda text: text.replace(b":", b': NaN, "x":', 1),
    lambda text: text.replace(b'"', b'"\\ud800', 1),
)


def exchanges(contract, part):
    """Operation, status and body of each exchange of one part."""
    draw = random.Random(SEED + part)  # noqa: S311 - reproducible on purpose
    groups = [[], [], []]
    for each in documents(contract):
        groups[0 if each[1] is None else 1 if "strategy" in (each[2] or ()) else 2].append(each)
    for _ in range(EXCHANGES // PARTS):
        operation, status, document = draw.choice(draw.choices(groups, (5, 4, 1))[0])
        for _ in range(draw.choice((0, 1, 1, 1, 2)) if isinstance(document, dict) else 0):
            document = changed(document, draw)
        yield operation, status, text_of(document, draw)


def hot_path(contract, described, operation_id, status, text):
    """Whether the compiled validators are content."""
    value = parse_json(text)
    if status is None:
        return value is not NO_JSON and contract.body_errors(operation_id, value) == []
    if value is NO_JSON:
        return (operation_id, status) not in described
    return contract.answer_errors(operation_id, status, value) == []


def second_opinion(second, operation, status, text):
    """What openapi-core has against the exchange; None for nothing."""
    if status is None:
        return second.on_body_text(operation, text)
    return second.on_answer_text(operation, status, text)


def reason_of(text):
    """Why openapi-core may take a text that is no JSON to the hot path; empty for no such reason."""
    if not text.strip():
        return "an empty body is none"
    if b"NaN" in text:
        return "NaN is read as a number"
    if b"\\ud800" in text:
        return "half a surrogate pair is read as text"
    try:
        text.decode()
    except UnicodeDecodeError:
        return "text in UTF-16 is read"
    return "a byte order mark is skipped" if text.startswith(b"\xef\xbb\xbf") else ""


def compared(contract, second, drawn):
    """What the hot path says of each exchange, how often each reason was met, and where both are apart without one."""
    described = {
        (operation.operation_id, status)
        for operation in contract.operations
        for status in operation.statuses
        if answer_media(contract.document, operation, status) is not None
    }
    found, differing, apart, others = Counter(), Counter(), [], {}
    for operation, status, text in drawn:
        hot = hot_path(contract, described, operation, status, text)
        if (operation, status, text) not in others:  # slow, and whoever is asked the same again says the same
            others[operation, status, text] = second_opinion(second, operation, status, text)
        other = others[operation, status, text]
        found[hot] += 1
        reason = reason_of(text) if hot is False and other is None else ""
        differing[reason] += 1
        if hot is not (other is None) and not reason:
            apart.append((operation, status, text[:300], other))
    return found, differing, apart


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_both_say_the_same(part):
    """An exchange is in order for one of the two and not for the other, and nobody has written down why."""
    contract = load_contract()
    found, differing, apart = compared(contract, SecondOpinion(contract), exchanges(contract, part))
    assert apart == []
    assert {reason: count for reason, count in differing.items() if reason and count > REASONS[reason]} == {}
    assert min(found[True], found[False]) > EXCHANGES // PARTS // 3


def test_a_difference_shows():
    """Two contracts of which one demands a member that the other does not are taken for the same."""
    contract = load_contract()
    document = contract.document
    document["components"]["schemas"]["Step"]["required"].append("vendor")
    second = SecondOpinion(contract_of(document, contract.digest))
    *_, apart = compared(contract, second, islice(exchanges(contract, 0), 200))
    assert apart != []
