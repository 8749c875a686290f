"""Processes that start warm, one task each, with a time limit: whatever a task does, the others go on."""

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection, get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, Final

WARM: Final = "vimgate.matrix.warm"
WARM_PEER: Final = "vimgate.matrix.warm_peer"
_LONGEST_WAIT: Final = 3600.0
_PATIENCE: Final = 5.0  # seconds that a process gets to end after it was told to


@dataclass(frozen=True, slots=True)
class Task:
    """A function and its arguments, which go to the process; `name` is for whoever asked."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lost:
    """A task that came to nothing: it took too long, or its process died; `why` is one sentence."""

    why: str


@dataclass(slots=True)
class _Running:
    task: Task
    process: BaseProcess
    answer: connection.Connection
    until: float


def run(
    tasks: Sequence[Task], *, workers: int, limit: float, warm: Sequence[str] = (WARM,)
) -> Generator[tuple[Task, Any]]:
    """The tasks with what their functions returned, as they end; `limit` is in seconds per task, or infinite.

    `warm` are modules that a process has imported before it begins; what the first call in a process names holds.
    Closing the iterator ends every process that is still at work.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(list(warm))
    waiting, running = deque(tasks), list[_Running]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_start(context, waiting.popleft(), limit))
            soonest = min(each.until for each in running)
            connection.wait([each.answer for each in running], timeout=_until(soonest))
            for each in [each for each in running if each.answer.poll() or each.until <= time.monotonic()]:
                running.remove(each)
                yield each.task, _ended(each, limit)
    finally:
        for each in running:
            _end(each)


def _until(moment: float) -> float:
    """The seconds to wait at a time for what may take as long as it likes: no system waits for ever when told so."""
    return min(max(0.0, moment - time.monotonic()), _LONGEST_WAIT)


def _start(context: Any, task: Task, limit: float) -> _Running:
    answer, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(task, theirs), name=task.name, daemon=True)
    process.start()
    theirs.close()  # so that the end of the process is the end of the pipe
    return _Running(task, process, answer, time.monotonic() + limit)


def _ended(running: _Running, limit: float) -> Any:
    try:
        if not running.answer.poll():
            return Lost(f"it took longer than {limit:.0f} s and was ended")
        return _received(running)
    finally:
        _end(running)


def _received(running: _Running) -> Any:
    """What the function returned; the process may then end by itself."""
    try:
        value = running.answer.recv()
    except (EOFError, OSError):
        value = None
    running.process.join(_PATIENCE)
    code = running.process.exitcode
    return Lost(f"its process ended with exit code {code}") if value is None else value


def _end(running: _Running) -> None:
    for stop in (running.process.terminate, running.process.kill):
        if running.process.is_alive():
            stop()
            running.process.join(_PATIENCE)
    running.answer.close()


def _work(task: Task, answer: connection.Connection) -> None:
    """What a process does. What the task writes goes nowhere: it would fall between the lines of a table."""
    Thread(target=_end_with_parent, daemon=True).start()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.environ.update(task.environment)
    try:
        answer.send(task.function(*task.arguments))
    except Exception as error:  # noqa: BLE001 - whatever a task raises is its answer
        answer.send(Lost(f"{type(error).__name__}: {str(error)[:300]}"))


def _end_with_parent() -> None:
    """Whoever wanted the answer is gone: nobody is left to end this process."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
