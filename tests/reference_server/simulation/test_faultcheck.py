"""What is wrong with faults, and what to write instead."""

import pytest

from reference_server.simulation.faults import parse_faults
from reference_server.worlds.file import parse_world
from spec.documents import DocumentError

WORLD = {
    "hosts": [{"name": "controller-0", "personality": "controller"}, {"name": "compute-0", "personality": "worker"}],
    "instances": [
        {"name": "vm", "uuid": "u0", "host": "compute-0"},
        {"name": "twin", "uuid": "u1", "host": "compute-0"},
        {"name": "twin", "uuid": "u2", "host": "compute-0"},
    ],
}
SOON = {"seconds": 1}
# fmt: off
BROKEN = {
    "no such step": ({"step": "dance", "ends": "fails"}, "/step: expected one of"),
    "a step that asks for nothing": ({"step": "system-stabilize", "ends": "fails"}, "/step: expected one of"),
    "no such end": ({"step": "lock-hosts", "ends": "explodes"}, "/ends: expected one of"),
    "no end": ({"step": "lock-hosts"}, "expected a member"),
    "no step, no change": ({"ends": "fails"}, "expected a member"),
    "both": ({"step": "lock-hosts", "ends": "fails", "change": "host-vanishes"}, "expected only the members"),
    "an end that the step has not": ({"step": "stop-instances", "ends": "fails"}, "/ends: stop-instances has no end"),
    "a time-out": ({"step": "lock-hosts", "ends": "timed-out"}, "write never, then the step times out"),
    "a refusal without reason": ({"step": "lock-hosts", "ends": "refused"}, "a refusal has a reason; add reason:"),
    "a reason of a failure": ({"step": "lock-hosts", "ends": "fails", "reason": "x"}, "/reason: only `refused`"),
    "late, but how much": ({"step": "lock-hosts", "ends": "late"}, "how much later; add seconds"),
    "never in seconds": ({"step": "lock-hosts", "ends": "never", "seconds": 3}, "/seconds: what never ends"),
    "no host": ({"step": "query-alarms", "ends": "fails", "host": "compute-0"}, "/host: query-alarms is not on a host"),
    "no instance": ({"step": "lock-hosts", "ends": "fails", "instance": "vm"}, "/instance: lock-hosts is not on an"),
    "an unknown host": ({"step": "lock-hosts", "ends": "fails", "host": "compute-7"}, "/host: there is no 'compute-7'"),
    "an unknown instance": ({"step": "migrate-instances", "ends": "fails", "instance": "x"}, "there is no 'x' among"),
    "seconds before": ({"step": "lock-hosts", "ends": "late", "seconds": -1}, "/seconds: expected at least 0"),
    "seconds without end": ({"step": "lock-hosts", "ends": "late", "seconds": float("inf")}, "seconds"),
    "seconds that are none": ({"step": "lock-hosts", "ends": "late", "seconds": float("nan")}, "seconds"),
    "seconds for ever": ({"step": "lock-hosts", "ends": "late", "seconds": 10**400}, "seconds"),
    "no time": ({"step": "lock-hosts", "ends": "fails", "times": 0}, "/times: expected at least 1"),
    "no such change": ({"change": "host-dances", "when": SOON}, "/change: expected one of"),
    "when": ({"change": "host-vanishes", "host": "compute-0"}, "expected a member"),
    "no moment": ({"change": "host-vanishes", "host": "compute-0", "when": {}}, "/when: expected at least 1"),
    "a stage of what": ({"change": "host-vanishes", "host": "compute-0", "when": {"stage": 1}}, "stage says"),
    "which host": ({"change": "host-vanishes", "when": SOON}, "host-vanishes needs host; add host"),
    "a member too many": ({"change": "host-vanishes", "host": "compute-0", "to": {"a": 1}, "when": SOON}, "has no to"),
    "a field of something else": (
        {"change": "host-changes", "host": "compute-0", "to": {"host": "x"}, "when": SOON}, "/to/host: expected only"),
    "moves to nowhere": ({"change": "instance-moves", "instance": "vm", "host": "x", "when": SOON}, "there is no 'x'"),
    "appears nowhere": ({"change": "instance-appears", "to": {"name": "n", "host": "x"}, "when": SOON}, "/host: there"),
    "one of two": ({"change": "instance-vanishes", "instance": "twin", "when": SOON}, "2 instances have the name"),
}
# fmt: on


@pytest.mark.parametrize(("fault", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_fault_is_refused_with_its_place(fault, message):
    """A broken fault of a world is taken, or its error does not say where and what."""
    good = {"step": "lock-hosts", "ends": "fails"}
    with pytest.raises(DocumentError, match=r"^w: /faults/1") as refused:
        parse_world(WORLD | {"faults": [good, fault]}, "w")
    assert message in str(refused.value)


@pytest.mark.parametrize(("fault", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_fault_is_refused_at_run_time(fault, message):
    """A broken fault is injected, or its error does not say what is wrong."""
    with pytest.raises(DocumentError, match=r"^faults: /0") as refused:
        parse_faults([fault], "faults", parse_world(WORLD, "w").fleet)
    assert message in str(refused.value)


def test_what_will_appear_may_be_named():
    """A fault of a host or instance that appears by itself is refused."""
    faults = [
        {"change": "host-appears", "to": {"name": "compute-7", "personality": "worker"}, "when": SOON},
        {"change": "instance-appears", "to": {"name": "new", "host": "compute-7"}, "when": SOON},
        {"step": "lock-hosts", "host": "compute-7", "ends": "fails"},
        {"change": "instance-vanishes", "instance": "new", "when": {"step": "lock-hosts"}},
    ]
    assert len(parse_world(WORLD | {"faults": faults}, "w").faults) == 4


@pytest.mark.parametrize("value", [None, {}, "faults", [1], [[]]])
def test_what_is_no_list_of_faults(value):
    """Something else than a list of faults is taken for one."""
    with pytest.raises(DocumentError):
        parse_faults(value, "faults")
