"""What is wrong with faults that their schema accepts: ends that no action has, members that say nothing, strangers.

It looks at documents, not at values, so that each problem has a place in the text.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reference_server.engine.fleet import Fleet
from reference_server.engine.words import StepName
from reference_server.simulation.pace import DURATIONS, ON_HOSTS, ON_INSTANCES, POLLING

type Fields = Mapping[str, Any]
type Problem = tuple[tuple[str | int, ...], str]

_SYSTEM: Final = ("fails", "never", "late")
_HOSTS: Final = ("fails", "refused", "never", "late")
_MIGRATIONS: Final = ("fails", "refused", "timed-out", "cancelled", "never", "late")
OFFERED: Final[Mapping[str, tuple[str, ...]]] = (
    dict.fromkeys(DURATIONS, _SYSTEM)
    | dict.fromkeys(ON_HOSTS, _HOSTS)
    | {
        **dict.fromkeys(POLLING, _SYSTEM),
        StepName.MIGRATE_INSTANCES: _MIGRATIONS,
        StepName.MIGRATE_FROM_HOST: _MIGRATIONS,
        StepName.STOP_INSTANCES: ("refused", "never", "late"),
        StepName.START_INSTANCES: ("refused", "never", "late"),
    }
)
"""How the actions of each step can end (ENGINE.md 4.2)."""

_MOVING: Final = ON_INSTANCES | {StepName.MIGRATE_FROM_HOST}
"""Steps whose actions are on instances, each on one."""

# change -> members that it must have, members that it may have; `change` and `when` go without saying
_MEMBERS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "host-vanishes":      (("host",),            ()),
    "host-appears":       (("to",),              ()),
    "host-changes":       (("host", "to"),       ()),
    "instance-vanishes":  (("instance",),        ()),
    "instance-appears":   (("to",),              ()),
    "instance-moves":     (("instance", "host"), ()),
    "instance-changes":   (("instance", "to"),   ()),
    "alarm-raised":       (("alarm",),           ()),
    "alarm-cleared":      (("alarm",),           ()),
    "patch-host-changes": (("host", "to"),       ()),
    "upgrade-changes":    (("to",),              ()),
}  # fmt: skip


@dataclass(frozen=True)
class Names:
    """What a world has that a fault may name; instances by name (how often) and by uuid."""

    hosts: frozenset[str]
    instances: Counter[str]


def names_of(fleet: Fleet) -> Names:
    """The names of a fleet; a patch host that the host table does not know is a host too."""
    hosts = frozenset((*(each.name for each in fleet.hosts), *(each.name for each in fleet.patch_hosts)))
    uuids = Counter(instance.uuid for instance in fleet.instances)
    return Names(hosts, uuids + Counter(each.name for each in fleet.instances if each.name not in uuids))


def problems(value: Iterable[Fields], names: Names | None) -> Iterator[Problem]:
    """Every problem of a list of faults, with the pointer of its place in it; names are looked at where known."""
    faults = list(value)
    known = with_those_to_come(names, faults) if names is not None else None
    for number, fault in enumerate(faults):
        found = _of_change(fault, known) if "change" in fault else _of_ending(fault)
        for pointer, problem in (*found, *(_strangers(fault, known) if known is not None else ())):
            yield (number, *pointer), problem


def lead_nowhere(fault: Fields, names: Names) -> bool:
    """Whether a fault names a host or an instance that is not there."""
    return any(True for _ in _strangers(fault, names))


def with_those_to_come(names: Names, faults: list[Fields]) -> Names:
    """Also what will appear by itself."""
    hosts = {each["to"]["name"] for each in faults if each.get("change") == "host-appears" and "to" in each}
    appearing = [each["to"] for each in faults if each.get("change") == "instance-appears" and "to" in each]
    instances = Counter(each[member] for each in appearing for member in ("name", "uuid") if member in each)
    return Names(names.hosts | hosts, names.instances + instances)


# Endings ------------------------------------------------------------------------------------------------------------


def _of_ending(fault: Fields) -> Iterator[Problem]:
    step, ends = fault["step"], fault["ends"]
    if ends not in OFFERED[step]:
        hint = "; write never, then the step times out" if ends == "timed-out" else ""
        yield ("ends",), f"{step} has no end {ends!r}; it ends {', '.join(OFFERED[step])}{hint}"
    if ends == "refused" and "reason" not in fault and step != StepName.SW_PATCH_HOSTS:
        yield (), f"a refusal has a reason; add reason: Another host operation {step} is already inprogress for host H."
    if ends != "refused" and "reason" in fault:
        yield ("reason",), f"only `refused` has a reason of its own, {ends} has not; remove it, or write ends: refused"
    if ends == "late" and "seconds" not in fault:
        yield (), "`late` needs to know how much later; add seconds: 120"
    if ends == "never" and "seconds" in fault:
        yield ("seconds",), "what never ends takes no time; remove it, or write ends: late"
    if "host" in fault and step not in ON_HOSTS | _MOVING:
        yield ("host",), f"{step} is not on a host; remove it"
    if "instance" in fault and step not in _MOVING:
        yield ("instance",), f"{step} is not on an instance; remove it"


# Changes ------------------------------------------------------------------------------------------------------------


def _of_change(fault: Fields, names: Names | None) -> Iterator[Problem]:
    needed, possible = _MEMBERS[fault["change"]]
    for member in needed:
        if member not in fault:
            yield (), f"{fault['change']} needs {_listed(needed)}; add {member}"
    for member in fault:
        if member not in {"change", "when", *needed, *possible}:
            yield (
                (member,),
                f"{fault['change']} has no {member}, only {_listed((*needed, *possible, 'when'))}; remove it",
            )
    if "step" not in fault["when"]:
        for member in ("phase", "stage"):
            if member in fault["when"]:
                yield ("when", member), f"{member} says which step is meant; add step, or remove it"
    if names is not None and fault["change"] == "instance-appears" and "host" in fault.get("to", {}):
        host = fault["to"]["host"]
        if host not in names.hosts:
            yield ("to", "host"), _nobody(host, "hosts")


def _strangers(fault: Fields, names: Names) -> Iterator[Problem]:
    if "host" in fault and fault["host"] not in names.hosts:
        yield ("host",), _nobody(fault["host"], "hosts")
    if "instance" not in fault:
        return
    found = names.instances[fault["instance"]]
    if not found:
        yield ("instance",), _nobody(fault["instance"], "instances")
    elif found > 1 and "change" in fault:
        yield ("instance",), f"{found} instances have the name {fault['instance']!r}; write the uuid of one"


def _nobody(name: str, table: str) -> str:
    return f"there is no {name!r} among the {table}; name one that is there"


def _listed(members: Iterable[str]) -> str:
    return ", ".join(members)
