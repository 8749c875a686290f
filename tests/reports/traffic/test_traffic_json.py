"""The JSON form of a report of traffic: its schema holds, what is read is what was written, damage is told."""

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest

from reports.traffic import TrafficReportError, decode, encode, redacted

SCHEMA = json.loads((files("reports") / "traffic.schema.json").read_text(encoding="utf-8"))


def test_what_is_read_is_what_was_written(traffic):
    """Nothing is lost on the way, and the same report gives the same bytes."""
    assert decode(encode(traffic).encode(), "x") == traffic
    assert encode(traffic) == encode(traffic)


def test_json_is_the_golden_one(traffic, golden):
    """The public format does not change by accident."""
    golden("traffic.json", json.dumps(json.loads(encode(traffic)), indent=1, ensure_ascii=False) + "\n")


def test_the_schema_is_one_and_says_what_is_written(traffic):
    """Every member that is written is described, and none is missing."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(encode(traffic)), SCHEMA)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: text[: len(text) // 2], "cut off"),
        (lambda _: "[]", "no report of traffic"),
        (lambda text: text.replace('"version":1', '"version":2', 1), "version 2"),
        (lambda text: text.replace('"looks":370', '"looks":-1'), "damaged at /timelines/1/looks"),
        (lambda text: text.replace('"mode":"enforce"', '"mode":"asleep"'), "damaged at /watched/mode"),
        (lambda text: text.replace('"charges":', '"charge":'), "damaged at /"),
    ],
    ids=["cut off", "something else", "another version", "a wrong number", "a wrong word", "a member missing"],
)
def test_a_damaged_report_is_told(traffic, damage, told):
    """The error names the file and the place."""
    with pytest.raises(TrafficReportError, match=rf"^summary\.json: .*{told}"):
        decode(damage(encode(traffic)).encode(), "summary.json")


def test_secrets_are_taken_out_wherever_they_stand(traffic):
    """Texts of clients and servers lose them; the ledger's own words stay."""
    secret = "X-Auth-Token: hunter2222"
    charge = replace(traffic.charges[0], message=secret, actual=secret, text=secret)
    timeline = replace(traffic.timelines[0], uuid=secret)
    watched = replace(traffic.watched, upstream="https://me:hunter2222@vim", notes=(secret,))
    clean = redacted(replace(traffic, watched=watched, charges=(charge,), timelines=(timeline,)))
    assert encode(clean).count("hunter2222") == 1
    assert clean.charges[0].text == secret
    assert redacted(clean) == clean


def test_a_clean_report_stays_as_it_is(traffic):
    """Redaction takes nothing out of what has no secret."""
    assert redacted(traffic) == traffic
