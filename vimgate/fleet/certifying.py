"""A fleet, judged: which target is given out when, what is done with what comes back, and what is cleared up.

A target that may change is given to one worker, once. When that worker, or the cluster, is lost, another one clears up
by what the run had noted, and where no cluster is left a process here does.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from reports.fleet.ending import End, Ending
from vimgate import pool
from vimgate.fleet import trial
from vimgate.fleet.budget import Purse
from vimgate.fleet.calls import Call, Unbegun
from vimgate.fleet.cluster import Cluster, ClusterLost
from vimgate.fleet.inside import Cleared, Order, Tried
from vimgate.fleet.journal import Journal, JournalError, Past
from vimgate.fleet.member import Fleet, Member
from vimgate.fleet.runfiles import RunFiles
from vimgate.fleet.store import keep, stray
from vimgate.fleet.trial import Clearing, Errand
from vimgate.pool import Lost

_PROVED: Final = "nothing of the run is left: its clean-up is proved"
MOST_CLEARINGS: Final = 3
"""How often workers are to clear up after a target, when nothing comes of it."""

_HERE: Final = 4  # targets that are cleared up at a time without a cluster


@dataclass(frozen=True, slots=True)
class Bounds:
    """Within what the targets of a fleet are judged; times are in seconds.

    `target_timeout` is for each target, `grace` what it gets on top to be cleared up; `retries` how often one that does
    not answer is tried again, after `retry_after`, twice as long each time. `requests_per_minute` (0: any number) and
    `requests` (None: the same) are for all targets together. `settle` is how long is waited for the targets of a
    cluster that was lost, whose workers end what they do when they find out.
    """

    target_timeout: float = 7200.0
    retries: int = 2
    retry_after: float = 30.0
    requests_per_minute: float = 0.0
    requests: int | None = None
    grace: float = trial.GRACE
    settle: float = 2.0


@dataclass(frozen=True, slots=True)
class Heard:
    """Who hears how the fleet gets on: a target is begun by a worker, is to be tried again, or has ended.

    `cleared` hears of one that had ended earlier, and what may still be on it, in words. `waits` is called about once a
    second, whether something happens or not.
    """

    begun: Callable[[str, str], None] = lambda _name, _worker: None
    again: Callable[[str, str], None] = lambda _name, _why: None
    ended: Callable[[Ending], None] = lambda _ending: None
    cleared: Callable[[str, str], None] = lambda _name, _left: None
    waits: Callable[[], None] = lambda: None


@dataclass(slots=True)
class _Lost:
    """A target to be cleared up after: with what came of it, or of an earlier part of the fleet.

    That is to be judged then, unless it is `finished`: it came to its own end, and left something. `given` is how often
    a worker was to clear it up.
    """

    member: Member
    tried: Tried | None = None
    finished: bool = False
    given: int = 0


class Certifying:
    """The judging of one fleet. `past` is its earlier part, if it is gone on with; `stop` may be called at any time.

    `left` is what may be on which target of a fleet that was given up, where no journal could take it, in words.
    """

    def __init__(  # noqa: PLR0913 - the parts of a fleet
        self, fleet: Fleet, out: Path, journal: Journal, *, bounds: Bounds, heard: Heard, past: Past | None = None
    ) -> None:
        self._out, self._journal, self._bounds, self._heard = out, journal, bounds, heard
        self._files = RunFiles(out, self.stop)
        self._purse = Purse(bounds.requests)
        self._attempts: dict[str, int] = {}
        self._seconds: dict[str, float] = {}
        self._waiting: deque[Member] = deque()
        self._lost: deque[_Lost] = deque()
        self._clearing: dict[str, _Lost] = {}
        self._unreached: dict[str, tuple[Member, Tried]] = {}
        self._at_once = 0
        self.left: list[str] = []
        self._ending: Iterator[tuple[Call, Any]] = iter(())
        self._is_given_up = False
        self._stopped = threading.Event()
        self._cluster: Cluster | None = None
        for member in fleet.members:
            self._take(member, past)

    def _take(self, member: Member, past: Past | None) -> None:
        """What is to be done with a target, as far as an earlier part of the fleet is known."""
        finished = past is not None and member.name in past.finished
        left = past is not None and (not finished or past.endings[member.name].left)
        if left and self._files.changed(member.name):
            self._lost.append(_Lost(member, finished=finished))
        elif not finished:
            self._waiting.append(member)

    def on(self, cluster: Cluster) -> None:
        """Judge the targets on a cluster, and clear up after those that were lost. Raises ClusterLost, JournalError.

        Whatever else is raised, too: what was being judged has been cleared up then.
        """
        self._cluster = cluster
        cluster.listen(_topic(cluster), self._files.heard)
        try:
            for number in range(self._bounds.retries + 1):
                self._round(cluster)
                again = [member for member, _ in self._unreached.values()]
                if not again or self._stopped.wait(self._bounds.retry_after * 2**number):
                    break
                self._unreached.clear()
                self._waiting.extend(again)
        except ClusterLost:
            self._stopped.wait(self._bounds.settle)
            self._end()
            raise
        except Exception:  # the journal cannot be written, or nobody reads what is told
            self._give_up(cluster)
            raise
        self._end()

    def stop(self) -> None:
        """Begin with no more targets, and have those that are being judged clear up and end; in any thread."""
        self._stopped.set()
        cluster = self._cluster
        if cluster is not None:
            threading.Thread(target=_stop, args=(cluster,), daemon=True).start()

    def _round(self, cluster: Cluster) -> None:
        if self._stopped.is_set():
            return
        at_once = self._at_once = self._at_once or cluster.slots
        most = at_once if self._bounds.requests_per_minute else None
        calls = _Calls(self, cluster)
        self._ending = cluster.run(calls, most=most, began=self._began, waits=self._heard.waits)
        for call, value in self._ending:
            if call.function is trial.clear:
                self._cleared(call.arguments[0].member.name, value)
            else:
                self._tried(call.arguments[0].order.member, value)
            self._files.check()

    def next_call(self, cluster: Cluster) -> Call | None:
        """What is to be done next: what clears up goes first. None for now, or for good."""
        lost = next((each for each in self._lost if each.given < MOST_CLEARINGS), None)
        if lost is not None:
            self._lost.remove(lost)
            lost.given += 1
            self._clearing[lost.member.name] = lost
            return Call(f"clear-{lost.member.name}", trial.clear, (self._clearing_of(lost.member),))
        if not self._waiting:
            return None
        share = 0
        if self._purse.left is not None:
            if not self._purse.left:
                return None
            share = self._purse.allot(self._waiting[0].name, len(self._waiting))
        member = self._waiting.popleft()
        per_minute = self._bounds.requests_per_minute / self._at_once
        order = Order(member, self._bounds.target_timeout, per_minute, share)
        errand = Errand(order, cluster.run_id, _topic(cluster), self._bounds.grace)
        return Call(member.name, trial.judge, (errand,), once=member.may_change)

    def _clearing_of(self, member: Member) -> Clearing:
        return Clearing(member, self._files.text(member.name), self._bounds.target_timeout)

    def _began(self, call: Call, worker: str) -> None:
        if call.function is trial.judge and not self._is_given_up:
            name = call.arguments[0].order.member.name
            self._journal.begun(name, worker)
            self._heard.begun(name, worker)

    def _tried(self, member: Member, value: Any) -> None:
        """A target was judged, or came to nothing."""
        name = member.name
        if isinstance(value, Unbegun):
            self._purse.back(name, 0)
            return
        tried = self._handed_back(name, value)
        self._purse.back(name, tried.requests)
        self._attempts[name] = self._attempts.get(name, 0) + 1
        self._seconds[name] = self._seconds.get(name, 0.0) + tried.seconds
        if tried.uncleared:
            self._lost.append(_Lost(member, tried))
        elif tried.end is End.UNREACHABLE and not tried.changed and self._attempts[name] <= self._bounds.retries:
            self._unreached[name] = member, tried
            self._heard.again(name, tried.why)
        else:
            self._concluded(member, tried)

    def _handed_back(self, name: str, value: Any) -> Tried:
        """What a worker says of a target; where it says what cannot be, the target is lost, and no other."""
        if not isinstance(value, Tried):
            return self._lost_with(name, value)
        astray = stray(value.report)
        if astray is None:
            return value
        why = f"its worker handed back a file called {astray!a:.100}, which no report has; nothing of it is kept"
        lost = self._lost_with(name, Lost(why))
        return replace(lost, requests=value.requests, seconds=value.seconds, worker=value.worker)

    def _lost_with(self, name: str, value: Any) -> Tried:
        why = value.why if isinstance(value, Lost) else f"its worker said {value!r:.100}"
        changed = self._files.changed(name)
        return Tried(End.LOST, why=why, requests=None, changed=changed, uncleared=changed)

    def _cleared(self, name: str, value: Any) -> None:
        """A target was cleared up after, or nobody came to it."""
        lost = self._clearing.pop(name)
        if isinstance(value, Unbegun | Lost):
            self._lost.append(lost)  # for another worker, or a process here
            return
        self._left(lost, value)

    def _left(self, lost: _Lost, cleared: Cleared) -> None:
        name = lost.member.name
        told = cleared.told if cleared.left else (*cleared.told, _PROVED)
        if lost.tried is not None:
            self._concluded(lost.member, replace(lost.tried, departure=told, left=cleared.left))
            return
        self._journal.cleaned(name, told if lost.finished else cleared.told, cleared.left)
        if lost.finished:
            if not cleared.left:
                self._files.remove(name)
            self._heard.cleared(name, cleared.left)
            return
        if cleared.left:
            why = "what an earlier part of this fleet has left on it could not be removed"
            self._concluded(lost.member, Tried(End.LOST, why=why, departure=cleared.told, left=cleared.left))
            return
        self._files.remove(name)
        self._waiting.appendleft(lost.member)

    def _concluded(self, member: Member, tried: Tried) -> None:
        """Nothing more is done about a target: store it and tell of it."""
        name = member.name
        if tried.report:
            keep(self._out, name, tried.report)
        if not tried.left:
            self._files.remove(name)
        ending = Ending(
            name=name,
            end=tried.end,
            outcome=tried.outcome,
            why=tried.why,
            target=tried.target or member.place,
            summary=tried.summary,
            seconds=self._seconds.get(name, tried.seconds),
            attempts=self._attempts.get(name, 0),
            worker=tried.worker,
            departure=tried.departure,
            left=tried.left,
        )
        self._journal.ended(ending)
        self._heard.ended(ending)

    def _end(self) -> None:
        """Of what nothing more will come on the cluster."""
        for lost in self._clearing.values():
            self._lost.append(lost)
        self._clearing.clear()
        self._clear_here()
        for member, tried in self._unreached.values():
            self._concluded(member, tried)
        if self._purse.is_empty:
            why = f"no request was left for it (--requests {self._bounds.requests})"
            for member in self._waiting:
                self._concluded(member, Tried(End.NOT_BEGUN, why=why, target=member.place))

    def _give_up(self, cluster: Cluster) -> None:
        """Have what is being judged clear up and end, though nothing more can be kept of it."""
        self._is_given_up = True
        self._stopped.set()
        _stop(cluster)
        with suppress(ClusterLost):
            for call, value in chain(self._ending, cluster.run(())):
                self._given_up(call, value)
        self._lost.extend(self._clearing.values())
        self._clearing.clear()
        for lost, cleared in self._cleared_here():
            if cleared.left:
                self.left.append(f"{lost.member.name}: {cleared.left}")
            else:
                self._forget(lost.member.name)

    def _given_up(self, call: Call, value: Any) -> None:
        if call.function is trial.clear:
            lost = self._clearing.pop(call.arguments[0].member.name)
            self._lost.extend([lost] if isinstance(value, Unbegun | Lost) or value.left else [])
            return
        member = call.arguments[0].order.member
        tried = value if isinstance(value, Tried) else self._lost_with(member.name, value)
        if tried.uncleared:
            self._lost.append(_Lost(member, tried))
        elif tried.left:
            self.left.append(f"{member.name}: {tried.left}")
        else:
            self._forget(member.name)

    def _forget(self, name: str) -> None:
        """Nothing is left on a target; a run file that cannot be removed has it looked at once more by --resume."""
        with suppress(JournalError):
            self._files.remove(name)

    def _clear_here(self) -> None:
        """Clear up in processes of this one what no worker could, all of it, and then tell what could not be kept."""
        trouble: list[JournalError] = []
        for lost, cleared in self._cleared_here():
            try:
                self._left(lost, cleared)
            except JournalError as error:
                trouble.append(error)
        if trouble:
            raise trouble[0]

    def _cleared_here(self) -> Iterator[tuple[_Lost, Cleared]]:
        """Clear up in processes of this one what no worker could; of an earlier part only where it goes on."""
        lost = {each.member.name: each for each in self._lost if each.tried is not None}
        self._lost.clear()
        if not lost:
            return
        with ExitStack() as stack:
            tasks = [
                trial.task_of(
                    self._clearing_of(each.member), stack.enter_context(TemporaryDirectory(prefix="vimgate-"))
                )
                for each in lost.values()
            ]
            limit = self._bounds.target_timeout
            for task, value in pool.run(tasks, workers=_HERE, limit=limit, warm=trial.WARM):
                yield lost[task.name], trial.cleared_by(value)


class _Calls(Iterator[Call]):
    """The calls of a fleet, as there are some."""

    def __init__(self, fleet: Certifying, cluster: Cluster) -> None:
        self._fleet, self._cluster = fleet, cluster

    def __next__(self) -> Call:
        call = self._fleet.next_call(self._cluster)
        if call is None:
            raise StopIteration
        return call


def _topic(cluster: Cluster) -> str:
    return f"vimgate-{cluster.run_id}-notes"


def _stop(cluster: Cluster) -> None:
    cluster.stop()
    try:
        cluster.tell(trial.stop, cluster.run_id)
    except ClusterLost:
        return  # whoever waits for its calls will be told
