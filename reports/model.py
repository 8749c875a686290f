"""Verdicts and what leads to them, as frozen values. Requirement ids are plain strings; nothing here knows HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any


class Verdict(IntEnum):
    """How a requirement came out; merging takes the higher. The last three are never green."""

    NOT_APPLICABLE = 0
    PASS = 1
    WARN = 2
    UNTESTABLE = 3
    HARNESS_ERROR = 4
    FAIL = 5

    @property
    def word(self) -> str:
        """The word in reports, such as `not-applicable`."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def from_word(cls, word: str) -> "Verdict":
        """The verdict of a report's word; the reverse of `word`. Raises KeyError for any other text."""
        return cls[word.upper().replace("-", "_")]


class Strength(StrEnum):
    """How binding a requirement is; comes from the ledger, never from a check."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Level(StrEnum):
    """How deep a requirement looks; each level includes the former."""

    WIRE = "wire"
    PROTOCOL = "protocol"
    LIFECYCLE = "lifecycle"
    ORCHESTRATION = "orchestration"
    ORACLE = "oracle"

    def is_within(self, other: "Level") -> bool:
        """This level is no deeper than the other."""
        order = list(Level)
        return order.index(self) <= order.index(other)


class Changes(StrEnum):
    """Whether the run could change the target; `refused`: nobody allowed it; `read-only`: declared as such."""

    ALLOWED = "allowed"
    READ_ONLY = "read-only"
    REFUSED = "refused"


class Outcome(StrEnum):
    """What a whole run comes to; the exit code of every command follows from it."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not-conformant"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation that was seen.

    `where` is a JSON pointer into the answer, or a header or status named in words; `request` and `response` are short
    redacted texts; `reproducer` is a shell script (curl) that shows it again; `hint` says what to do; `origin` says
    which part of the run saw it; `test` is a test file for pytest that plays the reproducer's requests. `kind` and
    `state` are those of the strategy that it is about, empty where there is none.
    """

    requirement: str
    verdict: Verdict
    message: str
    expected: str = ""
    actual: str = ""
    where: str = ""
    hint: str = ""
    request: str = ""
    response: str = ""
    reproducer: str = ""
    origin: str = ""
    test: str = ""
    kind: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Circumstance:
    """How many findings of a requirement were made on strategies of one kind in one state, listed ones or not."""

    kind: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written down: a file as its project names it, a line from 1, and what stands there."""

    file: str
    line: int
    what: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody's word that deviations from a requirement are known and do not count for now.

    `expires` is an ISO date, the last day on which it holds, in UTC. An empty `kind`, `state` or `release` covers any.
    """

    requirement: str
    reason: str
    ticket: str
    expires: str
    kind: str = ""
    state: str = ""
    release: str = ""


@dataclass(frozen=True, slots=True)
class Waived:
    """What waivers made of a result: the verdict without them, and how many findings they cover and leave.

    When any finding is left the verdict stays as it was.
    """

    verdict: Verdict
    waivers: tuple[Waiver, ...]
    covered: int
    left: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What one requirement came to: how often it was looked at, and every finding (capped; `more` counts the rest).

    `source` is where the requirement comes from: `api-reference:102` or `ENGINE 1.5`. The `reason` of a failure tells
    of crashes of its check. `circumstances` count all findings, those beyond the cap as well; reports of older versions
    have none. `places` are where the requirement is written down, the ledger first; whoever knows the contract lays
    them over a report before it is rendered, and report.jsonl does not keep them.
    """

    requirement: str
    verdict: Verdict
    strength: Strength = Strength.MUST
    level: Level = Level.WIRE
    text: str = ""
    source: str = ""
    checked: int = 0
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    more: int = 0
    circumstances: tuple[Circumstance, ...] = ()
    waived: Waived | None = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class KillRate:
    """How good the harness is that judged: mutants that it killed, and false alarms in runs on clean servers."""

    killed: int
    mutants: int
    false_alarms: int
    clean_runs: int


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of the suite that a run played: the `number`-th of `of`, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        """As it is written on the command line, such as `2/3`."""
        return f"{self.number}/{self.of}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the exchanges of a run are, beside its report, and what they must be.

    `digest` is the SHA-256 of the file in hex; `exchanges` were judged, `distinct` of them are stored, in `bytes`.
    """

    file: str
    digest: str
    exchanges: int
    distinct: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Run:
    """What was judged, by what, and how.

    `changes` is a word of `Changes`; `started` is an ISO 8601 time in UTC; `versions` are pairs of a name (each once)
    and its version; `contract_digest` is the SHA-256 of the contract in hex. `level` is how deep the run was asked to
    look; None in reports that were written before there was a choice. `only` and `skip` are ids and patterns of the
    requirements that the run was limited to, and of those that it left out. `suite` are pairs of a name and a number:
    what the suite was asked to do beside that, so that a part of it can be played again.

    `ledger_digest`, `world_digest` and `waivers_digest` are SHA-256 in hex of the ledger, of the world that strategies
    were compared with, and of the file of waivers; empty where there was none, and in older reports. `shard` is the
    part of the suite that was played; None: all of it. `kills` is how good the harness is, where it knows.
    """

    target: str
    release: str
    seed: int
    changes: str
    started: str
    versions: tuple[tuple[str, str], ...] = ()
    contract_digest: str = ""
    duration_seconds: float = 0.0
    level: Level | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    suite: tuple[tuple[str, int], ...] = ()
    ledger_digest: str = ""
    world_digest: str = ""
    waivers_digest: str = ""
    shard: Shard | None = None
    kills: KillRate | None = None

    @property
    def partial(self) -> bool:
        """The run was told to leave out some requirements, so it says nothing of the whole of any level."""
        return bool(self.only or self.skip)


@dataclass(frozen=True)
class SeenStrategy:
    """A strategy that the run saw, at its most complete.

    `strategy_kind` is `sw-patch` or `sw-upgrade`; `document` is the value of the member `strategy` of an answer;
    `origin` says which part of the run saw it.
    """

    strategy_kind: str
    document: Mapping[str, Any]
    origin: str = ""


class Standing(StrEnum):
    """Whether an edge of the state graph was seen; `otherwise`: the server makes its choice otherwise."""

    SEEN = "seen"
    UNSEEN = "unseen"
    OTHERWISE = "otherwise"
    UNLAWFUL = "unlawful"


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """One edge of the state graph: from a situation of one kind of strategy to one, by a cause.

    The edges of one `choice` exclude each other: one of them is enough. `times` is how often it was seen.
    """

    strategy_kind: str
    before: str
    cause: str
    after: str
    choice: str
    standing: Standing
    times: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run: the header, one result per requirement in ledger order, and notes that are never a verdict.

    `strategies` are documents that were seen, as evidence of the deployment; they are never a verdict either.

    `reached` is the deepest level such that at it and at every level above it something was looked at, and nothing
    failed or could not be judged; None when there is none. `coverage` are the edges of the state graph, lawful or seen;
    evidence of depth, never a verdict. `evidence` is the file of all exchanges, where one was kept.
    """

    run: Run
    results: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()
    reached: Level | None = None
    strategies: tuple[SeenStrategy, ...] = ()
    coverage: tuple[GraphEdge, ...] = ()
    evidence: Evidence | None = None

    def count(self, verdict: Verdict) -> int:
        """How many requirements came to that verdict."""
        return sum(result.verdict is verdict for result in self.results)

    @property
    def verdict(self) -> Verdict:
        """The highest verdict of all results."""
        return max((result.verdict for result in self.results), default=Verdict.UNTESTABLE)
