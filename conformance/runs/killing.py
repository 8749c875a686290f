"""What it means that a judge kills a faulty server: trials, rows, rates, and what was promised of them. Pure.

Only a requirement that failed kills. What could not be judged, a warning, an error of the harness, a run that hung:
each is a miss, and says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reports.model import Result, Verdict

# What is promised, in shares of the mutants that somebody can tell from the clean server.
PROMISED: Final = 0.95
PROMISED_OF_MUST: Final = 1.0


@dataclass(frozen=True, slots=True)
class Subject:
    """One faulty server: `breaks` are requirements of which one at least has to fail, none when it breaks no MUST.

    `equivalent` argues why nobody can tell it from the clean one.
    """

    name: str
    area: str
    defect: str = ""
    breaks: tuple[str, ...] = ()
    equivalent: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one judge came to on one server.

    `by` are the requirements that failed, or the checks of another judge; `tests` are those in which they did. `why`
    says why it is a miss where that is not plain; `broken`: the trial itself went wrong, and says nothing of the judge.
    """

    by: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    why: str = ""
    broken: bool = False

    @property
    def killed(self) -> bool:
        """Something failed."""
        return bool(self.by)


@dataclass(frozen=True, slots=True)
class Row:
    """One faulty server, and what each judge came to; `peer` is None when there is none, or it was not reached."""

    subject: Subject
    ours: Trial
    peer: Trial | None = None

    @property
    def counts(self) -> bool:
        """Somebody can tell it from the clean server."""
        return not self.subject.equivalent

    @property
    def as_promised(self) -> bool:
        """It was killed by a requirement that it is said to break."""
        return bool(set(self.ours.by) & set(self.subject.breaks))


@dataclass(frozen=True, slots=True)
class Clean:
    """A run on the server that has no fault: `alarms` are requirements that failed, and each is one too many."""

    seed: int
    alarms: tuple[str, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of how many were killed, by us and by the peer."""

    of: int
    ours: int
    peer: int | None = None

    @property
    def share(self) -> float:
        """The share that we killed, 0 to 1; 1 of nothing."""
        return self.ours / self.of if self.of else 1.0


@dataclass(frozen=True, slots=True)
class Matrix:
    """Everything that a run over the mutants came to.

    `peer_alarms` are what the peer says of the clean server; `unfinished` names what was asked for and not reached.
    """

    rows: tuple[Row, ...] = ()
    clean: tuple[Clean, ...] = ()
    peer_alarms: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    rates: Mapping[str, Rate] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", rates(self.rows))

    @property
    def broken_promises(self) -> tuple[str, ...]:
        """What was promised and does not hold, in sentences."""
        return tuple(_broken_promises(self))

    @property
    def not_run(self) -> tuple[str, ...]:
        """What could not be run, in sentences."""
        rows = [f"{row.subject.name}: {row.ours.why}" for row in self.rows if row.ours.broken]
        peers = [f"{row.subject.name}: the peer: {row.peer.why}" for row in self.rows if row.peer and row.peer.broken]
        clean = [f"the clean server under seed {each.seed}: {each.why}" for each in self.clean if each.why]
        return (*rows, *peers, *clean, *(f"{name}: not reached" for name in self.unfinished))


def rates(rows: Iterable[Row]) -> dict[str, Rate]:
    """The rates overall, of those that break a MUST, and by area; mutants that are argued equivalent do not count."""
    counting = [row for row in rows if row.counts]
    areas = dict.fromkeys(row.subject.area for row in counting)
    groups = {
        "all": counting,
        "MUST": [row for row in counting if row.subject.breaks],
        **{area: [row for row in counting if row.subject.area == area] for area in areas},
    }
    return {name: _rate(group) for name, group in groups.items()}


def judged(results: Iterable[Result]) -> tuple[tuple[str, ...], str]:
    """The requirements that failed, and, when none did, what else was not green."""
    by_verdict: dict[Verdict, list[str]] = {}
    for result in results:
        by_verdict.setdefault(result.verdict, []).append(result.requirement)
    failed = tuple(by_verdict.get(Verdict.FAIL, ()))
    rest = [
        f"{verdict.word}: {_some(by_verdict[verdict])}"
        for verdict in (Verdict.HARNESS_ERROR, Verdict.UNTESTABLE, Verdict.WARN)
        if verdict in by_verdict
    ]
    return failed, "" if failed else "; ".join(rest)


def _rate(rows: list[Row]) -> Rate:
    peers = [row.peer for row in rows if row.peer is not None]
    return Rate(
        of=len(rows),
        ours=sum(row.ours.killed for row in rows),
        peer=sum(peer.killed for peer in peers) if len(peers) == len(rows) and rows else None,
    )


def _broken_promises(matrix: Matrix) -> Iterable[str]:
    overall, of_must = matrix.rates["all"], matrix.rates["MUST"]
    if overall.share < PROMISED:
        yield f"{overall.ours} of {overall.of} mutants were killed, {overall.share:.1%}; promised are {PROMISED:.0%}"
    if of_must.share < PROMISED_OF_MUST:
        missed = [row.subject.name for row in matrix.rows if row.counts and row.subject.breaks and not row.ours.killed]
        yield f"{len(missed)} mutants that break a MUST were missed: {', '.join(missed)}"
    for each in matrix.clean:
        if each.alarms:
            yield f"the clean server was accused under seed {each.seed}: {', '.join(each.alarms)}"
    for row in matrix.rows:
        if row.subject.equivalent and row.ours.killed:
            yield f"{row.subject.name} is argued equivalent, and was killed by {_some(list(row.ours.by))}"


def _some(names: list[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
