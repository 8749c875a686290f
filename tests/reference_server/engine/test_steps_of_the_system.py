"""ENGINE.md 4.2, the steps on nothing: queries, system-stabilize, wait-data-sync, activate, complete; 7, alarms."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.fleet import UpgradeRecord
from reference_server.engine.model import StrategyRequest
from reference_server.engine.words import AlarmRestrictions, Kind

APPLIED = ("applied", "apply", "success", "")
PRESENT = "alarms from platform are present"
RELAXED = StrategyRequest(Kind.SW_PATCH, alarm_restrictions=AlarmRestrictions.RELAXED)
UPGRADE = StrategyRequest(Kind.SW_UPGRADE)


def failed(reason):
    """How a strategy ends whose only step failed with nothing to undo."""
    return "aborted", "abort", "failed", reason


@pytest.fixture
def run(play, make_step):
    """Applies a strategy whose only step has this name."""

    def begin(name, *, timeout=900, request=None, **fields):
        return play([make_step(name, timeout=timeout, **fields)], request=request).apply()

    return begin


# queries -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("query-alarms", m.QueryAlarms),
        ("query-sw-patches", m.QueryPatches),
        ("query-sw-patch-hosts", m.QueryPatchHosts),
        ("query-upgrade", m.QueryUpgrade),
    ],
)
class TestQueries:
    """Steps that ask one question."""

    def test_answer(self, run, name, question):
        """The step asks its question, and ends with the answer."""
        played = run(name)
        assert played.effects == (question(played.asker),)
        assert played.answered().story == APPLIED

    def test_failure(self, run, name, question):
        """A query that is not completed fails without a reason."""
        played = run(name)
        assert played.tell(m.QueryFailed(played.asker)).story == failed("")

    def test_silence(self, run, name, question):
        """A query without an answer times out."""
        assert run(name, timeout=60).expire().story == ("aborted", "abort", "timed-out", "")

    def test_others(self, run, name, question):
        """Neither ticks nor changes of the fleet end a query, nor an answer to somebody else."""
        played = run(name).tick(30).host("compute-0", availability="degraded").instance("vm-0", enabled=False)
        stranger = replace(played.asker, step=1)
        assert played.tell(m.AlarmsAnswered(stranger, ())).state == "applying"
        assert played.tell(m.AlarmsAnswered(replace(played.asker, uuid="before"), ())).state == "applying"


def test_answers_are_kept(play, fleet):
    """The build queries keep alarms, patches and patch hosts in the strategy."""
    queried = play().built().strategy.queried
    assert (queried.alarms, queried.patches, queried.patch_hosts) == ((), fleet.patches, fleet.patch_hosts)


def test_the_upgrade_record_is_kept(play, fleet):
    """The build query of an upgrade keeps the record in the strategy."""
    assert play().built("sw-upgrade").strategy.queried.upgrade == fleet.upgrade


@pytest.mark.parametrize(
    ("request_", "alarm", "affecting", "counts"),
    [
        pytest.param(None, "100.101", "False", True, id="strict does not look at what is affected"),
        pytest.param(RELAXED, "100.101", "True", True, id="relaxed, affecting management"),
        pytest.param(RELAXED, "100.101", "False", False, id="relaxed, not affecting"),
        pytest.param(RELAXED, "100.101", "false", True, id="relaxed, another spelling"),
        *[pytest.param(None, each, "True", False, id=f"patch ignores {each}")
          for each in ("900.001", "900.005", "900.101", "200.001", "700.004", "280.002")],
        *[pytest.param(UPGRADE, each, "True", False, id=f"upgrade ignores {each}") for each in ("900.005", "900.201")],
        *[pytest.param(UPGRADE, each, "True", True, id=f"upgrade counts {each}") for each in ("900.001", "200.001")],
        pytest.param(None, "900.201", "True", True, id="patch counts 900.201"),
        pytest.param(None, "999.999", "True", False, id="the operator ignores it"),
    ],
)  # fmt: skip
def test_which_alarms_count(play, make_step, fleet, request_, alarm, affecting, counts):
    """An alarm that counts fails the first step of an apply stage; one that does not lets it pass."""
    operated = replace(fleet, ignore_alarms=("999.999",))
    played = play([make_step("query-alarms", fail_on_alarms=True)], fleet=operated, request=request_).apply()
    played.alarms(alarm, mgmt_affecting=affecting)
    assert played.outcome == {True: ("failed", PRESENT), False: ("success", "")}[counts]


def test_alarms_do_not_fail_the_build_query(play):
    """The alarm query of the build keeps alarms and passes; the build rules look at them."""
    played = play().create().alarms("100.101")
    assert (played.state, len(played.strategy.queried.alarms)) == ("building", 1)
    assert played.answered(2).state == "build-failed"
    assert played.strategy.build.reason == "active alarms present"


def test_earlier_alarms_are_forgotten(play, make_step):
    """A query for alarms forgets those of the query before, even before it is answered."""
    played = play([make_step("query-alarms")], [make_step("query-alarms")]).apply().alarms("100.101")
    assert played.strategy.queried.alarms == ()


# system-stabilize --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [15, 30, 60])
def test_stabilize_ends_with_its_timer(run, seconds):
    """The timer of system-stabilize is its success, at most a second after its time."""
    played = run("system-stabilize", timeout=seconds).tick(seconds - 1).wait(1).tell(m.Expired())
    assert played.state == "applying"
    assert played.wait(0.5).tell(m.Expired()).story == APPLIED


def test_stabilize_fails_on_a_change_of_any_host(run):
    """A state change of whichever host fails system-stabilize."""
    played = run("system-stabilize", timeout=60).host("compute-1", availability="degraded")
    assert played.story == failed("host compute-1 changed state unexpectedly")


def test_stabilize_fails_on_a_change_of_any_instance(run):
    """A state change of whichever instance fails system-stabilize."""
    played = run("system-stabilize", timeout=60).instance("vm-1", enabled=False)
    assert played.story == failed("instance vm-1 changed state unexpectedly")


def test_changes_before_the_stabilize_are_nothing_to_it(play, make_step):
    """The change that ends an unlock is not seen by the system-stabilize that follows."""
    played = play([make_step("unlock-hosts", "controller-0"), make_step("system-stabilize", timeout=60)])
    played.locked("controller-0").apply().unlocked("controller-0")
    assert (played.state, played.step.name) == ("applying", "system-stabilize")


# wait-data-sync ----------------------------------------------------------------------------------------------------


def test_data_sync_polls_alarms_from_two_minutes_on(run):
    """The alarms are polled on ticks from 120 s after the first tick on."""
    played = run("wait-data-sync", timeout=1800).tick(30)
    assert played.effects == ()
    assert played.tick(119.5).effects == ()
    assert played.tick(0.5).effects == (m.QueryAlarms(played.asker),)


def test_data_sync_ends_when_no_alarm_counts(run):
    """Counted alarms keep the step waiting, and polling; without one it ends."""
    played = run("wait-data-sync", timeout=1800).tick().tick(120).alarms("100.101")
    assert played.state == "applying"
    assert played.tick(30).effects == (m.QueryAlarms(played.asker),)
    assert played.alarms("900.001").story == APPLIED


def test_data_sync_times_out_on_alarms(run):
    """Alarms that stay until the end time the step out."""
    played = run("wait-data-sync", timeout=1800).tick().tick(120).alarms("100.101").expire()
    assert played.story == ("aborted", "abort", "timed-out", "")


def test_data_sync_whose_poll_is_not_completed(run):
    """A poll that is not completed fails the step without a reason."""
    played = run("wait-data-sync").tick().tick(120)
    assert played.tell(m.QueryFailed(played.asker)).story == failed("")


# activate-upgrade, complete-upgrade --------------------------------------------------------------------------------

ACTIVATED = UpgradeRecord("activation-complete", "1", "2")
ACTIVATING = UpgradeRecord("activating", "1", "2")


@pytest.mark.parametrize(
    ("name", "effect", "not_yet", "done"),
    [
        ("activate-upgrade", m.ActivateUpgrade, ACTIVATING, ACTIVATED),
        ("activate-upgrade", m.ActivateUpgrade, None, ACTIVATED),
        ("complete-upgrade", m.CompleteUpgrade, ACTIVATED, None),
    ],
)
class TestUpgradeRequests:
    """Steps of the upgrade as a whole."""

    def test_success(self, run, name, effect, not_yet, done):
        """The record is polled from 60 s after the first tick on, until it says that the work is done."""
        played = run(name, request=UPGRADE)
        assert played.effects == (effect(played.asker),)
        assert played.tick(30).tick(59.5).effects == ()
        assert played.tick(0.5).effects == (m.QueryUpgrade(played.asker),)
        assert played.tell(m.UpgradeAnswered(played.asker, not_yet)).state == "applying"
        assert played.tick(30).tell(m.UpgradeAnswered(played.asker, done)).story == APPLIED

    @pytest.mark.parametrize("failure", [m.QueryFailed, m.RequestFailed])
    def test_failure(self, run, failure, name, effect, not_yet, done):
        """A request or a poll that is not completed fails the step without a reason."""
        played = run(name, request=UPGRADE)
        assert played.tell(failure(played.asker)).story == failed("")

    def test_timeout(self, run, name, effect, not_yet, done):
        """Work that is never done times out."""
        played = run(name, request=UPGRADE).tick().tick(60).tell(m.UpgradeAnswered(run(name).asker, not_yet))
        assert played.expire().story == ("aborted", "abort", "timed-out", "")
