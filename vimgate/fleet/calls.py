"""Calls on a Dask cluster: what they are, how a worker carries one out, and what a call may ask of its worker."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from vimgate.fleet.fitness import Fitness, here
from vimgate.pool import Lost

_ANSWER: Final = 10.0  # seconds that the scheduler may take to answer


@dataclass(frozen=True, slots=True)
class Call:
    """A function that a module has and its arguments, which go to a worker; `key` is unique among those of a run.

    `once`: it must not be begun a second time when its worker is lost in the middle of it.
    """

    key: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    once: bool = False


@dataclass(frozen=True, slots=True)
class Unbegun:
    """What comes of a call that no worker began: the cluster was told to stop, or was lost before it."""


class Cut(Exception):  # noqa: N818 - a fact about the cluster, not an error of ours
    """This worker reaches its scheduler no longer: nobody will hear what comes of its calls."""


def send(topic: str, message: Any) -> None:
    """Send a message, of plain values, from a call to whoever listens; the scheduler has it then. Raises Cut."""
    from distributed import get_client  # noqa: PLC0415

    if is_cut():
        raise Cut
    try:
        get_client(timeout=_ANSWER).log_event(topic, message)
    except Exception as error:
        raise Cut(words(error)) from error


def is_cut() -> bool:
    """In a call: its worker is about to end, or has lost its scheduler."""
    from distributed import get_worker  # noqa: PLC0415

    return get_worker().status.name not in ("running", "paused", "init", "starting")


def is_wanted() -> bool:
    """In a call: somebody still waits for what comes of it."""
    from distributed import get_worker  # noqa: PLC0415

    worker = get_worker()
    task = worker.state.tasks.get(worker.get_current_task())
    return task is not None and task.state in ("executing", "long-running")


def folder() -> str:
    """In a call: where its worker keeps what is temporary; gone when the worker is."""
    from distributed import get_worker  # noqa: PLC0415

    return str(get_worker().local_directory)


def address() -> str:
    """In a call: the address of its worker."""
    from distributed import get_worker  # noqa: PLC0415

    return str(get_worker().address)


def carried_out(run_id: str, key: str, call: Call, fitness: Fitness) -> Any:
    """What a worker does with a call."""
    from distributed import get_client, get_worker  # noqa: PLC0415

    fault = fitness.fault_of(here())
    if fault:
        return Lost(f"worker {get_worker().address} {fault}")
    client = get_client(timeout=_ANSWER)
    if mark(stop_mark(run_id), client).is_set():
        return Unbegun()
    if call.once:
        begun = mark(key, client)
        if begun.is_set():
            return Lost("its worker was lost")
        begun.set()
    client.log_event(begun_topic(run_id), {"key": key, "worker": get_worker().address})
    return call.function(*call.arguments)


def mark(name: str, client: Any) -> Any:
    """A mark that the scheduler keeps for all."""
    from distributed import Event  # noqa: PLC0415

    return Event(name, client=client)  # type: ignore[no-untyped-call] # Dask has few types


def stop_mark(run_id: str) -> str:
    """The mark of a run that was told to stop."""
    return f"vimgate-{run_id}-stop"


def begun_topic(run_id: str) -> str:
    """Where it is told which call of a run has begun, and on which worker."""
    return f"vimgate-{run_id}-begun"


def words(error: BaseException) -> str:
    """An error in a sentence, in our words where Dask has none for people."""
    if type(error).__name__ == "KilledWorker":
        return "each worker that was given it was lost, several times over"
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}".rstrip(": ")
