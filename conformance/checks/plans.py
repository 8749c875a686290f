"""What every plan must satisfy whatever the topology (ENGINE.md 5, 6; level orchestration)."""

from collections.abc import Iterable, Iterator
from typing import Final

from conformance.checks.context import Context, Deviation, show
from conformance.exchange import Exchange
from conformance.strategy import Placed, Stage, Strategy
from spec.law import KindLaw, Law

_STAGES: Final = "/strategy/apply-phase/stages"
_MOVING_STEPS: Final = ("lock-hosts", "unlock-hosts", "reboot-hosts")
_FORBIDDEN_STEPS: Final = {
    "migrate": ("stop-instances", "start-instances"),
    "stop-start": ("migrate-instances", "migrate-instances-from-host"),
}
_WORKERS: Final = "worker-apply-type"
_WIDTH: Final = "max-parallel-worker-hosts"


def build_phase_shape(
    exchange: Exchange, context: Context, *, kind: str, stage: str, steps: Iterable[str]
) -> Iterable[Deviation] | None:
    """The build phase is one stage of queries, in their order.

    Mutants: build-queries-swapped, alarms-queried-twice.
    """
    if context.strategy is None or context.kind != kind:
        return None
    actual = [[found.name, [step.name for step in found.steps]] for found in context.strategy.build.stages]
    expected = [[stage, list(steps)]]
    if actual == expected:
        return ()
    return (
        Deviation("the build phase has another shape", show(expected), show(actual), "/strategy/build-phase/stages"),
    )


def stages_in_lawful_order(exchange: Exchange, context: Context, *, kind: str) -> Iterable[Deviation] | None:
    """Stages come in the order of their hosts: controllers, storage, swift, workers, completion.

    Mutants: workers-first.
    """
    strategy, law = context.strategy, context.law.plan_of(kind)
    if strategy is None or context.kind != kind or law is None or not strategy.apply.stages:
        return None
    return _disorder(strategy, law)


def _disorder(strategy: Strategy, law: KindLaw) -> Iterator[Deviation]:
    highest = 0
    for index, stage in enumerate(strategy.apply.stages):
        rank = law.rank(stage.name)
        if rank is not None and rank < highest:
            yield Deviation(
                "the stage comes too late",
                f"before {law.stages[highest].name}",
                stage.name,
                f"{_STAGES}/{index}/stage-name",
            )
        highest = max(highest, rank or 0)


def each_host_is_worked_on_once(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """No host is worked on in two stages of one name; a host that is storage and worker has a stage as each.

    Mutants: host-in-two-stages.
    """
    works = _works(context)
    return _repeated(works) if works else None


def _repeated(works: list[tuple[int, Stage, frozenset[str], str | None]]) -> Iterator[Deviation]:
    seen: dict[tuple[str, str], int] = {}
    for index, stage, hosts, _ in works:
        for host in sorted(hosts):
            first = seen.setdefault((stage.name, host), index)
            if first != index:
                yield Deviation(
                    f"{host} is worked on twice", "one stage", f"stages {first} and {index}", f"{_STAGES}/{index}"
                )


def query_alarms_comes_first(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Every stage of the apply phase queries alarms first.

    Mutants: alarms-not-queried, alarms-queried-after-swact.
    """
    if context.strategy is None or not context.strategy.apply.stages:
        return None
    return [
        Deviation(
            "the stage does not begin with the query",
            "query-alarms",
            show(stage.steps[0].name),
            f"{_STAGES}/{index}/steps/0/step-name",
        )
        for index, stage in context.fresh_of_apply
        if stage.steps and stage.steps[0].name != "query-alarms"
    ]


def steps_in_lawful_order(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The steps of a stage come in the lawful order: lock, work, unlock, stabilizing or data sync last.

    Mutants: alarms-queried-after-swact, unlock-before-patch, upgrade-before-lock, swact-after-lock,
    started-before-unlock, undo-forwards.
    """
    strategy = context.strategy
    if strategy is None or not (strategy.apply.stages or strategy.abort.stages):
        return None
    return _misplaced(strategy, context.fresh_stages, context.law)


def _misplaced(strategy: Strategy, stages: Iterable[Placed], law: Law) -> Iterator[Deviation]:
    for where, phase, _, stage in stages:
        if phase is strategy.build:
            continue
        names = [step.name for step in stage.steps]
        index = law.first_out_of_order("apply" if phase is strategy.apply else "abort", names)
        if index is not None and names[index] in law.steps:
            before = names[index - 1] if index else "the beginning"
            hint = f"the order is {', '.join(law.order['apply' if phase is strategy.apply else 'abort'])}"
            message = f"{names[index]} may not come after {before}"
            yield Deviation(message, "the lawful order", show(names), f"{where}/steps/{index}/step-name", hint)


def what_is_taken_is_given_back(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Hosts that a stage locks are unlocked by it, and instances that it stops are started by it, after it.

    Mutants: unlock-misses-a-host, stopped-instances-stay-down, strangers-unlocked, locked-hosts-unlocked,
    uuids-of-two-tables, locked-again.
    """
    if context.strategy is None or not context.strategy.apply.stages:
        return None
    return [
        deviation
        for index, stage in context.fresh_of_apply
        for deviation in _kept(stage, f"{_STAGES}/{index}", context.law)
    ]


def _kept(stage: Stage, where: str, law: Law) -> Iterator[Deviation]:
    for index, step in enumerate(stage.steps):
        giver = law.steps[step.name].taken_back_by if step.name in law.steps else None
        if giver is None:
            continue
        later = [set(other.entity_names) for other in stage.steps[index + 1 :] if other.name == giver]
        if set(step.entity_names) not in later:
            expected = f"{giver} of {show(sorted(step.entity_names))}"
            yield Deviation(
                f"{step.name} is not taken back",
                expected,
                show([sorted(names) for names in later]),
                f"{where}/steps/{index}",
            )


def stage_works_on_its_own_hosts(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A stage locks, unlocks and reboots no other hosts than those it patches or upgrades.

    Mutants: strangers-unlocked.
    """
    works = _works(context)
    if not works:
        return None
    fresh = {index for index, _ in context.fresh_of_apply}
    return _strangers([work for work in works if work[0] in fresh])


def _strangers(works: list[tuple[int, Stage, frozenset[str], str | None]]) -> Iterator[Deviation]:
    for index, stage, hosts, _ in works:
        for place, step in enumerate(stage.steps):
            strangers = set(step.entity_names) - hosts
            if step.name in _MOVING_STEPS and strangers:
                message = f"{step.name} touches hosts that this stage does not work on"
                yield Deviation(
                    message,
                    show(sorted(hosts)),
                    show(sorted(strangers)),
                    f"{_STAGES}/{index}/steps/{place}/entity-names",
                )


def serial_stages_have_one_host(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Hosts worked on in series have a stage each.

    Mutants: serial-workers-in-pairs, storage-0-with-another.
    """
    works = [work for work in _works(context) if _member(context, work[3]) == "serial"]
    if not works:
        return None
    return [
        Deviation("hosts in series share a stage", "one host", show(sorted(hosts)), f"{_STAGES}/{index}")
        for index, _, hosts, _ in works
        if len(hosts) > 1
    ]


def parallel_limit_is_kept(exchange: Exchange, context: Context, *, kind: str) -> Iterable[Deviation] | None:
    """No worker stage works on more hosts than `max-parallel-worker-hosts` says.

    Mutants: one-more-at-a-time.
    """
    limit, workers = _member(context, context.of_workers(_WIDTH)), context.of_workers(_WORKERS)
    if context.kind != kind or type(limit) is not int or limit < 1 or _member(context, workers) != "parallel":
        return None
    works = [work for work in _works(context) if work[3] == workers]
    if not works:
        return None
    return [
        Deviation(
            "the stage works on too many hosts at a time", f"at most {limit}", str(len(hosts)), f"{_STAGES}/{index}"
        )
        for index, _, hosts, _ in works
        if len(hosts) > limit
    ]


def ignored_hosts_have_no_stage(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Hosts of a type that is ignored have no stage.

    Mutants: ignored-storage-planned.
    """
    law = context.law.plan_of(context.kind)
    stages = context.strategy.apply.stages if context.strategy else ()
    ignored = {stage.name for stage in law.stages if _member(context, stage.apply_type) == "ignore"} if law else set()
    if not stages or not ignored:
        return None
    return [
        Deviation("hosts of this type are to be ignored", "no such stage", stage.name, f"{_STAGES}/{index}/stage-name")
        for index, stage in enumerate(stages)
        if stage.name in ignored
    ]


def instance_action_is_kept(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Instances are migrated or stopped as the strategy says, never both.

    Mutants: migrated-and-stopped, migrates-although-told-to-stop.
    """
    action = _member(context, "default-instance-action")
    if (
        context.strategy is None
        or not isinstance(action, str)
        or action not in _FORBIDDEN_STEPS
        or not context.strategy.apply.stages
    ):
        return None
    return [
        Deviation(f"the strategy says {action}", f"no {step.name}", step.name, f"{where}/step-name")
        for where, _, step in context.fresh_steps
        if step.name in _FORBIDDEN_STEPS[action]
    ]


def _works(context: Context) -> list[tuple[int, Stage, frozenset[str], str | None]]:
    """The apply stages that work on hosts: index, stage, hosts, and the member that says how it is done."""
    law = context.law.plan_of(context.kind)
    if context.strategy is None or law is None:
        return []
    found = []
    for index, stage in enumerate(context.strategy.apply.stages):
        known = law.stage(stage.name)
        hosts = stage.entities.get(known.work, frozenset()) if known is not None else frozenset()
        if known is not None and hosts:
            found.append((index, stage, hosts, known.apply_type))
    return found


def _member(context: Context, name: str | None) -> object:
    return context.strategy.members.get(name) if context.strategy and name else None
