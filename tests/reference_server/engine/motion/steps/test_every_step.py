"""ENGINE.md 4 with 1 and 2: what the wire shows when a step starts and when it ends: any kind, way, place."""

import pytest

from reference_server.engine.words import StepName

pytestmark = pytest.mark.long  # thousands of small cases, none of which depends on the Python


def test_every_kind_of_step_is_here(all_ways):
    """Some step kind has no way to end well, or cannot time out."""
    assert {way.kind for way in all_ways if way.ending == ("success", "")} == set(StepName)
    assert {way.kind for way in all_ways if way.label == "its timer"} == set(StepName)


def test_a_step_starts(scene, seen, way, place):
    """When it starts, the step waits or has ended at once, and the wire shows what follows."""
    played = scene(way, place)
    foretold = played.start()
    assert seen(played.played) == foretold


def test_a_waiting_step_ends(scene, seen, waiting_way, place):
    """When it ends, the wire shows its result and reason, and what follows; until then it shows no change."""
    played = scene(waiting_way, place)
    played.start()
    foretold = played.end()
    assert seen(played.played) == foretold


def test_a_step_for_which_an_abort_waits_ends(scene, seen, waiting_way, applying_place):
    """However it ends, stage and phase end aborted and the undo begins; the step keeps its own result and reason."""
    played = scene(waiting_way, applying_place)
    played.start()
    assert played.abort() == seen(played.played)
    foretold = played.end()
    assert seen(played.played) == foretold


def test_a_step_that_nobody_waits_for_any_more(scene, seen, waiting_way, applying_place):
    """After a second abort only its timer or an answer ends the step, and nothing follows."""
    played = scene(waiting_way, applying_place)
    played.start()
    played.abort()
    assert played.abort() == seen(played.played)
    foretold = played.end()
    assert seen(played.played) == foretold
    assert played.played.effects == ()


def test_an_answer_comes_twice(scene, answering_way, place):
    """An answer to a step that has ended is nothing to anybody."""
    played = scene(answering_way, place)
    played.start()
    played.end()
    after = played.played.strategy
    assert played.played.tell(played.told).strategy == after
