"""OpenAPI Overlay 1.0: what the actions do to a document, and what is said about those that do not fit."""

import pytest

from spec.documents import DocumentError, parse
from spec.overlay import Overlay


@pytest.fixture
def overlay():
    """An overlay of actions written as YAML, in a file that begins with them."""

    def make(text):
        return Overlay(parse(text, "small.yaml")["actions"], ("actions",), "small.yaml", text)

    return make


DOCUMENT = {"a": {"b": {"x": 1, "list": [1]}}, "c": [{"n": 1}, {"n": 2}, {"n": 3}], "words": ["one"]}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        pytest.param(
            "{target: $.a, update: {b: {x: 2, y: 3}}}", {"a": {"b": {"x": 2, "list": [1], "y": 3}}}, id="objects merge"
        ),
        pytest.param("{target: $.a.b, update: {list: [2]}}", {"a": {"b": {"x": 1, "list": [1, 2]}}}, id="arrays join"),
        pytest.param("{target: $.words, update: two}", {"words": ["one", "two"]}, id="an array takes an entry"),
        pytest.param("{target: $.words, update: [two]}", {"words": ["one", ["two"]]}, id="an entry may be an array"),
        pytest.param("{target: '$.c[?@.n != 2]', remove: true}", {"c": [{"n": 2}]}, id="several go at once"),
        pytest.param("{target: '$.c[*]', update: {m: 0}}", {"c": [{"n": n, "m": 0} for n in (1, 2, 3)]}, id="each"),
        pytest.param("{target: $.a.b, remove: true}", {"a": {}}, id="a member goes"),
        pytest.param("{target: $, update: {}}", {}, id="nothing"),
    ],
)
def test_an_action_changes_what_it_targets(overlay, action, expected):
    """An action changes its targets and nothing else, and not the document that it was given."""
    before = repr(DOCUMENT)
    assert overlay(f"actions:\n  - {action}\n").applied(DOCUMENT) == {**DOCUMENT, **expected}
    assert repr(DOCUMENT) == before


def test_what_an_alias_has_joined_is_changed_in_one_place(overlay):
    """A YAML alias makes one object of two places; an action on one of them leaves the other."""
    shared = {"x": 1}
    changed = overlay("actions:\n  - {target: $.a, update: {x: 2}}\n").applied({"a": shared, "b": shared})
    assert changed == {"a": {"x": 2}, "b": {"x": 1}}


MISFITS = [
    pytest.param("target: $.nothing\n    update: {}", 3, "$.nothing selects nothing; name a part", id="no match"),
    pytest.param("target: $.a[\n    update: {}", 3, "is no JSONPath (RFC 9535): unexpected end", id="no JSONPath"),
    pytest.param("target: $.a.b.x\n    update: {}", 3, "selects 1; select the object or array around it", id="plain"),
    pytest.param("target: $\n    remove: true", 4, "removes the whole document", id="everything"),
    pytest.param("target: $.a\n    update: 1", 4, "the target is an object; write an object", id="no object"),
]


@pytest.mark.parametrize(("action", "line", "message"), MISFITS)
def test_a_misfit_is_told_with_its_line(overlay, action, line, message):
    """An action that does not fit is told with file, line and what to write instead."""
    with pytest.raises(DocumentError) as caught:
        overlay(f"actions:\n  - {{target: $.a, update: {{}}}}\n  - {action}\n").applied(DOCUMENT)
    assert str(caught.value).startswith(f"small.yaml:{line}: /actions/1/")
    assert message in str(caught.value)


def test_the_action_is_named_that_breaks_the_document(overlay):
    """When the changed document does not hold together, the action is named after which it does not."""

    def build(document):
        if "gone" in document["words"]:
            raise DocumentError("words: gone")

    made = overlay(
        "actions:\n  - {target: $.a, update: {}}\n  - {target: $.words, update: gone}\n  - {target: $.c, update: 1}\n"
    )
    with pytest.raises(DocumentError, match=r"^small.yaml:3: /actions/1/target: after this action words: gone"):
        made.make(DOCUMENT, build)
