"""What is said of targets while a fleet is judged."""

import pytest

from reports.fleet.ending import End, Ending
from reports.model import Outcome
from vimgate.fleet.telling import Telling, line_of


@pytest.mark.parametrize(
    ("ending", "line"),
    [
        (Ending("a", End.JUDGED, Outcome.CONFORMANT, seconds=61), "a: conformant (1 min)"),
        (
            Ending("b", End.UNREACHABLE, Outcome.INCOMPLETE, "nobody is there", seconds=2),
            "b: incomplete; unreachable, nobody is there (2 s)",
        ),
        (
            Ending("c", End.LOST, Outcome.INCOMPLETE, "its worker was lost", left="the sw-patch strategy 1"),
            "c: incomplete; lost, its worker was lost; left behind: the sw-patch strategy 1 (0 s)",
        ),
    ],
)
def test_the_line_of_a_target(ending, line):
    """A target that has ended is one line: its outcome, how it ended if not by itself, and what may be left on it."""
    assert line_of(ending) == line


def test_how_far_a_fleet_is_is_told_now_and_then(capsys):
    """Without a terminal a line comes every few seconds, with those that are being judged; endings go to stdout."""
    now = [0.0]
    with Telling(5, 1, lambda: now[0]) as telling:
        for name in "abcd":
            telling.heard.begun(name, "worker")
        now[0] = 6.0
        telling.heard.ended(Ending("a", End.JUDGED, Outcome.CONFORMANT))
        telling.heard.again("b", "it is away")
        telling.heard.cleared("x", "")
        telling.heard.cleared("y", "its strategy")
    said = capsys.readouterr()
    assert said.out == "a: conformant (0 s)\n"
    assert said.err.splitlines() == [
        "fleet certify: 2 of 5 done; b, c, d",
        "fleet certify: b is tried again later: it is away",
        "fleet certify: x: what its run had left behind is removed",
        "fleet certify: y: left behind: its strategy",
    ]


def test_a_fleet_that_waits_says_so(capsys):
    """Where nothing ends for hours a log stands still, and nobody knows what is waited for."""
    now = [0.0]
    with Telling(2, 0, lambda: now[0]) as telling:
        telling.heard.begun("a", "worker")
        for now[0] in (4.0, 5.0, 6.0, 9.0, 10.0, 3600.0, 3659.0, 3660.0):
            telling.heard.waits()
    assert capsys.readouterr().err == "fleet certify: 0 of 2 done; a\n" * 4
