"""Every release in the field, against tables of what was measured: kinds, create bodies, words, deviations."""

import pytest

from spec.fitting import misfits
from spec.load import RELEASES, load_contract, load_law, load_ledger, load_release
from spec.vocabulary import ANSWER, Home, vocabulary_of

TO_NINE = RELEASES[1 : RELEASES.index("stx-10.0")]
FROM_FOUR, FROM_FIVE, FROM_SIX, FROM_NINE = (TO_NINE[TO_NINE.index(f"stx-{n}.0") :] for n in (4, 5, 6, 9))
TWO = ("sw-patch", "sw-upgrade")

# --- kinds

KINDS = {
    "stx-2018.10": TWO,
    "stx-2.0": TWO,
    "stx-3.0": TWO,
    "stx-4.0": (*TWO, "fw-update"),
    "stx-5.0": (*TWO, "kube-upgrade", "fw-update"),
    "stx-6.0": (*TWO, "kube-rootca-update", "kube-upgrade", "fw-update"),
    "stx-7.0": (*TWO, "kube-rootca-update", "kube-upgrade", "fw-update"),
    "stx-8.0": (*TWO, "kube-rootca-update", "kube-upgrade", "fw-update"),
    "stx-9.0": (*TWO, "system-config-update", "kube-rootca-update", "kube-upgrade", "fw-update"),
}


@pytest.mark.parametrize("release", TO_NINE)
def test_the_kinds_of_a_release(release):
    """They are those of its deployments, in the order of their links, and each has its five operations."""
    contract = load_contract(release)
    counts = {kind: sum(operation.kind == kind for operation in contract.operations) for kind in contract.kinds}
    assert contract.kinds == KINDS[release]
    assert counts == dict.fromkeys(KINDS[release], 5)
    assert len(contract.operations) == 3 + 5 * len(KINDS[release])
    links = load_ledger(release).by_id["VIM-ORCH-018"].parameters["links"]
    assert list(links) == ["self", *KINDS[release]]


@pytest.mark.parametrize("release", TO_NINE)
def test_the_plans_of_later_kinds_are_open(release):
    """Patches and upgrades are planned by rules; of every other kind only words are known."""
    law = load_law(release)
    assert {kind for kind in law.kinds if law.plan_of(kind) is None} == set(KINDS[release]) - set(TWO)


# --- create bodies: M mandatory, O optional, nothing: refused

MEMBERS = ("controller", "storage", "worker", "swift", "instance", "width", "alarms")
PATCH, UPGRADE = ("M", "M", "M", "O", "M", (2, 100), "O"), ("", "M", "M", "", "", (2, 10), "O")
CREATES = [
    ("sw-patch", TO_NINE, PATCH, ""),
    ("sw-upgrade", TO_NINE, UPGRADE, "O complete-upgrade"),
    ("fw-update", FROM_FOUR, ("M", "M", "M", "", "M", (2, 5), "O"), ""),
    ("kube-upgrade", FROM_FIVE, ("", "M", "M", "", "M", (2, 10), "O"), "M to-version"),
    ("kube-rootca-update", FROM_SIX, ("", "M", "M", "", "M", (2, 10), "O"), "O expiry-date O subject O cert-file"),
    ("system-config-update", FROM_NINE, ("M", "M", "M", "", "M", (2, 100), "O"), ""),
]
WORDS = {"controller": "serial", "storage": "parallel", "worker": "ignore", "swift": "serial", "alarms": "relaxed"}
VALUES = WORDS | {"instance": "migrate"}
EXTRAS = {
    "complete-upgrade": True,
    "to-version": "",
    "expiry-date": "2031-01-31",
    "subject": "C=CA CN=name",
    "cert-file": "/root/a.pem",
}


def named(member, worker):
    """The member of the wire; `worker` is the word of the release for workers."""
    width = f"max-parallel-{worker}-hosts"
    others = {"instance": "default-instance-action", "alarms": "alarm-restrictions", "width": width}
    return others.get(member, f"{worker if member == 'worker' else member}-apply-type")


def creates():
    """Each release with each kind: what is asked of the members, and what the contract has against bodies."""
    for kind, releases, row, extra in CREATES:
        for release in releases:
            worker = "compute" if release == "stx-2018.10" else "worker"
            asked = {named(name, worker): need for name, need in zip(MEMBERS, row, strict=True)}
            width = asked.pop(f"max-parallel-{worker}-hosts")
            asked |= dict(zip(extra.split()[1::2], extra.split()[::2], strict=True))
            values = {named(name, worker): value for name, value in VALUES.items()} | EXTRAS
            contract = load_contract(release)
            create = next(o for o in contract.operations if (o.kind, o.success, o.method) == (kind, 200, "POST"))

            def fine(body, contract=contract, create=create):
                return contract.body_errors(create.operation_id, body) == []

            yield (f"{release} {kind}", asked, values, f"max-parallel-{worker}-hosts", width, fine)


def misjudged(asked, values, width, bounds, fine):
    """What a contract says otherwise than the table."""
    whole = {name: values[name] for name, need in asked.items() if need}
    least = {name: values[name] for name, need in asked.items() if need == "M"}
    low, high = bounds
    said = {"everything": fine(whole), "what is needed": fine(least), "nothing else": not fine({**whole, "x": 1})}
    for name, need in asked.items():
        without = {member: value for member, value in whole.items() if member != name}
        said[name] = fine(without) is (need != "M") and fine({**whole, name: values[name]}) is bool(need)
    for number, good in ((low - 1, False), (low, True), (high, True), (high + 1, False), (str(low), True)):
        said[f"{width} {number}"] = fine({**whole, width: number}) is good
    return [what for what, right in said.items() if not right]


def test_create_bodies():
    """What is mandatory, optional, refused and in range is what deployments of each release say."""
    found = {name: misjudged(*rest) for name, *rest in creates()}
    assert len(found) == sum(len(releases) for _, releases, _, _ in CREATES)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


SPELLINGS = {"stx-2018.10": "compute", "stx-2.0": "worker"}


@pytest.mark.parametrize(("release", "other"), [("stx-2018.10", "worker"), ("stx-2.0", "compute")])
def test_the_other_spelling_is_refused(release, other):
    """Each release takes its own word for workers, and refuses that of the other."""
    contract, own = load_contract(release), SPELLINGS[release]
    body = {"storage-apply-type": "serial", f"{own}-apply-type": "serial"}
    assert contract.body_errors("createSwUpgradeStrategy", body) == []
    assert contract.body_errors("createSwUpgradeStrategy", body | {f"max-parallel-{other}-hosts": 2}) != []
    assert contract.body_errors(
        "createSwUpgradeStrategy", {"storage-apply-type": "serial", f"{other}-apply-type": "serial"}
    )
    stages = {stage.name for stage in load_law(release).kinds["sw-patch"].stages}
    assert f"sw-patch-{own}-hosts" in stages
    assert not any(other in stage for stage in stages)


@pytest.mark.parametrize(
    ("member", "value", "fine"),
    [
        ("expiry-date", "31.1.2031", False),
        ("expiry-date", "2031-01-31", True),
        ("subject", "C=CA", False),
        ("subject", "CN=x", True),
    ],
)
def test_what_a_certificate_is_asked_for(member, value, fine):
    """A day is written as a date, and a subject has a common name."""
    body = {"storage-apply-type": "serial", "worker-apply-type": "serial", "default-instance-action": "migrate"}
    assert (
        load_contract("stx-6.0").body_errors("createKubeRootcaUpdateStrategy", body | {member: value}) == []
    ) is fine


# --- words

STAGES = {
    ("stx-2018.10", "sw-upgrade"): {"sw-upgrade-compute-hosts"},
    ("stx-4.0", "fw-update"): {"fw-update-hosts-query", "fw-update-worker-hosts"},
    ("stx-5.0", "kube-upgrade"): {"kube-upgrade-query", "kube-upgrade-first-control-plane", "kube-upgrade-cleanup"},
    ("stx-6.0", "kube-rootca-update"): {"kube-rootca-update-query", "kube-rootca-update-pods-trustnewca"},
    ("stx-9.0", "system-config-update"): {"system-config-update-query", "system-config-update-worker-hosts"},
    ("stx-9.0", "kube-upgrade"): {"kube-host-cordon", "kube-host-uncordon", "kube-upgrade-storage"},
}
STEPS = {
    ("stx-4.0", "fw-update"): {"query-fw-update-host", "fw-update-hosts", "fw-update-abort-hosts"},
    ("stx-5.0", "kube-upgrade"): {"query-kube-versions", "kube-host-upgrade-kubelet", "wait-alarms-clear"},
    ("stx-7.0", "kube-upgrade"): {"kube-upgrade-download-images", "kube-upgrade-networking"},
    ("stx-9.0", "system-config-update"): {"query-system-config-update-hosts", "system-config-update-hosts"},
}


@pytest.mark.parametrize(
    ("part", "release", "kind", "words"),
    [("Stage", *key, words) for key, words in STAGES.items()] + [("Step", *key, words) for key, words in STEPS.items()],
)
def test_words_that_may_be_seen(part, release, kind, words):
    """Contract and law of a release both know the stages and steps of its kinds."""
    vocabulary = vocabulary_of(load_contract(release), load_law(release))
    assert words <= set(vocabulary.words[Home(ANSWER, kind, part, f"{part.lower()}-name")])


# --- deviations

ENDED = {
    "stx-5.0": {"D3-24", "D3-28", "D3-30"},
    "stx-7.0": {"D3-26", "D5-05", "D5-06"},
    "stx-8.0": {"D3-05", "D3-21", "D3-35"},
}
TOLD = [
    ("stx-2018.10", "protocol", "compute-apply-type"),
    ("stx-4.0", "wire", "commas"),
    ("stx-4.0", "oracle", "query-fw-update-host"),
    ("stx-4.0", "protocol", "controllers and storage hosts"),
    ("stx-4.0", "protocol", "2 to 5"),
    ("stx-4.0", "oracle", "6436"),
    ("stx-5.0", "wire", "No text tells of it before that of 11.0.0"),
    ("stx-5.0", "oracle", "7276 s for controllers"),
    ("stx-6.0", "wire", "kube-rootca-update"),
    ("stx-6.0", "protocol", "null is refused with 500"),
    ("stx-7.0", "oracle", "6976 s one by one"),
    ("stx-8.0", "wire", "reader"),
    ("stx-8.0", "lifecycle", "names the kind"),
    ("stx-9.0", "oracle", "query-strategy-required"),
    ("stx-9.0", "protocol", "storage hosts"),
    ("stx-9.0", "wire", "shows seven documents that are no JSON"),
    ("stx-9.0", "wire", "without the links of the kinds that Kubernetes has"),
    ("stx-9.0", "oracle", "100.119"),
]


@pytest.mark.parametrize(("release", "level", "words"), TOLD)
def test_what_text_and_deployments_differ_in_is_numbered(release, level, words):
    """What was found to differ has a number of its release, with both sides and a source."""
    own = load_release(release).own.values()
    found = [each for each in own if words in each.document or words in each.deployment]
    assert level in {each.level for each in found}
    assert all(each.document and each.deployment and each.source for each in found)


@pytest.mark.parametrize("release", ENDED)
def test_what_a_release_ends_holds_before_it_and_not_in_it(release):
    """A deviation that another replaces is one of the release before, and of none after."""
    profile = load_release(release)
    assert ENDED[release] <= {number for each in profile.own.values() for number in each.replaces}
    assert ENDED[release] <= set(profile.base.deviations)
    assert not ENDED[release] & set(load_release("stx-9.0").deviations)


@pytest.mark.parametrize(("release", "kept"), [("stx-7.0", True), ("stx-8.0", False)])
def test_lists_are_taken_for_words_until_they_are_not(release, kept):
    """Up to 7.0.0 lists in the place of words are a defect that is looked for; in 8.0.0 nobody takes them."""
    deviations = load_release(release).deviations.values()
    assert any(each.keeps and "objects are taken" in each.deployment for each in deviations) is kept
    assert any(each.keeps and "null is taken" in each.deployment for each in deviations)


def test_the_same_api_in_two_releases():
    """Contract, law and ledger of 2.0.0 are those of 3.0.0."""
    assert load_contract("stx-2.0").document == load_contract("stx-3.0").document
    assert load_ledger("stx-2.0") == load_ledger("stx-3.0")


def test_what_does_not_fit_is_told():
    """A contract, a ledger and a law of different releases do not speak of the same kinds and operations."""
    told = list(misfits(load_contract(), load_ledger("stx-4.0"), load_law("stx-5.0")))
    assert "VIM-FGET-001: the contract has no operation getFwUpdateStrategy; lift it, or let its kind go" in told
    assert told[-2:] == [
        "fw-update is no kind of the contract; let it come or go in all three together",
        "kube-upgrade is no kind of the contract and the ledger; let it come or go in all three together",
    ]
    assert list(misfits(load_contract(), load_ledger(), load_law())) == []
