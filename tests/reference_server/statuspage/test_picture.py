"""The picture of a strategy: where its bars lie, what is drawn together, what is told."""

from dataclasses import replace

import pytest

from reference_server.clock import VirtualClock
from reference_server.engine.model import Phase, Strategy, StrategyRequest
from reference_server.engine.words import Kind, PhaseName, Result
from reference_server.statuspage.picture import ALL_SHOWN, BROKEN_SHOWN, NAMES_SHOWN, NEAR, draw, length

BEGIN = 1_000_000.0  # 1970-01-12 13:46:40
stamp = VirtualClock().stamp


def rows(strategy, now=BEGIN + 150):
    """The rows of the one phase that there is."""
    (picture,) = draw(strategy, now, stamp)
    return picture.rows


def places(bars):
    """Begin and length of bars, in percent."""
    return [(bar.left, bar.width) for bar in bars]


def test_a_strategy_that_has_not_begun_has_no_picture():
    """Phases without stages and reason are not drawn."""
    assert draw(Strategy("u", StrategyRequest(Kind.SW_PATCH)), BEGIN, stamp) == ()


def test_bars_lie_where_their_time_was(course):
    """After 150 of 150 seconds, stages of 60 seconds take 40 % each, and the one that runs what is left."""
    assert [places([row.back])[0] for row in rows(course())[:3]] == [(0, 40), (40, 40), (80, 20)]
    assert places(rows(course())[1].bars) == [(40, 13.33), (53.33, 13.33), (66.67, 13.33)]


def test_what_has_not_begun_has_no_bar(course):
    """A stage and a step that have not begun are said in words alone."""
    row = rows(course())[4]
    assert (row.back, row.bars, row.word, row.times) == (None, (), "initial", "")


def test_what_runs_is_said_to_run(course):
    """A stage in progress is `inprogress` although its result is `success` already; it is open, and no other is."""
    drawn = rows(course())
    assert [row.word for row in drawn] == ["success", "success", "inprogress", "initial", "initial"]
    assert [row.is_current for row in drawn] == [row.is_open for row in drawn] == [False, False, True, False, False]
    assert [line.word for line in drawn[2].lines] == ["success", "wait", "initial"]


def test_a_bar_tells_times_and_reason(course):
    """Whoever points at a bar learns step, result, hosts, times and reason."""
    (_, bar) = rows(course(result=Result.FAILED, reason="host lock failed"), BEGIN + 500)[2].bars
    told = ["lock-hosts: failed", "compute-2-0", "1970-01-12 13:49:00 to 13:49:20, 20 s", "host lock failed"]
    assert bar.told.splitlines() == told


@pytest.mark.parametrize(
    ("change", "end", "back"),
    [
        ({"ended": BEGIN + 180}, "1970-01-12 13:49:40", (66.67, 33.33)),
        ({"inprogress": False}, "1970-01-12 13:49:40", (66.67, 33.33)),
        ({"started": None}, "", None),
    ],
    ids=["ended", "waits to go on", "not begun"],
)
def test_the_axis_ends_with_the_phase(course, change, end, back):
    """The axis of a phase that is over, or waits between two stages, ends with its last stage, whatever the time is."""
    done = course(result=Result.FAILED)
    changed = replace(done, apply=replace(done.apply, **{"ended": None} | change))
    (picture,) = draw(changed, BEGIN + 100_000, stamp)
    assert picture.end == end
    assert (picture.rows[2].back and places([picture.rows[2].back])[0]) == back


@pytest.mark.parametrize("now", [BEGIN, BEGIN - 50, BEGIN + 1e9])
def test_no_bar_leaves_the_picture(course, now):
    """Whatever the clock says, bars begin and end between 0 and 100 % and can be seen."""
    bars = [bar for row in rows(course(), now) for bar in (row.back, *row.bars) if bar]
    assert bars
    assert [bar for bar in bars if not (bar.left >= 0 and bar.width >= 0.39 and bar.left + bar.width <= 100.01)] == []


def test_a_short_phase_is_drawn_stage_by_stage(course):
    """Up to the limit each stage has a row of its own."""
    assert [row.number for row in rows(course(count=ALL_SHOWN, current=9))] == [str(n) for n in range(ALL_SHOWN)]


def test_a_long_phase_is_drawn_together(course):
    """Of 1,000 stages those around the current one have rows of their own; the others share two."""
    drawn = rows(course(count=1000, current=480), BEGIN + 481 * 60)
    own = [str(n) for n in range(480 - NEAR, 480 + NEAR + 1)]
    assert [row.number for row in drawn] == [f"0\N{EN DASH}{479 - NEAR}", *own, f"{481 + NEAR}\N{EN DASH}999"]
    assert (drawn[0].word, drawn[0].entities[:10], drawn[-1].word) == ("success", "474 stages", "initial")
    assert [row.word for row in drawn[1:-1]] == ["success"] * NEAR + ["inprogress"] + ["initial"] * NEAR


def test_a_long_phase_has_two_axes(course):
    """The stages around the current one share an axis that begins with them; all of the phase is in one row besides."""
    (picture,) = draw(course(count=1000, current=480), BEGIN + 481 * 60, stamp)
    assert (picture.begin, picture.end) == (stamp(BEGIN + 474 * 60), "now")
    assert places([row.back for row in picture.rows[1:8]]) == [(round(n * 100 / 7, 2), 14.29) for n in range(7)]
    assert picture.rows[0].back is None
    assert (len(picture.whole.bars), picture.whole.bars[0].word) == (8, "success")
    assert places(picture.whole.bars[:1]) == [(0, round(100 * 474 / 481, 2))]
    assert picture.whole.bars[0].told.splitlines()[0] == "0 to 473: success"


def test_a_short_phase_has_one_axis(course):
    """A phase whose stages all have a row needs no row for all."""
    (picture,) = draw(course(), BEGIN, stamp)
    assert picture.whole is None


def test_a_long_phase_that_has_not_begun_has_no_axis(course):
    """A phase of many stages that wait is drawn without any bar."""
    (picture,) = draw(course(count=1000, current=-1), BEGIN, stamp)
    assert (picture.begin, [row for row in (picture.whole, *picture.rows) if row.bars or row.back]) == ("", [])


@pytest.mark.parametrize("current", [0, 3, 500, 996, 999, 1000])
def test_every_stage_is_in_one_row(course, current):
    """Wherever the current stage is, each stage is in one row, and no more."""
    strategy = course(count=1000, current=min(current, 999))
    strategy = replace(strategy, apply=replace(strategy.apply, current_stage=current))
    numbers = [row.number.split("\N{EN DASH}") for row in rows(strategy)]
    assert [n for first, *last in numbers for n in range(int(first), int((last or [first])[0]) + 1)] == list(
        range(1000)
    )


def test_what_went_wrong_is_not_lost_in_the_crowd(course):
    """Of broken stages far away the latest have rows of their own; a row that holds earlier ones says so."""
    strategy = course(count=1000, current=900)
    broken = {n: replace(strategy.apply.stages[n], result=Result.FAILED) for n in range(0, 400, 20)}
    stages = tuple(broken.get(n, stage) for n, stage in enumerate(strategy.apply.stages))
    drawn = rows(replace(strategy, apply=replace(strategy.apply, stages=stages)))
    latest = [str(n) for n in range(400 - 20 * BROKEN_SHOWN, 400, 20)]
    assert [row.number for row in drawn if row.is_open and row.word == "failed"] == latest
    assert (drawn[0].word, drawn[0].entities[:38]) == ("failed", "160 stages (8 failed, 152 success), co")


def test_a_page_full_of_failures_stays_small(course):
    """However many stages broke, there are not many rows."""
    strategy = course(count=1000, current=999)
    stages = tuple(
        replace(stage, result=(Result.FAILED, Result.SUCCESS)[n % 2]) for n, stage in enumerate(strategy.apply.stages)
    )
    assert len(rows(replace(strategy, apply=replace(strategy.apply, stages=stages)))) < 60


@pytest.mark.parametrize(("hosts", "told"), [(1, 0), (NAMES_SHOWN, 0), (NAMES_SHOWN + 1, 1), (500, 1)])
def test_many_names_are_counted(course, hosts, told):
    """The first hosts of a step are named, of the others the number is said."""
    row = rows(course(hosts=hosts))[0]
    assert (row.entities.count(","), row.entities.count(" more")) == (min(hosts, NAMES_SHOWN) - 1, told)


def test_a_phase_without_stages_tells_its_reason():
    """A build that failed before it had stages is drawn with its reason."""
    build = Phase(PhaseName.BUILD, result=Result.FAILED, reason="no upgrade in progress")
    (picture,) = draw(Strategy("u", StrategyRequest(Kind.SW_UPGRADE), build=build), BEGIN, stamp)
    assert (picture.name, picture.word, picture.reason) == ("build", "failed", "no upgrade in progress")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min 00 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (90_000, "1 d 1 h"),
        (1e7, "115 d 17 h"),
    ],
)
def test_a_length_is_told_for_people(seconds, told):
    """A length of time has at most two units."""
    assert length(seconds) == told
