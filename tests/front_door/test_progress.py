"""How far a run is, as it is told while nobody looks at a terminal."""

import pytest

from conformance.runs.collector import Progress
from vimgate.progress import ProgressShown


@pytest.mark.parametrize(
    ("seconds", "progress", "said"),
    [
        (6, Progress(2, 10, "two"), "certify: 2 of 10 done, last two\n"),
        (4, Progress(2, 10, "two"), ""),
        (4, Progress(10, 10, "ten"), "certify: 10 of 10 done, last ten\n"),
        (120, Progress(2, 10, "two"), "certify: 2 of 10 done, last two; about 8 min left at this pace\n"),
        (120, Progress(0, 10), "certify: 0 of 10 done, at the first\n"),
        (
            6,
            Progress(0, 10, "", "waiting: sw-patch applying 3 %"),
            "certify: 0 of 10 done, at the first; waiting: sw-patch applying 3 %\n",
        ),
        (6, Progress(1, 10, "a", "\x1b[2J"), "certify: 1 of 10 done, last a; \\u001b[2J\n"),
    ],
    ids=["now and then", "not always", "the end", "the rest", "nothing done", "what it waits for", "no control codes"],
)
def test_a_line_tells_how_far_the_run_is(seconds, progress, said, capsys):
    """A line tells what is done, what is waited for, and after a minute how long the rest takes."""
    now = [0.0]
    shown = ProgressShown(lambda: now[0])
    shown.watch(Progress())
    now[0] = float(seconds)
    capsys.readouterr()
    shown.watch(progress)
    assert capsys.readouterr().err == said


def test_what_was_done_before_the_run_was_resumed_took_no_time(capsys):
    """The rest of a resumed run is reckoned from what it did itself."""
    now = [0.0]
    shown = ProgressShown(lambda: now[0])
    shown.watch(Progress(50, 60, "before"))
    now[0] = 120.0
    shown.watch(Progress(52, 60, "two"))
    assert "about 8 min left" in capsys.readouterr().err
