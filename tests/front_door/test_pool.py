"""Processes of the pool: one task each, and whatever a task does, the others go on."""

import operator
import os
import signal
from types import SimpleNamespace

import pytest

from vimgate.pool import Child, Lost, Said, Task, run


@pytest.mark.long
def test_whatever_a_task_does_the_others_go_on(monkeypatch):
    """A task returns, raises, dies or hangs: each has its own answer, and its own process and environment."""
    tasks = [
        Task("hangs", signal.pause),
        Task("returns", operator.add, (1, 2)),
        Task("raises", operator.truediv, (1, 0)),
        Task("dies", os._exit, (3,)),
        Task("reads", os.getenv, ("VIMGATE_TEST",), {"VIMGATE_TEST": "mine"}),
        Task("process", os.getpid),
        Task("another process", os.getpid),
    ]
    found = {}
    # No time passes until all but the one that hangs have their answers, and then all that there is.
    clock = SimpleNamespace(monotonic=lambda: 2.0 * (len(found) == len(tasks) - 1))
    monkeypatch.setattr("vimgate.pool.time", clock)
    for task, value in run(tasks, workers=2, limit=2.0):
        found[task.name] = value
    assert found["returns"] == 3
    assert found["raises"] == Lost("ZeroDivisionError: division by zero")
    assert found["dies"] == Lost("its process ended with exit code 3")
    assert found["hangs"] == Lost("it took longer than 2 s and was ended")
    assert found["reads"] == "mine"
    assert os.getenv("VIMGATE_TEST") is None
    assert len({os.getpid(), found["process"], found["another process"]}) == 3


@pytest.mark.long
def test_whoever_stops_listening_ends_the_processes():
    """When the iterator is closed, no process is left behind."""
    with pytest.MonkeyPatch.context() as patch:
        started = []
        patch.setattr("vimgate.pool.Child", _noting(started))
        ended = run([Task("returns", os.getpid), Task("hangs", signal.pause)], workers=2, limit=600.0)
        next(ended)
        ended.close()
    assert [child.is_alive() for child in started] == [False, False]


def _noting(started):
    def start(*arguments):
        started.append(Child(*arguments))
        return started[-1]

    return start


def talk(say, times):
    """A task that says something on the way, and returns the words that came back."""
    return [say(number) for number in range(times)]


@pytest.mark.long
def test_a_task_says_things_on_the_way_and_hears_a_word_for_each():
    """What a task says is heard in its order, each with the word that it got back, and then what it returned."""
    child = Child(Task("talks", talk, (2,), says=True))
    heard = []
    for number in range(2):
        heard.append(child.hear())
        child.answer(f"word {number}")
    assert (heard, child.hear()) == ([Said(0), Said(1)], ["word 0", "word 1"])


@pytest.mark.long
def test_a_task_that_is_told_to_stop_hears_it_although_its_parent_does_not():
    """A child of a process that blocks SIGTERM, as workers of a fleet do, is stopped by it all the same."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        child = Child(Task("waits", signal.pause))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    child.tell()
    assert child.hear() == Lost(f"its process ended with exit code -{signal.SIGTERM.value}")
