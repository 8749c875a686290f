"""RELEASES.md 3, row by row: which members a create body has, and what each may be."""

from datetime import UTC, datetime

import pytest

from reference_server.engine.words import Kind
from reference_server.refusals import Refusal
from reference_server.requests import parse_create
from reference_server.rulebooks import load_release

RELEASES = (
    "stx-2018.10", "stx-2.0", "stx-3.0", "stx-4.0", "stx-5.0", "stx-6.0", "stx-7.0", "stx-8.0", "stx-9.0",
    "stx-10.0", "stx-11.0", "stx-12.0", "stx-master",
)  # fmt: skip


def since(release):
    """The release and those after it."""
    return RELEASES[RELEASES.index(release) :]


def until(release):
    """The release and those before it."""
    return RELEASES[: RELEASES.index(release) + 1]


HOSTS = {"storage-apply-type": "serial", "worker-apply-type": "serial"}
KUBE = HOSTS | {"default-instance-action": "migrate"}
WHOLE = KUBE | {"controller-apply-type": "serial"}
DEPLOY = WHOLE | {"release": "r", "rollback": None, "delete": None}

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
C, S, W, SWIFT, ACTION, MAX, ALARMS = (
    "controller-apply-type", "storage-apply-type", "worker-apply-type", "swift-apply-type", "default-instance-action",
    "max-parallel-worker-hosts", "alarm-restrictions",
)  # fmt: skip
ALL = (C, S, W, ACTION)
CERTIFICATE = ("expiry-date", "subject")
GOOD = {
    C: "serial", S: "serial", W: "serial", SWIFT: "ignore", ACTION: "migrate", MAX: 2, ALARMS: "relaxed",
    "to-version": "v1", "complete-upgrade": True, "release": "r", "rollback": None, "delete": None,
    "snapshot": True, "cleanup": True,
    "kube-upgrade": "v1", "pre-upgrade-deploy": True, "expiry-date": "2027-01-01", "subject": "C=DE CN=me",
    "cert-file": "x", "algorithm": "RSA", "key-size": 2048,
}  # fmt: skip

# kind, releases, mandatory, optional, highest max-parallel
ROWS = (
    ("sw-patch", until("stx-9.0"), ALL, (SWIFT,), 100),
    ("sw-upgrade", until("stx-9.0"), (S, W), ("complete-upgrade",), 10),
    ("sw-upgrade", ("stx-10.0",), ALL, ("release", "rollback", "delete"), 10),
    ("sw-upgrade", ("stx-11.0", "stx-12.0"), ALL, ("release", "rollback", "delete", "snapshot"), 10),
    ("sw-upgrade", ("stx-master",), ALL,
     ("release", "rollback", "delete", "snapshot", "cleanup", "kube-upgrade", "pre-upgrade-deploy"), 10),
    ("fw-update", since("stx-4.0"), ALL, (), 5),
    ("kube-upgrade", since("stx-5.0")[:-1], (S, W, ACTION, "to-version"), (), 10),
    ("kube-upgrade", ("stx-master",), (S, W, ACTION, "to-version"), (C,), 10),
    ("kube-rootca-update", since("stx-6.0")[:-2], (S, W, ACTION), (*CERTIFICATE, "cert-file"), 10),
    ("kube-rootca-update", ("stx-12.0",), (S, W, ACTION), CERTIFICATE, 10),
    ("kube-rootca-update", ("stx-master",), (S, W, ACTION), (C, *CERTIFICATE, "algorithm", "key-size"), 10),
    ("system-config-update", since("stx-9.0"), ALL, (), 100),
)  # fmt: skip
TABLE = [
    pytest.param(release, kind, *rest, id=f"{kind} {release}") for kind, releases, *rest in ROWS for release in releases
]


def spelled(release, body):
    """The body in the words of the release."""
    if release != "stx-2018.10":
        return body
    return {name.replace("worker", "compute"): value for name, value in body.items()}


def good(release, name):
    """A value that this release takes for a member."""
    return ["r"] if (release, name) == ("stx-master", "release") else GOOD[name]


def outcome(release, kind, body):
    """The request, or the refusal."""
    try:
        return parse_create(Kind(kind), spelled(release, body), load_release(release).wire, now=NOW)
    except Refusal as refusal:
        return refusal


def status(release, kind, body):
    """200, or the status of the refusal."""
    found = outcome(release, kind, body)
    return found.status if isinstance(found, Refusal) else 200


@pytest.mark.parametrize(("release", "kind", "mandatory", "optional", "highest"), TABLE)
def test_members_are_those_of_the_row(release, kind, mandatory, optional, highest):
    """A release takes a member that it does not know, does without one that it needs, or has another range."""
    known = {*mandatory, *optional, MAX, ALARMS}
    whole = {name: good(release, name) for name in known}
    assert status(release, kind, whole) == 200
    missing = {name: outcome(release, kind, {key: whole[key] for key in whole if key != name}) for name in mandatory}
    assert {name: refusal.status for name, refusal in missing.items()} == dict.fromkeys(mandatory, 400)
    assert all(str(next(iter(spelled(release, {name: 0})))) in refusal.text for name, refusal in missing.items())
    unknown = {name: outcome(release, kind, whole | {name: good(release, name)}) for name in GOOD.keys() - known}
    expected = {name: f"Unknown attribute for argument request_data: {name}" for name in unknown}
    if release == "stx-2018.10":  # the words of later releases
        assert parse_unspelled(release, kind, whole) == 400
    assert {name: refusal.text for name, refusal in unknown.items()} == {
        name: next(iter(spelled(release, {text: 0}))) if release == "stx-2018.10" else text
        for name, text in expected.items()
    }
    numbers = {number: status(release, kind, whole | {MAX: number}) for number in (1, 2, highest, highest + 1)}
    assert numbers == {1: 400, 2: 200, highest: 200, highest + 1: 400}
    assert status(release, kind, whole | {"start-upgrade": True}) == 400


def parse_unspelled(release, kind, body):
    """The status when the words are those of another release."""
    with pytest.raises(Refusal) as refused:
        parse_create(Kind(kind), body, load_release(release).wire)
    return refused.value.status


def deploy(**members):
    """A body of sw-upgrade from 10.0.0 on."""
    return DEPLOY | {name.replace("_", "-"): value for name, value in members.items()}


def less(body, *names):
    """The body without these members."""
    return {name: value for name, value in body.items() if name not in names}


LISTED = DEPLOY | {"release": ["r"]}
CASES = {
    # what: releases, kind, body, status
    "null for the width, Python 2": (("stx-2018.10", "stx-3.0", "stx-5.0"), "sw-patch", WHOLE | {MAX: None}, 400),
    "null for the width, Python 3": (("stx-6.0", "stx-8.0", "stx-9.0"), "sw-patch", WHOLE | {MAX: None}, 500),
    "null for the width, later": (since("stx-10.0"), "fw-update", WHOLE | {MAX: None}, 500),
    "digits for the width": (("stx-3.0", "stx-9.0"), "sw-patch", WHOLE | {MAX: " 3 "}, 200),
    "a fraction for the width": (("stx-4.0", "stx-12.0"), "fw-update", WHOLE | {MAX: 2.7}, 200),
    "true for the width": (("stx-4.0", "stx-12.0"), "fw-update", WHOLE | {MAX: True}, 400),
    "null for a word": (("stx-2018.10", "stx-7.0", "stx-9.0"), "sw-patch", WHOLE | {C: None, ACTION: None}, 200),
    "null for words, later": (since("stx-10.0"), "system-config-update", WHOLE | {C: None, ALARMS: None}, 200),
    "a list for a word": (("stx-3.0", "stx-7.0"), "sw-patch", WHOLE | {S: []}, 200),
    "a list for a word, later": (since("stx-8.0"), "fw-update", WHOLE | {S: []}, 400),
    "permissive, before": (("stx-4.0", "stx-9.0"), "fw-update", WHOLE | {ALARMS: "permissive"}, 400),
    "permissive": (since("stx-10.0"), "fw-update", WHOLE | {ALARMS: "permissive"}, 200),
    "permissive deployment": (("stx-10.0",), "sw-upgrade", deploy(alarm_restrictions="permissive"), 200),
    "parallel controllers": (("stx-3.0", "stx-9.0"), "sw-patch", WHOLE | {C: "parallel"}, 200),
    "parallel controllers, later": (("stx-9.0", "stx-master"), "system-config-update", WHOLE | {C: "parallel"}, 200),
    "a word in capitals": (("stx-4.0", "stx-master"), "fw-update", WHOLE | {C: "SERIAL"}, 400),
    "parallel controllers of kubernetes": (
        ("stx-master",), "kube-rootca-update", KUBE | {C: "parallel"}, 400),
    "an empty version": (since("stx-5.0"), "kube-upgrade", KUBE | {"to-version": ""}, 200),
    "no text for a version": (since("stx-5.0"), "kube-upgrade", KUBE | {"to-version": 1}, 400),
    "null for a version, before": (("stx-5.0", "stx-9.0"), "kube-upgrade", KUBE | {"to-version": None}, 200),
    "null for a version": (since("stx-10.0"), "kube-upgrade", KUBE | {"to-version": None}, 500),
    "no release": (("stx-10.0", "stx-11.0", "stx-12.0"), "sw-upgrade", less(DEPLOY, "release"), 500),
    "no rollback": (since("stx-10.0"), "sw-upgrade", less(LISTED, "rollback", "release"), 500),
    "no delete": (since("stx-10.0"), "sw-upgrade", less(LISTED, "delete", "release"), 500),
    "no release on the main branch": (("stx-master",), "sw-upgrade", less(DEPLOY, "release"), 200),
    "nothing but a wrong word": (("stx-10.0",), "sw-upgrade", less(DEPLOY, "release") | {S: "x"}, 400),
    "a text for the releases": (("stx-master",), "sw-upgrade", DEPLOY, 400),
    "a list for the release": (("stx-12.0",), "sw-upgrade", LISTED, 400),
    "rollback in words": (("stx-10.0",), "sw-upgrade", deploy(release=None, rollback="yes"), 200),
    "rollback in other words": (("stx-10.0",), "sw-upgrade", deploy(rollback="perhaps"), 400),
    "a day ahead": (since("stx-6.0"), "kube-rootca-update", KUBE | {"expiry-date": "2026-12-01"}, 400),
    "two days ahead": (since("stx-6.0"), "kube-rootca-update", KUBE | {"expiry-date": "2026-12-02"}, 200),
    "a date with a time": (("stx-6.0",), "kube-rootca-update", KUBE | {"expiry-date": "2030-12-02 12:00"}, 400),
    "no such date": (("stx-6.0",), "kube-rootca-update", KUBE | {"expiry-date": "2030-02-30"}, 400),
    "a whole subject": (("stx-6.0",), "kube-rootca-update", KUBE | {"subject": "C=DE ST=B L=B O=x OU=y CN=z"}, 200),
    "a subject of nobody": (since("stx-6.0"), "kube-rootca-update", KUBE | {"subject": "C=DE"}, 400),
    "a subject with a mail": (("stx-6.0",), "kube-rootca-update", KUBE | {"subject": "CN=me emailAddress=x"}, 400),
    "an algorithm": (("stx-master",), "kube-rootca-update", KUBE | {"algorithm": "ECDSA", "key-size": 256}, 200),
    "another algorithm": (("stx-master",), "kube-rootca-update", KUBE | {"algorithm": "DSA"}, 400),
    "a size alone": (("stx-master",), "kube-rootca-update", KUBE | {"key-size": 2048}, 400),
    "complete-upgrade in words": (("stx-3.0", "stx-9.0"), "sw-upgrade", HOSTS | {"complete-upgrade": "on"}, 200),
    "complete-upgrade in capitals": (("stx-3.0",), "sw-upgrade", HOSTS | {"complete-upgrade": "TRUE"}, 400),
}  # fmt: skip


@pytest.mark.parametrize(("releases", "kind", "body", "expected"), CASES.values(), ids=CASES)
def test_a_value_is_taken_or_refused(releases, kind, body, expected):
    """A release answers a value otherwise than RELEASES.md 3 says."""
    assert {release: status(release, kind, body) for release in releases} == dict.fromkeys(releases, expected)


def test_texts_name_the_types_of_the_language_of_the_server():
    """RELEASES.md 0: up to 5.0.0 the server speaks of unicode, later of str."""
    texts = [outcome(release, "sw-patch", "x").text for release in ("stx-2.0", "stx-5.0", "stx-6.0", "stx-9.0")]
    assert texts == [f"'{word}' object has no attribute 'keys'" for word in ("unicode", "unicode", "str", "str")]


def test_what_is_forced_is_forced():
    """RELEASES.md 3: controllers in series and migration where nothing can be said, storage in series from 10.0.0."""
    assert outcome("stx-9.0", "kube-upgrade", KUBE | {"to-version": "V1.29"}).controller_apply_type == "serial"
    upgrade = outcome("stx-9.0", "sw-upgrade", HOSTS)
    assert (upgrade.controller_apply_type, upgrade.default_instance_action) == ("serial", "migrate")
    stored = [outcome(release, "sw-upgrade", deploy(storage_apply_type="parallel")) for release in ("stx-10.0",)]
    assert [request.storage_apply_type for request in stored] == ["serial"]
    before = outcome("stx-9.0", "sw-upgrade", HOSTS | {S: "parallel"})
    assert before.storage_apply_type == "parallel"


def test_a_version_is_written_small_with_a_v():
    """RELEASES.md 3: from 10.0.0 on; before, it is as it was given."""
    asked = KUBE | {"to-version": "1.29.2-RC"}
    versions = [outcome(release, "kube-upgrade", asked).option("to-version") for release in ("stx-9.0", "stx-10.0")]
    assert versions == ["1.29.2-RC", "v1.29.2-rc"]
