from importlib.resources import files

import pytest
import yaml

from reference_server.rulebooks import load_release
from reference_server.wirerules import TEXTS, WIRE_SCHEMA, WireRules
from spec.documents import DocumentError

RELEASES = ("published", "stx-3.0")


def section(release):
    """The wire section as it stands in the shipped rulebook."""
    return yaml.safe_load(files("reference_server.rulebooks").joinpath(f"{release}.yaml").read_text())["wire"]


@pytest.mark.parametrize("release", RELEASES)
def test_each_shipped_section_is_complete(release):
    """A shipped wire section says everything itself, and is what the release has."""
    assert WireRules.from_mapping(section(release)) == load_release(release).wire


@pytest.mark.parametrize("member", WIRE_SCHEMA["required"])
def test_no_member_may_be_missing(member):
    """A section without one of its members is an error that names it."""
    rules = {name: value for name, value in section("published").items() if name != member}
    with pytest.raises(DocumentError, match=member):
        WireRules.from_mapping(rules)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("bogus", 1),
        ("refused_action", 200),
        ("refused_action", "409"),
        ("absent_strategy", "null"),
        ("named_kinds", ["fw-update"]),
        ("strategy_by_uuid", "yes"),
        ("body_limit", 0),
        ("body_limit", "1 MiB"),
        ("media_types", []),
        ("kinds", ["sw-patch", "sw-upgrade", "sw-downgrade"]),
        ("kinds", []),
        ("creates", {"sw-patch": {"force": {"read": "boolean"}}}),
        ("creates", {"sw-patch": {"force": {"read": "truth"}}, "sw-upgrade": {"force": {"read": "boolean"}}}),
        ("creates", {"sw-patch": {"alarm-restrictions": {"read": "word", "words": ["mild"]}}, "sw-upgrade": {}}),
        ("strategy_members", {"fw-update": {"release": "release"}}),
        ("projects", "admin"),
        ("api_links", [{"rel": "self"}]),
        ("api_links", [{"rel": "self", "path": "http://x"}]),
        ("further_documents", [{"id": "A/B", "links": []}]),
        ("odd_media_types", [{"type": "x", "status": 200}]),
        ("texts", {}),
    ],
    ids=str,
)
def test_no_member_may_be_anything(member, value):
    """A member that is unknown, or has a value that it cannot have, is an error that names it."""
    with pytest.raises(DocumentError, match=member):
        WireRules.from_mapping(section("published") | {member: value})


@pytest.mark.parametrize(
    "text", ["{nobody}", "{}", "{0}", "{path.__class__}", "{path!r}", "{path:>9}", "{path", "path}"]
)
def test_a_text_names_only_what_is_known_there(text):
    """Braces in a text that its situation cannot fill in are an error that names the text."""
    rules = section("published")
    with pytest.raises(DocumentError, match="no_route"):
        WireRules.from_mapping(rules | {"texts": rules["texts"] | {"no_route": text}})


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("key", TEXTS)
def test_every_text_can_be_said(release, key):
    """Each text of a release can be filled in with what its situation knows."""
    said = load_release(release).wire.text(key, **dict.fromkeys(TEXTS[key], "…"))
    assert said
    assert "{" not in said
