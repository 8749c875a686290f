"""A snapshot taken apart into numbered values, and put together again.

What changes together is one value: the stages of a phase, the hosts and the instances each for themselves, so that a
change of one of them costs the writing of that one. A value is JSON.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import msgspec

from reference_server.clock import Reading
from reference_server.engine.fleet import (
    Alarm,
    Fleet,
    Host,
    HostAggregate,
    HostGroup,
    Instance,
    InstanceGroup,
    PatchHost,
    QueriedData,
)
from reference_server.engine.model import Phase, Stage, Strategy
from reference_server.engine.words import PhaseName
from reference_server.journal import Event, Journal
from reference_server.simulation.faults import Change, Ending
from reference_server.simulation.infrastructure import Infrastructure, Pending
from reference_server.storage.state import Snapshot, SnapshotError
from reference_server.worlds.file import World

type Values = Mapping[str, Mapping[int, bytes]]
"""JSON values by the name of their part and their number in it."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is small and changes all the time. The seed is text: it may be larger than a JSON number should be."""

    release: str
    given: str
    clock: Reading
    moment: float
    epoch: float
    audits: int
    seed: str
    creates: int
    revision: int


@dataclass(frozen=True, slots=True)
class LoadedFault:
    """One fault of a world: one of the two."""

    ending: Ending | None = None
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class LoadedWorld:
    """A world as it was loaded."""

    name: str
    fleet: Fleet
    durations: dict[str, int | float]  # as they were written, so that the world reads as before
    faults: tuple[LoadedFault, ...]


FLEET_LISTS: Final[Mapping[str, type]] = {
    "hosts":           Host,
    "instances":       Instance,
    "instance_groups": InstanceGroup,
    "host_groups":     HostGroup,
    "host_aggregates": HostAggregate,
    "patch_hosts":     PatchHost,
    "alarms":          Alarm,
}  # fmt: skip
"""Lists of the fleet whose entries are written each for itself."""

PHASES: Final = (PhaseName.BUILD, PhaseName.APPLY, PhaseName.ABORT)


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of value: the objects that it is made of, what of an object is written, and what is read.

    `number` is the number of an object that keeps it while others come and go; without it they are counted from 0.
    """

    name: str
    objects: Callable[[Snapshot], tuple[Any, ...]]
    read: Any
    written: Callable[[Any], object] = lambda each: each
    number: Callable[[Any], int] | None = None

    def encode(self, each: object) -> bytes:
        """The value of one object."""
        try:
            return msgspec.json.encode(self.written(each))
        except UnicodeEncodeError:
            raise SnapshotError("a text of it is not Unicode: it has half of a character") from None
        except OverflowError:
            raise SnapshotError("a number of it has more than 64 bits") from None

    def decode(self, value: bytes) -> Any:
        """The object of one value, as far as it was written."""
        try:
            return _decoder(self.read).decode(value)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise SnapshotError(f"{self.name}: {error}") from None


@lru_cache
def _decoder(read: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(read)


# What is written of an object whose lists are written for themselves --------------------------------------------------


def _head(snapshot: Snapshot) -> Head:
    return Head(
        snapshot.release,
        snapshot.given,
        snapshot.clock,
        snapshot.moment,
        snapshot.epoch,
        snapshot.audits,
        str(snapshot.seed),
        snapshot.creates,
        snapshot.revision,
    )


def loaded_world(world: World) -> LoadedWorld:
    """The world as plain values."""
    faults = (
        LoadedFault(ending=fault) if isinstance(fault, Ending) else LoadedFault(change=fault) for fault in world.faults
    )
    return LoadedWorld(world.name, world.fleet, dict(world.durations), tuple(faults))


def _bare_strategy(strategy: Strategy) -> Strategy:
    for name in PHASES:
        strategy = strategy.with_phase(replace(strategy.phase(name), stages=()))
    return replace(strategy, queried=QueriedData())


def _bare_fleet(fleet: Fleet) -> Fleet:
    return replace(
        fleet,
        hosts=(),
        instances=(),
        instance_groups=(),
        host_groups=(),
        host_aggregates=(),
        patch_hosts=(),
        alarms=(),
    )


def _bare_infrastructure(infrastructure: Infrastructure) -> Infrastructure:
    return replace(infrastructure, fleet=Fleet(""), pending=())


def _bare_journal(journal: Journal) -> Journal:
    return replace(journal, events=())


# The parts ------------------------------------------------------------------------------------------------------------


def _stages(name: PhaseName) -> Part:
    def objects(snapshot: Snapshot) -> tuple[Stage, ...]:
        return snapshot.strategy.phase(name).stages if snapshot.strategy is not None else ()

    return Part(f"{name} stages", objects, Stage)


def _fleet_list(field: str, read: type) -> Part:
    return Part(field, lambda snapshot: getattr(snapshot.infrastructure.fleet, field), read)


def _present[T](value: T | None) -> tuple[T, ...]:
    return () if value is None else (value,)


PARTS: Final[tuple[Part, ...]] = (
    Part("head", lambda s: (s,), Head, _head),
    Part("world", lambda s: (s.world,), LoadedWorld, loaded_world),
    Part("strategy", lambda s: _present(s.strategy), Strategy, _bare_strategy),
    Part("queried", lambda s: _present(s.strategy and s.strategy.queried), QueriedData),
    *map(_stages, PHASES),
    Part("fleet", lambda s: (s.infrastructure.fleet,), Fleet, _bare_fleet),
    *(_fleet_list(field, read) for field, read in FLEET_LISTS.items()),
    Part("infrastructure", lambda s: (s.infrastructure,), Infrastructure, _bare_infrastructure),
    Part("pending", lambda s: s.infrastructure.pending, Pending, number=lambda each: each.order),
    Part("journal", lambda s: (s.journal,), Journal, _bare_journal),
    Part("events", lambda s: s.journal.events, Event, number=lambda each: each.number),
)


def numbered(part: Part, objects: tuple[Any, ...]) -> dict[int, Any]:
    """Objects of a part by their number."""
    return dict(enumerate(objects)) if part.number is None else {part.number(each): each for each in objects}


def values_of(snapshot: Snapshot) -> dict[str, dict[int, bytes]]:
    """All values of a snapshot. Raises SnapshotError for text that cannot be written."""
    return {
        part.name: {number: part.encode(each) for number, each in numbered(part, part.objects(snapshot)).items()}
        for part in PARTS
    }


def assemble(values: Values) -> Snapshot:
    """The snapshot of all its values, whatever the order of the parts. Raises SnapshotError for any others."""
    known = {part.name for part in PARTS}
    if set(values) - known:
        raise SnapshotError(f"there is no part {min(set(values) - known)!r}")
    found = {part.name: _decoded(part, values.get(part.name, {})) for part in PARTS}
    return _put_together(found)


def _decoded(part: Part, items: Mapping[int, bytes]) -> tuple[Any, ...]:
    return tuple(part.decode(items[number]) for number in sorted(items))


def _put_together(found: Mapping[str, tuple[Any, ...]]) -> Snapshot:
    head: Head = _one(found, "head")
    fleet = replace(_one(found, "fleet"), **{field: found[field] for field in FLEET_LISTS})
    infrastructure = replace(_one(found, "infrastructure"), fleet=fleet, pending=tuple(sorted(found["pending"])))
    try:
        seed = int(head.seed)
    except ValueError:
        raise SnapshotError("head: the seed is no number") from None
    return Snapshot(
        head.release,
        head.given,
        _world(_one(found, "world")),
        infrastructure,
        _strategy(found),
        replace(_one(found, "journal"), events=found["events"]),
        head.clock,
        head.moment,
        head.epoch,
        head.audits,
        seed,
        head.creates,
        head.revision,
    )


def _one(found: Mapping[str, tuple[Any, ...]], name: str) -> Any:
    if len(found[name]) != 1:
        raise SnapshotError(f"{name}: there are {len(found[name])} of what there is one of")
    return found[name][0]


def _strategy(found: Mapping[str, tuple[Any, ...]]) -> Strategy | None:
    if not found["strategy"]:
        return None
    strategy: Strategy = replace(_one(found, "strategy"), queried=_one(found, "queried"))
    for name in PHASES:
        phase: Phase = strategy.phase(name)
        strategy = strategy.with_phase(replace(phase, stages=found[f"{name} stages"]))
    return strategy


def _world(loaded: LoadedWorld) -> World:
    faults = (fault.ending or fault.change for fault in loaded.faults)
    return World(loaded.fleet, MappingProxyType(loaded.durations), loaded.name, tuple(filter(None, faults)))
