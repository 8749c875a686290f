"""What a run of the suite is asked to do."""

import json
from dataclasses import asdict, dataclass, field
from typing import Final

from conformance.drivers.changes import EVERY, Change
from conformance.findings.selection import selected
from conformance.targets.target import EMBEDDED
from conformance.targets.terms import Terms
from reports.model import Changes, Level, Shard
from spec.ledger import Ledger
from spec.load import PUBLISHED

_SEQUENCES_IN_A_GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class Options:
    """What is run: rows in the order of the fields, each with a default.

    `examples` are fuzzed requests per operation; `chains` of at most `steps` requests are tried `chain_groups` times.
    `level` is how deep the run looks; `world` is the document of the deployment's world as JSON text, empty when the
    run was given none. `clients` ask at the same time; fewer than two never do. `stop_at_first` ends the run after the
    first test in which a requirement failed; each worker for itself. `sequences` of at most `moves` moves through the
    lifecycles are drawn. `permitted` are the changes that may be made where `changes` allows any; `finished` are tests
    (node ids) of an earlier part of the run; `tests` are the histories to make, all when empty; the origin of a finding
    is one. `only` and `skip` are ids or patterns of requirements. `shard` is the part of the tests to play; None: all.
    `evidence` is a folder to which goes what the judges are told; empty: none is kept. `release` is judged by.
    """

    target: str = EMBEDDED
    changes: Changes = Changes.ALLOWED
    seed: int = 0
    workers: int = 1
    examples: int = 40
    chain_groups: int = 3
    chains: int = 5
    steps: int = 25
    sequences: int = 16
    moves: int = 16
    level: Level = Level.ORACLE
    world: str = ""
    clients: int = 4
    stop_at_first: bool = False
    permitted: tuple[str, ...] = tuple(Change)
    take_over: bool = False
    terms: Terms = field(default_factory=Terms)
    finished: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    shard: Shard | None = None
    evidence: str = ""
    release: str = PUBLISHED

    def asks_for(self, history: str) -> bool:
        """The test that makes a history is to be played: it was named, as itself or by a part of it, or none was."""
        return not self.tests or any(f"{name}/".startswith(f"{history}/") for name in self.tests)

    @property
    def partial(self) -> bool:
        """Some requirements are left out."""
        return bool(self.only or self.skip)

    def wanted(self, ledger: Ledger) -> frozenset[str] | None:
        """The ids of the requirements to judge; None when that is all of them. Raises SelectionError."""
        return selected(ledger, self.only, self.skip) if self.partial else None

    @property
    def may_change(self) -> bool:
        """Requests that change the target may be sent."""
        return self.changes == Changes.ALLOWED

    @property
    def in_process(self) -> bool:
        """The target is a WSGI application: each test has one of its own."""
        return self.target.startswith("wsgi:")

    @property
    def sequence_groups(self) -> int:
        """How many tests share the drawn sequences."""
        return -(-self.sequences // _SEQUENCES_IN_A_GROUP)

    def sequences_in(self, group: int) -> int:
        """How many sequences the test of that number draws."""
        return min(_SEQUENCES_IN_A_GROUP, self.sequences - group * _SEQUENCES_IN_A_GROUP)

    @property
    def allowed(self) -> frozenset[Change]:
        """The changes that may be made."""
        return EVERY & set(self.permitted) if self.may_change else frozenset()

    def to_json(self) -> str:
        """The options as text for a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Options":
        """The options of such a text; the defaults when it is empty."""
        given = json.loads(text) if text else {}
        words = {
            "changes": Changes(given.get("changes", Changes.ALLOWED)),
            "level": Level(given.get("level", Level.ORACLE)),
            "terms": Terms(**given.get("terms", {})),
            "shard": Shard(**given["shard"]) if given.get("shard") else None,
        }
        tuples = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
        return cls(**{**given, **tuples, **words})
