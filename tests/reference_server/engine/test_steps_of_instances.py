"""ENGINE.md 4.2, the steps on instances: migrate, stop, start."""

import pytest

from reference_server.engine import messages as m

APPLIED = ("applied", "apply", "success", "")
STOPPED = {"locked": True, "enabled": False}
STARTED = {"locked": False, "enabled": True}
BOTH = ("vm-0", "vm-1")
UUIDS = ("uuid-vm-0", "uuid-vm-1")
MOVED = "instance vm-1 has moved from compute-1 to controller-1 after strategy created"


def failed(reason):
    """How a strategy ends whose only step failed with nothing to undo."""
    return "aborted", "abort", "failed", reason


@pytest.fixture
def run(play, make_step):
    """Applies a strategy whose only step is this one on both instances, after these changes of instances."""

    def begin(name, *changes):
        played = play([make_step(name, *BOTH, timeout=900)])
        for instance, change in changes:
            played.instance(instance, **change)
        return played.apply()

    return begin


ALL_STOPPED = [(name, STOPPED) for name in BOTH]


@pytest.mark.parametrize(
    ("name", "changes", "effect"),
    [
        ("migrate-instances", [], m.MigrateInstances),
        ("stop-instances", [], m.StopInstances),
        ("start-instances", ALL_STOPPED, m.StartInstances),
        ("stop-instances", ALL_STOPPED[:1], m.StopInstances),
    ],
)
def test_what_a_step_asks_for(run, name, changes, effect):
    """At its start the step asks for its action on all listed instances."""
    played = run(name, *changes)
    assert played.effects == (effect(played.asker, UUIDS),)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("migrate-instances", [(name, {"host_name": "controller-0"}) for name in BOTH]),
        ("stop-instances", ALL_STOPPED),
        ("start-instances", []),
    ],
)
def test_a_step_whose_work_is_done_succeeds_at_once(run, name, changes):
    """Source hosts without any instance, and instances in the wanted state, need nothing."""
    played = run(name, *changes)
    assert (played.story, played.effects) == (APPLIED, ())


@pytest.mark.parametrize("name", ["migrate-instances", "stop-instances"])
def test_an_instance_that_has_moved(run, name):
    """A listed instance that is no longer on its host of the build fails the step, with its names."""
    assert run(name, ("vm-1", {"host_name": "controller-1"})).story == failed(MOVED)


def test_instances_that_all_moved_are_no_failure_of_a_migration(run):
    """Empty source hosts come before the look at who has moved."""
    played = run("migrate-instances", *[(name, {"host_name": "controller-1"}) for name in BOTH])
    assert played.story == APPLIED


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("migrate-instances", "Instance uuid-vm-1 does not exist."),
        ("stop-instances", "Instance uuid-vm-1 does not exist."),
        ("start-instances", "instance no longer exists"),
    ],
)
def test_an_instance_that_is_gone_before(play, make_step, name, reason):
    """A listed instance that is not there fails the step at once."""
    assert play([make_step(name, *BOTH)]).instance_gone("vm-1").apply().outcome == ("failed", reason)


@pytest.mark.parametrize(("name", "changes"), [("stop-instances", []), ("start-instances", ALL_STOPPED)])
def test_an_instance_that_vanishes(run, name, changes):
    """A listed instance that vanishes while the step waits fails it."""
    played = run(name, *changes).instance_gone("vm-0")
    assert played.outcome == ("failed", "instance no longer exists")


def test_a_source_host_that_is_gone(play, make_step):
    """Instances on a host that is not in the table cannot be migrated."""
    played = play([make_step("migrate-instances", *BOTH)]).gone("compute-0").apply()
    assert played.story == failed("Host compute-0 does not exist.")


def test_a_migration_waits_until_the_hosts_are_empty(run):
    """The step ends with the last instance that leaves."""
    played = run("migrate-instances").instance("vm-0", host_name="controller-0")
    assert played.state == "applying"
    assert played.instance("vm-1", host_name="controller-0").story == APPLIED


def test_a_migration_looks_only_when_an_instance_changes(run):
    """A tick does not end a migration, though the hosts are empty; the next change of an instance does."""
    played = run("migrate-instances")
    played.move("vm-0", "controller-0").move("vm-1", "controller-0")
    assert played.tick(30).state == "applying"
    assert played.host("compute-0", availability="degraded").state == "applying"
    assert played.tell(m.InstanceChanged("uuid-vm-0", "vm-0")).story == APPLIED


def test_a_locked_instance_left_behind_times_the_migration_out(play, make_step):
    """An instance that nobody migrates still counts as being there."""
    played = play([make_step("migrate-instances", "vm-0", timeout=1800)]).move("vm-1", "compute-0")
    played.instance("vm-1", **STOPPED).apply()
    assert played.effects == (m.MigrateInstances(played.asker, ("uuid-vm-0",)),)
    played.instance("vm-0", host_name="controller-0")
    assert played.state == "applying"
    assert played.expire().story == ("aborted", "abort", "timed-out", "")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("failed", "Migrate of instance vm-0 from host compute-0 failed."),
        ("timed out", "Migrate of instance vm-0 from host compute-0 timed out."),
        ("cancelled", "Migrate of instance vm-0 on host compute-0 cancelled."),
    ],
)
def test_a_migration_that_fails(run, failure, reason):
    """A failed migration of a listed instance fails the step with instance, host and how it failed."""
    played = run("migrate-instances")
    played.tell(m.MigrateFailed("uuid-vm-0", "vm-0", "compute-0", m.Failure(failure)))
    assert played.story == failed(reason)


def test_a_migration_of_somebody_else_that_fails(run):
    """The failed migration of an instance that is not listed is nothing to the step."""
    assert run("migrate-instances").tell(m.MigrateFailed("other", "vm-9", "compute-0")).state == "applying"


@pytest.mark.parametrize(
    ("name", "changes"), [("migrate-instances", []), ("stop-instances", []), ("start-instances", ALL_STOPPED)]
)
def test_a_refusal_by_the_director(run, name, changes):
    """A refusal with a reason of its own fails the step with that reason."""
    played = run(name, *changes)
    reason = "Another host operation stop-instances is already inprogress for host compute-0."
    played.tell(m.ActionRefused(played.asker, reason))
    assert played.outcome == ("failed", reason)


@pytest.mark.parametrize(
    ("name", "before", "after", "half"),
    [
        ("stop-instances", [], STOPPED, {"locked": True}),
        ("start-instances", ALL_STOPPED, STARTED, {"locked": False}),
    ],
)
def test_stop_and_start_wait_for_the_last_instance(run, name, before, after, half):
    """The step ends when all listed instances are in the state, operational and not only administrative."""
    played = run(name, *before).instance("vm-0", **after)
    assert played.instance("vm-1", **half).state == "applying"
    assert played.instance("vm-1", **after).story == APPLIED


def test_a_stop_that_times_out_is_undone(run):
    """Instances of a stop that was not finished are started again."""
    played = run("stop-instances").instance("vm-0", **STOPPED).expire()
    assert played.story == ("aborting", "abort", "timed-out", "")
    assert played.effects == (m.StartInstances(played.asker, UUIDS),)
