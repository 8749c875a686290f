"""What may stand in a place, in words."""

import pytest

from spec.values import values_of

DOCUMENT = {
    "components": {
        "schemas": {
            "Word": {"type": "string", "enum": ["serial", "ignore"]},
            "Width": {
                "default": 2,
                "oneOf": [
                    {"type": "number", "minimum": 2, "exclusiveMaximum": 11},
                    {"type": "string", "pattern": r"^\s*\+?[0-9]+\s*$"},
                ],
            },
        }
    }
}

CASES = [
    pytest.param({"$ref": "#/components/schemas/Word"}, "serial, ignore", id="words of a component"),
    pytest.param({"$ref": "#/components/schemas/Width"}, "2 to 10, text of digits", id="forms and bounds"),
    pytest.param(
        {"anyOf": [{"$ref": "#/components/schemas/Word"}, {"type": "null"}]}, "serial, ignore, null", id="word or null"
    ),
    pytest.param({"type": ["boolean", "null"]}, "true or false, null", id="types and null"),
    pytest.param({"enum": ["RSA", None]}, "RSA, null", id="null among the words"),
    pytest.param({"allOf": [{"enum": ["build", "apply"]}, {"const": "build"}]}, "build", id="one word is demanded"),
    pytest.param({"type": "integer", "minimum": 0}, "integer >= 0", id="least"),
    pytest.param({"type": "integer", "maximum": 9}, "integer <= 9", id="greatest"),
    pytest.param({"type": "array", "items": {"type": "string"}}, "list", id="list"),
    pytest.param({"type": "string", "x-known-values": ["a"]}, "text", id="open set"),
    pytest.param({}, "any value", id="anything"),
]


@pytest.mark.parametrize(("schema", "told"), CASES)
def test_what_may_stand_there_is_told(schema, told):
    """A reader is told other values than the schema takes."""
    assert values_of(DOCUMENT, schema).told == told


def test_bounds_words_and_default_are_values_of_their_own():
    """Who compares two places has to read sentences."""
    width = values_of(DOCUMENT, {"$ref": "#/components/schemas/Width"})
    assert (width.low, width.high, width.default, width.null, width.words) == (2, 10, 2, False, ())
    assert values_of(DOCUMENT, {"type": "string", "x-known-values": ["a", "b"]}).known == ("a", "b")
