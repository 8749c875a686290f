"""What the fields of a world must be to one another: names that stand twice, and names of things that are not there.

Two references may lead nowhere, because real deployments have them: a patch host that the host table does not know (the
build fails, ENGINE.md 5.2), and a local host that is not in the table.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from reference_server.simulation import faultcheck

type Problem = tuple[tuple[str | int, ...], str]

# list -> fields whose values may not stand twice in it
_UNIQUE: Final[Mapping[str, tuple[str, ...]]] = {
    "hosts":           ("name", "uuid"),
    "instances":       ("uuid",),
    "instance_groups": ("uuid",),
    "host_groups":     ("name",),
    "host_aggregates": ("name",),
    "patches":         ("name",),
    "patch_hosts":     ("name",),
    "alarms":          ("alarm_uuid",),
}  # fmt: skip

# list -> (field with one name or several, the list it points into, the field it names there)
_REFERENCES: Final[Mapping[str, tuple[str, str, str]]] = {
    "instances":       ("host",         "hosts",     "name"),
    "instance_groups": ("member_uuids", "instances", "uuid"),
    "host_groups":     ("member_names", "hosts",     "name"),
    "host_aggregates": ("host_names",   "hosts",     "name"),
}  # fmt: skip


def problems(value: Mapping[str, Any]) -> Iterator[Problem]:
    """Every problem of a world that its schema accepts, with the pointer of the place."""
    for name, fields in _UNIQUE.items():
        for field in fields:
            yield from _repetitions(value.get(name, ()), name, field)
    for name, (field, target, key) in _REFERENCES.items():
        known = {item[key] for item in value.get(target, ()) if key in item}
        known |= set(value.get("vanished_hosts", ())) if name == "instances" else set()
        yield from _danglers(value.get(name, ()), name, field, target, known)
    yield from _unnamed_twins(value)
    if value.get("faults"):
        found = faultcheck.problems(value["faults"], _names(value))
        yield from ((("faults", *pointer), problem) for pointer, problem in found)


def _names(value: Mapping[str, Any]) -> faultcheck.Names:
    """What the faults of a world may name."""
    hosts = {item["name"] for member in ("hosts", "patch_hosts") for item in value.get(member, ())}
    instances = value.get("instances", ())
    uuids = Counter(item["uuid"] for item in instances if "uuid" in item)
    named = Counter(item["name"] for item in instances if item["name"] not in uuids)
    return faultcheck.Names(frozenset(hosts), uuids + named)


def _repetitions(items: Iterable[Mapping[str, Any]], name: str, field: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for number, item in enumerate(items):
        if field not in item:
            continue
        at = first.setdefault(item[field], number)
        if at != number:
            yield (name, number, field), f"{item[field]!r} is the {field} of /{name}/{at} already"


def _danglers(
    items: Iterable[Mapping[str, Any]], name: str, field: str, target: str, known: set[str]
) -> Iterator[Problem]:
    for number, item in enumerate(items):
        several = isinstance(item[field], list)
        for position, named in enumerate(item[field] if several else [item[field]]):
            if named not in known:
                pointer = (name, number, field, position) if several else (name, number, field)
                yield pointer, f"there is no {named!r} among the {target}; name one that is there, or add it"


def _unnamed_twins(value: Mapping[str, Any]) -> Iterator[Problem]:
    """Instances and groups may share a name only when each has a uuid: the default one comes from the name."""
    for name in ("instances", "instance_groups"):
        yield from _repetitions([{} if "uuid" in item else item for item in value.get(name, ())], name, "name")
