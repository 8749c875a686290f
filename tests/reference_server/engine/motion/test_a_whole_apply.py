"""The full apply of ENGINE.md appendix A: two controllers, a worker without and a worker with an instance, serial."""

from dataclasses import replace

import pytest

from reference_server.engine.timing import completion_percentage

# Of 27 steps, after each of them; the last one ends the phase.
PERCENTAGES = [
    3,
    7,
    11,
    14,
    18,
    22,
    25,
    29,
    33,
    37,
    40,
    44,
    48,
    51,
    55,
    59,
    62,
    66,
    70,
    74,
    77,
    81,
    85,
    88,
    92,
    96,
    100,
]
STEPS = {
    "query-alarms": lambda played, _: played.answered(),
    "swact-hosts": lambda played, _: played.tick().tick(120),
    "migrate-instances": lambda played, _: played.instance("vm-0", host_name="compute-1"),
    "lock-hosts": lambda played, host: played.locked(host),
    "sw-patch-hosts": lambda played, host: played.patched(host).tick().answered(),
    "unlock-hosts": lambda played, host: played.unlocked(host),
    "system-stabilize": lambda played, _: played.expire(),
}


@pytest.fixture
def built(play, fleet):
    """The strategy of the example, built."""
    only = fleet.instances[:1]
    return play(fleet=replace(fleet, instances=only)).built()


def run(played):
    """Percentages after each step, until nothing waits."""
    seen = []
    while played.step is not None:
        step = played.step
        STEPS[step.name](played.wait(1), next(iter(step.host_names), None))
        seen.append(completion_percentage(played.strategy.apply))
    return seen


def test_timeouts_of_the_example(built):
    """Stages and phase have the timeouts that were measured."""
    apply = built.apply().strategy.apply
    assert [stage.timeout for stage in apply.stages] == [5536, 5536, 4636, 6436]
    assert apply.timeout == 22145


def test_percentages_of_the_example(built):
    """The percentage after each step is the one that was measured, and the strategy is applied."""
    assert run(built.apply()) == PERCENTAGES
    assert built.story == ("applied", "apply", "success", "")


def test_the_example_stage_by_stage(built):
    """Stage after stage, each run ends where the measured percentage of a pause is shown, and the last in applied."""
    shown = [(run(built.apply(number))[-1], built.state) for number in range(4)]
    assert shown == [(25, "applying"), (51, "applying"), (74, "applying"), (100, "applied")]


def test_hosts_of_the_example(built):
    """The controllers come first, the active one last, then the worker without an instance."""
    hosts = [stage.steps[-2].entity_names for stage in built.strategy.apply.stages]
    assert hosts == [("controller-1",), ("controller-0",), ("compute-1",), ("compute-0",)]
