"""The table of setups: what its rules come to, and clear errors for what it cannot mean."""

import pytest
import yaml

from reference_server.exchanges.lines import Answer, Exchange, Request
from reference_server.exchanges.setups import Setups, body_of
from spec.documents import DocumentError

WORLD = {"hosts": [{"name": "controller-0", "personality": "controller"}]}
TABLE = {"worlds": {"one": WORLD, "other": WORLD}, "rules": [{"for": {}, "world": "one"}]}


def line(session="states", note="a note", state="ready", media_type="application/json"):
    """A recorded line, of which only this is looked at."""
    answer = Answer(200, {"content-type": media_type}, "")
    return Exchange(7, "file:7", session, False, note, state, Request("GET", "/", {}, None), answer)  # noqa: FBT003 - history


@pytest.fixture
def read(tmp_path):
    """Reads a table."""

    def read(**changes):
        path = tmp_path / "setups.yaml"
        path.write_text(yaml.safe_dump(TABLE | changes), encoding="utf-8")
        return Setups.read(path)

    return read


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({}, True),
        ({"session": "states"}, True),
        ({"session": "state"}, False),
        ({"session": "st*es"}, True),
        ({"session": ["links", "states"]}, True),
        ({"session": "states", "note": "another"}, False),
        ({"note": "*note"}, True),
        ({"note": "[a] note"}, False),
        ({"state-before": "ready"}, True),
        ({"answered-with": "*/xml*"}, False),
    ],
)
def test_a_rule_matches_by_all_its_words(read, pattern, matches):
    """A rule adds to lines that it does not describe, or not to those that it does."""
    rules = [{"for": {}, "world": "one"}, {"for": pattern, "world": "other"}]
    assert (read(rules=rules).setup_of(line()).world.name.endswith("other")) is matches


def test_a_later_rule_wins(read):
    """Rules do not add up in their order."""
    setups = read(
        preparations={"a": [{"advance": 1}], "b": [{"prepared": "a"}, {"advance": 2}]},
        excluded={"x": "because"},
        rules=[
            {"for": {}, "world": "one", "prepared": "a"},
            {"for": {}, "prepared": "b", "and-then": "a"},
            {"for": {"note": "other"}, "excluded": "x"},
        ],
    )
    assert setups.setup_of(line()).steps == ({"advance": 1}, {"advance": 2}, {"advance": 1})
    assert (setups.setup_of(line()).excluded, setups.setup_of(line(note="other")).excluded) == (None, "x")


def test_a_line_that_no_rule_covers_is_named(read):
    """A line without a world is played in some other line's."""
    with pytest.raises(DocumentError, match=r"file:7: no rule of .*setups.yaml gives a world"):
        read(rules=[{"for": {"session": "links"}, "world": "one"}]).setup_of(line())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rules": [{"for": {}, "world": "third"}]}, "'third' is no name of `worlds`"),
        ({"rules": [{"for": {}, "prepared": "p"}]}, "'p' is no name of `preparations`"),
        ({"rules": [{"for": {}, "and-then": "p"}]}, "'p' is no name of `preparations`"),
        ({"rules": [{"for": {}, "excluded": "e"}]}, "'e' is no name of `excluded`"),
        ({"rules": [{"for": {}, "known": 3}]}, "3 is no number of `known`"),
        ({"rules": [{"for": {}, "token": "t"}]}, "without `tokens`"),
        ({"rules": [{"for": {}}]}, "/rules/0"),
        ({"rules": [{"for": {"sesion": "x"}, "world": "one"}]}, "sesion"),
        ({"preparations": {"p": [{"prepared": "p"}]}}, "has to stand further up"),
        ({"preparations": {"p": [{"sing": 1}]}}, "/preparations/p/0"),
        ({"worlds": {"one": {"hosts": []}}}, "/worlds/one"),
        ({"tokens": "missing.yaml"}, "missing.yaml"),
        ({"known": [{"number": 1, "differs": ["colour"], "because": "x"}]}, "/known/0"),
    ],
)
def test_a_table_that_means_nothing_is_refused(read, changes, said):
    """A name that stands for nothing is only noticed when a line needs it."""
    with pytest.raises(DocumentError, match=r"setups.yaml|missing.yaml") as caught:
        read(**changes)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("recorded", "override", "expected"),
    [
        (None, None, None),
        ("", None, b""),
        ("{}", None, b"{}"),
        ("\ufeff{}", None, b"\xef\xbb\xbf{}"),
        ("<9 bytes>", {"begin": "[", "fill": "xy", "end": "]]"}, b"[xyxyxy]]"),
        ("<6 bytes>", {"open": "[", "close": "]"}, b"[[[]]]"),
        ("lost", {"text": "é", "encoding": "latin-1"}, b"\xe9"),
        ("lost", {"text": "x"}, b"x"),
    ],
)
def test_the_bytes_of_a_body_are_found(recorded, override, expected):
    """Other bytes are sent than were."""
    assert body_of(recorded, override, "file:7") == expected


@pytest.mark.parametrize(
    ("recorded", "override"),
    [
        ("<9 bytes>", None),
        ("<9 bytes>", {"begin": "[", "fill": "xy", "end": "]"}),
        ("<1 bytes>", {"begin": "[", "fill": "x", "end": "]"}),
        ("<7 bytes>", {"open": "[", "close": "]"}),
        ("{}", {"open": "[", "close": "]"}),
    ],
)
def test_bytes_that_cannot_be_found_are_an_error(recorded, override):
    """Something else is sent in place of a body that is not known."""
    with pytest.raises(DocumentError, match="file:7"):
        body_of(recorded, override, "file:7")
