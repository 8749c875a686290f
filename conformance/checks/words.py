"""Words of a strategy document: states, phases, names, results, entities, as the law lists them."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from conformance.checks.context import Context, Deviation, listing, show
from conformance.checks.succession import was_restarted
from conformance.exchange import Exchange
from conformance.strategy import Phase, Placed, Stage, Step, Strategy
from spec.law import Law

_PHASES: Final = ("build", "apply", "abort")
_INSTANCES: Final = "instances"
_HOSTS: Final = "hosts"
# It takes whatever instances are there when it runs, and may have been planned when there were none.
_MAY_BE_IDLE: Final = frozenset({"migrate-instances-from-host"})


def state_is_visible(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The state is one of those that can be seen.

    Mutants: initial-state-shown, apply-failed-shown.
    """
    if context.strategy is None:
        return None
    return _unless(context.strategy.state, context.law.states, "/strategy/state", "this state is never shown")


def current_phase_is_visible(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """`current-phase` is build, apply or abort.

    Mutants: initial-phase-shown.
    """
    if context.strategy is None or context.stillborn:
        return None
    return _unless(
        context.strategy.current_phase, context.law.phases, "/strategy/current-phase", "this phase is never shown"
    )


def phase_names_are_fixed(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Each of the three phase objects carries its own name.

    Mutants: abort-phase-named-apply.
    """
    if context.strategy is None:
        return None
    return [
        Deviation("the phase carries the name of another", name, show(phase.name), f"{where}/phase-name")
        for name, (where, phase) in zip(_PHASES, context.strategy.phases(), strict=True)
        if phase.name != name
    ]


def stage_names_are_known(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Stage names are those of the kind of the strategy, query stages stand in the build phase alone.

    Mutants: compute-stages, undo-under-another-name.
    """
    if context.strategy is None or context.law.plan_of(context.kind) is None:
        return None
    return _stage_names(context.strategy, context.fresh_stages, context.law, context.kind)


def _stage_names(strategy: Strategy, stages: Iterable[Placed], law: Law, kind: str) -> Iterator[Deviation]:
    names = {id(phase): name for name, (_, phase) in zip(_PHASES, strategy.phases(), strict=True)}
    known = {name: sorted(law.stages_of(kind, name)) for name in _PHASES}
    for where, phase, _, stage in stages:
        name = names[id(phase)]
        message = f"the {name} phase of {kind} has no such stage"
        yield from _unless(stage.name, known[name], f"{where}/stage-name", message)


def step_names_are_known(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Step names are those known for the kind of the strategy and the phase.

    Mutants: lock-host-of-one.
    """
    if context.strategy is None or context.law.plan_of(context.kind) is None:
        return None
    return _step_names(context.strategy, context.fresh_stages, context.law, context.kind)


def _step_names(strategy: Strategy, stages: Iterable[Placed], law: Law, kind: str) -> Iterator[Deviation]:
    known = {id(phase): law.steps_of(kind, name) for name, (_, phase) in zip(_PHASES, strategy.phases(), strict=True)}
    for where, phase, _, stage in stages:
        for index, step in enumerate(stage.steps):
            if step.name not in known[id(phase)]:
                place = f"{where}/steps/{index}/step-name"
                yield Deviation(
                    f"{kind} has no such step here", listing(sorted(known[id(phase)])), show(step.name), place
                )


def results_use_known_words(exchange: Exchange, context: Context, *, part: str) -> Iterable[Deviation] | None:
    """Results of that part are words that the law knows for it.

    Mutants: phase-completed, stage-in-progress, steps-skipped-by-abort.
    """
    if context.strategy is None:
        return None
    known = context.law.results[part]
    return [
        Deviation(f"a {part} has no such result", listing(known), show(found.result), f"{where}/result")
        for where, found in _fresh(context, part)
        if found.result not in known
    ]


def _fresh(context: Context, part: str) -> Iterable[tuple[str, Phase | Stage | Step]]:
    """The fresh phases, stages or steps, each with its place."""
    if part == "phase":
        return context.fresh_phases
    if part == "stage":
        return [(placed.where, placed.stage) for placed in context.fresh_stages]
    return [(where, step) for where, _, step in context.fresh_steps]


def entity_type_fits_step(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """`entity-type` is hosts, instances or empty, as the step demands.

    Mutants: instances-as-servers.
    """
    return None if context.strategy is None else _entity_types(context.fresh_steps, context.law)


def _entity_types(steps: Iterable[tuple[str, Stage, Step]], law: Law) -> Iterator[Deviation]:
    for where, _, step in steps:
        known = law.steps.get(step.name)
        if known is not None and step.entity_type != known.entities:
            message = f"{step.name} works on {known.entities or 'no entities'}"
            yield Deviation(
                message, known.entities or "(empty)", show(step.entity_type) or "(empty)", f"{where}/entity-type"
            )


def entities_are_parallel_lists(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Names and uuids of entities are parallel: none for steps without entities, else at least one, and no one twice.

    A host has one uuid. After a restart of the service, which a finished phase with timeout 0 betrays, hosts that
    vanished lack a uuid and instances that vanished lack a name (ENGINE.md 8.6).

    Mutants: uuids-lost.
    """
    strategy = context.strategy
    if strategy is None:
        return None
    restarted = was_restarted(strategy)
    known = {} if restarted else dict(chain.from_iterable(stage.uuids.items() for stage in context.settled_stages))
    found = list(_entities(context.steps_of_fresh_stages, known, restarted=restarted))
    return list(_entities(strategy.steps(), {}, restarted=restarted)) if found else ()


def _entities(
    steps: Iterable[tuple[str, Stage, Step]], known: dict[str, str], *, restarted: bool
) -> Iterator[Deviation]:
    """What is wrong with the entities of these steps; `known` are uuids of hosts, and is added to."""
    for where, _, step in steps:
        names, uuids = len(step.entity_names), len(step.entity_uuids)
        kept, looked_up = (uuids, names) if step.entity_type == _INSTANCES else (names, uuids)
        if names != uuids and not (restarted and looked_up < kept):
            yield Deviation(
                "each entity has a uuid and a name", f"{names} uuids", f"{uuids} uuids", f"{where}/entity-uuids"
            )
        elif bool(step.entity_type) != bool(kept) and not (step.entity_type and step.name in _MAY_BE_IDLE):
            expected = f"{step.entity_type} to work on" if step.entity_type else "no entities"
            yield Deviation(
                "the entities do not fit the entity-type", expected, f"{names} names", f"{where}/entity-names"
            )
        elif names == uuids:
            yield from _strange_pairs(step, where, {} if restarted else known)


def _strange_pairs(step: Step, where: str, known: dict[str, str]) -> Iterator[Deviation]:
    """An entity that stands twice, and a host whose uuid is another than in a step before; `known` is added to.

    After a restart, which looks uuids up again, nobody says in which order they stand.
    """
    for number, uuid in enumerate(step.entity_uuids):
        if uuid in step.entity_uuids[:number]:
            yield Deviation("an entity stands twice", "each once", show(uuid), f"{where}/entity-uuids/{number}")
    if step.entity_type != _HOSTS:
        return
    for number, (name, uuid) in enumerate(zip(step.entity_names, step.entity_uuids, strict=True)):
        if known.setdefault(name, uuid) != uuid:
            message = f"{name} had another uuid in a step before"
            yield Deviation(message, known[name], show(uuid), f"{where}/entity-uuids/{number}")


def _unless(word: str, known: Iterable[str], where: str, message: str) -> Iterable[Deviation]:
    return () if word in known else (Deviation(message, listing(known), show(word), where),)
