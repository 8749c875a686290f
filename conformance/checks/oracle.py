"""A strategy beside what the world of its deployment leads to (ENGINE.md 5, 6; level oracle).

What is different is told by `conformance.predictions.explain`; a check here tells what of it concerns its requirement.
The last group looks at the plan and the world alone, whatever the rules would have made of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from conformance.checks.context import Context, Deviation, show
from conformance.checks.succession import was_restarted
from conformance.exchange import Exchange
from conformance.predictions.explain import Part, Remark, worked_on
from conformance.predictions.prediction import Compared, Moment
from conformance.strategy import Stage, Step, Strategy

_STAGES: Final = "/strategy/apply-phase/stages"
_HINT: Final = "`vimgate plan` prints the whole strategy that a world and a create request lead to"
_LOCK: Final = "lock-hosts"
# A restart, which is not seen where the clock runs by itself, forgets it (ENGINE.md 8.6).
_FORGOTTEN: Final = "/strategy/build-phase/timeout"
_OF_UNDO: Final = re.compile(r"/strategy/abort-phase/(current-stage|stages/\d+/current-step)")
_WIDTH: Final = "max-parallel-worker-hosts"
# The reason of our own for a build that no deployment can be brought to (docs/adr/0010).
_OURS: Final = "host controller-1 not found"


def strategy_is_the_predicted_one(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A strategy right after its build is the one that the world leads to: nothing in it is unexplained.

    Mutants: patched-without-lock, no-swact.
    """
    compared = _built(context)
    if compared is None:
        return None
    forgotten = not context.still and was_restarted(compared.seen)
    return _deviations(each for each in compared.remarks if not (forgotten and each.where == _FORGOTTEN))


def build_ends_as_predicted(exchange: Exchange, context: Context, *, kind: str) -> Iterable[Deviation] | None:
    """A build succeeds, or fails with the reason of the first rule that is violated.

    Mutants: upgraded-hosts-again, alarms-before-patches, alarms-not-counted, relaxed-as-strict, no-alarm-ignored,
    interim-state-ignored and 5 more.
    """
    compared = _built(context)
    if compared is None or context.kind != kind:
        return None
    return _deviations(each for each in compared.remarks if each.part is Part.BUILD)


def timeouts_are_the_predicted_ones(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Every step has the timeout of its kind.

    Mutants: hasty-locks, slow-queries.
    """
    compared = _built(context)
    if compared is None or not compared.seen.apply.stages:
        return None
    return _deviations(each for each in compared.remarks if each.part is Part.TIMEOUTS)


def hosts_share_stages_as_predicted(exchange: Exchange, context: Context, *, stage: str) -> Iterable[Deviation] | None:
    """Stages of that name have the hosts, in the order, that the rules of grouping give them.

    Mutants: one-more-at-a-time, storage-peers-together, storage-never-parallel, swift-in-pairs, anti-affinity-ignored,
    best-effort-ignored and 12 more.
    """
    return _of_stages(context, (stage,), Part.GROUPING)


def steps_are_the_predicted_ones(
    exchange: Exchange, context: Context, *, stages: Sequence[str]
) -> Iterable[Deviation] | None:
    """Stages of these names have the steps that their hosts and instances call for.

    Mutants: patched-without-lock, lock-misses-a-host, no-swact, no-stabilizing, locked-hosts-unlocked,
    instances-not-seen and 6 more.
    """
    return _of_stages(context, stages, Part.STEPS)


def _of_stages(context: Context, names: Sequence[str], part: Part) -> Iterable[Deviation] | None:
    compared = _built(context)
    if compared is None or not any(_has(each, names) for each in (compared.prediction.strategy, compared.seen)):
        return None
    return _deviations(each for each in compared.remarks if each.part is part and each.stage in names)


def _has(strategy: Strategy, names: Sequence[str]) -> bool:
    return any(stage.name in names for stage in strategy.apply.stages)


def all_in_one_stages_are_the_predicted_ones(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Controllers that are workers too, and a single controller, are patched in stages of their own form.

    Mutants: aio-without-swact, aio-active-last, simplex-migrates.
    """
    compared = _built(context)
    if compared is None:
        return None
    world = compared.prediction.world
    special = frozenset(_named(world, "controller", "worker"))
    if world.get("single_controller"):
        special |= frozenset(_named(world, "controller"))
    stages = (*compared.prediction.strategy.apply.stages, *compared.seen.apply.stages)
    if not any(special.intersection(worked_on(stage)) for stage in stages):
        return None
    parts = (Part.GROUPING, Part.STEPS)
    return _deviations(each for each in compared.remarks if each.part in parts and each.hosts & special)


def apply_ends_as_predicted(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """An apply of the whole strategy ends as the world makes it: state, results, reasons, indices and undo.

    Mutants: locks-fail-in-secret.
    """
    compared = context.compared
    if compared is None or compared.prediction.moment is not Moment.ENDED or _swact_was_refused(compared.seen):
        return None
    return _deviations(each for each in compared.remarks if not _stays_on_the_last(each))


def _stays_on_the_last(each: Remark) -> bool:
    """The indices of an undo that never waited may stand on the last stage and step (ENGINE.md 4.3, B11)."""
    return (
        bool(_OF_UNDO.fullmatch(each.where)) and each.expected.isdigit() and each.actual == str(int(each.expected) - 1)
    )


def _swact_was_refused(seen: Strategy) -> bool:
    """What a system says to the swact of a controller that is not active is not known (ENGINE.md C1)."""
    return any(
        step.name == "swact-hosts" and step.result == "failed" for stage in seen.apply.stages for step in stage.steps
    )


# --- the plan and the world alone


def anti_affinity_is_kept(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """No stage takes down two workers with instances of one anti-affinity group.

    Mutants: anti-affinity-ignored.
    """
    compared = _built(context)
    if compared is None:
        return None
    world = compared.prediction.world
    hosts = {each.get("uuid"): each["host"] for each in _instances(world)}
    groups = [
        (group["name"], frozenset(hosts[uuid] for uuid in group["member_uuids"] if uuid in hosts))
        for group in world.get("instance_groups", ())
        if any(policy.startswith("anti-affinity") for policy in group["policies"])
    ]
    return _together(compared, groups, "worker-hosts", "anti-affinity group")


def replicas_stay_up(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """No stage takes down two storage hosts that replicate each other.

    Mutants: storage-peers-together.
    """
    compared = _built(context)
    if compared is None:
        return None
    groups = [
        (group["name"], frozenset(group["member_names"]))
        for group in compared.prediction.world.get("host_groups", ())
        if "storage-replication" in group.get("policies", ("storage-replication",))
    ]
    return _together(compared, groups, "storage-hosts", "replication group")


def _together(
    compared: Compared, groups: list[tuple[str, frozenset[str]]], stages: str, what: str
) -> Iterable[Deviation] | None:
    downs = [each for each in _downs(compared.seen) if each[1].name.endswith(stages)]
    if not downs or not groups:
        return None
    return [
        Deviation(
            f"the stage takes down several hosts of the {what} {name}",
            "at most one of them",
            show(sorted(members & down)),
            f"{_STAGES}/{index}",
            _HINT,
        )
        for index, _, down in downs
        for name, members in groups
        if len(members & down) > 1
    ]


def aggregates_stay_up(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """No stage takes down more hosts with instances of one aggregate than its limit.

    Mutants: aggregates-ignored.
    """
    compared = _built(context)
    if compared is None or compared.seen.members.get(context.of_workers("worker-apply-type")) != "parallel":
        return None
    world, width = compared.prediction.world, compared.seen.members.get(context.of_workers(_WIDTH))
    busy = frozenset(each["host"] for each in _instances(world))
    workers = len(_named(world, "worker"))
    downs = [(index, down & busy) for index, _, down in _downs(compared.seen)]
    aggregates = world.get("host_aggregates", ())
    if type(width) is not int or not workers or not aggregates or not downs:
        return None
    return list(_too_many(aggregates, downs, min(0.5, width / workers)))


def _too_many(
    aggregates: Iterable[Mapping[str, Any]], downs: list[tuple[int, frozenset[str]]], ratio: float
) -> Iterator[Deviation]:
    for each in aggregates:
        members = frozenset(each["host_names"])
        limit = max(1, int(len(members) * ratio))
        for index, down in downs:
            if len(members & down) > limit:
                yield Deviation(
                    f"the stage takes down too many hosts of the aggregate {each['name']}",
                    f"at most {limit} of {len(members)}",
                    show(sorted(members & down)),
                    f"{_STAGES}/{index}",
                    _HINT,
                )


def swacts_are_of_controllers(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Only controllers are swacted.

    Mutants: workers-swacted.
    """
    compared = _built(context)
    swacts = [] if compared is None else list(_swacts(compared.seen))
    if compared is None or not swacts:
        return None
    controllers = frozenset(_named(compared.prediction.world, "controller"))
    return [
        Deviation(
            "a host is swacted that is no controller",
            show(sorted(controllers)),
            show(sorted(set(step.entity_names) - controllers)),
            where,
        )
        for where, step in swacts
        if set(step.entity_names) - controllers
    ]


def _swacts(strategy: Strategy) -> Iterator[tuple[str, Step]]:
    for index, stage in enumerate(strategy.apply.stages):
        for place, step in enumerate(stage.steps):
            if step.name == "swact-hosts":
                yield f"{_STAGES}/{index}/steps/{place}/entity-names", step


def _downs(strategy: Strategy) -> list[tuple[int, Stage, frozenset[str]]]:
    """The apply stages that lock hosts: index, stage and those hosts."""
    found = []
    for index, stage in enumerate(strategy.apply.stages):
        down = frozenset(name for step in stage.steps if step.name == _LOCK for name in step.entity_names)
        if down:
            found.append((index, stage, down))
    return found


# --- what all of them need


def _built(context: Context) -> Compared | None:
    """The strategy beside its prediction, when that is about a build whose outcome is not of our own making."""
    compared = context.compared
    if compared is None or compared.prediction.moment is not Moment.BUILT:
        return None
    if not context.still and _was_cut_short(compared.seen):
        return None
    return None if compared.prediction.strategy.build.reason == _OURS else compared


def _was_cut_short(seen: Strategy) -> bool:
    """A query of the build got no answer, as after a restart of the service (ENGINE.md 8.6): no rule was asked."""
    return any(step.result in ("failed", "timed-out") for stage in seen.build.stages for step in stage.steps)


def _deviations(found: Iterable[Remark]) -> list[Deviation]:
    return [Deviation(each.text, each.expected, each.actual, each.where, _HINT) for each in found]


def _instances(world: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The instances that are known of; without OpenStack none is (ENGINE.md 5.8)."""
    found: Sequence[Mapping[str, Any]] = world.get("instances", ()) if world.get("openstack_installed", True) else ()
    return found


def _named(world: Mapping[str, Any], *personalities: str) -> list[str]:
    """The hosts of a world that have all of these personalities."""
    return [
        host["name"]
        for host in world["hosts"]
        if all(personality in host["personality"] for personality in personalities)
    ]
