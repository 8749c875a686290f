"""A report of traffic as text and as a page: golden, safe against hostile texts, readable by everybody."""

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from itertools import pairwise

import pytest

from reports.model import Level
from reports.render import traffictext
from reports.render import trafficwords as words
from reports.render.pictures.lanes import LANE, look
from reports.render.pictures.life import draw
from reports.render.traffic import render
from reports.traffic import Change, Coverage, Timeline, TrafficReport, Watched

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}</title></svg></style>'"


@pytest.fixture
def page(traffic, reading):
    """The page of the sample."""
    return reading(render(traffic))


def hostile(value, text=HOSTILE):
    """The same value with every text hostile, or another one."""
    if type(value) is str:
        return text
    if isinstance(value, tuple):
        return tuple(hostile(each, text) for each in value)
    if hasattr(value, "__dataclass_fields__"):
        kept = {"direction", "verdict", "part", "ended", "mode"}
        names = value.__dataclass_fields__
        return type(value)(
            **{name: getattr(value, name) if name in kept else hostile(getattr(value, name), text) for name in names}
        )
    return value


def test_html_is_the_golden_one(traffic, golden):
    """The page does not change by accident."""
    golden("traffic.html", render(traffic))


def test_text_is_the_golden_one(traffic, golden):
    """Nor does the text."""
    golden("traffic.txt", traffictext.render(traffic))


def test_whoever_may_block_says_that_nothing_was(traffic):
    """What is blank tells nothing."""
    seen = dict(words.watched(replace(traffic, watched=replace(traffic.watched, blocked=()))))
    assert seen["Blocked"] == "none"


def test_the_first_heading_says_what_it_comes_to(page):
    """The first screen answers the question."""
    assert page.headings[0] == ("h1", "ANSWERS AND REQUESTS AT FAULT")


@pytest.mark.parametrize(
    ("changes", "headline", "outcome"),
    [
        ({"charges": ()}, "NOTHING BROKEN, NOT ALL CHECKED", "incomplete"),
        ({"charges": (), "watched": {"unchecked": (), "faults": ()}}, "NOTHING BROKEN", "conformant"),
        ({"charges": (), "watched": {"judged": 0}}, "NOTHING JUDGED", "incomplete"),
        ({"charges": slice(0, 1)}, "REQUESTS AT FAULT", "not-conformant"),
        ({"charges": slice(2, 3)}, "ANSWERS AT FAULT", "not-conformant"),
        ({"charges": slice(1, 2)}, "NOTHING BROKEN, NOT ALL CHECKED", "incomplete"),
    ],
    ids=["unchecked", "all well", "nothing judged", "requests", "answers", "warnings alone"],
)
def test_the_headline(traffic, changes, headline, outcome):
    """Broken MUSTs decide, each side for itself; what was not checked is never called well."""
    charges = changes["charges"] if changes["charges"] == () else traffic.charges[changes["charges"]]
    report = replace(traffic, charges=charges, watched=replace(traffic.watched, **changes.get("watched", {})))
    assert (words.headline(report), words.outcome(report)) == (headline, outcome)


def test_headings_never_skip_a_level(page):
    """A screen reader's outline has no hole."""
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_id_is_there_once_and_every_link_leads_to_one(page):
    """Links within the page work, and so do the names of sections, tables and pictures."""
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    targets = {attributes["href"].removeprefix("#") for attributes in page.all("a")}
    named = {name for _, each in page.elements for name in each.get("aria-labelledby", "").split()}
    assert len(ids) == len(set(ids))
    assert targets | named <= set(ids)


def test_table_headers_have_a_scope(page):
    """Each header says whether it heads a column or a row."""
    assert {attributes.get("scope") for attributes in page.all("th")} == {"col", "row"}


def test_pictures_have_a_name_and_tell_who_points(page, traffic):
    """Each picture is named for who does not see it, and each bar and mark has a title."""
    pictures = [each for each in page.all("svg") if each.get("role") == "group"]
    kinds = {edge.strategy_kind for edge in traffic.coverage.edges}
    assert len(pictures) == len(traffic.timelines) + len(kinds)
    assert all(each["aria-labelledby"] for each in pictures)
    parts = [each["class"].split()[0] for tag, each in page.elements if tag in {"svg", "g"} and "class" in each]
    drawn = [part for part in parts if part in {"bar", "dot", "card", "arrow"}]
    legends = 5 + 5 + 5
    assert len(page.all("title")) - 1 == len(drawn) - legends


def test_the_page_needs_no_network(traffic, page):
    """Nothing is loaded, and the policy allows its own style and script alone, by their hashes."""
    document = render(traffic)
    assert [tag for tag, attributes in page.elements if "src" in attributes] == []
    policy = page.all("meta")[1]["content"]
    inside = [re.search(rf"<{tag}>(.*?)</{tag}>", document, re.DOTALL)[1] for tag in ("style", "script")]
    hashes = [b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in inside]
    assert f"style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'" in policy
    assert "default-src 'none'" in policy
    assert "style=" not in document


def test_hostile_texts_stay_texts(traffic, reading):
    """Whatever clients and servers send, no element comes of it, and none is closed."""
    document = reading(render(hostile(traffic)))
    plain = reading(render(hostile(traffic, "harmless, and as long as what is not, and that is very long indeed")))
    assert [len(document.all(tag)) for tag in ("script", "img", "style")] == [1, 0, 1]
    assert [tag for tag in document.open if tag not in {"meta", "link"}] == []
    assert len(document.all("svg")) == len(plain.all("svg"))
    assert "{{ 7*7 }}" in render(hostile(traffic))


def test_a_hostile_text_turns_no_terminal(traffic):
    """Escapes are shown as text."""
    evil = replace(traffic, charges=(replace(traffic.charges[0], message="\x1b[2J"),))
    assert "\x1b" not in traffictext.render(evil)
    assert "\x1b" not in render(evil)


def test_an_empty_report_is_a_page_too(reading):
    """A watch that saw nothing says so."""
    watched = Watched("", (), "published", Level.WIRE, "observe", 0.0, 0.0, 0, 0)
    empty = TrafficReport(watched, coverage=Coverage())
    assert reading(render(empty)).headings[0] == ("h1", "NOTHING JUDGED")
    assert traffictext.render(empty).startswith("NOTHING JUDGED: ")


def test_a_picture_places_things_in_time(traffic):
    """Lanes from top to bottom; bars and marks where they belong; what has no end reaches to the edge."""
    picture = draw(traffic.timelines[1])
    names = ["State", "Phases", "Stages", "Steps", "controller-0", "compute-0", "Requests", "Findings"]
    assert [lane.name for lane in picture.lanes] == names
    assert picture.height == 8 * LANE
    assert [(bar.left, bar.width) for bar in picture.lanes[2].bars] == [(1.11, 45.19), (46.3, 46.29)]
    assert picture.lanes[3].bars[-1].left + picture.lanes[3].bars[-1].width == pytest.approx(100)
    assert [dot.shape for dot in picture.lanes[6].dots] == ["accepted", "refused", "blocked", "accepted", "refused"]
    assert [(dot.shape, dot.width) for dot in picture.lanes[7].dots] == [("warn", 0.06), ("fail", 91.48)]
    assert picture.left_out == 4


def test_a_strategy_that_was_seen_once_has_a_picture():
    """No time has passed, and nothing is divided by it."""
    picture = draw(Timeline("sw-patch", "u", 5.0, 5.0, 1, states=(Change(5.0, "applied"),)))
    assert [(bar.left, bar.width) for bar in picture.lanes[0].bars] == [(0.0, 100.0)]


def test_no_bar_leaves_the_picture():
    """A state that was seen with the last look alone is still there to be seen."""
    states = (Change(0.0, "applying"), Change(100.0, "applied"))
    bar = draw(Timeline("sw-patch", "u", 0.0, 100.0, 2, states=states)).lanes[0].bars[-1]
    assert (bar.left, bar.width) == (99.75, 0.25)


def test_times_of_recordings_may_be_anything():
    """A clock that is no clock is unknown, and no error."""
    assert [words.moment(each) for each in (0.0, 1e300, -1e300)] == ["unknown"] * 3
    assert words.clock(1e300) == "?"


def test_a_clock_that_tells_no_date_is_given_none():
    """A recording may have seconds of any clock; nothing of it happened in 1970."""
    assert [words.moment(each) for each in (12.5, 946684800.0)] == [
        "12.5 s by a clock of its own",
        "2000-01-01 00:00:00 UTC",
    ]


@pytest.mark.parametrize(
    ("word", "seen"),
    [
        ("success", "good"), ("applied", "good"), ("build-failed", "bad"), ("timed-out", "bad"), ("aborted", "stopped"),
        ("applying", "busy"), ("ready-to-apply", "rest"), ("invented", "busy"), ("", "busy"),
    ],
)  # fmt: skip
def test_a_state_has_a_look(word, seen):
    """Good, bad, stopped, at rest, or at work."""
    assert look(word) == seen
