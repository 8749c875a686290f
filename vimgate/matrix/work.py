"""Which trials there are, and what becomes of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, Final

from conformance.runs.killing import Clean, Matrix, Row, Subject, Trial
from conformance.runs.options import Options
from reference_server.mutants import Mutant
from vimgate import pool
from vimgate.matrix import ours, peer
from vimgate.pool import Lost, Task

_OURS: Final = "ours"
_PEER: Final = "peer"
_CLEAN: Final = "clean"
_ALARMS: Final = "alarms"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be tried: `options` are those of a run of ours; `limit` is in seconds per trial.

    The peer has as many runs as `peer_runs` at most; none: there is no peer.
    """

    mutants: Sequence[Mutant]
    options: Options
    workers: int = 2
    limit: float = 300.0
    clean_seeds: int = 1
    peer_runs: int = 0

    @property
    def peer(self) -> bool:
        """There is a peer."""
        return self.peer_runs > 0


@dataclass
class Hunt:
    """Everything that there is so far; it can be looked at whenever the work was stopped."""

    asked: Asked
    trials: dict[str, Trial] = field(default_factory=dict)
    peers: dict[str, Trial] = field(default_factory=dict)
    clean: dict[int, Clean] = field(default_factory=dict)
    alarms: dict[int, Trial] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many trials there are in all."""
        return (1 + self.asked.peer) * len(self.asked.mutants) + self.asked.clean_seeds + self.asked.peer_runs

    def work(self, watch: Callable[[str, int], None] = lambda _name, _done: None) -> None:
        """Go through all trials; `watch` hears the name of each one that has ended, and how many have."""
        done = 0
        warm = (pool.WARM, pool.WARM_PEER) if self.asked.peer else (pool.WARM,)
        for tasks in (self._ours, self._peers):
            with closing(pool.run(tasks(), workers=self.asked.workers, limit=self.asked.limit, warm=warm)) as ended:
                for task, value in ended:
                    self._take(task.name, value)
                    done += 1
                    watch(task.name.replace(":", " "), done)

    def matrix(self) -> Matrix:
        """What has come of it."""
        named = [(mutant, subject_of(mutant)) for mutant in self.asked.mutants]
        rows = [
            Row(subject, self.trials[mutant.name], self.peers.get(mutant.name))
            for mutant, subject in named
            if mutant.name in self.trials
        ]
        alarms = sorted({alarm for trial in self.alarms.values() for alarm in trial.by})
        clean = [self.clean[seed] for seed in sorted(self.clean)]
        return Matrix(tuple(rows), tuple(clean), tuple(alarms), tuple(self._unfinished()))

    @property
    def _seeds(self) -> range:
        return range(self.asked.options.seed, self.asked.options.seed + self.asked.clean_seeds)

    def _ours(self) -> list[Task]:
        """The clean server under each seed, which takes longest; what the peer says of it; each mutant."""
        options = self.asked.options
        return [
            *(Task(f"{_CLEAN}:{seed}", ours.look_at_clean, (replace(options, seed=seed),)) for seed in self._seeds),
            *(
                Task(f"{_ALARMS}:{seed}", peer.alarms, (seed,))
                for seed in range(options.seed, options.seed + self.asked.peer_runs)
            ),
            *(
                Task(
                    f"{_OURS}:{mutant.name}",
                    ours.hunt,
                    (replace(options, target=mutant.target),),
                    mutant.environment,
                )
                for mutant in self.asked.mutants
            ),
        ]

    def _peers(self) -> list[Task]:
        """The peer on each mutant, with as many requests as ours needed, should its runs allow that."""
        if not self.asked.peer:
            return []
        known = frozenset(alarm for trial in self.alarms.values() for alarm in trial.by)
        seed = self.asked.options.seed
        return [
            Task(
                f"{_PEER}:{mutant.name}",
                peer.hunt,
                (mutant.name, seed, self._budget(mutant.name), known, mutant.token),
            )
            for mutant in self.asked.mutants
        ]

    def _budget(self, name: str) -> peer.Budget:
        return peer.Budget(self.trials[name].requests, self.asked.peer_runs)

    def _take(self, name: str, value: Any) -> None:
        what, _, whom = name.partition(":")
        lost = isinstance(value, Lost)
        trial = Trial(why=value.why, broken=True) if lost else value
        if what == _CLEAN:
            self.clean[int(whom)] = Clean(int(whom), why=value.why) if lost else value
        elif what == _ALARMS:
            self.alarms[int(whom)] = trial
        elif what == _OURS:
            self.trials[whom] = trial
        else:
            self.peers[whom] = trial

    def _unfinished(self) -> Iterator[str]:
        for mutant in self.asked.mutants:
            if mutant.name not in self.trials:
                yield mutant.name
            elif self.asked.peer and mutant.name not in self.peers:
                yield f"the peer on {mutant.name}"
        yield from (f"the clean server under seed {seed}" for seed in self._seeds if seed not in self.clean)


def subject_of(mutant: Mutant) -> Subject:
    """A mutant as whoever counts kills knows it."""
    return Subject(mutant.name, mutant.area, mutant.defect, mutant.breaks, mutant.equivalent)
