"""What every stage of a plan does, whatever the topology (ENGINE.md 5.3 to 5.7, 6.3 to 6.5; level orchestration)."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from conformance.checks.context import Context, Deviation, show
from conformance.exchange import Exchange
from conformance.strategy import Stage, Step

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
    law = context.law.plan_of(context.kind)
    if law is None or not any(law.stage(stage.name) for _, stage in _stages(context)):
        return None
    known = [(index, stage, law.stage(stage.name)) for index, stage in context.fresh_of_apply]
    return [
        Deviation(
            "the stage does not do its work",
            found.work,
            show([step.name for step in stage.steps]),
            f"{_STAGES}/{index}",
        )
        for index, stage, found in known
        if found and found.work not in stage.entities
    ]


def upgraded_hosts_are_out_of_service(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Hosts are locked before they are upgraded, and unlocked after it, by the same stage.

    Mutants: lock-misses-a-host.
    """
    if not any(_UPGRADE in stage.entities for _, stage in _stages(context)):
        return None
    return [deviation for index, stage in context.fresh_of_apply for deviation in _in_service(index, stage)]


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
    if not any(found.name == stage and _LOCK in found.entities for _, found in _stages(context)):
        return None
    locks = [
        (index, found, place, step)
        for index, found in context.fresh_of_apply
        if found.name == stage
        for place, step in enumerate(found.steps)
        if step.name == _LOCK
    ]
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
    if not any(_hosts(context, stage) and _prepares(stage) for _, stage in _stages(context)):
        return None
    return [
        Deviation(
            f"{step.name} touches hosts that this stage does not work on",
            show(sorted(hosts)),
            show(sorted(set(step.entity_names) - hosts)),
            where,
        )
        for where, step, hosts in _prepared(context)
        if set(step.entity_names) - hosts
    ]


def _hosts(context: Context, stage: Stage) -> frozenset[str]:
    """The hosts that the stage works on."""
    law = context.law.plan_of(context.kind)
    known = law.stage(stage.name) if law else None
    return stage.entities.get(known.work, frozenset()) if known else frozenset()


def _prepares(stage: Stage) -> bool:
    return any(name in stage.entities for name in _PREPARING)


def _prepared(context: Context) -> Iterator[tuple[str, Step, frozenset[str]]]:
    """The place of every step that prepares hosts, the step, and the hosts that its stage works on."""
    for index, stage in context.fresh_of_apply:
        hosts = _hosts(context, stage)
        for place, step in enumerate(stage.steps):
            if hosts and step.name in _PREPARING:
                yield f"{_STAGES}/{index}/steps/{place}/entity-names", step, hosts


def an_entity_has_one_uuid(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A host has one uuid in all steps of a strategy, and no two entities have the same.

    Mutants: uuids-of-two-tables.
    """
    strategy, settled = context.strategy, context.settled_stages
    if strategy is None:
        return None
    uuid_of = dict(chain.from_iterable(stage.uuids.items() for stage in settled))
    name_of = dict(chain.from_iterable(stage.owners.items() for stage in settled))
    is_confused = any(_confused(context.steps_of_fresh_stages, uuid_of, name_of))
    if not name_of:  # there are no entities
        return None
    return _confused(strategy.steps(), {}, {}) if is_confused else ()


def _confused(
    steps: Iterable[tuple[str, Stage, Step]], uuid_of: dict[str, str], name_of: dict[tuple[str, str], str]
) -> Iterator[Deviation]:
    """What confuses entities, of these steps and those that are known; both tables are added to.

    The lists of a step may differ after a restart (ENGINE.md 8.6).
    """
    for where, _, step in steps:
        names, uuids, kind = step.entity_names, step.entity_uuids, step.entity_type
        for index, (name, uuid) in enumerate(zip(names, uuids, strict=True)) if len(names) == len(uuids) else ():
            if kind == "hosts" and uuid_of.setdefault(name, uuid) != uuid:
                yield Deviation(f"{name} has two uuids", uuid_of[name], uuid, _place(where, index))
            if name_of.setdefault((kind, uuid), name) != name:
                other = name_of[kind, uuid]
                yield Deviation(f"{name} has the uuid of {other}", "another uuid", uuid, _place(where, index))


def _place(step: str, index: int) -> str:
    return f"{step}/entity-uuids/{index}"


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


def _entities(steps: Sequence[Step], name: str) -> set[str]:
    return {entity for step in steps if step.name == name for entity in step.entity_names}
