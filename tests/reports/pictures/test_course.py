"""A strategy as its document tells it: lanes over time or in the order of the plan, and rows that say the same."""

import copy
import json
import random
from dataclasses import replace

import pytest

from reports.model import SeenStrategy
from reports.render.pictures import document
from reports.render.pictures.course import MOST_PIECES, draw_all
from reports.render.pictures.lanes import HOSTS, LANE, written


def course(seen):
    """The one course of one strategy."""
    (found,) = draw_all([seen]).drawn
    return found


def lanes(seen):
    """Bars by the names of their lanes."""
    return {lane.name: lane.bars for lane in course(seen).picture.lanes}


def test_lanes_are_phases_stages_steps_and_hosts(undone):
    """Hosts come in the order in which they were worked on."""
    picture = course(undone).picture
    names = [(lane.name, lane.host) for lane in picture.lanes]
    assert names[:3] == [("Phases", False), ("Stages", False), ("Steps", False)]
    assert names[3:] == [("controller-1", True), ("compute-0", True), ("compute-1", True)]
    assert picture.height == 6 * LANE


def test_bars_are_where_the_server_says(undone):
    """The two hours before the apply are a pause; ten minutes of twenty-one take their share of what is left."""
    picture = course(undone).picture
    (pause,) = picture.pauses
    assert pause.seconds == pytest.approx(7190)
    controllers, workers = lanes(undone)["Stages"][1:3]
    assert controllers.width == pytest.approx(workers.width, abs=0.02)
    assert controllers.left + controllers.width == pytest.approx(workers.left, abs=0.02)
    assert picture.ticks == ("18:00:00", "", "20:21:00")


def test_looks_tell_results_apart(undone):
    """A failure looks otherwise than a success."""
    assert [bar.look for bar in lanes(undone)["Phases"]] == ["good", "bad", "good"]
    assert [bar.look for bar in lanes(undone)["compute-0"]] == ["bad", "good"]


def test_a_bar_tells_when_how_long_on_what_and_why(undone):
    """Whoever points learns everything that the document says of the step."""
    assert lanes(undone)["compute-1"][0].told.split("\n") == [
        "apply stage 1 step 0 lock-hosts: failed",
        "20:10:00 to 20:20:00, 10 min 0 s",
        "timeout 15 min 0 s",
        "compute-0, compute-1",
        "no reply",
    ]


def test_what_has_not_begun_is_counted(undone):
    """It has no place in time; the rows have it."""
    found = course(undone)
    assert found.picture.waiting == 1
    assert [(row.place, row.result, row.begin) for row in found.rows if not row.begin] == [
        ("apply stage 1 step 1", "initial", "")
    ]


def test_rows_say_what_the_picture_says(undone):
    """Every phase, stage and step has a row, with reason and hosts."""
    rows = course(undone).rows
    assert len(rows) == 13
    (row,) = [row for row in rows if row.place == "apply stage 1 step 0"]
    assert (row.name, row.entities, row.result, row.begin, row.end, row.told) == (
        "lock-hosts", "compute-0, compute-1", "failed", "20:10:00", "20:20:00", "no reply",
    )  # fmt: skip


def test_a_plan_is_drawn_in_its_order(planned):
    """Where nothing has begun every step is as wide as every other, and no time is claimed."""
    found = course(planned)
    assert [(bar.left, bar.width) for bar in lanes(planned)["Steps"]] == [(0, 25), (25, 25), (50, 25), (75, 25)]
    assert [(bar.left, bar.width) for bar in lanes(planned)["Stages"]] == [(0, 50), (50, 50)]
    assert [(bar.left, bar.width) for bar in lanes(planned)["compute-1"]] == [(50, 25), (75, 25)]
    assert found.picture.ticks == ("first step", "", "last step")
    assert "planned, nothing begun" in found.about


def test_the_sentence_tells_size_time_and_origin(undone):
    """Build stages are no part of the plan's size."""
    told = (
        "3 stages, 5 steps, 3 hosts, from 2026-11-23 18:00:00 for 2 h 21 min, seen in lifecycle/abort; host lock failed"
    )
    assert course(undone).about == told


def test_a_step_that_runs_reaches_to_the_edge(undone):
    """What has no end goes on."""
    undone.document["abort-phase"]["stages"][0]["steps"][0]["end-date-time"] = ""
    bar = lanes(undone)["Steps"][-1]
    assert bar.left + bar.width == pytest.approx(100)
    assert "not ended" in bar.told


def test_hosts_beyond_the_lanes_are_counted(undone):
    """A picture stays a picture in a large deployment."""
    steps = undone.document["apply-phase"]["stages"][0]["steps"]
    steps[0]["entity-names"] = [f"worker-{number}" for number in range(40)]
    picture = course(undone).picture
    assert sum(lane.host for lane in picture.lanes) == HOSTS
    assert picture.left_out == 40 + 3 - HOSTS


def test_a_page_draws_kinds_and_states_in_turn(undone, planned):
    """What differs comes before more of the same; what has no room is told of."""
    many = [undone] * 60 + [planned, replace(planned, strategy_kind="sw-upgrade")]
    found = draw_all(many)
    first = [(each.kind, each.state) for each in found.drawn[:4]]
    assert first == [
        ("sw-patch", "aborted"),
        ("sw-patch", "ready-to-apply"),
        ("sw-upgrade", "ready-to-apply"),
        ("sw-patch", "aborted"),
    ]
    assert sum(len(each.rows) for each in found.drawn) <= MOST_PIECES
    assert len(found.drawn) + len(found.told) == 62
    assert found.told


def test_a_strategy_that_is_larger_than_a_page_is_cut(undone):
    """The first is drawn however large it is, and says what is left out."""
    stage = undone.document["apply-phase"]["stages"][0]
    undone.document["apply-phase"]["stages"] = [stage] * 1000
    found = course(undone)
    assert len(found.rows) == MOST_PIECES
    assert found.picture.left_out == 3007 - MOST_PIECES
    assert found.about.startswith("1001 stages, 2001 steps")


@pytest.mark.parametrize("document_", [{}, {"apply-phase": None}, {"apply-phase": {"stages": [1, [], {"steps": {}}]}}])
def test_a_document_without_parts_is_told_of(document_):
    """Nothing to draw is no error."""
    found = draw_all([SeenStrategy("sw-patch", document_)])
    assert len(found.drawn) + len(found.told) == 1


def test_any_document_has_a_picture(undone):
    """Whatever a server writes into any member, nothing is raised."""
    rng = random.Random(11)  # noqa: S311 - for tests
    junk = (
        None,
        True,
        -1,
        1e300,
        "",
        "x" * 300,
        "9999-99-99 99:99:99",
        "0001-01-01 00:00:00",
        [],
        [None, 7],
        {},
        {"a": 1},
    )

    def places(value):
        """Every container of the document with its keys."""
        keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        return [(value, key) for key in keys] + [found for key in keys for found in places(value[key])]

    for _ in range(300):
        spoilt = copy.deepcopy(undone.document)
        for _ in range(3):
            container, key = rng.choice(places(spoilt))
            container[key] = copy.deepcopy(rng.choice(junk))
        found = draw_all([replace(undone, document=spoilt)])
        bars = [bar for each in found.drawn for lane in each.picture.lanes for bar in lane.bars]
        assert all(0 <= bar.left <= 100 and 0 < bar.width <= 100 for bar in bars), json.dumps(spoilt)


def test_a_document_is_read_in_the_order_of_its_parts(undone):
    """A phase, then its stages, each followed by its steps."""
    pieces = document.read(undone.document)
    assert [piece.part for piece in pieces[:3]] == ["phase", "stage", "step"]
    assert [piece.phase for piece in pieces if piece.part == "phase"] == ["build", "apply", "abort"]


def test_instances_are_no_hosts(undone):
    """A lane is a host; what else a step works on is told with it."""
    entity = {"entity-type": "instances", "entity-names": ["vm-1"]}
    undone.document["apply-phase"]["stages"][0]["steps"][0] |= entity
    assert "vm-1" not in lanes(undone)
    assert any("vm-1" in bar.told for bar in lanes(undone)["Steps"])


@pytest.mark.parametrize(
    ("name", "width", "known", "word"),
    [
        ("sw-patch-controllers", 50, "sw-patch", "controllers"),
        ("sw-patch-hosts", 50, "sw", "patch-hosts"),
        ("swact-hosts", 50, "sw", "swact-hosts"),
        ("lock-hosts", 3, "sw", ""),
    ],
)
def test_a_bar_shows_a_word_that_has_room(name, width, known, word):
    """What is known anyway is left out; what does not fit is not cut in the middle."""
    assert written(name, width, known) == word
