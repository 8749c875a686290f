"""What may follow what: one document against the last one of the same strategy; polls may have missed some.

A restart of the service, which a finished phase with timeout 0 betrays, may change phase timeouts and the looked-up
entity lists (ENGINE.md 8.6); nothing else excuses.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from conformance.checks.context import Context, Deviation, Twins, listing, show
from conformance.checks.lawful import ABORTS, APPLIES, situation_before
from conformance.exchange import Exchange
from conformance.known import Outcome, Role
from conformance.strategy import STAGE_PLAN, STEP_PLAN, Phase, Stage, Step, Strategy
from spec.law import Cause, Law

# Part of a strategy -> what of two documents is of that part.
_PARTS: Final[Mapping[str, Callable[[Twins], Sequence[tuple[str, Any, Any]]]]] = {
    "phase": lambda twins: twins.phases,
    "stage": lambda twins: twins.stages,
    "step": lambda twins: twins.steps,
}
_BY_ITSELF: Final = frozenset({Cause.ITSELF})
_LOOKED_UP: Final = frozenset({"entity-uuids", "entity-names"})


def uuid_is_stable(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A strategy keeps its uuid for as long as it exists.

    Mutants: third-read-stale, restart-changes-uuid.
    """
    if context.strategy is None or context.before is None or not _shows(exchange, context):
        return None
    if context.strategy.uuid == context.before.uuid:
        return ()
    message = "another strategy is there, and no delete and create lie between"
    return (Deviation(message, context.before.uuid, context.strategy.uuid, "/strategy/uuid"),)


def state_succession(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """States follow one another as the law says; a poll may miss states between two reads.

    Mutants: restart-unpauses-to-ready, ready-while-paused, aborted-is-ready-again, abort-only-said, lost-abort.
    """
    pair = context.pair
    if pair is None or pair[0].state not in context.law.states or pair[1].state not in context.law.states:
        return None
    before, now = pair
    causes = causes_of(exchange, context)
    if context.law.state_may_follow(before.state, now.state, causes):
        return ()
    asked = listing(cause.value for cause in sorted(causes))
    allowed = listing(sorted(context.law.reachable(before.state, causes)))
    return (Deviation(f"{now.state} does not follow {before.state} by {asked}", allowed, now.state, "/strategy/state"),)


def phase_succession(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The current phase moves from build over apply to abort and never back.

    Mutants: restart-unpauses-to-ready, phase-falls-back.
    """
    pair = context.pair
    if pair is None or any(each.current_phase not in context.law.phases for each in pair):
        return None
    before, now = pair
    if context.law.phase_may_follow(before.current_phase, now.current_phase):
        return ()
    message = f"the current phase went back from {before.current_phase}"
    return (Deviation(message, f"{before.current_phase} or later", now.current_phase, "/strategy/current-phase"),)


def terminal_states_rest(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A strategy that has come to rest stays as it is; one given up while a step ran may still see that step end.

    Mutants: aborted-is-ready-again.
    """
    pair = context.pair
    state = context.law.states.get(pair[0].state) if pair else None
    if pair is None or state is None or not state.rests:
        return None
    given_up = pair[0].current_phase == "apply" and pair[0].apply.inprogress
    return [] if given_up else list(_changes(*pair))


def waiting_strategy_waits(
    exchange: Exchange, context: Context, *, situations: Iterable[str]
) -> Iterable[Deviation] | None:
    """A strategy that is ready, or paused between single stages, waits for a request.

    Mutants: restart-unpauses-to-ready, restart-goes-on.
    """
    pair, situation = context.pair, situation_before(context)
    if pair is None or situation is None or situation.name not in situations or context.role is not Role.READ:
        return None
    return _changes(*pair)


def _changes(before: Strategy, now: Strategy) -> Iterator[Deviation]:
    """What moved between two documents that must show the same, dates and timeouts aside."""
    if before is now:
        return
    if (before.state, before.current_phase) != (now.state, now.current_phase):
        yield _moved(
            "state", f"{before.state}, {before.current_phase}", f"{now.state}, {now.current_phase}", "/strategy"
        )
    for (where, old), (_, new) in zip(before.phases(), now.phases(), strict=True):
        if old is not new and _standing(old) != _standing(new):
            yield _moved("phase", show(_standing(old)), show(_standing(new)), where)


def _standing(phase: Phase) -> list[Any]:
    steps = [[stage.result, stage.current_step, *(step.result for step in stage.steps)] for stage in phase.stages]
    return [
        phase.result,
        phase.inprogress,
        phase.percentage,
        phase.current_stage,
        phase.stop_at_stage,
        phase.reason,
        *steps,
    ]


def _moved(what: str, before: str, now: str, where: str) -> Deviation:
    return Deviation(f"the strategy was at rest and its {what} changed", before, now, where)


def parameters_never_change(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The parameters of a strategy never change after its creation.

    Mutants: restart-forgets-request.
    """
    pair = context.pair
    if pair is None:
        return None
    if context.keeps_frame:
        return ()
    return _changed_members(pair[0].members, pair[1].members, context.law.progress.fixed["strategy"], "/strategy")


def plan_never_changes(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The stages of a phase are fixed as soon as they are planned: no stage, step or entity changes afterwards.

    Mutants: reads-alternate, restart-forgets-plan, old-plan-in-new-strategy, steps-left, ended-steps-without-timeout.
    """
    pair = context.pair
    if pair is None:
        return None
    if context.keeps_plan:
        return ()
    return _changed_plans(*pair, context.twins, context.law)


def _changed_plans(before: Strategy, now: Strategy, twins: Twins, law: Law) -> Iterator[Deviation]:
    ignored = _LOOKED_UP if was_restarted(now) else frozenset()
    for name, planned in law.progress.planned.items():
        old, new = before.phase(name), now.phase(name)
        if old is None or new is None or old is new or not old.stages or before.state not in planned:
            continue
        where = f"/strategy/{name}-phase/stages"
        if len(old.stages) != len(new.stages):
            yield Deviation("the number of stages changed", str(len(old.stages)), str(len(new.stages)), where)
            continue
        for place, one, other in twins.stages:
            if place.startswith(where):
                yield from _changed_stage(one, other, place, law, ignored)


def _changed_stage(old: Stage, new: Stage, where: str, law: Law, ignored: frozenset[str]) -> Iterator[Deviation]:
    if old[:STAGE_PLAN] != new[:STAGE_PLAN]:
        yield from _changed_members(_raw(old), _raw(new), law.progress.fixed["stage"], where)
    if len(old.steps) != len(new.steps):
        yield Deviation("the number of steps changed", str(len(old.steps)), str(len(new.steps)), f"{where}/steps")
        return
    fixed = [name for name in law.progress.fixed["step"] if name not in ignored]
    for index, (one, other) in enumerate(zip(old.steps, new.steps, strict=True)):
        if one is not other and one[:STEP_PLAN] != other[:STEP_PLAN]:
            yield from _changed_members(_raw(one), _raw(other), fixed, f"{where}/steps/{index}")


def progress_never_goes_back(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """While a phase is in progress its percentage, its current stage and its current steps never go back.

    Mutants: restart-begins-stage-again, percentage-of-stage, percentage-of-run, stage-index-of-run.
    """
    pair = context.pair
    if pair is None:
        return None
    return _backward(context.twins)


def _backward(twins: Twins) -> Iterator[Deviation]:
    for where, old, new in twins.phases:
        if old.inprogress and new.inprogress and new.percentage < old.percentage:
            yield _back("percentage", old.percentage, new.percentage, f"{where}/completion-percentage")
        if old.inprogress and new.current_stage < old.current_stage:
            yield _back("current stage", old.current_stage, new.current_stage, f"{where}/current-stage")
        for place, one, other in twins.stages:
            if other.current_step < one.current_step and place.startswith(where):
                yield _back("current step", one.current_step, other.current_step, f"{place}/current-step")


def _back(what: str, before: int, now: int, where: str) -> Deviation:
    return Deviation(f"the {what} went back", f"{before} or more", str(now), where)


def result_succession(exchange: Exchange, context: Context, *, part: str) -> Iterable[Deviation] | None:
    """The results of that part only move on, as the law says.

    Mutants: restart-resets-results, restart-begins-stage-again, undone-is-forgotten, phase-result-of-its-stage,
    abort-only-said.
    """
    pair = context.pair
    if pair is None:
        return None
    return _backward_results(_PARTS[part](context.twins), part, context.law)


def _backward_results(
    twins: Sequence[tuple[str, Phase | Stage | Step, Phase | Stage | Step]], part: str, law: Law
) -> Iterator[Deviation]:
    known = law.results[part]
    for where, old, new in twins:
        if old.result not in known or new.result not in known:
            continue
        at_rest = isinstance(old, Step) or not old.inprogress
        if not law.result_may_follow(part, old.result, new.result, at_rest=at_rest):
            yield Deviation(
                f"the result {new.result} does not follow {old.result}", old.result, new.result, f"{where}/result"
            )


def dates_never_change(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A date that has been shown never changes.

    Mutants: restart-changes-dates, restart-begins-stage-again, start-moves-on-resume, end-foretold,
    dates-of-the-answer.
    """
    pair = context.pair
    if pair is None:
        return None
    return _changed_dates(context.twins)


def _changed_dates(twins: Twins) -> Iterator[Deviation]:
    pairs: Iterable[tuple[str, Phase | Stage | Step, Phase | Stage | Step]] = chain(*twins)
    for where, old, new in pairs:
        if old.start and new.start != old.start:
            yield Deviation("the start date changed", old.start, new.start or "(empty)", f"{where}/start-date-time")
        if old.end and new.end != old.end:
            yield Deviation("the end date changed", old.end, new.end or "(empty)", f"{where}/end-date-time")


def phase_timeout_never_changes_in_a_run(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The timeout of a phase stays as it is during a run.

    Mutants: phase-timeout-runs-down.
    """
    pair = context.pair
    if pair is None or Cause.APPLY in causes_of(exchange, context) or was_restarted(pair[1]):
        return None
    return [
        Deviation("the timeout changed during the run", str(old.timeout), str(new.timeout), f"{where}/timeout")
        for where, old, new in context.twins.phases
        if old.inprogress and new.inprogress and old.stop_at_stage == new.stop_at_stage and old.timeout != new.timeout
    ]


def causes_of(exchange: Exchange, context: Context) -> frozenset[Cause]:
    """What may have moved the strategy since the last document: itself, and every action that was not refused."""
    if not context.slot.moves and context.role is not Role.ACT:
        return _BY_ITSELF
    words = {move.wish.word for move in context.slot.moves if move.outcome is not Outcome.REFUSED}
    if exchange.succeeded and context.role is Role.ACT and context.wish is not None:
        words.add(context.wish.word)
    found = {Cause.ITSELF}
    if words & APPLIES or "?" in words:
        found.add(Cause.APPLY)
    if words & ABORTS or "?" in words:
        found.add(Cause.ABORT)
    return frozenset(found)


def was_restarted(strategy: Strategy) -> bool:
    """A phase that has ended shows no timeout any more: the service was restarted since (ENGINE.md 8.6)."""
    return any(phase.start and phase.stages and not phase.timeout for phase in strategy[4:7])


def _shows(exchange: Exchange, context: Context) -> bool:
    """The answer shows the strategy that is there: to a read or to an accepted action."""
    return exchange.succeeded and context.role in (Role.READ, Role.ACT)


def _raw(part: Stage | Step) -> Mapping[str, Any]:
    """The members of a stage or step by the names of the wire, for the tables of the law."""
    if isinstance(part, Stage):
        return {"stage-id": part.id, "stage-name": part.name, "timeout": part.timeout, "total-steps": part.total_steps}
    return {
        "step-id": part.id,
        "step-name": part.name,
        "timeout": part.timeout,
        "entity-type": part.entity_type,
        "entity-uuids": part.entity_uuids,
        "entity-names": part.entity_names,
    }


def _changed_members(
    before: Mapping[str, Any], now: Mapping[str, Any], names: Iterable[str], where: str
) -> Iterator[Deviation]:
    for name in names:
        if name != "uuid" and name in before and name in now and before[name] != now[name]:
            yield Deviation(f"{name} changed", show(before[name]), show(now[name]), f"{where}/{name}")
