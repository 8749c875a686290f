"""Random worlds are valid, repeatable, varied, and most of them can be built from."""

import pytest

from conformance.drivers.worlds import random_world
from reference_server.engine.words import Kind, State
from reference_server.rulebooks import load_release
from reference_server.worlds.file import parse_world
from reference_server.worlds.review import plan

SEEDS = range(300)


@pytest.fixture(scope="module")
def worlds():
    """The worlds of many seeds, read by the reference server."""
    return [parse_world(random_world(seed), f"seed {seed}") for seed in SEEDS]


@pytest.fixture(scope="module")
def plans(worlds):
    """The plainest strategies of these worlds, of both kinds."""
    release = load_release("published")
    return [(kind, plan(kind, world, release)) for world in worlds for kind in release.wire.kinds]


def test_the_same_seed_draws_the_same_world():
    """A world depends on its seed alone."""
    assert [random_world(seed) for seed in SEEDS] == [random_world(seed) for seed in SEEDS]


def test_hardly_any_seeds_draw_the_same_world():
    """Different seeds draw different worlds."""
    assert len({repr(random_world(seed)) for seed in SEEDS}) > 0.95 * len(SEEDS)


@pytest.mark.parametrize(("kind", "least"), [(Kind.SW_PATCH, 0.6), (Kind.SW_UPGRADE, 0.2)])
def test_most_worlds_can_be_built_from(plans, kind, least):
    """Builds succeed in most worlds for patches, and in many for upgrades, which need one under way."""
    built = sum(one is kind and strategy.state is State.READY_TO_APPLY for one, strategy in plans)
    assert built >= least * len(SEEDS)


@pytest.mark.parametrize(
    "stage",
    [
        "sw-patch-controllers", "sw-patch-storage-hosts", "sw-patch-swift-hosts", "sw-patch-worker-hosts",
        "sw-upgrade-controllers", "sw-upgrade-storage-hosts", "sw-upgrade-worker-hosts",
    ],
)  # fmt: skip
def test_every_kind_of_stage_is_met(plans, stage):
    """Some world leads to a stage of that name."""
    assert any(each.name == stage for _, strategy in plans for each in strategy.apply.stages)


def test_many_reasons_to_fail_are_met(plans):
    """The builds that fail do so for many reasons."""
    assert len({strategy.build.reason for _, strategy in plans} - {""}) >= 12


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_worlds_are_small(seed):
    """A world can be run through: it has at most fourteen hosts and twelve instances."""
    world = random_world(seed)
    assert len(world["hosts"]) <= 14
    assert len(world.get("instances", ())) <= 12
