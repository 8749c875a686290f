"""What a person may want to know about a world file: every problem, and what is lawful but surprising, with lines."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.words import ApplyType, InstanceAction, Kind, State, StepName
from reference_server.instant import build_at_once
from reference_server.rulebooks import Release
from reference_server.worlds.check import problems
from reference_server.worlds.file import World, parse_world, world_schema
from spec.documents import DocumentError, line_of, parse
from spec.schema import Schema

type _Place = tuple[str | int, ...]

NEXT: Final = "next"
"""The release that a plain sw-upgrade leads to where one has to be named."""

_OF_INSTANCES: Final = frozenset({StepName.MIGRATE_INSTANCES, StepName.STOP_INSTANCES, StepName.START_INSTANCES})


@dataclass(frozen=True, slots=True)
class Review:
    """Sentences that begin with file and line; with problems there is no world, with warnings there is one."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def review(text: str, name: str, release: Release) -> Review:
    """Everything that there is to say about the text of a world file; `name` stands before each sentence."""
    try:
        value = parse(text, name)
    except DocumentError as error:
        return Review(tuple(str(error).splitlines()))
    found: list[tuple[_Place, str]] = [
        (tuple(_parts(error.pointer)), error.message) for error in Schema(world_schema()).errors(value)
    ]
    found = found or list(problems(value))
    if found:
        return Review(_sentences(name, text, found))
    try:
        world = parse_world(value, name, text=text)
    except DocumentError as error:
        return Review(tuple(str(error).splitlines()))
    return Review((), _sentences(name, text, _surprises(value, world, release)))


def plan(kind: Kind, world: World, release: Release, **asked: Any) -> Strategy:
    """The strategy that the plainest create request leads to: everything serial, and what is `asked`."""
    options = {"options": (("release", NEXT),)} if kind in release.rulebook.generic else {}
    request = plain_request(kind, world, **options, **asked)
    return build_at_once(request, world.fleet, release.rulebook, uuid="", now=0.0)


def plain_request(kind: Kind, world: World, **asked: Any) -> StrategyRequest:
    """A create request with everything serial; instances migrate where they can."""
    is_patch = kind is Kind.SW_PATCH
    stops = world.fleet.single_controller and kind is not Kind.SW_UPGRADE
    plain: dict[str, Any] = {
        "kind": kind,
        "controller_apply_type": ApplyType.SERIAL,
        "storage_apply_type": ApplyType.SERIAL,
        "swift_apply_type": ApplyType.SERIAL if is_patch else ApplyType.IGNORE,
        "worker_apply_type": ApplyType.SERIAL,
        "default_instance_action": InstanceAction.STOP_START if stops else InstanceAction.MIGRATE,
    }
    return StrategyRequest(**(plain | asked))


def _parts(pointer: str) -> Iterator[str]:
    return (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def _sentences(name: str, text: str, found: Iterable[tuple[_Place, str]]) -> tuple[str, ...]:
    """The sentences in the order of their lines."""
    placed = sorted(((line_of(text, place) or 0, place, what) for place, what in found), key=itemgetter(0))
    return tuple(
        f"{name}{f':{line}' if line else ''}: {'/' + '/'.join(map(str, place)) if place else 'the document'}: {what}"
        for line, place, what in placed
    )


# What is lawful and surprising --------------------------------------------------------------------------------------


def _surprises(value: Mapping[str, Any], world: World, release: Release) -> Iterator[tuple[_Place, str]]:
    yield from _strangers(value, world)
    yield from _homeless(value, world)
    yield from _failing_builds(value, world, release)
    yield from _idle_faults(value, world, release)


def _strangers(value: Mapping[str, Any], world: World) -> Iterator[tuple[_Place, str]]:
    """Names that lead nowhere, as they may in a real deployment (ENGINE.md 5.2)."""
    known = world.fleet.host_by_name
    local = world.fleet.local_host_name
    if local not in known:
        yield ("local_host_name",), f"there is no {local!r} among the hosts: no controller is the active one"
    elif not known[local].has("controller"):
        yield ("local_host_name",), f"the active host {local!r} is no controller"
    for number, host in enumerate(value.get("patch_hosts", ())):
        if host["name"] not in known:
            where = ("patch_hosts", number, "name")
            yield where, f"there is no {host['name']!r} among the hosts"
    patched = {host.name for host in world.fleet.patch_hosts}
    if world.fleet.patches and "patch_hosts" in value:
        for number, one in enumerate(world.fleet.hosts):
            if one.name not in patched:
                yield ("hosts", number), f"the patch controller does not know {one.name!r}: it is never patched"
    if "patch_hosts" in value and not world.fleet.patches:
        yield ("patch_hosts",), "there are patch hosts and no patches: every sw-patch strategy fails to build"


def _homeless(value: Mapping[str, Any], world: World) -> Iterator[tuple[_Place, str]]:
    for number, instance in enumerate(value.get("instances", ())):
        host = world.fleet.host_by_name[instance["host"]]
        if not host.has("worker"):
            yield ("instances", number, "host"), f"{host.name!r} is no worker: nothing ever moves this instance away"
        elif host.locked and instance.get("admin_state") != "locked":
            yield ("instances", number, "host"), f"{host.name!r} is locked, and this instance runs on it"


def _failing_builds(value: Mapping[str, Any], world: World, release: Release) -> Iterator[tuple[_Place, str]]:
    for kind, member in ((Kind.SW_PATCH, "patches"), (Kind.SW_UPGRADE, "upgrade")):
        asked = value.get(member) and kind in release.wire.kinds and kind not in release.rulebook.generic
        strategy = plan(kind, world, release) if asked else None
        if strategy is not None and strategy.state is State.BUILD_FAILED:
            yield (member,), f"the plainest {kind} strategy fails to build: {strategy.build.reason}"


# Faults that can never happen ---------------------------------------------------------------------------------------


def _idle_faults(value: Mapping[str, Any], world: World, release: Release) -> Iterator[tuple[_Place, str]]:
    """Faults of a step that no strategy of this world has, as far as the usual requests show."""
    faults = value.get("faults", ())
    if not faults:
        return
    steps = _steps(world, release)
    hosts = {host.name for host in world.fleet.hosts}
    for number, fault in enumerate(faults):
        named = fault.get("step") or fault.get("when", {}).get("step")
        host = fault.get("host") if "step" in fault else None
        if named is not None and named not in steps:
            yield ("faults", number), f"can never happen: no strategy of this world has a step {named}"
        elif host is not None and host in hosts and named not in _OF_INSTANCES and host not in steps[named]:
            yield ("faults", number), f"can never happen: no strategy of this world has a step {named} for {host}"


def _steps(world: World, release: Release) -> dict[str, set[str]]:
    """Step name -> hosts, over the strategies that the usual requests lead to, undo and build included."""
    undo = release.rulebook.undo
    found: dict[str, set[str]] = {}
    for kind in release.wire.kinds:
        actions = (InstanceAction.MIGRATE,) if kind is Kind.SW_UPGRADE else InstanceAction
        for worker in (ApplyType.SERIAL, ApplyType.PARALLEL):
            for action in actions:
                asked: dict[str, Any] = {"worker_apply_type": worker, "default_instance_action": action}
                asked |= {"complete_upgrade": True} if kind is Kind.SW_UPGRADE else {}
                strategy = plan(kind, world, release, **asked)
                for phase in (strategy.build, strategy.apply):
                    for step in (step for stage in phase.stages for step in stage.steps):
                        for name in filter(None, (step.name, undo.get(step.name))):
                            found.setdefault(name, set()).update(step.host_names)
    return found
