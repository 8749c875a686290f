"""What every stage of a plan does, whatever the topology (ENGINE.md 5.3 to 5.7, 6.3 to 6.5; level orchestration)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from conformance.checks.context import Context, Deviation, show
from conformance.exchange import Exchange
from conformance.strategy import Stage, Step, Strategy

_STAGES: Final = "/strategy/apply-phase/stages"
_SWACT: Final = "swact-hosts"
_LOCK: Final = "lock-hosts"
_UNLOCK: Final = "unlock-hosts"
_UPGRADE: Final = "upgrade-hosts"
_PREPARING: Final = (_SWACT, "disable-host-services")


def every_stage_does_its_work(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Every stage of the apply phase has the step that does its work.

    Mutants: workers-never-upgraded.
    """
    law = context.law.kinds.get(context.kind)
    known = [(index, stage, law.stage(stage.name)) for index, stage in _stages(context)] if law else []
    if not any(found for _, _, found in known):
        return None
    return [
        Deviation(
            "the stage does not do its work",
            found.work,
            show([step.name for step in stage.steps]),
            f"{_STAGES}/{index}",
        )
        for index, stage, found in known
        if found and found.work not in [step.name for step in stage.steps]
    ]


def upgraded_hosts_are_out_of_service(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Hosts are locked before they are upgraded, and unlocked after it, by the same stage.

    Mutants: lock-misses-a-host.
    """
    upgrades = [(index, stage) for index, stage in _stages(context) if _named(stage, _UPGRADE)]
    if not upgrades:
        return None
    return [deviation for index, stage in upgrades for deviation in _in_service(index, stage)]


def _in_service(index: int, stage: Stage) -> Iterator[Deviation]:
    for place, step in enumerate(stage.steps):
        if step.name != _UPGRADE:
            continue
        for name, others, word in (
            (_LOCK, stage.steps[:place], "before"),
            (_UNLOCK, stage.steps[place + 1 :], "after"),
        ):
            missing = set(step.entity_names) - _entities(others, name)
            if missing:
                yield Deviation(
                    f"hosts are upgraded without {name} {word} it",
                    f"{name} of {show(sorted(step.entity_names))}",
                    f"not of {show(sorted(missing))}",
                    f"{_STAGES}/{index}/steps/{place}",
                )


def controllers_are_swacted_before_they_are_locked(
    exchange: Exchange, context: Context, *, stage: str
) -> Iterable[Deviation] | None:
    """A controller that is locked to be patched is swacted before it.

    Mutants: no-swact, swact-of-the-other.
    """
    locks = [
        (index, found, place, step)
        for index, found in _stages(context)
        if found.name == stage
        for place, step in enumerate(found.steps)
        if step.name == _LOCK
    ]
    if not locks:
        return None
    return [
        Deviation(
            "a controller is locked without being swacted before",
            f"{_SWACT} of {show(sorted(step.entity_names))} before {_LOCK}",
            show([each.name for each in found.steps]),
            f"{_STAGES}/{index}/steps/{place}",
        )
        for index, found, place, step in locks
        if not set(step.entity_names) <= _entities(found.steps[:place], _SWACT)
    ]


def only_own_hosts_are_prepared(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A stage swacts, and takes the services from, no other hosts than those it patches or upgrades.

    Mutants: swact-of-the-other.
    """
    prepared = list(_prepared(context))
    if not prepared:
        return None
    return [
        Deviation(
            f"{step.name} touches hosts that this stage does not work on",
            show(sorted(hosts)),
            show(sorted(set(step.entity_names) - hosts)),
            where,
        )
        for where, step, hosts in prepared
        if set(step.entity_names) - hosts
    ]


def _prepared(context: Context) -> Iterator[tuple[str, Step, set[str]]]:
    """The place of every step that prepares hosts, the step, and the hosts that its stage works on."""
    law = context.law.kinds.get(context.kind)
    for index, stage in _stages(context):
        known = law.stage(stage.name) if law else None
        hosts = _entities(stage.steps, known.work) if known else set()
        for place, step in enumerate(stage.steps):
            if hosts and step.name in _PREPARING:
                yield f"{_STAGES}/{index}/steps/{place}/entity-names", step, hosts


def an_entity_has_one_uuid(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A host has one uuid in all steps of a strategy, and no two entities have the same.

    Mutants: uuids-of-two-tables.
    """
    entities = [] if context.strategy is None else list(_pairs(context.strategy))
    return _confused(entities) if entities else None


type _Entity = tuple[str, str, str, str]


def _pairs(strategy: Strategy) -> Iterator[_Entity]:
    """Type, name, uuid and place of every entity; the lists of a step may differ after a restart (ENGINE.md 8.6)."""
    for where, _, step in strategy.steps():
        if len(step.entity_names) == len(step.entity_uuids):
            for index, (name, uuid) in enumerate(zip(step.entity_names, step.entity_uuids, strict=True)):
                yield step.entity_type, name, uuid, f"{where}/entity-uuids/{index}"


def _confused(entities: list[_Entity]) -> Iterator[Deviation]:
    uuid_of: dict[str, str] = {}
    name_of: dict[tuple[str, str], str] = {}
    for kind, name, uuid, where in entities:
        if kind == "hosts" and uuid_of.setdefault(name, uuid) != uuid:
            yield Deviation(f"{name} has two uuids", uuid_of[name], uuid, where)
        if name_of.setdefault((kind, uuid), name) != name:
            yield Deviation(f"{name} has the uuid of {name_of[kind, uuid]}", "another uuid", uuid, where)


def failed_build_says_why(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A build that failed although its queries were answered has the reason of the rule that was violated.

    Mutants: build-fails-without-reason.
    """
    strategy = context.strategy
    if strategy is None or strategy.state != "build-failed":
        return None
    steps = [step for stage in strategy.build.stages for step in stage.steps]
    if not steps or any(step.result != "success" for step in steps):
        return None
    if strategy.build.reason:
        return ()
    return (Deviation("the build failed without a reason", "the reason", "empty", "/strategy/build-phase/reason"),)


def _stages(context: Context) -> list[tuple[int, Stage]]:
    return list(enumerate(context.strategy.apply.stages)) if context.strategy else []


def _named(stage: Stage, name: str) -> bool:
    return any(step.name == name for step in stage.steps)


def _entities(steps: Sequence[Step], name: str) -> set[str]:
    return {entity for step in steps if step.name == name for entity in step.entity_names}
