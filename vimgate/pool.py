"""Processes that start warm, one task each, with a time limit: whatever a task does, the others go on."""

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
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
    """A function and its arguments, which go to the process; `name` is for whoever asked.

    `says`: the function has something to say on the way, and is given a function for it before its arguments.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    says: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """A task that came to nothing: it took too long, or its process died; `why` is one sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a task has said on the way; it waits for a word back."""

    value: Any


class Child:
    """A process that starts warm and carries out one task; it ends with the process that started it.

    `warm` are modules that it has imported before it begins; what the first child of a process names holds. `pipe` is
    for whoever waits for several at once.
    """

    def __init__(self, task: Task, warm: Sequence[str] = (WARM,)) -> None:
        context = get_context("forkserver")
        context.set_forkserver_preload(list(warm))
        self.pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_work, args=(task, theirs), name=task.name, daemon=True)
        self._process.start()
        theirs.close()  # so that the end of the process is the end of the pipe

    def wait(self, seconds: float) -> bool:
        """There is something to hear, be it that the process has ended; else wait so long for it."""
        return self.pipe.poll(seconds)

    def hear(self) -> Any:
        """What the task says on the way, as Said, or what it returned; Lost when its process ended without."""
        try:
            value = self.pipe.recv()
        except (EOFError, OSError):
            value = None
        if isinstance(value, Said):
            return value
        self._process.join(_PATIENCE)
        code = self._process.exitcode
        return Lost(f"its process ended with exit code {code}") if value is None else value

    def answer(self, word: Any = None) -> None:
        """Give the task the word back that it waits for."""
        with suppress(OSError):  # it has ended meanwhile, which will be heard
            self.pipe.send(word)

    def tell(self) -> None:
        """Have the task stop as SIGTERM stops a command."""
        if self.is_alive():
            self._process.terminate()

    def is_alive(self) -> bool:
        """The process has not ended."""
        return self._process.is_alive()

    def end(self, patience: float = _PATIENCE) -> None:
        """End the process, by force when it does not within `patience` seconds of being told."""
        for stop in (self._process.terminate, self._process.kill):
            if self._process.is_alive():
                stop()
                self._process.join(patience)
        self.pipe.close()


@dataclass(slots=True)
class _Running:
    task: Task
    child: Child
    until: float


def run(
    tasks: Sequence[Task], *, workers: int, limit: float, warm: Sequence[str] = (WARM,)
) -> Generator[tuple[Task, Any]]:
    """The tasks with what their functions returned, as they end; `limit` is in seconds per task, or infinite.

    Closing the iterator ends every process that is still at work.
    """
    waiting, running = deque(tasks), list[_Running]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                task = waiting.popleft()
                running.append(_Running(task, Child(task, warm), time.monotonic() + limit))
            soonest = min(each.until for each in running)
            connection.wait([each.child.pipe for each in running], timeout=_until(soonest))
            for each in [each for each in running if each.child.wait(0.0) or each.until <= time.monotonic()]:
                running.remove(each)
                yield each.task, _ended(each, limit)
    finally:
        for each in running:
            each.child.end()


def _until(moment: float) -> float:
    """The seconds to wait at a time for what may take as long as it likes: no system waits for ever when told so."""
    return min(max(0.0, moment - time.monotonic()), _LONGEST_WAIT)


def _ended(running: _Running, limit: float) -> Any:
    try:
        if not running.child.wait(0.0):
            return Lost(f"it took longer than {limit:.0f} s and was ended")
        return running.child.hear()
    finally:
        running.child.end()


def _work(task: Task, answer: connection.Connection) -> None:
    """What a process does. What the task writes goes nowhere: it would fall between the lines of a table."""
    Thread(target=_end_with_parent, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # whoever started it may not want to hear of it
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.environ.update(task.environment)
    first = (partial(_say, answer),) if task.says else ()
    try:
        answer.send(task.function(*first, *task.arguments))
    except Exception as error:  # noqa: BLE001 - whatever a task raises is its answer
        answer.send(Lost(f"{type(error).__name__}: {str(error)[:300]}"))


def _say(answer: connection.Connection, value: Any) -> Any:
    """Say something on the way; the word that comes back."""
    answer.send(Said(value))
    return answer.recv()


def _end_with_parent() -> None:
    """Whoever wanted the answer is gone: nobody is left to end this process."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
