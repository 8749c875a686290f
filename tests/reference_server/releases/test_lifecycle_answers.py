"""RELEASES.md 4: what is answered in each situation, for old and new kinds, and what differs between releases."""

import pytest

PLACES = [
    ("stx-4.0", "fw-update"),
    ("stx-6.0", "kube-rootca-update"),
    ("stx-8.0", "sw-patch"),
    ("stx-9.0", "system-config-update"),
    ("stx-10.0", "sw-upgrade"),
    ("stx-12.0", "kube-upgrade"),
    ("stx-master", "sw-upgrade"),
]
everywhere = pytest.mark.parametrize(("release", "kind"), PLACES)
OTHER = {"sw-upgrade": "fw-update"}


def refused_abort(release):
    """The status of an abort that the state does not allow."""
    return 400 if release == "stx-master" else 500


def answers(vim, kind, *, force=False):
    """The statuses of apply, abort and delete."""
    return [
        vim.act(kind, "apply-all").status_code,
        vim.act(kind, "abort").status_code,
        vim.send("DELETE", f"{kind}/strategy", {"force": True} if force else {}).status_code,
    ]


@everywhere
def test_without_a_strategy(server, release, kind):
    """Nothing is there: a look is null, everything else 404."""
    vim = server(release)
    assert (vim.get(kind), answers(vim, kind)) == (None, [404, 404, 404])


@everywhere
def test_beside_a_strategy_of_another_kind(server, release, kind):
    """There is one strategy in the whole engine, over all kinds; the text names it from 8.0.0 on."""
    vim, other = server(release), OTHER.get(kind, "sw-upgrade")
    vim.create(other)
    conflict = vim.create(kind)
    generic = "There was a conflict when trying to complete your request."
    text = f"strategy already exists of type:{other}" if release not in ("stx-4.0", "stx-6.0") else generic
    assert (conflict.status_code, conflict.json["faultstring"]) == (409, text)
    assert (vim.get(kind), answers(vim, kind)) == (None, [404, 404, 404])
    busy = vim.send("DELETE", f"{other}/strategy", {})
    assert (busy.status_code, busy.json["faultstring"]) == (409, generic)


@everywhere
def test_a_life(server, release, kind):
    """Building, ready, a single stage, what may follow it, and the end."""
    vim, abort = server(release), refused_abort(release)
    vim.create(kind)
    assert answers(vim, kind) == [500, abort, 409]
    vim.advance(300)
    wrong = [vim.act(kind, "apply-stage", stage_id=number).status_code for number in (1, 99, -1)]
    assert (wrong, vim.act(kind, "abort").status_code) == ([500, 500, 500], abort)
    applied = vim.act(kind, "apply-stage", stage_id="0")
    strategy = applied.json["strategy"]
    assert (applied.status_code, strategy["state"], strategy["apply-phase"]["stop-at-stage"]) == (202, "applying", 1)
    running = [vim.act(kind, "apply-all").status_code, vim.act(kind, "apply-stage", stage_id=0).status_code]
    busy = vim.send("DELETE", f"{kind}/strategy", {}).status_code
    assert (running, busy, vim.act(kind, "abort-stage", stage_id=1).status_code) == ([500, 500], 409, abort)
    vim.advance(40_000)
    paused = vim.get(kind)
    phase = paused["apply-phase"]
    assert (paused["state"], phase["result"], phase["current-stage"], phase["inprogress"]) == (
        "applying",
        "success",
        1,
        True,
    )
    refused = [
        vim.act(kind, "apply-stage", stage_id=0).status_code,
        vim.act(kind, "abort-stage", stage_id=0).status_code,
    ]
    assert refused == [500, abort]
    assert vim.act(kind, "apply-all").status_code == 202
    vim.advance(400_000)
    done = vim.get(kind)
    assert (done["state"], done["current-phase-completion-percentage"]) == ("applied", 100)
    assert answers(vim, kind) == [500, abort, 204]


@everywhere
def test_an_abort(server, release, kind):
    """The running step ends; a second abort gives up, and is refused on the main branch."""
    vim = server(release)
    vim.ready(kind)
    vim.act(kind, "apply-all")
    aborting = vim.act(kind, "abort-stage", stage_id=None)
    assert (aborting.status_code, aborting.json["strategy"]["state"]) == (202, "aborting")
    assert vim.send("DELETE", f"{kind}/strategy", {}).status_code == 409
    again = vim.act(kind, "abort")
    after = vim.get(kind)["state"]
    assert (again.status_code, after) == ((400, "aborting") if release == "stx-master" else (202, "aborted"))
    vim.advance(40_000)
    assert vim.get(kind)["state"] == "aborted"


@everywhere
def test_a_delete_by_force(server, release, kind):
    """It is done in any state."""
    vim = server(release)
    vim.create(kind)
    assert vim.send("DELETE", f"{kind}/strategy", {"force": True}).status_code == 204
    vim.ready(kind)
    vim.act(kind, "apply-all")
    assert vim.send("DELETE", f"{kind}/strategy", {"force": "true"}).status_code == 204
    assert vim.get(kind) is None


def test_the_refusal_of_an_abort_has_a_text_of_its_own_kind(server):
    """RELEASES.md 4: the main branch says 400 with a general text."""
    vim = server("stx-master")
    vim.ready("sw-upgrade")
    refused = vim.act("sw-upgrade", "abort")
    assert refused.json["faultcode"] == "Client"
    assert vim.act("sw-upgrade", "apply-stage", stage_id=7).json["faultcode"] == "Server"


# Builds that fail ---------------------------------------------------------------------------------------------------

CONTRADICTIONS = {
    "nothing": ({"release": None}, True, True),
    "both": ({"rollback": True}, True, True),
    "rollback and delete": ({"release": None, "rollback": True, "delete": True}, True, True),
    "rollback and no delete": ({"release": None, "rollback": True, "delete": False}, True, False),
    "rollback and snapshot": ({"release": None, "rollback": True, "snapshot": True}, True, True),
    "rollback and no snapshot": ({"release": None, "rollback": True, "snapshot": False}, True, False),
    "rollback alone": ({"release": None, "rollback": True}, False, False),
    "delete as well": ({"delete": True}, False, False),
}


@pytest.mark.parametrize(("members", "fails", "fails_on_main"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_contradictory_options_are_no_error_of_http(server, members, fails, fails_on_main):
    """RELEASES.md 3: 200, build-failed, phase initial, with the reason; the main branch asks what is true."""
    created = server("stx-12.0").create("sw-upgrade", **members)
    listed = [] if members.get("release", "") is None else ["r"]
    on_main = server("stx-master").create("sw-upgrade", **members | {"release": listed})
    found = []
    for answer in (created, on_main):
        strategy = answer.json["strategy"]
        failed = (strategy["state"], strategy["current-phase"]) == ("build-failed", "initial")
        assert (answer.status_code, failed) == (200, strategy["build-phase"]["reason"] != "")
        assert failed or strategy["state"] == "building"
        found.append(failed)
    assert found == [fails, fails_on_main]


def test_firmware_of_no_worker_is_never_built(server):
    """RELEASES.md 3: fw-update with workers ignored has failed at once; it can be deleted, and nothing else."""
    vim = server("stx-4.0")
    failed = vim.create("fw-update", worker_apply_type="ignore").json["strategy"]
    assert (failed["state"], failed["build-phase"]["result"]) == ("build-failed", "failed")
    assert answers(vim, "fw-update") == [500, 500, 204]


@pytest.mark.parametrize(
    ("release", "kind"),
    [
        ("stx-4.0", "fw-update"),
        ("stx-9.0", "sw-patch"),
        ("stx-9.0", "system-config-update"),
        ("stx-10.0", "sw-upgrade"),
        ("stx-master", "fw-update"),
    ],
)
def test_controllers_in_parallel_fail_to_build(server, release, kind):
    """RELEASES.md 3: taken by HTTP, and refused by the build."""
    vim = server(release)
    assert vim.create(kind, controller_apply_type="parallel").status_code == 200
    vim.advance(300)
    strategy = vim.get(kind)
    reason = "parallel apply type not allowed for controllers"
    assert (strategy["state"], strategy["build-phase"]["reason"]) == ("build-failed", reason)


# Generic kinds on their way -----------------------------------------------------------------------------------------


def steps_until(vim, kind, name, seconds=10):
    """Let time pass until a step of that name waits."""
    for _ in range(400):
        phase = vim.get(kind)["apply-phase"]
        stage = phase["stages"][phase["current-stage"]]
        step = stage["steps"][min(stage["current-step"], stage["total-steps"] - 1)]
        if (step["step-name"], step["result"]) == (name, "wait"):
            return
        vim.advance(seconds)
    raise AssertionError(f"no step {name} ever waits")


def undone(vim, kind):
    """State, and the steps of the abort phase."""
    strategy = vim.get(kind)
    return strategy["state"], [
        step["step-name"] for stage in strategy["abort-phase"]["stages"] for step in stage["steps"]
    ]


def test_what_was_done_is_undone(server):
    """An abort unlocks what was locked, and takes an update of firmware back."""
    vim = server("stx-5.0")
    vim.ready("fw-update")
    vim.act("fw-update", "apply-all")
    steps_until(vim, "fw-update", "lock-hosts")
    vim.act("fw-update", "abort")
    vim.advance(10_000)
    assert undone(vim, "fw-update") == ("aborted", ["unlock-hosts", "fw-update-abort-hosts"])
    deploying = server("stx-12.0")
    deploying.ready("sw-upgrade")
    deploying.act("sw-upgrade", "apply-all")
    steps_until(deploying, "sw-upgrade", "upgrade-hosts")
    deploying.act("sw-upgrade", "abort")
    deploying.advance(10_000)
    assert undone(deploying, "sw-upgrade") == ("aborted", ["unlock-hosts"])


def inject(vim, fault):
    """Let something go wrong."""
    answer = vim.client.post("/_control/faults", json={"faults": [fault]})
    assert answer.status_code == 200, answer.text


def test_what_fails_on_the_way_is_undone_too(server):
    """A generic step that fails on a host ends the apply, which is undone; its reason names the step."""
    vim = server("stx-12.0")
    inject(vim, {"step": "upgrade-hosts", "ends": "fails", "host": "worker-0"})
    vim.ready("sw-upgrade")
    vim.act("sw-upgrade", "apply-all")
    vim.advance(100_000)
    phase = vim.get("sw-upgrade")["apply-phase"]
    assert (phase["result"], phase["reason"]) == ("failed", "upgrade-hosts failed")
    assert undone(vim, "sw-upgrade") == ("aborted", ["unlock-hosts"])


def test_alarms_on_the_way_end_an_apply(server):
    """A stage of a generic kind asks for alarms first, and fails because of one."""
    vim = server("stx-9.0")
    vim.ready("kube-rootca-update")
    alarm = {"change": "alarm-raised", "alarm": {"alarm_id": "100.101", "alarm_uuid": "1"}, "when": {"seconds": 0}}
    inject(vim, alarm)
    vim.act("kube-rootca-update", "apply-all")
    vim.advance(1_000)
    strategy = vim.get("kube-rootca-update")
    assert (strategy["state"], strategy["apply-phase"]["result"]) == ("aborted", "failed")
    assert "100.101" in strategy["apply-phase"]["reason"]


def test_a_restart_goes_on_with_a_generic_step(server):
    """Work that was asked for before a restart is done after it."""
    vim = server("stx-12.0")
    vim.ready("sw-upgrade")
    vim.act("sw-upgrade", "apply-all")
    steps_until(vim, "sw-upgrade", "start-upgrade")
    assert vim.client.post("/_control/restart").status_code < 300
    vim.advance(400_000)
    assert vim.get("sw-upgrade")["state"] == "applied"


@pytest.mark.parametrize(("release", "status"), [("stx-7.0", 400), ("stx-8.0", 500), ("stx-master", 500)])
def test_a_huge_stage_id_is_an_error_of_the_server_from_eight_on(server, release, status):
    """REAL-VIM.md 4: a number that no machine word holds; one that fits goes on to the engine."""
    vim = server(release)
    asked = [vim.act("sw-upgrade", "apply-stage", stage_id=number).status_code for number in (10**30, 10**12)]
    assert asked == [status, 404]
