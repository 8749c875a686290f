"""Two plans that differ, and the sentences that say how."""

import copy
import json

import pytest

from conformance.predictions.explain import Part, remarks
from conformance.shape import read_strategy

QUERY = ("query-alarms", (), 60)


def _step(number, step, changes):
    name, entities, timeout = step
    return {
        "step-id": number,
        "step-name": name,
        "timeout": timeout,
        "entity-type": ("instances" if "instances" in name else "hosts") if entities else "",
        "entity-names": list(entities),
        "entity-uuids": [f"uuid of {each}" for each in entities],
        "result": "initial",
        "reason": "",
        "start-date-time": "",
        "end-date-time": "",
        **changes,
    }


def _stage(number, name, steps):
    return {
        "stage-id": number,
        "stage-name": name,
        "timeout": sum(step[2] for step in steps) + 1,
        "total-steps": len(steps),
        "current-step": 0,
        "inprogress": False,
        "result": "initial",
        "reason": "",
        "start-date-time": "",
        "end-date-time": "",
        "steps": [_step(place, step, {}) for place, step in enumerate(steps)],
    }


def _phase(name, stages, result="initial", reason=""):
    return {
        "phase-name": name,
        "timeout": 0,
        "total-stages": len(stages),
        "current-stage": 0,
        "stop-at-stage": 0,
        "inprogress": False,
        "completion-percentage": 100,
        "result": result,
        "reason": reason,
        "start-date-time": "",
        "end-date-time": "",
        "stages": [_stage(number, *stage) for number, stage in enumerate(stages)],
    }


def strategy(*stages, reason=None, extra=None):
    """A strategy with these apply stages; one whose build failed when there is a reason."""
    failed = reason is not None
    build = _phase("build", [("sw-patch-query", [QUERY])], "failed" if failed else "success", reason or "")
    document = {
        "uuid": "u",
        "worker-apply-type": "parallel",
        "state": "build-failed" if failed else "ready-to-apply",
        "current-phase": "build",
        "current-phase-completion-percentage": 100,
        "build-phase": build,
        "apply-phase": _phase("apply", stages),
        "abort-phase": _phase("abort", []),
    }
    return read_strategy({"strategy": document | (extra or {})})


def patched(name, *hosts, steps=("lock", "sw-patch", "unlock"), lock=900):
    """A stage that patches hosts: a query, and steps of these names."""
    timeouts = {"lock": lock, "sw-patch": 1800, "unlock": 1800, "swact": 900}
    return f"sw-patch-{name}", [QUERY, *((f"{step}-hosts", hosts, timeouts[step]) for step in steps)]


def workers(*groups):
    """A plan of worker stages."""
    return strategy(*(patched("worker-hosts", *group) for group in groups))


LOCKED = patched("worker-hosts", "compute-1")
MOVED = (
    "sw-patch-worker-hosts",
    [QUERY, ("migrate-instances", ("vm-1", "vm-2"), 900), ("sw-patch-hosts", ("compute-1",), 1800)],
)
OTHERS = (
    "sw-patch-worker-hosts",
    [QUERY, ("migrate-instances", ("vm-1",), 900), ("sw-patch-hosts", ("compute-1",), 1800)],
)
CASES = {
    "equal": (workers(["c0", "c1"]), workers(["c0", "c1"]), []),
    "a step too late": (
        strategy(LOCKED),
        strategy(patched("worker-hosts", "compute-1", steps=("sw-patch", "lock", "unlock"))),
        ["stage 0 (sw-patch-worker-hosts): lock-hosts of compute-1 expected before sw-patch-hosts"],
    ),
    "a step missing": (
        strategy(LOCKED),
        strategy(patched("worker-hosts", "compute-1", steps=("sw-patch", "unlock"))),
        ["stage 0 (sw-patch-worker-hosts): lock-hosts of compute-1 expected before sw-patch-hosts, is missing"],
    ),
    "the last step missing": (
        strategy(LOCKED),
        strategy(patched("worker-hosts", "compute-1", steps=("lock", "sw-patch"))),
        ["stage 0 (sw-patch-worker-hosts): unlock-hosts of compute-1 expected at the end, is missing"],
    ),
    "a step too many": (
        strategy(LOCKED),
        strategy(patched("worker-hosts", "compute-1", steps=("swact", "lock", "sw-patch", "unlock"))),
        ["stage 0 (sw-patch-worker-hosts): swact-hosts of compute-1 is not expected"],
    ),
    "other entities": (
        strategy(MOVED),
        strategy(OTHERS),
        ["stage 0 (sw-patch-worker-hosts): migrate-instances expected of vm-1, vm-2, is of vm-1"],
    ),
    "another timeout": (
        strategy(LOCKED),
        strategy(patched("worker-hosts", "compute-1", lock=901)),
        ["stage 0 (sw-patch-worker-hosts): timeout of lock-hosts expected 900 s, is 901 s"],
    ),
    "a group split": (
        workers(["compute-1", "compute-3"]),
        workers(["compute-1"], ["compute-3"]),
        ["stage 0 (sw-patch-worker-hosts): compute-1 expected together with compute-3, has a stage of its own"],
    ),
    "a group joined": (
        workers(["compute-1"], ["compute-3"]),
        workers(["compute-1", "compute-3"]),
        ["stage 0 (sw-patch-worker-hosts): compute-1 expected in a stage of its own, is together with compute-3"],
    ),
    "a host moved to another group": (
        workers(["c0", "c1"], ["c2", "c3"]),
        workers(["c0"], ["c2", "c3", "c1"]),
        ["stage 0 (sw-patch-worker-hosts): c0 expected together with c1, has a stage of its own"],
    ),
    "stages in another order": (
        strategy(patched("controllers", "controller-1"), patched("controllers", "controller-0")),
        strategy(patched("controllers", "controller-0"), patched("controllers", "controller-1")),
        ["stage 0 (sw-patch-controllers): controller-1 expected before controller-0, comes after"],
    ),
    "hosts in another order": (
        workers(["c0", "c1"]),
        workers(["c1", "c0"]),
        ["stage 0 (sw-patch-worker-hosts): hosts expected in the order c0, c1, are c1, c0"],
    ),
    "a host left out": (
        workers(["c0"], ["c1"]),
        workers(["c0"]),
        ["c1 expected in a stage sw-patch-worker-hosts, is in none"],
    ),
    "a host too many": (
        workers(["c0"]),
        workers(["c0"], ["c1"]),
        ["stage 1 (sw-patch-worker-hosts): c1 expected in no such stage, is worked on in this one"],
    ),
    "a host twice": (
        workers(["c0"]),
        workers(["c0"], ["c0"]),
        ["stage 1 (sw-patch-worker-hosts): c0 expected worked on once, is worked on again"],
    ),
    "a build that should have failed": (
        strategy(reason="active alarms present"),
        workers(["c0"]),
        [
            "build expected to fail with `active alarms present`, became ready",
            "stage 0 (sw-patch-worker-hosts): c0 expected in no such stage, is worked on in this one",
        ],
    ),
    "a build that should not have failed": (
        strategy(),
        strategy(reason="no software patches found"),
        ["build expected to become ready, failed with `no software patches found`"],
    ),
    "another reason": (
        strategy(reason="active alarms present"),
        strategy(reason="no software patches found"),
        ["build expected to fail with `active alarms present`, failed with `no software patches found`"],
    ),
    "stages that a failed build has dropped": (
        strategy(patched("controllers", "controller-0"), reason="not enough storage hosts to apply software updates"),
        strategy(reason="not enough storage hosts to apply software updates"),
        [],
    ),
    "something else": (
        strategy(),
        strategy(extra={"worker-apply-type": "serial"}),
        ["worker-apply-type expected parallel, is serial"],
    ),
    "what a vendor adds": (strategy(), strategy(extra={"vendor": "acme"}), []),
    "another uuid": (strategy(), strategy(extra={"uuid": "v"}), []),
}


@pytest.mark.parametrize(("expected", "actual", "sentences"), CASES.values(), ids=CASES.keys())
def test_differences_are_told_in_sentences(expected, actual, sentences):
    """Two plans that differ are told apart in these sentences and no others."""
    assert [each.text for each in remarks(expected, actual)] == sentences


@pytest.mark.parametrize(("expected", "actual", "sentences"), CASES.values(), ids=CASES.keys())
def test_a_remark_says_where(expected, actual, sentences):
    """Every remark points into the document, and names what was expected and what came."""
    told = remarks(expected, actual)
    assert all(each.where.startswith("/strategy") and each.expected and each.actual for each in told)


def test_uuids_that_nobody_knows_are_not_compared():
    """Entity uuids are told when they are known, and not when each deployment has its own."""
    expected = strategy(LOCKED)
    document = copy.deepcopy(dict(expected.members))
    text = json.dumps(document).replace("uuid of compute-1", "another uuid")
    actual = read_strategy({"strategy": json.loads(text)})
    assert [each.part for each in remarks(expected, actual)] == [Part.REST] * 3
    assert remarks(expected, actual, uuids=False) == ()
