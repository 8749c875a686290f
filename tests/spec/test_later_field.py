"""Releases from 10.0.0 on, against tables of what was measured: kinds, bodies, documents, callers, deviations."""

import copy
import json
import os
from pathlib import Path

import pytest

from spec.fitting import misfits
from spec.load import RELEASES, load_contract, load_law, load_ledger, load_release
from spec.members import answer_members, members_of
from spec.vocabulary import ANSWER, Home, vocabulary_of

LATER = RELEASES[RELEASES.index("stx-10.0") :]
KINDS = ("sw-upgrade", "system-config-update", "kube-rootca-update", "kube-upgrade", "fw-update")
CORPUS = os.environ.get("VIMGATE_CORPUS")

# --- kinds


@pytest.mark.parametrize("release", LATER)
def test_there_is_no_patch_and_one_more_document(release):
    """Five kinds in the order of their links, and which strategy there is; nothing speaks of patches any more."""
    contract, ledger, law = load_contract(release), load_ledger(release), load_law(release)
    others = [each.operation_id for each in contract.operations if each.kind is None]
    assert contract.kinds == KINDS
    assert others == ["getRoot", "getApi", "getOrchestration", "getCurrentStrategy", "getCurrentStrategyStrategy"]
    assert len(contract.operations) == 5 + 5 * len(KINDS)
    assert list(ledger.by_id["VIM-ORCH-018"].parameters["links"]) == ["self", *KINDS, "current-strategy"]
    assert list(misfits(contract, ledger, law)) == []
    components = contract.document["components"]
    named = [name for section in components.values() for name in section]
    assert [name for name in named if "patch" in name.lower()] == []
    assert "sw-patch" not in json.dumps(contract.document["paths"])


@pytest.mark.parametrize("release", LATER)
def test_no_plan_is_judged(release):
    """Of plans only words are known, and nothing is demanded at the levels that look at them."""
    law = load_law(release)
    assert [kind for kind in law.kinds if law.plan_of(kind) is not None] == []
    assert {each.level for each in load_ledger(release).checked} == {"wire", "protocol", "lifecycle"}


# --- create bodies: M mandatory, O optional, N mandatory and may be null, o optional and may be null; absent: refused

BASE = {"controller": "M", "storage": "M", "worker": "M", "instance": "M", "alarms": "O"}
SERIAL = {name: need for name, need in BASE.items() if name != "controller"}
SOME = {"controller": "O", **SERIAL}
DEPLOY = BASE | {"release": "N", "rollback": "N", "delete": "N"}
SNAPSHOT = DEPLOY | {"snapshot": "o"}
MANY = SNAPSHOT | {"release": "O", "cleanup": "o", "kube-upgrade": "o", "pre-upgrade-deploy": "O"}
ROOT = {"expiry-date": "O", "subject": "O"}
MASTER = ("stx-master",)
CREATES = [
    ("sw-upgrade", ("stx-10.0",), DEPLOY, (2, 10)),
    ("sw-upgrade", ("stx-11.0", "stx-12.0"), SNAPSHOT, (2, 10)),
    ("sw-upgrade", MASTER, MANY, (2, 10)),
    ("fw-update", LATER, BASE, (2, 5)),
    ("kube-upgrade", LATER[:3], SERIAL | {"to-version": "M"}, (2, 10)),
    ("kube-upgrade", MASTER, SOME | {"to-version": "M"}, (2, 10)),
    ("kube-rootca-update", LATER[:2], SERIAL | ROOT | {"cert-file": "O"}, (2, 10)),
    ("kube-rootca-update", ("stx-12.0",), SERIAL | ROOT, (2, 10)),
    ("kube-rootca-update", MASTER, SOME | ROOT | {"algorithm": "O"}, (2, 10)),
    ("system-config-update", LATER, BASE, (2, 100)),
]
NAMES = {"instance": "default-instance-action", "alarms": "alarm-restrictions"} | {
    host: f"{host}-apply-type" for host in ("controller", "storage", "worker")
}
WIDTH = "max-parallel-worker-hosts"
VALUES = {
    "controller-apply-type": "serial",
    "storage-apply-type": "parallel",
    "worker-apply-type": "ignore",
    "default-instance-action": "migrate",
    "alarm-restrictions": "permissive",
    "release": "stx-10.0.1",
    "rollback": True,
    "delete": False,
    "snapshot": False,
    "cleanup": True,
    "kube-upgrade": "v1.33.0",
    "pre-upgrade-deploy": True,
    "to-version": "v1.33.0",
    "expiry-date": "2031-01-31",
    "subject": "C=CA CN=name",
    "cert-file": "/root/a.pem",
    "algorithm": "ECDSA",
}


def creates():
    """Each release with each kind: the need of each member, the bounds of the width, and what the contract says."""
    for kind, releases, row, bounds in CREATES:
        for release in releases:
            contract = load_contract(release)
            create = next(o for o in contract.operations if (o.kind, o.success, o.method) == (kind, 200, "POST"))
            asked = {NAMES.get(name, name): need for name, need in row.items()}

            def fine(body, contract=contract, create=create):
                return contract.body_errors(create.operation_id, body) == []

            yield f"{release} {kind}", asked, bounds, fine


def misjudged(name, asked, bounds, fine):
    """What a contract says otherwise than the table."""
    values = VALUES | ({"release": ["stx-12.0.1"]} if name == "stx-master sw-upgrade" else {})
    whole = {member: values[member] for member in asked}
    said = {"everything": fine(whole), "nothing else": not fine({**whole, "x": 1})}
    for member, value in values.items():
        need = asked.get(member, "")
        without = {name: other for name, other in whole.items() if name != member}
        said[member] = fine({**whole, member: value}) is bool(need) and fine(without) is (need not in set("MN"))
        said[f"{member} null"] = fine({**whole, member: None}) is (need in {"N", "o"})
    low, high = bounds
    for number, good in ((low - 1, False), (low, True), (high, True), (high + 1, False), (str(low), True)):
        said[f"{WIDTH} {number}"] = fine({**whole, WIDTH: number}) is good
    return [what for what, right in said.items() if not right]


def test_create_bodies():
    """What is mandatory, optional, nullable, refused and in range is what deployments of each release say."""
    found = {name: misjudged(name, *rest) for name, *rest in creates()}
    assert len(found) == len(LATER) * len(KINDS)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("operation", "members", "fine"),
    [
        ("createSwUpgradeStrategy", {"release": "stx-12.0"}, False),
        ("createSwUpgradeStrategy", {"release": []}, True),
        ("createKubeUpgradeStrategy", {"controller-apply-type": "ignore"}, False),
        ("createKubeRootcaUpdateStrategy", {"controller-apply-type": "parallel"}, False),
        ("createKubeRootcaUpdateStrategy", {"key-size": 3072}, False),
        ("createKubeRootcaUpdateStrategy", {"key-size": 3072, "algorithm": "RSA"}, True),
        ("createKubeRootcaUpdateStrategy", {"algorithm": "DSA"}, False),
    ],
)
def test_what_the_development_takes(operation, members, fine):
    """Releases are a list, controllers of Kubernetes are worked on in series, and a key has an algorithm."""
    contract = load_contract("stx-master")
    known = {member.name: member for member in members_of(contract, operation)}
    body = {name: VALUES[name] for name, member in known.items() if member.needed == "yes"}
    assert (contract.body_errors(operation, body | members) == []) is fine


@pytest.mark.parametrize("release", LATER)
def test_drivers_find_a_create_that_is_in_order(release):
    """The example of a create is one of the release itself."""
    contract = load_contract(release)
    (example,) = [each for each in contract.examples if each.operation_id == "createSwUpgradeStrategy"]
    assert contract.example_errors(example, contract.example(example.name)) == []


# --- documents


def strategy(**changes):
    """An upgrade strategy as the reference shows it, with what later releases have."""
    example = load_contract().example("16-sw-upgrade-strategy-action-response-applying")
    shown = copy.deepcopy(example)["strategy"]
    step = shown["apply-phase"]["stages"][0]["steps"][0]
    step |= changes.pop("step", {})
    shown["build-phase"] |= changes.pop("phase", {})
    return {"strategy": {name: value for name, value in (shown | changes).items() if value != "drop"}}


ONE, NOBODY = {"release": "stx-10.0"}, {"entity-type": None, "entity-uuids": None, "entity-names": None}
MASTERS = {"release": ["stx-12.0"], "kube-version": None}
DOCUMENTS = [
    pytest.param(ONE, "111 ", id="a release is a text"),
    pytest.param({"release": None}, "111 ", id="no release"),
    pytest.param({}, "    ", id="a release is always shown"),
    pytest.param(ONE | {"name": "drop"}, "    ", id="a name is always shown"),
    pytest.param(ONE | {"alarm-restrictions": "permissive"}, "111 ", id="permissive"),
    pytest.param(ONE | {"phase": {"response": None}}, "111 ", id="no response"),
    pytest.param(ONE | {"phase": {"response": 1}}, "    ", id="a response is a text"),
    pytest.param(ONE | {"step": NOBODY}, "    ", id="entities are not null"),
    pytest.param(MASTERS, "   1", id="releases are a list"),
    pytest.param(MASTERS | {"kube-version": "drop"}, "    ", id="a version of Kubernetes is always shown"),
    pytest.param(MASTERS | {"step": NOBODY}, "   1", id="entities may be null"),
    pytest.param(MASTERS | {"release-id": "a", "metapackages": []}, "   1", id="releases that are known"),
]


@pytest.mark.parametrize(("changes", "taken"), DOCUMENTS)
def test_documents_of_upgrades(changes, taken):
    """What a document of an upgrade may hold is what deployments of each release show."""
    found = [load_contract(r).answer_errors("getSwUpgradeStrategy", 200, strategy(**changes)) == [] for r in LATER]
    assert found == [mark == "1" for mark in taken]


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ({"strategy": None}, True),
        ({"strategy": {"name": "fw-update", "state": "applying"}}, True),
        ({"strategy": {"name": "sw-patch", "state": "applying"}}, False),
        ({"strategy": {"name": "fw-update"}}, False),
        ({}, False),
    ],
)
def test_which_strategy_there_is(value, fine):
    """The name and the state of the strategy, or null; a POST there is none of the contract."""
    contract = load_contract("stx-10.0")
    assert (contract.answer_errors("getCurrentStrategyStrategy", 200, value) == []) is fine
    assert contract.methods("/api/orchestration/current-strategy/strategy") == {"GET"}


@pytest.mark.parametrize("release", LATER)
def test_the_links_of_a_kind_are_misspelt_once(release):
    """The document of kube-rootca-update has its links under another name on master, where nothing is asked of them."""
    contract, master = load_contract(release), release == "stx-master"
    names = {name for _, name in answer_members(contract.document, contract.operation("getKubeRootcaUpdate"))}
    assert ("Plinks" in names, "links" in names) == (master, not master)
    assert (load_ledger(release).by_id["VIM-RDOC-018"].check is None) is master


# --- callers

CALLERS = [
    ("stx-3.0", ["admin"], ["admin"], ["X-Auth-Token"]),
    ("stx-7.0", ["admin"], ["admin"], ["X-Auth-Token"]),
    ("stx-8.0", ["admin"], ["reader"], ["X-Auth-Token"]),
    ("stx-10.0", ["admin"], ["reader"], ["X-Auth-Token"]),
    ("stx-11.0", ["admin", "configurator"], ["reader", "operator", "configurator"], ["X-Auth-Token"]),
    ("stx-12.0", ["admin", "configurator"], ["reader", "operator", "configurator"], ["X-Auth-Token", "OIDC-Token"]),
]


@pytest.mark.parametrize(("release", "changes", "strategies", "headers"), CALLERS)
def test_who_may_call(release, changes, strategies, headers):
    """The roles and the headers are those that were measured; documents that link are for those who may change."""
    document = load_contract(release).document
    schemes = document["components"]["securitySchemes"]
    assert document["x-callers"] == {"documents": changes, "strategies": strategies, "changes": changes}
    assert [scheme["name"] for scheme in schemes.values()] == headers
    assert [name for each in document["security"] for name in each] == list(schemes)


# --- words and deviations


@pytest.mark.parametrize(
    ("release", "kind", "part", "words"),
    [
        ("stx-10.0", "sw-upgrade", "Stage", {"sw-upgrade-start", "sw-upgrade-complete", "sw-deploy-delete"}),
        ("stx-10.0", "sw-upgrade", "Step", {"sw-deploy-precheck", "start-upgrade", "upgrade-hosts", "swact-hosts"}),
        ("stx-10.0", "kube-upgrade", "Stage", {"kube-pre-application-update", "kube-post-application-update"}),
        ("stx-11.0", "kube-upgrade", "Stage", {"kube-upgrade-unlock-locked-workers"}),
        ("stx-master", "sw-upgrade", "Step", {"sw-system-deploy-init"}),
        ("stx-master", "kube-upgrade", "Stage", {"kube-wait-control-plane-pods-ready"}),
    ],
)
def test_words_that_may_be_seen(release, kind, part, words):
    """Contract and law of a release both know the stages and steps of its kinds."""
    vocabulary = vocabulary_of(load_contract(release), load_law(release))
    assert words <= set(vocabulary.words[Home(ANSWER, kind, part, f"{part.lower()}-name")])


TOLD = [
    ("stx-10.0", "protocol", "with 500 when the members"),
    ("stx-10.0", "wire", "show `release-id`, no `name`"),
    ("stx-10.0", "wire", "no operations of the kinds kube-upgrade"),
    ("stx-10.0", "protocol", "permissive"),
    ("stx-10.0", "wire", "`response`"),
    ("stx-10.0", "wire", "401, 413 and 503"),
    ("stx-10.0", "lifecycle", "the current phase initial"),
    ("stx-10.0", "protocol", "with 400 and a reason"),
    ("stx-11.0", "protocol", "400 as an unknown member"),
    ("stx-11.0", "wire", "gives 200 for actions"),
    ("stx-11.0", "protocol", "be ignored in a kube-upgrade strategy"),
    ("stx-11.0", "protocol", "abort-all"),
    ("stx-11.0", "protocol", '"2"'),
    ("stx-11.0", "protocol", "serial/ignore"),
    ("stx-11.0", "protocol", "`snapshot`"),
    ("stx-11.0", "wire", "the examples have `release-id`"),
    ("stx-11.0", "protocol", "once that it has no body"),
    ("stx-11.0", "lifecycle", "completion percentage of 100"),
    ("stx-11.0", "wire", "member `state`"),
    ("stx-11.0", "wire", "configurator"),
    ("stx-12.0", "protocol", "`cert-file`"),
    ("stx-12.0", "wire", "OIDC-Token"),
    ("stx-master", "wire", "always there"),
    ("stx-master", "protocol", "`cleanup`"),
    ("stx-master", "lifecycle", "with 400 and a text that gives no reason"),
    ("stx-master", "wire", "Plinks"),
    ("stx-master", "protocol", "It is taken (DM-06)"),
    ("stx-master", "wire", "does not tell of `permissive`"),
]


@pytest.mark.parametrize(("release", "level", "words"), TOLD)
def test_what_text_and_deployments_differ_in_is_numbered(release, level, words):
    """What was found to differ has a number of its release, with both sides and a source."""
    own = load_release(release).own.values()
    assert level in {each.level for each in own if words in f"{each.document} {each.deployment}"}


def test_deviations_of_patches_end_with_them():
    """What is said of patches alone, and of how upgrades were planned, holds up to 9.0.0."""
    ended = set(load_release("stx-9.0").deviations) - set(load_release("stx-10.0").deviations)
    assert {"D3-11", "D7-01", "D7-03", "D3-12", "D3-29"} <= ended


# --- real clients


@pytest.mark.skipif(CORPUS is None, reason="VIMGATE_CORPUS does not name the folder of recorded requests")
@pytest.mark.parametrize(
    ("client", "release"),
    [("8", "stx-8.0"), ("m", "stx-master"), *(("distcloud-HEAD", release) for release in LATER[:3])],
)
def test_what_real_clients_send_is_in_order(client, release):
    """A request of a known client addresses no operation of its release, or has a body that is refused."""
    contract = load_contract(release)
    lines = map(json.loads, (Path(CORPUS) / "client-requests.jsonl").read_text(encoding="utf-8").splitlines())
    sent = [each for each in lines if each["client"] == client and "notanumber" not in str(each["body"])]
    wrong = []
    for each in sent:
        operation = contract.match(each["method"], each["path"])
        body = json.loads(each["body"]) if each["body"] else None
        if operation is None or (body is not None and contract.body_errors(operation.operation_id, body)):
            wrong.append((each["method"], each["path"], body))
    assert sent
    assert wrong == []
