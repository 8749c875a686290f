"""Failure paths: faults told in the names of the target's world, and scenarios that need a target which can fail."""

# ruff: noqa: E501 - a table of cases has a line each

import io
import json
from dataclasses import replace

import pytest

from conformance.drivers.faults import named
from conformance.drivers.lifecycle import play, read_scenarios
from conformance.targets.control import detect
from reference_server import create_app
from reference_server.rulebooks import load_release

SCENARIOS = {scenario.id: scenario for scenario in read_scenarios()}
WORLD = {
    "hosts": [
        {"name": "c-0", "personality": "controller,worker"},
        {"name": "w-0", "personality": "worker", "admin_state": "locked"},
        {"name": "w-1", "personality": "worker", "admin_state": "unlocked"},
    ],
    "instances": [{"name": "vm-0", "uuid": "u0", "host": "w-1", "admin_state": "unlocked"}],
}


@pytest.fixture
def wrong(target_of, talking):
    """A conversation with a reference server some of whose quirks are changed; control works."""

    def make(**quirks):
        release = load_release("published")
        rules = replace(release.rulebook, quirks=replace(release.rulebook.quirks, **quirks))
        target = target_of(create_app(release=replace(release, rulebook=rules)))
        target.control = detect(target.send, None)
        return talking(target)

    return make


@pytest.mark.parametrize(
    ("word", "name"), [("{controller}", "c-0"), ("{worker}", "w-1"), ("{instance}", "vm-0"), ("w-0", "w-0")]
)
def test_words_stand_for_the_first_of_their_sort(word, name):
    """A scenario names no host of its own: its words are the first working worker, controller, instance."""
    assert named([{"step": "lock-hosts", "host": word}], WORLD) == [{"step": "lock-hosts", "host": name}]


def test_a_world_without_one_of_the_sort_is_said():
    """A fault on an instance cannot be told to a world without one."""
    with pytest.raises(LookupError, match="no instance"):
        named([{"change": "instance-vanishes", "instance": "{instance}"}], WORLD | {"instances": []})


def test_without_faults_on_offer_nothing_is_played(target_of, talking):
    """A target whose control offers no faults is not asked for anything, and the reason says what is missing."""
    target = target_of(create_app())
    target.control = detect(target.send, None)
    target.control.offers = frozenset({"clock", "world", "reset"})
    talk = talking(target)
    assert play(SCENARIOS["step-fails-lock-fails-sw-patch"], talk) == "it needs a target whose control offers faults"
    assert talk.exchanges == []


@pytest.mark.parametrize(
    ("scenario", "states"),
    [
        ("build-fails-alarm-sw-patch", ["building", "build-failed"]),
        ("build-times-out-alarms-sw-upgrade", ["building", "build-timeout"]),
        ("step-fails-alarm-sw-patch", ["building", "ready-to-apply", "applying", "aborted"]),
        ("step-fails-patch-hangs-sw-patch", ["building", "ready-to-apply", "applying", "aborting", "aborted"]),
        ("undo-fails-fails-sw-upgrade", ["building", "ready-to-apply", "applying", "aborting", "abort-failed"]),
        ("undo-fails-hangs-sw-patch", ["building", "ready-to-apply", "applying", "aborting", "abort-timeout"]),
        ("restart-unanswered-sw-patch", ["building", "build-timeout"]),
    ],
)
def test_a_failure_shows_its_states(scenario, states, talk):
    """The states of a failure path are all seen, in their order, and none is charged."""
    assert play(SCENARIOS[scenario], talk) is None
    assert (list(dict.fromkeys(talk.states)), talk.failures) == (states, set())


def test_faults_are_over_with_the_scenario(talk):
    """After a scenario with faults the same target applies a strategy to the end."""
    play(SCENARIOS["step-fails-lock-fails-sw-patch"], talk)
    assert play(SCENARIOS["apply-all-sw-patch"], talk) is None


def test_a_server_that_rests_in_apply_failed_is_found_out(wrong):
    """A server that does not abort by itself after a failure fails, which no run without faults could show."""
    talk = wrong(failed_apply_ends_aborted=False)
    play(SCENARIOS["apply-all-sw-patch"], talk)
    assert talk.failures == set()
    play(SCENARIOS["step-fails-lock-fails-sw-patch"], talk)
    assert talk.failures != set()


# --- a lawful target whose control does less, or does it otherwise


@pytest.fixture
def hooked(target_of, talking):
    """A conversation with a reference server in front of which a hook stands.

    The hook gets method, path, body and a client that passes it by; it gives a status and JSON, or None.
    """

    def make(hook):
        app = create_app()
        client = app.test_client()

        def wsgi(environ, start_response):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            found = hook(environ["REQUEST_METHOD"], environ["PATH_INFO"], body, client)
            if found is None:
                return app(environ, start_response)
            start_response(f"{found[0]} Hooked", [("Content-Type", "application/json")])
            return [b"" if found[1] is None else json.dumps(found[1]).encode()]

        target = target_of(wsgi)
        target.control = detect(target.send, None)
        return talking(target)

    return make


def refusing(method, path, status, word=b""):
    """A hook that refuses one request of the control when the word is in its body."""

    def hook(asked, where, body, _):
        return (status, {"faultstring": "no"}) if (asked, where) == (method, path) and word in body else None

    return hook


@pytest.mark.parametrize(
    ("hook", "scenario", "reason"),
    [
        (refusing("POST", "/_control/faults", 404), "step-fails-lock-fails-sw-patch", "POST /_control/faults answered 404"),
        (refusing("POST", "/_control/faults", 400, b"never"), "step-fails-lock-hangs-sw-patch", "POST /_control/faults answered 400"),
        (refusing("POST", "/_control/faults", 501, b"change"), "build-fails-alarm-sw-patch", "POST /_control/faults answered 501"),
        (refusing("GET", "/_control/world", 405), "step-fails-worker-lock-fails-sw-patch", "GET /_control/world answered 405"),
        (refusing("POST", "/_control/restart", 501), "restart-sw-patch", "POST /_control/restart answered 501"),
    ],
    ids=["no-faults", "no-never", "no-changes", "no-reading", "no-restart"],
)  # fmt: skip
def test_what_the_control_refuses_is_not_played(hook, scenario, reason, hooked):
    """A fault, a look at the world or a restart that is refused ends that scenario with a reason, and not the run."""
    talk = hooked(hook)
    assert play(SCENARIOS[scenario], talk) == f"the control of the target cannot do it: {reason}"
    assert play(SCENARIOS["abort-at-once-sw-patch"], talk) is None
    assert talk.failures == set()


def test_faults_that_name_nobody_need_no_world(hooked):
    """A lock that fails on every host can be played where the world cannot be read."""
    talk = hooked(refusing("GET", "/_control/world", 405))
    talk.target.control.offers -= {"world"}
    assert play(SCENARIOS["step-fails-lock-fails-sw-patch"], talk) is None
    assert play(SCENARIOS["step-fails-worker-lock-fails-sw-patch"], talk) == (
        "it needs a target whose control offers world"
    )


def at_once(method, path, _body, client):
    """Answers an action when all that is due has happened."""
    if method != "POST" or not path.endswith("/actions"):
        return None
    answer = client.post(path, data=_body, content_type="application/json")
    client.post("/_control/clock", json={"advance": 0})
    return answer.status_code, client.get(path.removesuffix("/actions")).json if answer.status_code == 202 else {}


def going_on(method, path, _body, client):
    """Restarts in a second in which work goes on; the clock is said to stand where it stood."""
    if (method, path) != ("POST", "/_control/restart"):
        return None
    now = client.get("/_control").json["now"]
    client.post("/_control/restart")
    client.post("/_control/clock", json={"advance": 90})
    return 200, {"now": now, "world": "default"}


@pytest.mark.parametrize(
    ("hook", "scenario"),
    [
        (at_once, "step-fails-query-at-once"),
        (at_once, "step-fails-swact-fails-sw-patch"),
        (going_on, "restart-sw-patch"),
        (going_on, "restart-sw-upgrade"),
    ],
)
def test_what_happens_at_once_is_no_finding(hook, scenario, hooked):
    """An apply that fails before its answer is written, and a restart that takes its time, are lawful."""
    fault = {"step": "query-alarms", "phase": "apply", "ends": "fails", "seconds": 0}
    script = SCENARIOS.get(scenario) or replace(SCENARIOS["step-fails-query-fails-sw-patch"], faults=(fault,))
    talk = hooked(hook)
    assert play(script, talk) is None
    assert talk.failures == set()


# --- an unlawful target: what is shown on a failure path is changed


def showing(edit, *, restarts=0):
    """A hook that edits every strategy that is shown once the service was restarted so often."""
    seen = []

    def hook(method, path, body, client):
        if path == "/_control/restart":
            seen.append(path)
        if path == "/_control/reset":
            seen.clear()
        if path.startswith("/_control") or len(seen) < restarts:
            return None
        answer = client.open(path, method=method, data=body, content_type="application/json" if body else None)
        value = answer.get_json(silent=True)
        if answer.status_code < 300 and "strategy" in (value or {}):
            edit(value["strategy"])
        return answer.status_code, value

    return hook


def failing(strategy):
    """The apply phase and the stage and the step at which it went wrong; empty ones before that."""
    apply = strategy["apply-phase"]
    stage = next((each for each in apply["stages"] if each["result"] in ("failed", "timed-out")), {})
    step = next((each for each in stage.get("steps", ()) if each["result"] in ("failed", "timed-out")), {})
    return (apply, stage, step) if step else ({}, {}, {})


def undo_missing(strategy):
    """The abort phase has no stage."""
    strategy["abort-phase"] |= {"stages": [], "total-stages": 0, "current-stage": 0, "stop-at-stage": 0, "timeout": 0}


def undo_lacks_a_step(strategy):
    """The abort stage lacks its last step."""
    for stage in strategy["abort-phase"]["stages"]:
        stage["timeout"] -= stage["steps"].pop()["timeout"]
        stage["total-steps"] -= 1


def undo_in_another_order(strategy):
    """The steps of the abort stage are named in the order in which they were done."""
    for stage in strategy["abort-phase"]["stages"]:
        names = [
            (step["step-name"], step["entity-type"], step["entity-names"], step["entity-uuids"])
            for step in stage["steps"]
        ]
        for step, told in zip(stage["steps"], reversed(names), strict=True):
            step |= dict(zip(("step-name", "entity-type", "entity-names", "entity-uuids"), told, strict=True))


def failed_step_succeeds(strategy):
    """The step that failed shows success."""
    failing(strategy)[2].update(result="success", reason="")


def whole_failure_succeeds(strategy):
    """Step, stage and phase that failed all show success."""
    for part in failing(strategy):
        part.update(result="success", reason="")


def reason_stays_below(strategy):
    """The step has a reason, the stage and the phase have none."""
    for part in failing(strategy)[:2]:
        part.update(reason="")


def phase_loses_the_reason(strategy):
    """The phase has no reason, the stage has."""
    failing(strategy)[0].update(reason="")


def timed_out_is_failed(strategy):
    """The step was timed out, stage and phase show failed."""
    for part in failing(strategy)[:2]:
        part.update(result="failed")


def later_stage_runs(strategy):
    """The stage after the one that failed has begun."""
    apply, stage, _ = failing(strategy)
    following = apply["stages"][stage["stage-id"] + 1 :][:1] if apply else ()
    for each in following:
        each |= {"result": "inprogress", "inprogress": True, "start-date-time": stage["end-date-time"]}


def result_is_reset(strategy):
    """The apply phase that failed is as if it had never begun."""
    failing(strategy)[0].update(result="initial", reason="")


def abort_failed_is_aborted(strategy):
    """The state is aborted although the abort phase failed."""
    strategy["state"] = {"abort-failed": "aborted", "abort-timeout": "aborted"}.get(
        strategy["state"], strategy["state"]
    )


def dates_change(strategy):
    """The build phase began a second earlier."""
    strategy["build-phase"]["start-date-time"] = "2016-11-16 00:00:00"


def stage_runs_again(strategy):
    """The stage that was finished begins anew."""
    strategy["apply-phase"]["current-stage"] = 0
    for stage in strategy["apply-phase"]["stages"][:1]:
        stage |= {"result": "inprogress", "inprogress": True, "current-step": 0, "end-date-time": ""}
        for step in stage["steps"]:
            step |= {"result": "initial", "start-date-time": "", "end-date-time": ""}


def state_sticks(strategy):
    """The abort has ended, and the state is still aborting."""
    strategy["state"] = "aborting" if strategy["state"] == "aborted" else strategy["state"]


def losing(method, path, _body, client):
    """A restart that loses the strategy."""
    if (method, path) == ("POST", "/_control/restart"):
        for kind in ("sw-patch", "sw-upgrade"):
            client.delete(f"/api/orchestration/{kind}/strategy", json={"force": True})


LOCK, HANGS, STOPPED = (f"step-fails-{case}-sw-patch" for case in ("lock-fails", "lock-hangs", "stopped"))
# Instances are stopped on the worker before its lock fails: there are two things to undo, in reverse order.
STOPPING = replace(
    SCENARIOS["step-fails-worker-lock-fails-sw-patch"],
    steps=({"create": {"default-instance-action": "stop-start"}}, *SCENARIOS[LOCK].steps[1:]),
)


@pytest.mark.parametrize(
    ("hook", "scenario", "requirement"),
    [
        (showing(undo_missing), LOCK, "VIM-LIFE-098"),
        (showing(undo_lacks_a_step), STOPPED, "VIM-LIFE-098"),
        (showing(undo_in_another_order), STOPPED, "VIM-LIFE-098"),
        (showing(failed_step_succeeds), LOCK, "VIM-LIFE-092"),
        (showing(whole_failure_succeeds), LOCK, "VIM-LIFE-045"),
        (showing(reason_stays_below), LOCK, "VIM-LIFE-092"),
        (showing(phase_loses_the_reason), LOCK, "VIM-LIFE-093"),
        (showing(timed_out_is_failed), HANGS, "VIM-LIFE-092"),
        (showing(later_stage_runs), LOCK, "VIM-LIFE-094"),
        (showing(result_is_reset), LOCK, "VIM-LIFE-045"),
        (showing(abort_failed_is_aborted), "undo-fails-fails-sw-patch", "VIM-LIFE-045"),
        (showing(abort_failed_is_aborted), "undo-fails-hangs-sw-upgrade", "VIM-LIFE-045"),
        (losing, "restart-sw-patch", "VIM-PGET-013"),
        (showing(dates_change, restarts=1), "restart-sw-patch", "VIM-LIFE-039"),
        (showing(stage_runs_again, restarts=3), "restart-sw-patch", "VIM-LIFE-025"),
        (showing(state_sticks), LOCK, "VIM-LIFE-045"),
    ],
)  # fmt: skip
def test_what_is_unlawful_on_a_failure_path_is_found_out(hook, scenario, requirement, hooked):
    """Each way to get a failure, an undo or a restart wrong is charged to the requirement that it breaks."""
    talk = hooked(hook)
    play(SCENARIOS.get(scenario, STOPPING), talk)
    assert requirement in talk.failures


@pytest.mark.parametrize("scenario", ["step-fails-lock-fails-sw-patch", "step-fails-lock-hangs-sw-upgrade"])
def test_a_failure_without_an_abort_is_found_out(scenario, wrong):
    """A server that rests after a failure breaks the requirement that it aborts by itself, whatever its state."""
    talk = wrong(failed_apply_ends_aborted=False)
    play(SCENARIOS[scenario], talk)
    assert talk.failures & {"VIM-LIFE-046", "VIM-LIFE-088"}


def test_a_plain_target_behind_the_hook_has_no_findings(hooked):
    """What the edits are made to is lawful, so that it is the edit that is found."""
    talk = hooked(showing(lambda _: None))
    reasons = [play(scenario, talk) for scenario in (STOPPING, SCENARIOS[HANGS], SCENARIOS["restart-sw-patch"])]
    assert (reasons, talk.failures) == ([None, None, None], set())


@pytest.mark.parametrize(
    ("hook", "scenario", "line"),
    [
        (showing(failed_step_succeeds), LOCK, "/_control/faults"),
        (showing(dates_change, restarts=1), "restart-sw-patch", "/_control/restart"),
    ],
)
def test_a_finding_is_shown_again_with_what_was_done(hook, scenario, line, hooked):
    """The script of a finding injects the fault and restarts the service: without it nobody would see it again."""
    talk = hooked(hook)
    play(SCENARIOS[scenario], talk)
    scripts = [found.reproducer for result in talk.judge.results() for found in result.findings]
    assert scripts
    assert [text for text in scripts if line not in text] == []
