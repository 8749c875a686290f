"""Everything that is true of a server at one moment, as one frozen value."""

from dataclasses import dataclass, field

from reference_server.clock import Reading
from reference_server.engine.model import Strategy
from reference_server.journal import Journal
from reference_server.simulation.infrastructure import Infrastructure
from reference_server.worlds.file import World


class SnapshotError(Exception):
    """A document is no snapshot, was changed, or is for another server; the text says which."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A server at one moment. Moments are in seconds since 1970-01-01 UTC.

    `given` is the digest of the world that the server was begun with; `world` the one that was loaded last.
    `moment` is how far things have been worked off, `epoch` where audits are counted from, `audits` how many have been.
    `creates` says how many uuids of `seed` are used. Two snapshots are equal whatever their `revision` and `given`.
    """

    release: str
    given: str = field(compare=False)
    world: World
    infrastructure: Infrastructure
    strategy: Strategy | None
    journal: Journal
    clock: Reading
    moment: float
    epoch: float
    audits: int
    seed: int
    creates: int
    revision: int = field(default=0, compare=False)
