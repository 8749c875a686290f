"""RELEASES.md 4: which members the documents of a release have, by kind."""

import pytest

COMMON = {
    "uuid", "name", "controller-apply-type", "storage-apply-type", "swift-apply-type", "worker-apply-type",
    "max-parallel-worker-hosts", "default-instance-action", "alarm-restrictions", "state", "current-phase",
    "current-phase-completion-percentage", "build-phase", "apply-phase", "abort-phase",
}  # fmt: skip
PHASE = {
    "phase-name", "timeout", "total-stages", "current-stage", "stop-at-stage", "stages", "inprogress",
    "completion-percentage", "result", "reason", "start-date-time", "end-date-time",
}  # fmt: skip
DEPLOYING = ("stx-10.0", "stx-12.0", "stx-master")
RELEASES = ("stx-2018.10", "stx-2.0", "stx-4.0", "stx-5.0", "stx-6.0", "stx-9.0", "stx-10.0", "stx-12.0", "stx-master")


@pytest.mark.parametrize("release", RELEASES)
def test_documents_have_the_members_of_the_release(server, release):
    """A document lacks a member of its release, or has one of another."""
    for kind in server(release).kinds:
        strategy = server(release).create(kind).json["strategy"]
        expected = {name.replace("worker", "compute") for name in COMMON} if release == "stx-2018.10" else COMMON
        if kind == "sw-upgrade" and release in DEPLOYING:
            expected = expected | {"release"} | ({"kube-version"} if release == "stx-master" else set())
        assert (set(strategy), strategy["name"], strategy["state"]) == (expected, kind, "building")
        phase = PHASE | {"response"} if release in DEPLOYING else PHASE
        assert [set(strategy[f"{name}-phase"]) for name in ("build", "apply", "abort")] == [phase] * 3


def test_the_older_words_are_those_of_stages_too(server):
    """RELEASES.md 1, 7: 2018.10.0 says compute wherever later releases say worker."""
    strategy = server("stx-2018.10").ready("sw-patch", default_instance_action="migrate")
    assert strategy["max-parallel-compute-hosts"] == 2
    assert {stage["stage-name"] for stage in strategy["apply-phase"]["stages"]} == {
        "sw-patch-controllers",
        "sw-patch-compute-hosts",
    }


def test_the_release_is_shown_as_it_was_given(server):
    """RELEASES.md 1, 4: a text or null, and a list on the main branch, where the version of kubernetes is shown too."""
    twelve, main = server("stx-12.0"), server("stx-master")
    shown = [
        twelve.create("sw-upgrade").json["strategy"]["release"],
        main.create("sw-upgrade", kube_upgrade="v1.30").json["strategy"]["release"],
        main.get("sw-upgrade")["kube-version"],
    ]
    assert shown == ["r", ["r"], "v1.30"]
    twelve.send("DELETE", "sw-upgrade/strategy", {"force": True})
    undone = twelve.create("sw-upgrade", release=None, rollback=True).json["strategy"]
    assert (undone["release"], undone["state"]) == (None, "building")
    other = server("stx-master").create("sw-upgrade").json["strategy"]
    assert other["kube-version"] is None
