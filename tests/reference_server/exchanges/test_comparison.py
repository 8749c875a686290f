"""Two answers to one request: what counts as a difference, and what does not."""

import json

import pytest

from reference_server.exchanges.comparison import Aspect, mismatches, shape_text
from reference_server.exchanges.lines import Answer


def answer(status=200, body="{}", **headers):
    """An answer; `content_type` becomes Content-Type."""
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, body)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": "x"}, {"b": "y", "a": 2}),
        ([1, 2, 3], [4]),
        ([{"a": 1}, {"b": 1}], [{"b": 2}, {"a": 3}, {"a": 4}]),
        ({"debuginfo": None, "faultstring": "one of: a, b"}, {"faultstring": "one of: b, a", "debuginfo": None}),
        ({"a": [[], [1]]}, {"a": [[2, 3], []]}),
    ],
    ids=["order of members", "length of a list", "order of items", "texts", "nested"],
)
def test_same_names_and_types_are_one_shape(one, other):
    """Values of one shape are told apart."""
    assert shape_text(json.dumps(one)) == shape_text(json.dumps(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": 1.5}),
        ({"a": 1}, {"a": True}),
        ({"a": None}, {"a": ""}),
        ({"a": None}, {}),
        ({"a": 1}, {"a": 1, "b": 1}),
        ([], [1]),
        ([1], [1, "x"]),
        ({"strategy": None}, {"strategy": {}}),
        ({"a": [{"b": 1}]}, {"a": [{"b": "1"}]}),
        ("x", {"a": "x"}),
    ],
)
def test_other_names_or_types_are_another_shape(one, other):
    """A member that is missing, or of another type, is not seen."""
    assert shape_text(json.dumps(one)) != shape_text(json.dumps(other))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "nothing"),
        (" \n", "nothing"),
        ("404 Not Found", "text"),
        ("{", "text"),
        ("[" * 100_000, "text"),
        ('{"a": [1, null]}', "{a: [integer | null]}"),
        ('<result><strategy nil="true" /></result>', "{strategy: null}"),
        ("<result><links><item><rel>api</rel></item></links></result>", "{links: [{rel: string}]}"),
    ],
)
def test_what_is_no_json_has_a_shape_too(body, expected):
    """A body without JSON is taken for JSON, or for nothing."""
    assert shape_text(body) == expected


JSON = {"content_type": "application/json"}


@pytest.mark.parametrize(
    ("recorded", "given", "aspects"),
    [
        (answer(**JSON), answer(**JSON, server="another"), []),
        (answer(content_type="text/xml; charset=UTF-8"), answer(content_type="text/xml;charset=utf-8"), []),
        (answer(405, "", allow="GET, POST"), answer(405, "", allow="POST,GET"), []),
        (answer(404), answer(405), [Aspect.STATUS]),
        (answer(**JSON), answer(), [Aspect.MEDIA_TYPE]),
        (answer(**JSON), answer(content_type="application/json; charset=utf-8"), [Aspect.MEDIA_TYPE]),
        (answer(405, "", allow="GET"), answer(405, ""), [Aspect.ALLOW]),
        (answer(200, "[]"), answer(200, "{}"), [Aspect.SHAPE]),
        (answer(200, "{}", **JSON), answer(500, "no"), [Aspect.STATUS, Aspect.MEDIA_TYPE, Aspect.SHAPE]),
    ],
)
def test_every_aspect_is_told(recorded, given, aspects):
    """An aspect in which two answers differ is not told, or one in which they are equal is."""
    assert [mismatch.aspect for mismatch in mismatches(recorded, given)] == aspects
