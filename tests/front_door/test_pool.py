"""Processes of the pool: one task each, and whatever a task does, the others go on."""

import operator
import os
import signal

import pytest

from vimgate.pool import Lost, Task, run


def came_of(tasks, limit=30.0):
    """What came of each task, by its name."""
    return {task.name: value for task, value in run(tasks, workers=2, limit=limit)}


@pytest.mark.long
def test_whatever_a_task_does_the_others_go_on():
    """A task returns, raises, dies or hangs: each has its own answer, and its own process and environment."""
    limit = 2.0
    found = came_of(
        [
            Task("hangs", signal.pause),
            Task("returns", operator.add, (1, 2)),
            Task("raises", operator.truediv, (1, 0)),
            Task("dies", os._exit, (3,)),
            Task("reads", os.getenv, ("VIMGATE_TEST",), {"VIMGATE_TEST": "mine"}),
            Task("process", os.getpid),
            Task("another process", os.getpid),
        ],
        limit,
    )
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
        patch.setattr("vimgate.pool._end", _noting(started))
        ended = run([Task("returns", os.getpid), Task("hangs", signal.pause)], workers=2, limit=30.0)
        next(ended)
        ended.close()
    assert [running.process.is_alive() for running in started] == [False, False]


def _noting(started):
    from vimgate.pool import _end  # noqa: PLC0415 - the one that is replaced meanwhile

    def end(running):
        started.append(running)
        _end(running)

    return end
