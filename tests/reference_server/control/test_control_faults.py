import pytest

ONCE = {"step": "lock-hosts", "host": "compute-0", "ends": "fails", "times": 1}
ALWAYS = {"step": "sw-patch-hosts", "ends": "never"}
GONE = {"change": "host-vanishes", "host": "compute-0", "when": {"seconds": 300}}
BROKEN = [
    None,
    5,
    "lock-hosts",
    {},
    {"faults": None},
    {"faults": {}},
    {"faults": "x"},
    {"faults": [None]},
    {"faults": [[]]},
    {"faults": [{}]},
    {"faults": [ONCE, {"step": "lock-hosts", "ends": "explodes"}]},
    {"faults": [{"step": "dance", "ends": "fails"}]},
    {"faults": [{"step": "lock-hosts", "ends": "refused"}]},
    {"faults": [{"step": "lock-hosts", "ends": "late"}]},
    {"faults": [{"step": "lock-hosts", "ends": "late", "seconds": -1}]},
    {"faults": [{"step": "lock-hosts", "ends": "fails", "times": 0}]},
    {"faults": [{"step": "lock-hosts", "ends": "fails", "phase": "dawn"}]},
    {"faults": [{"change": "host-vanishes"}]},
    {"faults": [{"change": "host-vanishes", "host": "compute-0", "when": {"seconds": -1}}]},
    {"faults": [{"change": "alarm-raised", "alarm": {}, "when": {"seconds": 1}}]},
    {"faults": [ONCE | {"colour": "red"}]},
    {"faults": [], "more": 1},
]
BYTES = [b"", b"x", b"\xff", b"[" * 100_000, b'{"faults": [{"step": "\\ud800"}]}']


def test_nothing_is_to_fail_at_first(control):
    """A world without faults has none in force."""
    assert control.get("/_control/faults") == {"faults": []}


def test_faults_are_added(control):
    """What is injected is in force beside what was, in its order, and is told as it was written."""
    control.post("/_control/faults", {"faults": [ONCE]})
    assert control.post("/_control/faults", {"faults": [ALWAYS, GONE]}) == control.get("/_control/faults")
    in_force = control.get("/_control/faults")["faults"]
    assert sorted(in_force, key=str) == sorted([ONCE, ALWAYS, GONE], key=str)


def test_no_faults_can_be_added(control):
    """An empty list is a list."""
    assert control.post("/_control/faults", {"faults": []}) == {"faults": []}


def test_faults_are_cleared(control):
    """After a DELETE none is in force."""
    control.post("/_control/faults", {"faults": [ONCE, GONE]})
    answer = control.send("DELETE", "/_control/faults")
    assert (answer.status, answer.value, control.get("/_control/faults")) == (200, {"faults": []}, {"faults": []})


def test_an_injected_fault_makes_a_step_fail(control):
    """A lock that was told to fail fails with the reason of the engine, and the strategy is aborted by itself."""
    control.caller.bring("sw-patch", "ready-to-apply")
    control.post("/_control/faults", {"faults": [ONCE]})
    control.caller.act("sw-patch", "apply-all")
    strategy = control.caller.wait("sw-patch", lambda seen: seen["state"] == "aborted")
    assert strategy["apply-phase"]["reason"] == "host lock failed"


def test_a_fault_that_was_used_up_is_gone(control):
    """An ending that was to come once is no more in force when it has come."""
    control.caller.bring("sw-patch", "ready-to-apply")
    control.post("/_control/faults", {"faults": [ONCE]})
    control.caller.act("sw-patch", "apply-all")
    control.caller.wait("sw-patch", lambda seen: seen["state"] == "aborted")
    assert control.get("/_control/faults") == {"faults": []}


def test_a_cleared_fault_does_no_harm(control):
    """What was cleared before its step does not happen."""
    control.caller.bring("sw-patch", "ready-to-apply")
    control.post("/_control/faults", {"faults": [ONCE]})
    control.send("DELETE", "/_control/faults")
    control.caller.act("sw-patch", "apply-all")
    assert control.caller.wait("sw-patch", lambda seen: seen["state"] != "applying")["state"] == "applied"


def test_a_change_happens_at_its_moment(control):
    """A host that was told to vanish after 300 seconds is there until then, and not afterwards."""
    control.post("/_control/faults", {"faults": [GONE]})
    control.post("/_control/clock", {"advance": 299})
    before = {host["name"] for host in control.get("/_control/world")["hosts"]}
    control.post("/_control/clock", {"advance": 1})
    after = {host["name"] for host in control.get("/_control/world")["hosts"]}
    assert before - after == {"compute-0"}


def test_a_change_to_come_is_what_happens_next(control):
    """The moment of a change that was injected is told as the next one."""
    now = control.get("/_control")["now"]
    control.post("/_control/faults", {"faults": [GONE]})
    assert control.get("/_control")["next"] == now + 300


@pytest.mark.parametrize("body", BROKEN, ids=str)
def test_broken_faults_change_nothing(control, body):
    """What is wrong in one fault refuses all of them with 400, and a text that is not empty."""
    control.post("/_control/faults", {"faults": [ALWAYS]})
    before = control.whole()
    answer = control.send("POST", "/_control/faults", body)
    assert (answer.status, answer.fault != "", control.whole()) == (400, True, before)


@pytest.mark.parametrize("data", BYTES, ids=range(len(BYTES)))
def test_broken_bytes_change_nothing(control, data):
    """What is no JSON, or holds odd characters, is 400."""
    before = control.whole()
    assert (control.send("POST", "/_control/faults", data=data).status, control.whole()) == (400, before)


def test_a_broken_fault_is_told_where_it_is_broken(control):
    """The text names the place in the list."""
    answer = control.send("POST", "/_control/faults", {"faults": [ONCE, {"step": "lock-hosts", "ends": "explodes"}]})
    assert "/1/ends" in answer.fault
