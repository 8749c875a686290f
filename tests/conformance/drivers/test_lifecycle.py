"""Scripted lifecycles: the files, and what playing them does to a target."""

import io
import json

import pytest

from conformance.drivers.conversation import NotCleared
from conformance.drivers.lifecycle import play, read_scenarios
from conformance.targets.control import detect
from conformance.targets.pace import WallPace
from reference_server import create_app
from reference_server.clock import VirtualClock
from spec.documents import DocumentError

SCENARIOS = {scenario.id: scenario for scenario in read_scenarios()}
STRATEGIES = ("/api/orchestration/sw-patch/strategy", "/api/orchestration/sw-upgrade/strategy")


@pytest.fixture
def uncontrolled(target_of):
    """The reference server as a real system shows itself: without control, on a clock that the pace's sleep moves."""
    clock = VirtualClock()
    target = target_of(create_app(control=False, clock=clock))
    return target, WallPace(sleep=clock.advance, clock=clock.now)


def is_empty(target):
    """Neither kind of strategy is there."""
    return [target.send("GET", path).status for path in STRATEGIES] == [404, 404]


def test_scenarios_have_ids_of_their_own():
    """No two scenarios share an id, and both kinds of strategy have some."""
    scenarios = read_scenarios()
    assert len(SCENARIOS) == len(scenarios)
    assert {scenario.kind for scenario in scenarios} == {"sw-patch", "sw-upgrade"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_goes_through_on_the_reference_server(name, talk):
    """Every scenario goes through on the reference server, is judged without a failure, and leaves nothing."""
    assert play(SCENARIOS[name], talk) is None
    assert talk.failures == set()
    assert is_empty(talk.target)


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("apply-all-sw-patch", ["building", "ready-to-apply", "applying", "applied"]),
        ("stage-by-stage-sw-upgrade", ["building", "ready-to-apply", "applying", "applied"]),
        ("abort-with-undo-sw-patch", ["building", "ready-to-apply", "applying", "aborting", "aborted"]),
        ("abort-paused-sw-upgrade", ["building", "ready-to-apply", "applying", "aborted"]),
        ("nothing-to-do-sw-patch", ["building", "build-failed"]),
    ],
)
def test_a_scenario_shows_the_states_it_is_about(name, states, talk):
    """The states that a scenario is about are all seen, in their order."""
    play(SCENARIOS[name], talk)
    assert list(dict.fromkeys(talk.states)) == states


def test_a_wait_sees_the_percentages_in_between(talk):
    """Virtual waits look often enough to see an apply phase at many percentages."""
    play(SCENARIOS["apply-all-sw-patch"], talk)
    phases = [
        exchange.response_json["strategy"]["apply-phase"]
        for exchange in talk.exchanges
        if exchange.status in (200, 202)
    ]
    steps = sum(stage["total-steps"] for stage in phases[-1]["stages"])
    assert len({phase["completion-percentage"] for phase in phases}) >= steps * 0.7


def test_a_scenario_that_cannot_go_on_says_why(answering, target_of, talking):
    """When a step is not answered as expected, the reason names the step and the answer."""
    talk = talking(target_of(answering("503 Service Unavailable")))
    reason = play(SCENARIOS["abort-at-once-sw-patch"], talk)
    assert reason == "step 1 (create {}): answered 503, so what comes after it could not be tried"


def test_a_wait_in_vain_says_what_was_seen(faulty, talking):
    """When a state does not come about within the limit, the reason says which state is there instead."""
    talk = talking(faulty(lambda strategy: strategy.update(state="building")))
    reason = play(SCENARIOS["twice-sw-patch"], talk)
    assert reason == "step 2 (wait {'state': 'ready-to-apply'}): did not come about; state building, phase build"


def test_a_target_that_keeps_its_strategy_is_said(target_of, talking):
    """A target that neither ends nor deletes its strategy is NotCleared: nothing more can be tried on it."""
    clock = VirtualClock()
    talk = talking(
        target_of(create_app(control=False, clock=VirtualClock())), pace=WallPace(sleep=clock.advance, clock=clock.now)
    )
    with pytest.raises(NotCleared, match="the sw-patch strategy is still there"):
        play(SCENARIOS["twice-sw-patch"], talk)


@pytest.mark.parametrize("name", ["abort-with-undo-sw-patch", "abort-later-stage-sw-upgrade", "apply-all-sw-patch"])
def test_a_target_without_control_is_cleared_by_its_own_means(name, uncontrolled, talking):
    """Without control a scenario goes through by polling, and abort, wait and delete leave nothing behind."""
    target, pace = uncontrolled
    assert play(SCENARIOS[name], talking(target, pace=pace)) is None
    assert is_empty(target)


@pytest.mark.parametrize("stopped_at", range(1, 24))
@pytest.mark.parametrize("name", ["twice-sw-patch", "abort-with-undo-sw-upgrade"])
def test_an_interrupted_scenario_leaves_nothing_and_accuses_nobody(name, stopped_at, uncontrolled, talking):
    """Ctrl-C after any request, before it is judged, leaves no strategy behind and no false finding."""
    target, pace = uncontrolled
    talk = talking(target, pace=pace)
    send, sent = target.send, []

    def interrupting(*arguments, **options):
        sent.append(arguments)
        exchange = send(*arguments, **options)
        if len(sent) == stopped_at:
            raise KeyboardInterrupt
        return exchange

    target.send = interrupting
    with pytest.raises(KeyboardInterrupt):
        play(SCENARIOS[name], talk)
    assert talk.failures == set()
    assert is_empty(target)


def test_what_would_leave_hosts_locked_is_not_played_on_a_real_system(uncontrolled, talking):
    """A second abort is only tried where the target can be reset; on others nothing at all is sent."""
    target, pace = uncontrolled
    talk = talking(target, pace=pace)
    assert "cannot be reset" in play(SCENARIOS["second-abort-sw-patch"], talk)
    assert talk.exchanges == []


def test_no_forced_delete_is_sent_to_a_real_system(uncontrolled, talking):
    """On a target that cannot be reset nothing is deleted by force."""
    target, pace = uncontrolled
    talk = talking(target, pace=pace)
    play(SCENARIOS["every-request-building-sw-patch"], talk)
    assert b'"force": true' not in b"".join(exchange.request_body for exchange in talk.exchanges)


def test_without_the_right_to_change_nothing_is_cleared(embedded, talking):
    """A conversation that may not change the target never resets it."""
    talking(embedded).send_json("create", "sw-upgrade", {"storage-apply-type": "serial", "worker-apply-type": "serial"})
    talking(embedded, changes=False).clear()
    assert embedded.send("GET", STRATEGIES[1]).status == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: x\nkinds: [sw-patch]\n", "broken.yaml"),
        ("title: x\nkinds: [sw-patch]\nsteps:\n  - act: {action: abort, stages: 1}\n", "broken.yaml:4"),
        ("title: x\nkinds: [fw-update]\nsteps:\n  - get: true\n", "broken.yaml:2"),
        ("title: x\nkinds: [sw-patch]\nsteps:\n  - wait: {paused: true}\n", "broken.yaml:4"),
        ("title: x\nkinds: [sw-patch]\nsteps:\n  - while: paused\n", "broken.yaml:4"),
    ],
    ids=["no steps", "unknown member", "unknown kind", "unknown condition", "while without do"],
)
def test_a_broken_scenario_is_refused_with_its_line(text, said, tmp_path):
    """A scenario that breaks its schema is an error that names file and line."""
    (tmp_path / "broken.yaml").write_text(text)
    with pytest.raises(DocumentError) as caught:
        read_scenarios(tmp_path)
    assert said in str(caught.value)


def altered(change):
    """The reference server with every strategy that it shows changed."""
    app = create_app()

    def application(environ, start_response):
        begun = []
        content = b"".join(app(environ, lambda *head: begun.append(head)))
        (status, headers, *_) = begun[0]
        value = json.loads(content) if content else None
        if isinstance(value, dict) and isinstance(value.get("strategy"), dict):
            change(value["strategy"])
            content = json.dumps(value).encode()
            headers = [(name, text) for name, text in headers if name != "Content-Length"]
        start_response(status, headers)
        return [content]

    return application


@pytest.fixture
def faulty(target_of):
    """Makes a target that is the reference server with every strategy changed; control works."""

    def make(change):
        target = target_of(altered(change))
        target.control = detect(target.send, None)
        return target

    return make


def drop_reason(strategy):
    """Drop a member of a phase."""
    strategy["build-phase"].pop("reason")


def rename_state(strategy):
    """Change one word."""
    strategy["state"] = {"applying": "apply"}.get(strategy["state"], strategy["state"])


def going_back():
    """Let one percentage go back once."""
    shown = []

    def change(strategy):
        phase = strategy["apply-phase"]
        shown.append(phase["completion-percentage"])
        if len([percent for percent in shown if 40 <= percent < 100]) == 5:
            phase["completion-percentage"] = strategy["current-phase-completion-percentage"] = 20

    return change


@pytest.mark.parametrize(
    ("change", "requirement"),
    [(drop_reason, "VIM-PGET-020"), (rename_state, "VIM-LIFE-046"), (going_back(), "VIM-LIFE-025")],
    ids=["a member dropped", "a state word changed", "a percentage going back"],
)
def test_a_faulty_server_is_found_out_by_one_lifecycle(change, requirement, faulty, talking):
    """One apply-all finds a dropped member, a changed word and a percentage that goes back, by requirement."""
    talk = talking(faulty(change))
    play(SCENARIOS["apply-all-sw-patch"], talk)
    assert requirement in talk.failures


def served_by_many():
    """Show another extra member in every answer, at the top and in a phase."""
    shown = []

    def change(strategy):
        shown.append(strategy)
        strategy["served-by"] = strategy["apply-phase"]["served-by"] = f"controller-{len(shown)}"

    return change


@pytest.mark.parametrize("name", ["apply-all-sw-patch", "every-request-running-sw-patch"])
def test_what_a_vendor_adds_costs_no_looks_and_no_findings(name, faulty, talking, talk):
    """A member that changes with every answer is not judged, and does not make a run look more often."""
    other = talking(faulty(served_by_many()))
    assert (play(SCENARIOS[name], talk), play(SCENARIOS[name], other)) == (None, None)
    assert other.failures == set()
    assert len(other.exchanges) == len(talk.exchanges)


def refusing(refuses, status):
    """The reference server, but requests of a kind are refused with a status."""
    app = create_app()

    def application(environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        begun = []
        content = b"".join(app(environ, lambda *head: begun.append(head)) if not refuses(environ, body) else ())
        status_, headers, *_ = begun[0] if begun else (status, [])
        start_response(status if status_.startswith("409") else status_, headers)
        return [content]

    return application


@pytest.mark.parametrize(
    ("refuses", "status"),
    [
        (lambda _, body: isinstance(_stage_id(body), int), "400 Bad Request"),
        (lambda *_: False, "403 Forbidden"),
    ],
    ids=["takes only text as stage-id", "refuses with 403"],
)
@pytest.mark.parametrize("name", ["stage-by-stage-sw-patch", "every-request-paused-sw-patch"])
def test_a_lawful_server_of_another_make_is_judged_fully(name, refuses, status, target_of, talking, talk):
    """What the reference leaves to the server costs it neither findings nor requirements that were looked at."""
    target = target_of(refusing(refuses, status))
    target.control = detect(target.send, None)
    other = talking(target)
    assert (play(SCENARIOS[name], talk), play(SCENARIOS[name], other)) == (None, None)
    assert other.failures == set()
    assert lifecycles(talk) == lifecycles(other)


def lifecycles(talk):
    """The requirements of lifecycles that were looked at."""
    return {name for name, row in talk.judge.tally.rows.items() if row.checked and name.startswith("VIM-LIFE")}


def _stage_id(body):
    try:
        return json.loads(body).get("stage-id")
    except (ValueError, AttributeError):
        return None
