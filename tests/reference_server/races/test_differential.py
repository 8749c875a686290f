"""The engine alone and the server around it tell the same story, whatever is asked of them in whatever world.

Some of the plays go over HTTP; most ask the application in this process, which takes a fraction of the time and leaves
out nothing but the HTTP server, which is not ours.
"""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from reference_server.driver import Driver

pytestmark = pytest.mark.long

SHARDS = {"over HTTP": range(2), "in this process": range(2, 8)}
PLAYS = 250  # in each shard; 2,000 in all
HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def tells_the_same(twins, near, far, shard):
    """Plays a shard of all plays; any difference is an AssertionError."""

    @seed(shard)
    @settings(max_examples=PLAYS, deadline=None, suppress_health_check=HEALTH, phases=[Phase.generate])
    @given(played=twins.plays())
    def same(played):
        twins.play(near, far, *played)

    same()


@pytest.mark.parametrize("shard", SHARDS["over HTTP"])
def test_both_tell_the_same_story(twins, far, shard):
    """A document or a refusal over HTTP differs from what the engine says, after some sequence of requests."""
    tells_the_same(twins, twins.Near(), far, shard)


@pytest.mark.parametrize("shard", SHARDS["in this process"])
def test_both_tell_the_same_story_in_one_process(twins, inside, shard):
    """A document or a refusal of the application differs from what the engine says, after some sequence of requests."""
    tells_the_same(twins, twins.Near(), inside, shard)


class Forgiving(Driver):
    """Deletes whatever is there, asked with force or not."""

    def delete(self, kind, *, force=False):
        super().delete(kind, force=True)


class Forgetful(Driver):
    """Goes on after a restart as if there had been none."""

    def restart(self):
        self.settle()


class Wordy(Driver):
    """Shows one wrong number in strategies that have been aborted."""

    def document(self, strategy):
        shown = super().document(strategy)
        return shown if strategy.state != "aborted" else shown | {"current-phase-completion-percentage": 99}


class Deaf(Driver):
    """Ignores which stage is to be applied."""

    def apply(self, kind, stage_id=None):
        return super().apply(kind, None)


class Blind(Driver):
    """Lets nothing go wrong."""

    def reset(self, world=None):
        super().reset(world and replace(world, faults=()))


@pytest.mark.parametrize("altered", [Forgiving, Forgetful, Wordy, Deaf, Blind])
def test_an_altered_engine_is_told_apart(twins, far, altered):
    """The plays above would be passed by a server that behaves otherwise."""
    with pytest.raises(AssertionError, match="after "):
        tells_the_same(twins, twins.Near(altered), far, 0)
