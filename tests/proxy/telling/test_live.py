"""What the terminal shows of a running gateway, recorded by a console of rich."""

import io
import threading
from dataclasses import replace

import pytest
from rich.console import Console

from proxy.telling.live import Live, Rate, View, line, picture
from proxy.telling.timelines import Progress

VIEW = View(
    upstream="https://vim.example:4545",
    release="stx-3.0",
    mode="enforce",
    exchanges=1200,
    in_flight=2,
    findings=3,
    last=("VIM-PACT-019 request: stage-id is first", "VIM-LIFE-024 answer: wrong share"),
    progress=Progress("sw-patch", "applying", "apply", 40, 2, 7, "sw-patch-worker-hosts"),
    unchecked=(("too large", 2),),
    faults=(("slow", 1),),
    restarts=1,
)


def console(*, terminal, **options):
    """A console that writes into memory."""
    return Console(file=io.StringIO(), force_terminal=terminal, width=90, **options)


def recorded(view, rate=12.5):
    """The picture as text."""
    screen = Console(record=True, width=90, file=io.StringIO())
    screen.print(picture(view, rate))
    return screen.export_text()


@pytest.mark.parametrize(
    "text",
    [
        "https://vim.example:4545", "enforce, release stx-3.0", "1200 (12.5/s, 2 in flight)", "sw-patch applying",
        "apply: stage 3 of 7 (sw-patch-worker-hosts)", "40 %", "too large 2", "slow 1; restarted 1 times",
        "VIM-LIFE-024 answer: wrong share",
    ],
)  # fmt: skip
def test_the_picture_tells_how_things_stand(text):
    """Upstream, mode, rate, strategy with its stage, findings, unchecked, faults."""
    assert text in recorded(VIEW)


def test_nothing_known_is_said_in_words():
    """A gateway that has seen nothing shows no bar and no finding."""
    text = recorded(View("https://vim", "published", "observe"), 0.0)
    assert "unknown" in text
    assert "%" not in text
    assert "last findings" not in text


def test_a_hostile_text_turns_no_terminal():
    """Escapes of a server are shown as text, in the picture and in the line."""
    hostile = replace(VIEW, last=("\x1b[2Jgone\nnext [bold]x[/bold]",))
    assert "\x1b" not in recorded(hostile)
    assert "[bold]x[/bold]" in recorded(hostile)
    assert "\x1b" not in line(hostile, 0.0)
    assert "\n" not in line(hostile, 0.0)


def test_without_a_terminal_it_is_a_line_when_something_changed():
    """A log gets no picture, and nothing when nothing has happened."""
    screen, views = console(terminal=False), [VIEW, VIEW, replace(VIEW, exchanges=1300)]
    live = Live(lambda: views[0], screen, clock=lambda: 0.0)
    for _ in range(3):
        live.refresh()
        views.pop(0)
    lines = screen.file.getvalue().splitlines()
    assert [each.split(", ")[1] for each in lines] == ["1200 exchanges (0.0/s)", "1300 exchanges (0.0/s)"]


def test_on_a_terminal_the_picture_is_drawn_in_place():
    """It ends with the last view, below which the shell goes on."""
    screen = console(terminal=True)
    with Live(lambda: VIEW, screen, every=60.0):
        pass
    written = screen.file.getvalue()
    assert "\x1b[?25l" in written
    assert written.rstrip("\n").endswith("\x1b[?25h")
    assert "VIM-LIFE-024" in written


def test_no_colour_where_none_is_wanted(monkeypatch):
    """NO_COLOR is heeded."""
    monkeypatch.setenv("NO_COLOR", "1")
    screen = console(terminal=True, color_system="standard")
    with Live(lambda: VIEW, screen, every=60.0):
        pass
    assert "\x1b[31m" not in screen.file.getvalue()
    assert "\x1b[1;31m" not in screen.file.getvalue()


def test_it_looks_again_by_itself():
    """The thread asks for a view until it is told to stop, and no more after."""
    asked = []

    def look():
        asked.append(1)
        return replace(VIEW, exchanges=len(asked))

    screen = console(terminal=False)
    live = Live(look, screen, every=0.001)
    with live:
        while len(asked) < 5:  # the thread of the view asks
            live.refresh()
    assert "live" not in {thread.name for thread in threading.enumerate()}


def test_the_rate_is_that_between_two_looks():
    """Looks that follow too fast change nothing."""
    rate = Rate()
    assert [rate.of(count, now) for count, now in ((0, 10.0), (50, 10.1), (100, 11.0), (100, 12.0))] == [0, 0, 100, 0]
