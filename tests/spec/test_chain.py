"""Releases that build on a neighbour: what they inherit and end, which kinds come and go, which words are others."""

import pytest

from reference_server.rulebooks import RELEASES as RULEBOOKS
from spec.documents import DocumentError
from spec.law import KindLaw, StageLaw
from spec.lawfile import read_law
from spec.load import RELEASES, load_law, load_ledger, load_release, own_file, read_contract
from spec.release import read_release

OLDER = """\
overlay: 1.0.0
info: {title: Older, version: 1.0.0}
extends: ../openapi.yaml
actions:
  - {target: $.info, x-deviation: D7-01, update: {title: Older}}
x-deviations:
  - {id: D7-01, group: silent, level: wire, document: nothing, deployment: something, source: measured on 7.0.0}
  - {id: D7-02, group: silent, level: wire, document: nothing, deployment: a thing, source: read in 7.0.0,
     lifts: [VIM-PPOST-034]}
"""
NEWER = """\
overlay: 1.0.0
info: {title: Newer, version: 1.0.0}
extends: older.yaml
actions:
  - {target: $.info, x-deviation: D8-01, update: {version: 2.0.0}}
x-lifecycle:
  actions:
    - target: $.kinds
      x-deviation: D8-01
      update:
        fw-update:
          {generic: true, build: {stage: fw-query, steps: [query-alarms]}, stages: [{name: fw}], steps: [fw-hosts]}
x-renames: {deviation: D8-02, words: {worker-apply-type: compute-apply-type}}
x-kinds:
  - {kind: fw-update, like: sw-upgrade, letter: F, deviation: D8-01}
  - {kind: sw-patch, gone: true, deviation: D8-03}
x-deviations:
  - {id: D8-01, group: silent, level: wire, document: nothing, deployment: a kind, source: measured on 8.0.0}
  - {id: D8-02, group: silent, level: wire, document: nothing, deployment: words, source: measured on 8.0.0}
  - {id: D8-03, group: silent, level: wire, document: nothing, deployment: no kind, source: measured on 8.0.0,
     replaces: [D7-01], changes: [{id: VIM-FPOST-012, text: 'It is otherwise here.', parameters: {member: other}}],
     adds: [{id: VIM-FPOST-060, like: VIM-UPOST-017},
       {id: VIM-FPOST-061, like: VIM-UPOST-017, parameters: {member: x}}]}
"""


@pytest.fixture
def files(tmp_path):
    """Write the two releases, altered by replacing a text once, and give the path of the newer one."""
    schema = own_file("releases/release.schema.json").read_text(encoding="utf-8")
    (tmp_path / "release.schema.json").write_text(schema, encoding="utf-8")

    def write(old="", new=""):
        assert old in NEWER
        (tmp_path / "older.yaml").write_text(OLDER, encoding="utf-8")
        (tmp_path / "newer.yaml").write_text(NEWER.replace(old, new, 1), encoding="utf-8")
        return tmp_path / "newer.yaml"

    return write


def build(path):
    """Everything that a release makes."""
    release = read_release(path)
    ledger_of(release)
    read_law(own_file("lifecycle.yaml"), release)


def ledger_of(release):
    """The ledger after a release and those that it builds on."""
    return release.ledger(ledger_of(release.base) if release.base else load_ledger())


def test_a_release_builds_on_its_neighbour(files):
    """Overlays are applied in the order of the chain, deviations are inherited, and those that are replaced end."""
    release = read_release(files())
    info = read_contract(own_file("openapi.yaml"), release).document["info"]
    assert [each.name for each in release.chain] == ["older", "newer"]
    assert (info["title"], info["version"]) == ("Older", "2.0.0")
    assert list(release.deviations) == ["D7-02", "D8-01", "D8-02", "D8-03"]
    assert release.deviations["D8-03"].replaces == ("D7-01",)
    assert ledger_of(release).by_id["VIM-PPOST-034"].excluded == "D7-02 of older: a thing"


def test_a_kind_comes(files):
    """Its requirements are those of the upgrade strategy in its own words, plans and examples aside."""
    rows, before = ledger_of(read_release(files())).by_id, load_ledger().by_id
    made = {id_: each for id_, each in rows.items() if each.like}
    assert {"VIM-FDOC-001", "VIM-FGET-001", "VIM-FPOST-001", "VIM-FDEL-001", "VIM-FACT-001"} <= set(made)
    assert {"VIM-FPOST-028", "VIM-FPOST-036", "VIM-FACT-024", "VIM-FDOC-014"} & set(rows) == set()
    one, like = rows["VIM-FGET-023"], before["VIM-UGET-023"]
    assert one.parameters == {"operation": "getFwUpdateStrategy", "pointer": "/strategy/name", "values": ["fw-update"]}
    assert one.text == like.text.replace("sw-upgrade", "fw-update")
    assert (one.like, one.source, one.check) == (like.id, "D8-01 of newer", like.check)
    assert rows["VIM-FPOST-012"].parameters["member"] == "other"


def test_a_requirement_is_like_another(files):
    """It says the same in the words of its own kind, but for what its release says otherwise."""
    rows = ledger_of(read_release(files())).by_id
    one, other = rows["VIM-FPOST-060"], rows["VIM-FPOST-061"]
    assert one.parameters == {"operation": "createFwUpdateStrategy", "member": "compute-apply-type"}
    assert (one.like, one.level, one.source) == ("VIM-UPOST-017", "protocol", "D8-03 of newer")
    assert other.parameters == {"operation": "createFwUpdateStrategy", "member": "x"}
    assert (
        (one.text, one.check) == (other.text, other.check) == (rows["VIM-UPOST-017"].text, rows["VIM-UPOST-017"].check)
    )


def test_what_holds_of_every_kind_holds_of_the_new_one(files):
    """Requirements on the operations of all kinds are on those of the new one too, not on those of one that went."""
    named = ledger_of(read_release(files())).by_id["VIM-AUTH-001"].parameters["operations"]
    assert {"getSwUpgradeStrategy", "getFwUpdateStrategy", "actOnFwUpdateStrategy"} <= set(named)
    assert not any("SwPatch" in each for each in named)
    assert (
        ledger_of(read_release(files())).by_id["VIM-GEN-004"].parameters
        == load_ledger().by_id["VIM-GEN-004"].parameters
    )


def test_a_kind_goes(files):
    """Nothing is demanded of it any more, for a reason that names the deviation."""
    rows = ledger_of(read_release(files())).by_id
    gone = [each for each in rows.values() if each.area in ("PATCH", "PGET", "PPOST", "PDEL", "PACT")]
    assert [each.id for each in gone if each.check] == []
    assert rows["VIM-PGET-001"].excluded == rows["VIM-GEN-002"].excluded == "D8-03 of newer: no kind"


def test_words_are_others(files):
    """They are others in the contract, in the law and in the ledger."""
    release = read_release(files())
    contract, law = read_contract(own_file("openapi.yaml"), release), read_law(own_file("lifecycle.yaml"), release)
    created = contract.document["components"]["schemas"]["SwPatchCreate"]["properties"]
    assert "compute-apply-type" in created
    assert "worker-apply-type" not in created
    assert law.kinds["sw-patch"].stage("sw-patch-worker-hosts").apply_type == "compute-apply-type"
    row = ledger_of(release).by_id["VIM-UPOST-017"]
    assert (row.text, row.parameters["member"]) == (
        "A create without `compute-apply-type` is refused.",
        "compute-apply-type",
    )
    assert row.deviation == "D8-02 of newer"


def test_the_plan_of_a_generic_kind_is_open(files):
    """Its stages and steps are known words; nothing is there by which a plan could be judged."""
    law = read_law(own_file("lifecycle.yaml"), read_release(files()))
    stages = (StageLaw("fw", ""),)
    steps = frozenset({"fw-hosts"})
    assert law.kinds["fw-update"] == KindLaw("fw-update", "fw-query", ("query-alarms",), stages, True, steps)  # noqa: FBT003
    assert law.plan_of("fw-update") is law.plan_of("strange") is law.plan_of(None) is None
    assert law.plan_of("sw-patch") is law.kinds["sw-patch"]
    assert law.stages_of("fw-update", "apply") == {"fw"}
    assert law.steps_of("fw-update", "abort") == {"fw-hosts"}
    assert law.steps_of("sw-patch", "apply") == load_law().steps_of("sw-patch", "apply")


DAMAGE = [
    pytest.param("older.yaml", "oldest.yaml", 3, "there is no release oldest.yaml beside this one", id="no neighbour"),
    pytest.param("older.yaml", "newer.yaml", 3, "the release builds on itself", id="builds on itself"),
    pytest.param(
        "x-lifecycle:\n", "x-lifecycle:\n  extends: ../lifecycle.yaml\n", 7, "write older.yaml", id="two bases"
    ),
    pytest.param("replaces: [D7-01]", "replaces: [D6-01]", 21, "has a deviation D6-01", id="ends what is not there"),
    pytest.param("letter: F", "letter: K", 15, "K is not the letter of fw-update; they are P sw-patch", id="letter"),
    pytest.param("like: sw-upgrade", "like: sw-patch", 15, "cannot be made of sw-patch; write sw-upgrade", id="like"),
    pytest.param("kind: fw-update, like", "kind: sw-patch, like", 15, "sw-patch is there already", id="comes again"),
    pytest.param(
        "{kind: sw-patch, gone", "{kind: kube-upgrade, gone", 16, "nothing of the kind kube", id="goes unseen"
    ),
    pytest.param(
        "deviation: D8-03}", "deviation: D7-01}", 16, "no deviation D7-01 in this file", id="another's number"
    ),
    pytest.param("deviation: D8-02,", "deviation: D8-09,", 13, "no deviation D8-09 in this file", id="no number"),
    pytest.param("VIM-FPOST-012", "VIM-PPOST-034", 21, "is lifted by D7-02 of older already", id="lifted before"),
    pytest.param(
        "like: VIM-UPOST-017},\n", "like: VIM-PPOST-017},\n", 22, "demands no VIM-PPOST-017", id="like nothing"
    ),
    pytest.param(
        "like: VIM-UPOST-017},\n", "strength: MUST},\n", 22, "a member", id="like nothing and not written out"
    ),
    pytest.param("generic: true, ", "", 8, "after this action", id="not generic"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), DAMAGE)
def test_damage_is_told_with_its_line(files, old, new, line, message):
    """A release that does not fit its neighbour is refused with file, line and what to write there."""
    path = files(old, new)
    with pytest.raises(DocumentError) as caught:
        build(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_numbers_are_those_of_the_release(files):
    """A deviation of a release that is shipped begins with its number."""
    path = files().rename(files().with_name("stx-9.0.yaml"))
    with pytest.raises(DocumentError, match=r"stx-9\.0\.yaml:18: .*D8-01 is no number of stx-9\.0; begin it with D9-"):
        read_release(path)


BEGINNINGS = [("stx-2018.10", "D2018.10-"), ("stx-3.0", "D3-"), ("stx-12.0", "D12-"), ("stx-master", "DM-")]


@pytest.mark.parametrize(("release", "beginning"), BEGINNINGS)
def test_every_number_begins_with_that_of_its_release(release, beginning):
    """The numbers of a shipped release are its own, and no other number is taken."""
    assert {id_.rpartition("-")[0] + "-" for id_ in load_release(release).own} <= {beginning}


def test_contracts_and_rulebooks_are_of_the_same_releases():
    """Whatever can be judged by can be served by, in one order."""
    assert RELEASES == RULEBOOKS


def test_neighbours_are_in_order():
    """Up to the head of the repository each release builds on the one before, and back from 3.0.0 on the one after."""
    bases = {name: load_release(name).base.name if load_release(name).base else None for name in RELEASES}
    at = RELEASES.index("stx-3.0")
    assert [bases[name] for name in RELEASES[at + 1 :]] == list(RELEASES[at:-1])
    assert [bases[name] for name in RELEASES[1:at]] == list(RELEASES[2 : at + 1])
    assert bases["stx-3.0"] is bases["published"] is None
