"""A Dask cluster: how it is come by, and what came of the calls on it, or that they were lost.

This file and `calls` alone know Dask, which they import when it is wanted. Scheduling, queues and workers are Dask's.
"""

import asyncio
import logging
import queue
import re
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from typing import Any, Final

from vimgate.exits import Incomplete, WrongUse
from vimgate.fleet.calls import Call, Unbegun, begun_topic, carried_out, mark, stop_mark, words
from vimgate.fleet.fitness import Fitness, here
from vimgate.pool import Lost

EXTRA: Final = "fleets need Dask; install it with: pip install 'vimgate[fleet]'"

_URL: Final = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+):\d{1,5}/?")
_LOOPBACK: Final = "127.0.0.1"
_AHEAD: Final = 2  # calls per slot that are with the scheduler at a time: a slot never waits for the client
_LAST_PORT: Final = 65_535
_CONNECT: Final = 10.0
_LOOK: Final = 1.0  # seconds between two looks at the cluster while nothing happens
_LOGGERS: Final = ("distributed", "distributed.client", "distributed.worker", "distributed.scheduler", "tornado")

type Handler = Callable[[Any], None]


class ClusterLost(Incomplete):
    """The scheduler is gone, or no worker is left: nothing more can be carried out there."""


@dataclass(frozen=True, slots=True)
class _News:
    """Something happened to the call of that key, or to a worker."""

    key: str = ""
    began_on: str = ""
    worker_gone: str = ""


@dataclass(slots=True)
class _Out:
    """A call that is with the scheduler; `worker` began it."""

    call: Call
    future: Any
    worker: str = ""


@dataclass(slots=True)
class Cluster:
    """A cluster that is there, as `cluster` gives it; `slots` is how many calls can be carried out at a time.

    Workers may come and go, and `slots` with them. `patience` is how many seconds it may be without any worker.
    """

    client: Any
    slots: int
    fitness: Fitness
    patience: float = 60.0
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    _news: queue.SimpleQueue[_News] = field(default_factory=queue.SimpleQueue)
    _out: dict[str, _Out] = field(default_factory=dict)
    _marks: list[str] = field(default_factory=list)
    _submitted: int = 0
    _stopped: bool = False
    _seen: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Hear of calls that begin and of workers that go."""
        self.listen(begun_topic(self.run_id), lambda told: self._news.put(_News(told["key"], told["worker"])))
        self.listen("all", self._happened)

    def run(
        self,
        calls: Iterable[Call],
        *,
        most: int | None = None,
        began: Callable[[Call, str], None] = lambda _call, _worker: None,
        waits: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[Call, Any]]:
        """The calls with what their functions returned, as they end; Lost for those that came to nothing.

        At most `most` (default: twice the slots) are taken from `calls` and with the scheduler at a time; an iterator
        that has no more for now is asked again when a call has ended. `began` is told of each call and its worker,
        again when Dask repeats it, and `waits` is called about once a second. A call that raises, or whose worker is
        lost and that is `once`, is Lost; another is repeated by Dask, up to three times. After `stop` no more are
        taken. Raises ClusterLost, when all that was out has been told.
        """
        waiting = iter(calls)
        while True:
            while not self._stopped and len(self._out) < (most or _AHEAD * self.slots):
                call = next(waiting, None)
                if call is None:
                    break
                self._submit(call)
            if not self._out:
                return
            waits()
            try:
                ended = self._next(began)
            except ClusterLost as lost:
                yield from self._given_up(lost)
                raise
            yield from ended

    def tell(self, function: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        """Call a function on every worker, beside its calls; what it returned, by the worker's address.

        It must be quick: the worker waits for it. A worker that fails is left out.
        """
        try:
            told: dict[str, Any] = self.client.run(function, *arguments, on_error="ignore")
        except Exception as error:
            raise ClusterLost(f"the scheduler is lost: {words(error)}") from error
        return told

    def listen(self, topic: str, handler: Handler) -> None:
        """Have a handler called, in another thread and in order, for each message that `send` sends to the topic."""
        self.client.subscribe_topic(topic, lambda event: handler(event[1]))

    def stop(self) -> None:
        """Let nothing begin any more; calls that have not begun come to Unbegun. It may be called in any thread."""
        self._stopped = True
        with suppress(Exception):  # of a scheduler that is gone, with which nothing begins
            mark(stop_mark(self.run_id), self.client).set()

    def forget(self) -> None:
        """Leave nothing of this run with a scheduler that others use."""
        if self.client.status != "running":
            return
        for name in (*self._marks, stop_mark(self.run_id)):
            with suppress(Exception):
                mark(name, self.client).clear()

    def _happened(self, told: Any) -> None:
        if isinstance(told, dict) and told.get("action") == "remove-worker":
            self._news.put(_News(worker_gone=str(told.get("worker", ""))))

    def _submit(self, call: Call) -> None:
        self._submitted += 1
        key = f"vimgate-{self.run_id}-{self._submitted}-{call.key}"
        if call.once:
            self._marks.append(key)
        try:
            future = self.client.submit(
                carried_out, self.run_id, key, call, self.fitness, key=key, pure=False, retries=0
            )
        except Exception as error:
            raise ClusterLost(f"the scheduler is lost: {words(error)}") from error
        self._out[key] = _Out(call, future)
        future.add_done_callback(lambda _: self._news.put(_News(key)))

    def _next(self, began: Callable[[Call, str], None]) -> list[tuple[Call, Any]]:
        """Wait for one piece of news, and say what ended with it. Raises ClusterLost."""
        try:
            news = self._news.get(timeout=_LOOK)
        except queue.Empty:
            self._look()
            return []
        if news.worker_gone:
            return self._ended_with(news.worker_gone)
        out = self._out.get(news.key)
        if out is None:
            return []
        if news.began_on:
            out.worker = news.began_on
            began(out.call, out.worker)
            return []
        value = self._value(out)
        del self._out[news.key]
        return [(out.call, value)]

    def _value(self, out: _Out) -> Any:
        if out.future.status == "cancelled":
            raise ClusterLost("the scheduler is lost")
        try:
            return out.future.result()
        except Exception as error:
            if out.future.status == "cancelled" or self.client.status != "running":
                raise ClusterLost("the scheduler is lost") from error
            return Lost(words(error))

    def _ended_with(self, worker: str) -> list[tuple[Call, Any]]:
        """The calls that must not be repeated and that a lost worker had begun."""
        lost = [key for key, out in self._out.items() if out.worker == worker and out.call.once]
        ended = []
        for key in [key for key in lost if not self._out[key].future.done()]:
            out = self._out.pop(key)
            out.future.release()
            ended.append((out.call, Lost(f"its worker {worker} was lost")))
        return ended

    def _look(self) -> None:
        """Raise ClusterLost when scheduler or workers are gone."""
        if self.client.status != "running":
            raise ClusterLost("the scheduler is lost")
        workers = self.client.scheduler_info(n_workers=-1).get("workers", {})
        if workers:
            self._seen, self.slots = time.monotonic(), sum(each["nthreads"] for each in workers.values())
        elif time.monotonic() - self._seen > self.patience:
            raise ClusterLost(f"the cluster has had no worker for {self.patience:.0f} s")

    def _given_up(self, lost: ClusterLost) -> Iterator[tuple[Call, Any]]:
        """What is to be said of all that is out; what came in time is not lost."""
        with suppress(queue.Empty):
            while True:
                news = self._news.get_nowait()
                if news.began_on and news.key in self._out:
                    self._out[news.key].worker = news.began_on
        out, self._out = list(self._out.values()), {}
        for each in out:
            yield each.call, Lost(lost.message) if each.worker else Unbegun()


@contextmanager
def cluster(
    scheduler: str | None = None, *, workers: int = 1, threads: int = 1, paths: Sequence[str] = ()
) -> Iterator[Cluster]:
    """A cluster: that of a scheduler at `tcp://` or `tls://`, or one of this machine, on loopback and without a page.

    A cluster of this machine has so many worker processes and threads in each; Ctrl-C on the terminal does not reach
    them. Every worker must be fit: the same vimgate and contract as here, free to have processes of its own, and
    see the paths. Raises WrongUse, Incomplete.
    """
    try:
        import dask  # noqa: PLC0415 - an extra: only fleets need it
        import distributed  # noqa: PLC0415
    except ImportError as error:
        raise WrongUse(EXTRA) from error
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        # Whoever judges starts a process for each target, which a daemon may not; Dask reads it for each worker.
        pages: dict[str, list[str]] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
        stack.enter_context(dask.config.set({"distributed.worker.daemon": False, **pages}))
        if scheduler is None:
            address = stack.enter_context(_local(distributed, workers, threads, stack))
        else:
            address = _address(distributed, scheduler)
        client = stack.enter_context(_connected(distributed, address, scheduler))
        found = _fit_workers(client, scheduler, tuple(paths))
        made = Cluster(client, found, here())
        stack.callback(made.forget)
        yield made


@contextmanager
def _local(distributed: Any, workers: int, threads: int, stack: ExitStack) -> Iterator[Any]:
    """The cluster of this machine.

    Whoever stops the command stops it alone, and it tells the workers. They leave its terminal as soon as they have
    started, and until then inherit from the thread that starts them that signals are blocked.
    """
    resource_tracker.ensure_running()  # which, were it started later, would let the signals through again
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vimgate-fleet-", ignore_cleanup_errors=True))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        made = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=threads,
            host=_LOOPBACK,
            dashboard_address=None,
            # Dask opens a port for it all the same: any, of this machine alone, and with nothing behind it.
            scheduler_kwargs={"dashboard": False, "dashboard_address": f"{_LOOPBACK}:0"},
            worker_dashboard_address=None,
            security=True,  # whoever else is on this machine could have his code run otherwise
            memory_limit=0,
            local_directory=folder,
            preload=["vimgate.fleet.apart"],
            silence_logs=logging.CRITICAL,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        yield made
    finally:
        with suppress(Exception):  # of workers that had to be killed
            made.close(timeout=_CONNECT)


def _address(distributed: Any, scheduler: str) -> str:
    """The address as Dask takes it. Raises WrongUse when it is none, or when the certificates for it are missing."""
    if not _URL.fullmatch(scheduler) or int(scheduler.rstrip("/").rpartition(":")[2]) > _LAST_PORT:
        raise WrongUse(f"--scheduler: {scheduler!r} is no address of a scheduler; write such as tcp://10.0.0.1:8786")
    try:
        terms = distributed.Security().get_connection_args("client")
    except (OSError, ValueError) as error:
        raise WrongUse(
            f"--scheduler: certificates of Dask's configuration (distributed.comm.tls) cannot be used: {words(error)}"
        ) from error
    if scheduler.startswith("tls:") and terms.get("ssl_context") is None:
        raise WrongUse(
            f"--scheduler: {scheduler} wants certificates; name them in Dask's configuration (distributed.comm.tls)"
        )
    if terms.get("require_encryption") and not scheduler.startswith("tls:"):
        raise WrongUse(f"--scheduler: Dask's configuration demands encryption, and {scheduler} has none; write tls://…")
    return scheduler.rstrip("/")


@contextmanager
def _connected(distributed: Any, address: Any, scheduler: str | None) -> Iterator[Any]:
    try:
        if scheduler is not None:
            asyncio.run(_answered(distributed, scheduler))
        client = distributed.Client(address, timeout=_CONNECT, set_as_default=False)
    except OSError as error:
        raise Incomplete(
            f"the scheduler {scheduler} does not answer ({words(error)}); "
            "is one running at that address? docs/fleet.md says how to start one"
        ) from error
    except ImportError as error:
        raise WrongUse(f"--scheduler: {scheduler} runs another Dask than this machine: {words(error)}") from error
    try:
        yield client
    finally:
        with suppress(Exception):  # of a scheduler that is gone
            client.close(timeout=_CONNECT)


async def _answered(distributed: Any, scheduler: str) -> None:
    """Raise OSError unless a scheduler is there: Dask's client would wait for ever for one that says nothing."""
    arguments = distributed.Security().get_connection_args("client")
    async with distributed.rpc(scheduler, connection_args=arguments, timeout=_CONNECT) as there:
        await asyncio.wait_for(there.identity(n_workers=0), _CONNECT)


def _fit_workers(client: Any, scheduler: str | None, paths: tuple[str, ...]) -> int:
    """How many calls the workers carry out at a time. Raises WrongUse of a worker that is not fit, Incomplete."""
    try:
        client.wait_for_workers(1, timeout=_CONNECT)
        found = client.run(here, paths, on_error="return")
        slots = sum(client.nthreads().values())
    except Exception as error:
        raise Incomplete(
            f"the scheduler {scheduler or 'of this machine'} has no workers ({words(error)}); start some with: "
            f"DASK_DISTRIBUTED__WORKER__DAEMON=False dask worker {scheduler or ''}".rstrip()
        ) from error
    ours = here(paths)
    for worker, theirs in sorted(found.items()):
        fault = ours.fault_of(theirs)
        if fault:
            raise WrongUse(f"worker {worker} {fault}")
    return max(1, int(slots))


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask says on stderr what is told here in our words."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for each, level in zip(loggers, before, strict=True):
            each.setLevel(level)
