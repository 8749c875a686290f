"""What a client sees change between releases: nothing is missed, nothing is made up, and it can be read both ways."""

import json
from dataclasses import replace

import pytest

from spec.comparison import Area, Edition, What, compare
from spec.lawfile import read_law
from spec.load import load_contract, load_law, load_ledger, load_release, own_file, read_contract
from spec.release import read_release

PATCH, UPGRADE, ACT = "createSwPatchStrategy", "createSwUpgradeStrategy", "actOnSwPatchStrategy"
SCHEMAS = "$.components.schemas"
PATHS = "$.paths['/api/orchestration/sw-patch/strategy']"

# Each action over the published contract, and what a client sees of it.
ACTIONS = [
    (f"{SCHEMAS}.AlarmRestrictions.enum", "permissive"),
    (f"{SCHEMAS}.SwPatchCreate.properties", {"snapshot": {"type": ["boolean", "null"], "default": False}}),
    (f"{SCHEMAS}.SwUpgradeCreate.properties", {"max-parallel-worker-hosts": {"minimum": 2, "maximum": 10}}),
    (f"{SCHEMAS}.MaxParallelWorkerHosts", {"default": 3}),
    (f"{SCHEMAS}.StageReference.oneOf", {"type": "null"}),
    (f"{SCHEMAS}.Phase.properties", {"response": {"type": "string"}}),
    (f"{SCHEMAS}.Step.properties.reason", {"type": ["string", "null"]}),
    (f"{SCHEMAS}.SwPatchStrategy.allOf[1]", {"required": ["name"]}),
    (f"{SCHEMAS}.KindDocument.properties.links.allOf", {"contains": {"properties": {"rel": {"const": "help"}}}}),
    (f"{PATHS}.delete.requestBody", {"required": True}),
    (f"{PATHS}.delete", {"x-silent": [500], "responses": {"500": {"$ref": "#/components/responses/BadRequest"}}}),
    ("$.components.securitySchemes", {"Oidc": {"type": "apiKey", "in": "header", "name": "OIDC-Token"}}),
    ("$", {"x-callers": {"read": ["reader"]}}),
    (
        "$.paths",
        {
            "/api/orchestration/current-strategy/strategy": {
                "get": {
                    "operationId": "getCurrentStrategyStrategy",
                    "responses": {"200": {"description": "which one there is"}},
                }
            }
        },
    ),
]
LAWS = [("$.answers.refused", 500), ("$['null-stage']", {"abort-stage": "abort"})]
DEVIATION = {
    "id": "D99-01",
    "group": "silent",
    "level": "wire",
    "document": "one thing",
    "deployment": "another",
    "source": "measured on 99.0",
    "lifts": ["VIM-PPOST-034", "VIM-PDEL-005"],
    "changes": [{"id": "VIM-PACT-018", "text": "something else", "parameters": {"types": ["string"]}}],
    "adds": [
        {"id": "VIM-PPOST-900", "strength": "MUST", "level": "wire", "text": "something more", "check": "uuid_is_new"}
    ],
}

SEEN = {
    ("operations", "begins", "", "", "getCurrentStrategyStrategy", ""),
    ("operations", "changes", "deleteSwPatchStrategy", "", "", "body"),
    ("callers", "begins", "", "header", "OIDC-Token", ""),
    ("callers", "begins", "", "roles", "read", ""),
    ("requests", "changes", f"{PATCH} {UPGRADE}", "", "alarm-restrictions", "words"),
    ("requests", "begins", PATCH, "", "snapshot", ""),
    ("requests", "changes", UPGRADE, "", "max-parallel-worker-hosts", "range"),
    ("requests", "changes", f"{PATCH} {UPGRADE}", "", "max-parallel-worker-hosts", "default"),
    ("requests", "changes", f"{ACT} actOnSwUpgradeStrategy", "", "stage-id", "null"),
    ("statuses", "begins", "deleteSwPatchStrategy", "", "500", ""),
    ("answers", "changes", "sw-patch sw-upgrade", "strategy", "alarm-restrictions", "words"),
    ("answers", "changes", "sw-patch sw-upgrade", "step", "reason", "null"),
    ("answers", "begins", "sw-patch sw-upgrade", "phase", "response", ""),
    ("answers", "changes", "sw-patch", "strategy", "name", "needed"),
    ("links", "begins", "getSwPatch getSwUpgrade", "", "help", ""),
    ("lifecycle", "changes", "", "answers", "refused", ""),
    ("lifecycle", "begins", "", "null-stage", "abort-stage", ""),
    ("deviations", "begins", "", "", "D99-01", ""),
    ("requirements", "ends", "D99-01 of small", "", "VIM-PPOST-034 VIM-PDEL-005", ""),
    ("requirements", "changes", "D99-01 of small", "", "VIM-PACT-018", "demand"),
    ("requirements", "begins", "D99-01 of small", "", "VIM-PPOST-900", ""),
}


def actions(rows):
    """Overlay actions of rows."""
    return [{"target": target, "x-deviation": "D99-01", "update": update} for target, update in rows]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A release of all these actions."""
    folder = tmp_path_factory.mktemp("small")
    schema = own_file("releases/release.schema.json").read_text(encoding="utf-8")
    (folder / "release.schema.json").write_text(schema, encoding="utf-8")
    content = {
        "overlay": "1.0.0",
        "info": {"title": "Small", "version": "1.0.0"},
        "extends": "../openapi.yaml",
        "actions": actions(ACTIONS),
        "x-lifecycle": {"extends": "../lifecycle.yaml", "actions": actions(LAWS)},
        "x-deviations": [DEVIATION],
    }
    path = folder / "small.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    release = read_release(path)
    contract, law = read_contract(own_file("openapi.yaml"), release), read_law(own_file("lifecycle.yaml"), release)
    return Edition(release, contract, law, release.ledger(load_ledger()))


def edition(release):
    """Everything that is known of a release."""
    return Edition(load_release(release), load_contract(release), load_law(release), load_ledger(release))


def seen(old, new):
    """The changes without their values."""
    return [
        (each.area.value, each.what.value, " ".join(each.subjects), each.part, " ".join(each.names), each.aspect)
        for each in compare(old, new)
    ]


def test_every_change_is_seen_and_no_other(small):
    """A change of the small release is missed, is told twice, or one is told that is not there."""
    found = seen(edition("published"), small)
    assert (sorted(found), len(found)) == (sorted(SEEN), len(set(found)))


def test_the_way_back_is_the_same(small):
    """What comes one way does not go the other way."""
    turned = {"begins": "ends", "ends": "begins", "changes": "changes"}
    back = {(area, turned[what], *rest) for area, what, *rest in seen(small, edition("published"))}
    assert back == SEEN


def test_changes_come_by_area(small):
    """A reader meets deviations before what they do, or an area twice."""
    areas = [each.area for each in compare(edition("published"), small)]
    assert areas == sorted(areas, key=list(Area).index)


def test_a_change_has_both_values(small):
    """A program has to read sentences to know what the values were."""
    found = {
        (each.area, each.names, each.aspect): (each.old, each.new) for each in compare(edition("published"), small)
    }
    assert found[Area.REQUESTS, ("alarm-restrictions",), "words"] == (
        ["strict", "relaxed"],
        ["strict", "relaxed", "permissive"],
    )
    assert found[Area.REQUESTS, ("max-parallel-worker-hosts",), "range"] == (None, [2, 10])
    assert found[Area.REQUESTS, ("snapshot",), ""] == (
        None,
        {"needed": "no", "null": True, "words": [], "types": ["true or false"], "range": None, "default": False},
    )
    assert found[Area.REQUIREMENTS, ("VIM-PACT-018",), "demand"][1] == {"VIM-PACT-018": "something else"}


def test_nothing_changes_from_a_release_to_itself():
    """A release differs from itself."""
    assert compare(edition("stx-3.0"), edition("stx-3.0")) == ()


def test_a_kind_that_comes_is_told_once():
    """What belongs to a kind that only one release has is told member by member."""
    old, new = edition("published"), edition("published")
    fewer = Edition(new.release, without(new.contract, "sw-patch"), new.law, new.ledger)
    (kinds, *others) = compare(fewer, old)
    assert (kinds.area, kinds.what, kinds.names) == (Area.KINDS, What.BEGINS, ("sw-patch",))
    assert {name: len(value) for name, value in kinds.new.items()} == {"operations": 5, "mandatory": 5, "optional": 2}
    assert others == []


def without(contract, kind):
    """The contract without the operations of a kind."""
    operations = tuple(each for each in contract.operations if each.kind != kind)
    return replace(contract, operations=operations, kinds=tuple(each for each in contract.kinds if each != kind))
