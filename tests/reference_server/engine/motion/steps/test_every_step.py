"""ENGINE.md 4 with 1 and 2: what the wire shows when a step starts and when it ends: any kind, way, place.

One test plays all ways and places of a kind: thousands of small cases, and those that went wrong are named.
"""

import pytest

from reference_server.engine.words import StepName

pytestmark = pytest.mark.long  # none of the cases depends on the Python

KINDS = pytest.mark.parametrize("kind", StepName)


def waiting(way, _place):
    """The step does not end at once."""
    return way.happens is not None


def waiting_in_apply(way, place):
    """The step does not end at once, and the phase may still be aborted."""
    return way.happens is not None and not place.undoes


def answering(way, _place):
    """The step ends with an answer, or by its timer."""
    return way.happens is not None and way.is_answer


def test_every_kind_of_step_is_here(all_ways):
    """Some step kind has no way to end well, or cannot time out."""
    assert {way.kind for way in all_ways if way.ending == ("success", "")} == set(StepName)
    assert {way.kind for way in all_ways if way.label == "its timer"} == set(StepName)


@KINDS
def test_a_step_starts(wrong, kind):
    """When it starts, the step waits or has ended at once, and the wire shows what follows."""

    def acts(scene, seen):
        yield scene.start(), seen(scene.played)

    assert wrong(kind, acts) == {}


@KINDS
def test_a_waiting_step_ends(wrong, kind):
    """When it ends, the wire shows its result and reason, and what follows; until then it shows no change."""

    def acts(scene, seen):
        scene.start()
        yield scene.end(), seen(scene.played)

    assert wrong(kind, acts, waiting) == {}


@KINDS
def test_a_step_for_which_an_abort_waits_ends(wrong, kind):
    """However it ends, stage and phase end aborted and the undo begins; the step keeps its own result and reason."""

    def acts(scene, seen):
        scene.start()
        yield scene.abort(), seen(scene.played)
        yield scene.end(), seen(scene.played)

    assert wrong(kind, acts, waiting_in_apply) == {}


@KINDS
def test_a_step_that_nobody_waits_for_any_more(wrong, kind):
    """After a second abort only its timer or an answer ends the step, and nothing follows."""

    def acts(scene, seen):
        scene.start()
        scene.abort()
        yield scene.abort(), seen(scene.played)
        yield scene.end(), seen(scene.played)
        yield (), scene.played.effects

    assert wrong(kind, acts, waiting_in_apply) == {}


@KINDS
def test_an_answer_comes_twice(wrong, kind):
    """An answer to a step that has ended is nothing to anybody."""

    def acts(scene, _seen):
        scene.start()
        scene.end()
        after = scene.played.strategy
        yield after, scene.played.tell(scene.told).strategy

    assert wrong(kind, acts, answering) == {}
