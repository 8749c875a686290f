"""What a run of the suite is asked to do."""

import json
from dataclasses import asdict, dataclass
from typing import Final

from conformance.target import EMBEDDED
from reports.model import Changes, Level

_SEQUENCES_IN_A_GROUP: Final = 3


@dataclass(frozen=True, slots=True)
class Options:
    """What is run: rows in the order of the fields, each with a default.

    `examples` are fuzzed requests per operation; `chains` of at most `steps` requests are tried `chain_groups` times.
    `level` is how deep the run looks; `world` is the document of the deployment's world as JSON text, empty when the
    run was given none. `clients` ask at the same time; fewer than two never do. `stop_at_first` ends the run after the
    first test in which a requirement failed; each worker for itself.
    `sequences` of at most `moves` moves through the lifecycles are drawn.
    """

    target: str = EMBEDDED
    changes: Changes = Changes.ALLOWED
    seed: int = 0
    workers: int = 1
    examples: int = 40
    chain_groups: int = 3
    chains: int = 5
    steps: int = 25
    sequences: int = 12
    moves: int = 20
    level: Level = Level.ORACLE
    world: str = ""
    clients: int = 4
    stop_at_first: bool = False

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
        }
        return cls(**{**given, **words})
