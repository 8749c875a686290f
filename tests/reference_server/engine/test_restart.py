"""ENGINE.md 8.6: a strategy after a restart of the engine."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.restart import restart
from reference_server.engine.words import Result


def restarted(played, seconds=100):
    """The play after the engine was down for so long."""
    played.wait(seconds)
    turn = restart(played.strategy, played.now, played.fleet, played.rules)
    played.strategy, played.effects = turn.strategy, turn.effects
    return played


def timeouts(strategy):
    """Timeouts of the three phases."""
    return strategy.build.timeout, strategy.apply.timeout, strategy.abort.timeout


@pytest.fixture
def stages(make_step):
    """Two stages with timeouts 961 and 901."""
    return [
        [make_step("query-alarms", timeout=60, fail_on_alarms=True), make_step("lock-hosts", "controller-0")],
        [make_step("swact-hosts", "controller-0")],
    ]


@pytest.mark.parametrize(
    ("bring", "before", "after"),
    [
        pytest.param(lambda p: p, (62, 0, 0), (0, 0, 0), id="ready"),
        pytest.param(lambda p: p.apply(), (62, 1863, 0), (0, 1863, 0), id="running"),
        pytest.param(
            lambda p: p.apply().alarms().locked("controller-0"), (62, 1863, 0), (0, 902, 0), id="in its second stage"
        ),
        pytest.param(lambda p: p.apply(0).alarms().locked("controller-0"), (62, 962, 0), (0, 0, 0), id="paused"),
        pytest.param(
            lambda p: p.apply().alarms().abort().locked("controller-0"), (62, 1863, 1802), (0, 0, 1802), id="undoing"
        ),
    ],
)
def test_phase_timeouts(play, stages, bring, before, after):
    """A phase that does not run forgets its timeout, a running one has that of what remains (B10)."""
    played = bring(play(*stages))
    assert timeouts(played.strategy) == before
    assert timeouts(restarted(played).strategy) == after


def test_without_the_quirk_timeouts_stay(play, stages):
    """B10 off: timeouts survive."""
    played = play(*stages, restart_forgets_phase_timeout=False).apply()
    assert timeouts(restarted(played).strategy) == (62, 1863, 0)


def test_timers_start_anew(play, stages):
    """Step, stage and phase have their full time again."""
    played = restarted(play(*stages).apply())
    assert (played.step.due, played.stage.due, played.phase.due) == (
        played.now + 60,
        played.now + 961,
        played.now + 1863,
    )


def test_everything_else_is_as_it_was(play, stages):
    """State, results, indices and dates survive, and nothing is asked again."""
    played = play(*stages).apply().alarms()
    before = played.strategy
    restarted(played)
    assert played.effects == ()
    assert (played.strategy.state, played.strategy.current_phase) == (before.state, before.current_phase)
    assert played.stage.steps[0] == before.apply.stages[0].steps[0]
    assert (played.step.result, played.step.started) == ("wait", before.apply.stages[0].steps[1].started)


def test_a_step_fed_by_events_goes_on(play, stages):
    """The lock that the engine waited for ends the step after the restart."""
    played = restarted(play(*stages).apply().alarms()).locked("controller-0")
    assert (played.state, played.step.name) == ("applying", "swact-hosts")


def test_ticks_are_counted_anew(play, stages):
    """The 120 s of a swact begin again with the first tick after the restart."""
    played = restarted(play(*stages).apply().alarms().locked("controller-0").tick(10).tick(100))
    assert played.tick().tick(119.5).state == "applying"
    assert played.tick(0.5).state == "applied"


@pytest.mark.parametrize(
    ("bring", "state"),
    [(lambda p, _: p().create(), "build-timeout"), (lambda p, stages: p(*stages).apply(), "aborted")],
    ids=["building", "applying"],
)
def test_a_query_that_lost_its_answer_times_out(play, stages, bring, state):
    """A query is not sent again; it ends after its 60 s."""
    played = restarted(bring(play, stages))
    begun = played.now
    assert played.expire().state == state
    assert played.now == begun + 60.5


def test_without_the_quirk_a_query_is_asked_again(play, stages):
    """B10 off: the query that was not answered is sent again, and its answer counts."""
    played = restarted(play(*stages, restart_forgets_phase_timeout=False).apply())
    assert played.effects == (m.QueryAlarms(played.asker),)
    assert played.answered().step.name == "lock-hosts"


def test_hosts_are_looked_up_by_name(play, make_step):
    """A host that vanished keeps its name in the step and loses its uuid; one with a new uuid shows it."""
    played = play([make_step("swact-hosts", "controller-0", "controller-1")]).apply()
    played.gone("controller-0").change("controller-1", uuid="another")
    step = restarted(played).step
    assert (step.entity_names, step.entity_uuids) == (("controller-0", "controller-1"), ("another",))


def test_instances_are_looked_up_by_uuid(play, make_step):
    """An instance that vanished keeps its uuid in the step and loses its name."""
    played = play([make_step("migrate-instances", "vm-0", "vm-1")]).apply()
    played.fleet = replace(played.fleet, instances=(replace(played.fleet.instances[1], name="renamed"),))
    step = restarted(played).step
    assert (step.entity_names, step.entity_uuids) == (("renamed",), ("uuid-vm-0", "uuid-vm-1"))


def test_a_phase_that_never_began_is_begun_anew(play, stages):
    """Rule 6: stored in progress with a first step that was not started, a phase is as before its start."""
    before = play(*stages)
    strategy = before.strategy
    first = replace(strategy.apply.stages[0], inprogress=True, result=Result.INPROGRESS, started=5.0, due=9.0)
    running = replace(strategy.apply, inprogress=True, result=Result.INPROGRESS, started=5.0, timeout=1863, due=9.0)
    before.strategy = replace(strategy, apply=replace(running, stages=(first, *strategy.apply.stages[1:])))
    assert restarted(before).strategy.apply == strategy.apply


def test_a_phase_that_has_begun_is_not_begun_anew(play, stages):
    """Rule 6 is about the first stage alone: a pause before the second one survives."""
    paused = play(*stages).apply(0).alarms().locked("controller-0")
    assert restarted(paused).phase.inprogress
    assert paused.apply().step.name == "swact-hosts"
