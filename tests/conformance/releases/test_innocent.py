"""Answers that every deployment of a release gives, and that are no fault of it: nothing is found."""

import json

import pytest

from conformance.exchange import Exchange

JSON = (("Content-Type", "application/json"),)
SHOUTED = (("Content-Type", "APPLICATION/JSON"),)
WORDS = {"storage-apply-type": "serial", "worker-apply-type": "serial", "alarm-restrictions": "strict"}
KUBE = {**WORDS, "default-instance-action": "migrate", "to-version": "v1.31.5"}
DEPLOY = {
    **WORDS, "default-instance-action": "migrate", "controller-apply-type": "serial", "release": "starlingx-12.0.1",
    "rollback": None, "delete": None,
}  # fmt: skip
FIRMWARE = {**WORDS, "controller-apply-type": "serial", "default-instance-action": "migrate"}


def strategy(kind, tail=""):
    """The path of a strategy, or of its actions."""
    return f"/api/orchestration/{kind}/strategy{tail}"


def fault(text):
    """An error body of WSME."""
    return json.dumps({"debuginfo": None, "faultcode": "Client", "faultstring": text}).encode()


def post(path, body, status, says, headers=JSON):
    """A request with that JSON body, and how it was answered."""
    return Exchange("POST", path, status, "", headers, json.dumps(body).encode(), JSON, fault(says))


def found(judge, exchange):
    """What is found about an exchange while no strategy of any kind is there."""
    judge.begin("main")
    kinds = judge._contract.kinds  # noqa: SLF001
    nothing = [
        Exchange("GET", strategy(kind), 200, response_headers=JSON, response_body=b'{"strategy": null}')
        for kind in kinds
    ]
    assert [finding for look in nothing for finding in judge.judge(look)] == []
    return {finding.requirement for finding in judge.judge(exchange)}


INNOCENT = {
    "JSON in capitals": ("stx-3.0", post(strategy("sw-upgrade"), WORDS, 415, "Unknown mimetype", SHOUTED)),
    "JSON in capitals, later": ("stx-12.0", post(strategy("fw-update"), FIRMWARE, 415, "Unknown mimetype", SHOUTED)),
    "an action in capitals": (
        "stx-8.0",
        post(strategy("sw-patch", "/actions"), {"action": "apply-all"}, 415, "Unknown mimetype", SHOUTED),
    ),
    "a release that the site has not": ("stx-10.0", post(strategy("sw-upgrade"), DEPLOY, 400, "no such release")),
    "releases that the site has not": (
        "stx-master",
        post(strategy("sw-upgrade"), DEPLOY | {"release": ["starlingx-12.0.1"]}, 400, "no such release"),
    ),
    "a version that the site has not": ("stx-11.0", post(strategy("kube-upgrade"), KUBE, 400, "no such version")),
    "digits that no machine word holds": (
        "stx-8.0",
        post(strategy("sw-patch", "/actions"), {"action": "apply-stage", "stage-id": "1" + "0" * 30}, 500, "too large"),
    ),
}


@pytest.mark.parametrize(("release", "exchange"), INNOCENT.values(), ids=INNOCENT)
def test_nothing_is_found(release, exchange, judge_of):
    """A deployment is charged with an answer that it cannot help."""
    assert found(judge_of(release), exchange) == set()


GUILTY = {
    "a body in order": ("stx-12.0", post(strategy("fw-update"), FIRMWARE, 400, "no"), "VIM-LIFE-084"),
    "before sites were asked": ("stx-9.0", post(strategy("kube-upgrade"), KUBE, 400, "no"), "VIM-LIFE-084"),
    "digits before 8.0": (
        "stx-7.0",
        post(strategy("sw-patch", "/actions"), {"action": "apply-stage", "stage-id": "1" + "0" * 30}, 500, "too large"),
        "VIM-PACT-010",
    ),
    "a small number": (
        "stx-8.0",
        post(strategy("sw-patch", "/actions"), {"action": "apply-stage", "stage-id": "1000"}, 500, "too large"),
        "VIM-PACT-010",
    ),
}


@pytest.mark.parametrize(("release", "exchange", "requirement"), GUILTY.values(), ids=GUILTY)
def test_what_is_near_by_is_found_still(release, exchange, requirement, judge_of):
    """The excuse of an answer reaches further than its reason."""
    assert requirement in found(judge_of(release), exchange)


# --- strategies that fail before their build begins


def phase(name, **members):
    """A phase that has not begun."""
    idle = {"inprogress": False, "result": "initial", "reason": "", "completion-percentage": 100, "timeout": 0}
    counts = {"total-stages": 0, "current-stage": 0, "stop-at-stage": 0, "stages": []}
    dates = {"start-date-time": "", "end-date-time": ""}
    return {"phase-name": name, **idle, **counts, **dates, **members}


def stillborn(kind, current_phase, members, **build):
    """The answer that shows a strategy whose build has failed before it began."""
    value = {
        **members, "uuid": "c1971c42-b494-4ff0-8abf-dbde17929972", "name": kind, "swift-apply-type": "ignore",
        "max-parallel-worker-hosts": 2, "state": "build-failed", "current-phase": current_phase,
        "current-phase-completion-percentage": 100, "abort-phase": phase("abort"), "apply-phase": phase("apply"),
        "build-phase": phase("build", result="failed", reason="nothing to do", **build),
    }  # fmt: skip
    body = json.dumps({"strategy": value}).encode()
    request = FIRMWARE | {"worker-apply-type": "ignore"} if kind == "fw-update" else DEPLOY | {"release": None}
    return Exchange("POST", strategy(kind), 200, "", JSON, json.dumps(request).encode(), JSON, body)


IGNORED = FIRMWARE | {"worker-apply-type": "ignore"}
DEPLOYED = {**FIRMWARE, "release": None}
STILLBORN = {
    "firmware of nobody": ("stx-4.0", stillborn("fw-update", "initial", IGNORED)),
    "firmware of nobody, of which the build is shown": ("stx-9.0", stillborn("fw-update", "build", IGNORED)),
    "a deployment of nothing": ("stx-10.0", stillborn("sw-upgrade", "initial", DEPLOYED)),
}


@pytest.mark.parametrize(("release", "exchange"), STILLBORN.values(), ids=STILLBORN)
def test_a_strategy_may_fail_before_its_build(release, exchange, judge_of):
    """A build that never began is held against what a build that ran has to show."""
    assert found(judge_of(release), exchange) == set()


def test_a_build_that_began_is_no_such_strategy(judge_of):
    """A build that has a date, and neither a stage nor an end, goes for one that never began."""
    begun = stillborn("fw-update", "build", IGNORED, **{"start-date-time": "2022-09-01 10:00:01"})
    assert found(judge_of("stx-9.0"), begun) >= {"VIM-LIFE-042", "VIM-LIFE-095"}
