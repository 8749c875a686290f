"""A text that is taken apart by comparing it with the last one comes to what it comes to when it is read as a whole."""

import json
import random

import pytest

from conformance.exchange import NO_JSON, parse_json
from conformance.layout import PHASES, follow, take_apart

PIECES = (
    b"", b"0", b"7", b",", b"[", b"]", b"{", b"}", b'"', b"\\", b" ", b"\n", b"true", b'{"stage-id":0}', b'"stages":[]',
    b'"stages":[', "é".encode(), '{"§":0}'.encode(), '"§0"'.encode(), b"\\u00e9", b"-", b"1e9", b"NaN",
    b'"strategy":{}', b"\xff",
)  # fmt: skip


@pytest.fixture
def text(exchange):
    """The text of a strategy that is being undone: it has stages in each phase."""
    value = exchange("read patch -> 200 undoing 1 3 0").response_json
    return json.dumps(value, separators=(",", ":")).encode()


def whole(layout, values, before=None):
    """The value that a layout stands for: its outline with its stages, which are read where they are not known."""
    strategy = dict(layout.outline["strategy"])
    for name in PHASES:
        texts = layout.stages[name]
        read = [values[name][at] if at in values[name] else parse_json(each) for at, each in enumerate(texts)]
        strategy[f"{name}-phase"] = strategy[f"{name}-phase"] | {"stages": read}
    return layout.outline | {"strategy": strategy}


def is_sound(layout):
    """Its texts are those of the whole, and its stages end where it says."""
    stages = [stage for texts in layout.stages.values() for stage in texts]
    parts = [part for pair in zip(layout.gaps, [*stages, b""], strict=True) for part in pair]
    cuts = [sum(map(len, parts[: 2 * at])) for at in range(len(stages) + 1)]
    return b"".join(parts) == layout.body and [*layout.cuts] == cuts


NOTHING = {name: {} for name in PHASES}


def test_a_text_is_taken_apart(text):
    """Outline and stages together are the value of the text, and the texts around the stages are known."""
    layout = take_apart(text)
    assert repr(whole(layout, NOTHING)) == repr(parse_json(text))
    assert b"".join(layout.gaps).count(b"stage-id") == 0
    assert is_sound(layout)
    assert [len(layout.stages[name]) for name in PHASES] == [1, 3, 1]


def test_a_plan_of_any_length_is_followed(text):
    """However many stages there are, a number that changes has no stage read but the one that holds it."""
    value = json.loads(text)
    value["strategy"]["apply-phase"]["stages"] *= 200
    long = json.dumps(value, separators=(",", ":")).encode()
    at = long.rindex(b'"timeout":', 0, long.index(b'"abort-phase"')) + len(b'"timeout":')
    changed = long[:at] + b"9" + long[at:]
    layout, values = follow(take_apart(long), changed)
    assert repr(whole(layout, values)) == repr(parse_json(changed))
    assert sum(map(len, values.values())) <= 1


def many(text, times):
    """The same text with so many times as many stages in the phase that is applied, each with an id of its own."""
    value = json.loads(text)
    apply = value["strategy"]["apply-phase"]
    stages = [json.loads(json.dumps(stage)) for stage in apply["stages"] * times]
    apply["stages"] = [stage | {"stage-id": at} for at, stage in enumerate(stages)]
    return json.dumps(value, separators=(",", ":")).encode()


@pytest.mark.parametrize("times", [1, 13])
@pytest.mark.parametrize("seed", range(4))
def test_any_change_is_followed_or_left_alone(text, seed, times):
    """Texts are cut, and pieces put into them, anywhere: what is followed is what the whole text says.

    And what has been followed is followed again.
    """
    draw, followed = random.Random(seed), 0  # noqa: S311 - reproducible on purpose
    first = many(text, times)
    layout, last = take_apart(first), first
    for _ in range(400 // times):
        changed = last
        for _ in range(draw.choice((1, 1, 2, 3))):
            at, length = draw.randrange(len(changed)), draw.choice((0, 0, 1, 1, 2, 40))
            changed = changed[:at] + draw.choice(PIECES) + changed[at + length :]
        found = follow(layout, changed)
        if found is not None:
            assert repr(whole(*found)) == repr(parse_json(changed))
            assert is_sound(found[0])
            followed += changed != last
        again = draw.random() < 0.3
        layout, last = (found[0], changed) if found is not None and again else (take_apart(first), first)
    assert followed > 20 // times


def test_a_number_in_every_part_is_followed(text):
    """The usual change is followed: a percentage here, a stage there."""
    before, value = take_apart(text), json.loads(text)
    value["strategy"]["current-phase-completion-percentage"] = 93
    value["strategy"]["apply-phase"]["completion-percentage"] = 100
    value["strategy"]["apply-phase"]["stages"][1]["result"] = "another"
    found = follow(before, json.dumps(value, separators=(",", ":")).encode())
    assert found is not None
    layout, values = found
    assert repr(whole(layout, values)) == repr(value)
    assert {name: list(known) for name, known in values.items()} == {"build": [], "apply": [1], "abort": []}


def test_a_run_that_stops_elsewhere_is_followed(text):
    """What stands right before the first stage may be a number that has changed; only the changed stage is read."""
    value = json.loads(text)
    apply = value["strategy"]["apply-phase"]
    stages = apply.pop("stages")
    before = json.dumps(value | {"strategy": value["strategy"] | {"apply-phase": apply | {"n": 7, "stages": stages}}})
    after = before.replace('"n": 7', '"n": 11').replace('"timeout": ', '"timeout": 1', 2)
    found = follow(take_apart(before.encode()), after.encode())
    assert found is not None
    assert repr(whole(*found)) == repr(json.loads(after))
    assert sum(map(len, found[1].values())) == 1


@pytest.mark.parametrize("order", [("abort", "apply", "build"), ("apply", "build", "abort")], ids="-".join)
def test_phases_in_another_order_are_followed(text, order):
    """The order of the text is kept, whatever it is."""
    strategy = json.loads(text)["strategy"]
    phases = {f"{name}-phase": strategy.pop(f"{name}-phase") for name in order}
    before = json.dumps({"strategy": phases | strategy}).encode()
    phases["apply-phase"]["stages"][2]["timeout"] = 5
    after = json.dumps({"strategy": phases | strategy}).encode()
    found = follow(take_apart(before), after)
    assert found is not None
    assert repr(whole(*found)) == repr(parse_json(after))


def test_a_stage_that_stands_in_a_text_of_a_vendor_is_no_stage(text):
    """The place of a stage is that of its mark in the outline, never the first place where its text stands."""
    value = json.loads(text)
    stage = value["strategy"]["build-phase"]["stages"][0]
    odd = json.dumps({"vendor": [stage], **value}, separators=(",", ":")).encode()
    layout = take_apart(odd)
    assert layout is None or layout.gaps == () or repr(whole(layout, NOTHING)) == repr(parse_json(odd))
    assert parse_json(odd) is not NO_JSON
