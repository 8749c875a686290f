"""Releases: what their files may hold, and what they make of contract, ledger and law."""

import hashlib
import re
from dataclasses import fields, replace

import pytest

from spec.crosscheck import SecondOpinion, document_problems
from spec.documents import DocumentError
from spec.fitting import misfits
from spec.lawfile import read_law
from spec.ledger import problems, read_ledger, read_lines
from spec.load import (
    RELEASES,
    ledger_digest,
    load_contract,
    load_law,
    load_ledger,
    load_release,
    own_file,
    read_contract,
)
from spec.release import read_release


def tables(law):
    """What a law says, without what it remembers."""
    return [getattr(law, each.name) for each in fields(law)]


LOADERS = pytest.mark.parametrize("load", [load_contract, load_ledger, load_law])
GET = "getSwPatchStrategy"


# --- the releases that there are


def test_every_file_is_a_release():
    """The names in code and the files are the same."""
    assert {path.stem for path in own_file("releases").glob("*.yaml")} == set(RELEASES)


@LOADERS
@pytest.mark.parametrize("release", RELEASES)
def test_each_release_is_loaded_once(load, release):
    """A release is loaded once in a process, and `published` is what is loaded when none is named."""
    assert load(release) is load(release)
    assert (load(release) is load()) == (release == "published")


@LOADERS
def test_an_unknown_release_is_told(load):
    """A release that is not there is told with those that are."""
    with pytest.raises(LookupError, match=r"there is no release 'stx-1\.0'; write one of published, stx-2018\.10"):
        load("stx-1.0")


def test_published_is_the_file_itself():
    """Under `published` contract, ledger and law are those of their files, digest and all."""
    path = own_file("openapi.yaml")
    assert load_contract().document == read_contract(path).document
    assert load_contract().digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert load_ledger() == read_ledger(own_file("requirements.yaml"))
    assert tables(load_law()) == tables(read_law(own_file("lifecycle.yaml")))


@pytest.mark.parametrize("release", RELEASES[1:])
def test_a_release_has_a_digest_of_its_own(release):
    """Who compares digests sees that another contract was judged by."""
    assert load_contract(release).digest != load_contract().digest
    assert ledger_digest(release) != ledger_digest()


@pytest.mark.parametrize("release", RELEASES[1:])
def test_a_release_is_sound(release):
    """What the actions make is valid OpenAPI 3.1, the ledger answers for every line as before, and all three agree."""
    contract, ledger, law = load_contract(release), load_ledger(release), load_law(release)
    assert list(document_problems(contract)) == []
    assert problems(ledger, read_lines(own_file("reference"))) == ()
    assert list(misfits(contract, ledger, law)) == []


@pytest.mark.parametrize("release", RELEASES[1:])
def test_a_contradiction_has_an_effect(release):
    """What contradicts the document changes contract, law or ledger, or says which other deviation does."""
    profile = load_release(release)
    acting = {action.get("x-deviation") for each in (profile.contract, profile.law) for action in each.actions}
    acting |= {profile.renaming.told.partition(" ")[0]} if profile.renaming else set()
    idle = {
        each.id
        for each in profile.own.values()
        if each.group == "contradicts" and not (each.lifts or each.changes or each.adds or each.keeps)
    }
    unexplained = {
        id_ for id_ in idle - acting if not re.search(r"\bD[0-9.M]+-[0-9]{2}\b", profile.deviations[id_].deployment)
    }
    assert unexplained == set()


# --- stx-3.0


@pytest.mark.parametrize(
    ("status", "value", "fine"),
    [(200, {"strategy": None}, True), (200, {"strategy": 1}, False), (404, None, True)],
)
def test_a_read_may_show_null(status, value, fine):
    """Two validators say the same: null in the place of a strategy is in order under stx-3.0, and nothing else is."""
    contract = load_contract("stx-3.0")
    assert (contract.answer_errors(GET, status, value) == []) is fine
    assert (SecondOpinion(contract).on_answer(GET, status, value) is None) is fine
    assert (load_contract().answer_errors(GET, status, value) == []) is (fine and value is None)


def test_a_create_never_shows_null():
    """Only a read may show null."""
    assert load_contract("stx-3.0").answer_errors("createSwPatchStrategy", 200, {"strategy": None}) != []


BODIES = [
    ("actOnSwPatchStrategy", {"action": "abort-stage", "stage-id": None}, False, True),
    ("actOnSwPatchStrategy", {"action": "apply-stage", "stage-id": "0"}, True, True),
    ("actOnSwPatchStrategy", {"action": "apply-stage", "stage-id": "zero"}, False, False),
    ("createSwUpgradeStrategy", {"complete-upgrade": True}, False, True),
    ("createSwUpgradeStrategy", {"max-parallel-worker-hosts": 11}, True, False),
    ("createSwPatchStrategy", {"max-parallel-worker-hosts": 100}, True, True),
    ("createSwPatchStrategy", {"max-parallel-worker-hosts": " 3 "}, False, True),
    ("createSwPatchStrategy", {"controller-apply-type": "parallel"}, False, True),
    ("createSwPatchStrategy", {"swift-apply-type": "drop"}, False, True),
    ("createSwPatchStrategy", {"alarm-restrictions": None}, False, False),
]


@pytest.mark.parametrize(("operation", "members", "published", "stx"), BODIES)
def test_bodies(operation, members, published, stx):
    """What a body may hold is what deployments take, harmful words aside."""
    contract = load_contract()
    example = next(each.name for each in contract.examples if (each.operation_id, each.status) == (operation, None))
    base = {} if "action" in members else contract.example(example)
    body = {name: value for name, value in {**base, **members}.items() if value != "drop"}
    assert (contract.body_errors(operation, body) == []) is published
    assert (load_contract("stx-3.0").body_errors(operation, body) == []) is stx


def test_what_is_lifted_says_why():
    """A lifted requirement has no check, keeps its text and its lines, and names its deviation."""
    lifted = load_ledger("stx-3.0").by_id["VIM-PPOST-034"]
    before = load_ledger().by_id["VIM-PPOST-034"]
    assert lifted.check is None
    assert lifted.excluded == "D3-11 of stx-3.0: It is optional, and `ignore` when it is left out."
    assert lifted.source == f"{before.source}, D3-11 of stx-3.0"
    assert replace(lifted, check=before.check, excluded=None, deviation=None) == before


def test_what_is_changed_keeps_its_other_parameters():
    """A changed requirement has the parameters of the release over its own."""
    changed = load_ledger("stx-3.0").by_id["VIM-PACT-018"].parameters
    before = load_ledger().by_id["VIM-PACT-018"].parameters
    assert changed == {**before, "types": ["string", "integer", "null"], "usual": ["boolean", "number"]}


def test_what_is_added_comes_from_its_deviation():
    """An added requirement is sourced by its deviation alone, and unknown to `published`."""
    added = load_ledger("stx-3.0").by_id["VIM-PPOST-059"]
    assert (added.source, added.check) == ("D3-11 of stx-3.0", "optional_member_may_be_left_out")
    assert "VIM-PPOST-059" not in load_ledger().by_id


def test_the_law_of_stx():
    """A server error refuses, and a null stage-id means the whole strategy; nothing else is otherwise."""
    law, published = load_law("stx-3.0"), load_law()
    assert law.refused == published.refused | {500}
    assert law.null_stage == {"apply-stage": "apply-all", "abort-stage": "abort"}
    assert tables(replace(law, refused=published.refused, null_stage=published.null_stage)) == tables(published)


# --- files that are wrong

GOOD = """\
overlay: 1.0.0
info: {title: Small, version: 1.0.0}
extends: ../openapi.yaml
actions:
  - target: $.info
    x-deviation: D9-01
    update: {}
x-lifecycle:
  extends: ../lifecycle.yaml
  actions:
    - target: $.answers.refused
      x-deviation: D9-01
      update: 500
x-deviations:
  - id: D9-01
    group: contradicts
    level: wire
    document: one thing
    deployment: another
    source: measured on 9.0.0
    lifts: [VIM-PPOST-034]
    adds:
      - {id: VIM-PPOST-900, strength: MUST, level: wire, text: something more, check: uuid_is_new}
    changes:
      - {id: VIM-PACT-018, text: something else, parameters: {types: [string]}}
    keeps: [VIM-PGET-011]
"""


@pytest.fixture
def small(tmp_path):
    """Write a release, altered by replacing a text once, and give its path."""
    schema = own_file("releases/release.schema.json").read_text(encoding="utf-8")
    (tmp_path / "release.schema.json").write_text(schema, encoding="utf-8")

    def write(old="", new=""):
        assert old in GOOD
        path = tmp_path / "small.yaml"
        path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
        return path

    return write


def build(path):
    """Everything that a release makes."""
    release = read_release(path)
    release.ledger(load_ledger())
    read_contract(own_file("openapi.yaml"), release)
    read_law(own_file("lifecycle.yaml"), release)


def test_the_small_release_is_good(small):
    """The release that the other test damages is read without an error."""
    build(small())


DAMAGE = [
    pytest.param("overlay: 1.0.0", "overlay: 2.0.0", 1, '/overlay: expected "1.0.0"', id="another overlay"),
    pytest.param("../openapi.yaml", "other.yaml", 3, "there is no release other.yaml", id="another document"),
    pytest.param("    update: {}", "    updates: {}", 5, "/actions/0", id="misspelt member"),
    pytest.param("    x-deviation: D9-01\n    update: {}", "    update: {x: 1}", 5, "names no deviation", id="unnamed"),
    pytest.param("x-deviation: D9-01", "x-deviation: D9-02", 6, "there is no deviation D9-02", id="not numbered"),
    pytest.param("$.info", "$.inform", 5, "$.inform selects nothing", id="target is gone"),
    pytest.param("update: {}", "update: {version: 3}", 5, "after this action", id="contract breaks"),
    pytest.param("update: 500", "update: many", 11, "after this action", id="law breaks"),
    pytest.param("VIM-PPOST-034", "VIM-PPOST-999", 21, "no requirement VIM-PPOST-999", id="unknown id"),
    pytest.param("VIM-PPOST-034", "VIM-PPOST-030", 21, "is excluded for every release", id="excluded already"),
    pytest.param("VIM-PPOST-900", "VIM-PPOST-001", 23, "VIM-PPOST-001 is in the ledger already", id="id is taken"),
    pytest.param("VIM-PACT-018", "VIM-PPOST-900", 25, "is touched twice (adds by D9-01", id="added and changed"),
    pytest.param("VIM-PGET-011", "VIM-PPOST-034", 26, "is touched twice (lifts by D9-01", id="lifted and kept"),
    pytest.param("group: contradicts", "group: other", 16, "/group: expected one of", id="unknown group"),
    pytest.param("measured on 9.0.0", "hearsay", 20, "/source: expected text like", id="no measurement"),
    pytest.param(
        "x-deviations:\n",
        "x-deviations:\n  - {id: D9-01, group: silent, level: wire, document: none, deployment: some, "
        "source: measured on 9.0.0}\n",
        16,
        "D9-01 stands twice",
        id="number twice",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), DAMAGE)
def test_damage_is_told_with_its_line(small, old, new, line, message):
    """A damaged release is refused with file, line and what to write there."""
    path = small(old, new)
    with pytest.raises(DocumentError) as caught:
        build(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: ")
