from dataclasses import replace

import pytest

from reference_server.engine.fleet import Fleet, Host, Instance, PatchHost
from reference_server.simulation.placement import Placement


def fleet_of(*loads, current=()):
    """Workers w0, w1, ... with so many instances each; `current` ones need no patch."""
    names = [f"w{place}" for place in range(len(loads))]
    return Fleet(
        local_host_name="w0",
        hosts=tuple(Host(name, name, "worker") for name in names),
        instances=tuple(
            Instance(f"{name}-{number}", f"{name}-{number}", name)
            for name, load in zip(names, loads, strict=True)
            for number in range(load)
        ),
        patch_hosts=tuple(
            PatchHost(name, ("worker",), requires_reboot=True, patch_current=name in current) for name in names
        ),
    )


@pytest.mark.parametrize(
    ("fleet", "leaving", "best"),
    [
        (fleet_of(1, 0, 0), ["w0"], "w1"),
        (fleet_of(1, 2, 1), ["w0"], "w2"),
        (fleet_of(1, 0, 9, current=["w2"]), ["w0"], "w2"),
        (fleet_of(0, 0, 1), ["w0", "w1"], "w2"),
        (fleet_of(1, 1), ["w0", "w1"], None),
    ],
    ids=["first of the table", "fewest instances", "no more work before fewest", "not where others leave", "nowhere"],
)
def test_the_best_host(fleet, leaving, best):
    """The best host needs no more work, has few instances, and is none of those that are left."""
    placement = Placement(fleet)
    assert [placement.best(fleet, leaving), placement.best(fleet, leaving)] == [best, best]


@pytest.mark.parametrize(
    "change",
    [
        {"locked": True},
        {"enabled": False},
        {"availability": "offline"},
        {"services_disabled": True},
        {"personality": "storage"},
    ],
)
def test_a_host_that_can_take_none(change):
    """A host that does not work, or whose services are disabled, or that is no worker, takes no instance."""
    fleet = fleet_of(1, 0)
    placement = Placement(fleet)
    fleet = fleet.with_host(replace(fleet.hosts[1], **change))
    assert placement.best(fleet, ["w0"]) is None


def test_a_host_that_works_again():
    """A host that was touched after it came back is found again."""
    fleet = fleet_of(1, 0)
    down = fleet.with_host(replace(fleet.hosts[1], locked=True))
    placement = Placement(down)
    assert placement.best(down, ["w0"]) is None
    placement.touch("w1", fleet)
    assert placement.best(fleet, ["w0"]) == "w1"
