"""The abort phase undoes what the interrupted stage has done (ENGINE.md 4.3, 4.4)."""

from collections.abc import Iterable, Iterator
from typing import Final

from conformance.checks.context import Context, Deviation, show
from conformance.checks.lawful import situation_of
from conformance.checks.succession import causes_of
from conformance.checks.timeouts import is_begun
from conformance.exchange import Exchange
from conformance.known import Role
from conformance.strategy import Stage, Step, Strategy
from spec.law import Cause, Law

_STAGES: Final = "/strategy/abort-phase/stages"


def abort_undoes_in_reverse(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The abort phase undoes the interrupted stage, from the running step backwards, on the same entities.

    Of a kind whose plans are not judged nobody knows what undoes what.

    Mutants: undo-forwards, undo-only-unlocks, undo-of-finished-stages, running-step-not-undone, undo-of-one-host,
    abort-without-undo and 2 more.
    """
    strategy = context.strategy
    if strategy is None or context.law.plan_of(context.kind) is None:
        return None
    if not (strategy.abort.stages or is_begun(strategy.abort)):
        return None
    return _wrong_undo(strategy, context.law)


def _wrong_undo(strategy: Strategy, law: Law) -> Iterator[Deviation]:
    expected = _undo(_interrupted(strategy), law)
    actual = [(step.name, frozenset(step.entity_names)) for stage in strategy.abort.stages for step in stage.steps]
    if [name for name, _ in actual] != [name for name, _ in expected]:
        message = "the abort phase does not undo the interrupted stage in reverse order"
        yield Deviation(message, show([name for name, _ in expected]), show([name for name, _ in actual]), _STAGES)
        return
    for (name, entities), (_, wanted) in zip(actual, expected, strict=True):
        if entities != wanted:
            yield Deviation(
                f"{name} works on other entities than the step it undoes",
                show(sorted(wanted)),
                show(sorted(entities)),
                _STAGES,
            )


def _interrupted(strategy: Strategy) -> Stage | None:
    """The stage that the abort found running: the current one, unless the apply phase was complete."""
    apply = strategy.apply
    return apply.stages[apply.current_stage] if 0 <= apply.current_stage < len(apply.stages) else None


def _undo(stage: Stage | None, law: Law) -> list[tuple[str, frozenset[str]]]:
    done: tuple[Step, ...] = stage.steps[: stage.current_step + 1] if stage is not None else ()
    undone = [(law.steps[step.name].undone_by, step) for step in reversed(done) if step.name in law.steps]
    return [(name, frozenset(step.entity_names)) for name, step in undone if name is not None]


def abort_stage_keeps_name(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The abort phase has at most one stage per stage that was begun, with the name of that stage.

    Mutants: undo-under-another-name.
    """
    strategy = context.strategy
    if strategy is None or not strategy.abort.stages or context.law.plan_of(context.kind) is None:
        return None
    return _wrong_names(strategy)


def _wrong_names(strategy: Strategy) -> Iterator[Deviation]:
    begun = [stage.name for stage in strategy.apply.stages if stage.start or stage.result != "initial"]
    if len(strategy.abort.stages) > len(begun):
        yield Deviation(
            "there are more stages to undo than were begun",
            f"at most {len(begun)}",
            str(len(strategy.abort.stages)),
            _STAGES,
        )
    for index, stage in enumerate(strategy.abort.stages):
        if stage.name not in begun:
            yield Deviation(
                "no stage of this name was begun", show(begun), show(stage.name), f"{_STAGES}/{index}/stage-name"
            )


def abort_waits_for_running_step(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """The abort phase begins after the running step has ended.

    Mutants: running-step-cut-short, second-abort-claims-success.
    """
    strategy = context.strategy
    if strategy is None or not is_begun(strategy.abort):
        return None
    return [
        Deviation(
            "the abort phase has begun while a step of the apply phase runs",
            "an ended step",
            step.result,
            f"{where}/result",
        )
        for where, _, step in strategy.steps()
        if step.result == "wait" and where.startswith("/strategy/apply-phase/")
    ]


def nothing_begins_after_abort(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """While an abort waits for the running step, no further step of the apply phase is begun.

    Mutants: abort-waits-for-the-stage.
    """
    before, now = context.before, context.strategy
    if before is None or now is None or context.role is not Role.READ or before.uuid != now.uuid:
        return None
    if (before.state, before.current_phase) != ("aborting", "apply"):
        return None
    return _begun_since(before, now)


def _begun_since(before: Strategy, now: Strategy) -> Iterator[Deviation]:
    for index, (old, new) in enumerate(zip(before.apply.stages, now.apply.stages, strict=False)):
        if old is new:
            continue
        for number, (one, other) in enumerate(zip(old.steps, new.steps, strict=False)):
            if one.result == "initial" and other.result != "initial":
                where = f"/strategy/apply-phase/stages/{index}/steps/{number}/result"
                yield Deviation("a step has begun although an abort has", "initial", show(other.result), where)


def abort_has_a_cause(
    exchange: Exchange, context: Context, *, situations: Iterable[str], result: str
) -> Iterable[Deviation] | None:
    """An abort that nobody asked for comes of a failure: no such situation, and no such result of the apply phase.

    Mutants: aborts-unasked.
    """
    before, now = context.before, context.strategy
    if before is None or now is None or context.role not in (Role.READ, Role.ACT) or before.uuid != now.uuid:
        return None
    if Cause.ABORT in causes_of(exchange, context) or _is_aborted(before, context, situations, result):
        return None
    if not _is_aborted(now, context, situations, result):
        return ()
    expected = "a step, a stage or the phase that has failed or timed out, or a request to abort"
    return (Deviation("an abort has begun, and nobody asked for it", expected, now.state, "/strategy/state"),)


def _is_aborted(strategy: Strategy, context: Context, situations: Iterable[str], result: str) -> bool:
    """The document shows what only a request to abort leads to."""
    situation = situation_of(strategy, context.law)
    return strategy.apply.result == result or (situation is not None and situation.name in situations)
