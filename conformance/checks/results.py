"""How results fit together inside one document (ENGINE.md 3, 1.6; quirks B1 and B2 allow both readings)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from conformance.checks.context import Context, Deviation, listing, show
from conformance.checks.timeouts import is_begun
from conformance.exchange import Exchange
from conformance.strategy import Phase, Placed, Stage, Step, Strategy
from spec.law import Law

_ABORT_STATES: Final = frozenset({"aborting", "aborted", "abort-failed", "abort-timeout"})
_WENT_WRONG: Final = frozenset({"failed", "timed-out", "aborted", "degraded"})
_STOPPERS: Final = frozenset({"failed", "timed-out", "aborted"})
# The reason of a stage or phase whose own timer ended it, whatever its children say (ENGINE.md 2.6).
_OWN_TIMER: Final = "timeout"


def results_combine(exchange: Exchange, context: Context, *, part: str) -> Iterable[Deviation] | None:
    """The result of a stage follows from those of its steps, the result of a phase from those of its stages.

    With the result comes the reason (ENGINE.md 3): where one is given below, one is given above.

    Mutants: stage-ends-well-anyway, failure-stays-in-the-stage, reason-lost-at-the-phase, reason-lost-at-the-stage,
    timed-out-has-failed, no-result-before-the-end and 3 more.
    """
    if context.strategy is None or context.stillborn:
        return None
    if part == "stage":
        return _stage_results(context.strategy, context.fresh_stages, context.law)
    return _phase_results(context.strategy, context.fresh_phases, context.law)


def _stage_results(strategy: Strategy, stages: Iterable[Placed], law: Law) -> Iterator[Deviation]:
    for where, phase, _, stage in stages:
        children = [step.result for step in stage.steps]
        allowed = _allowed(children, stage, law, begun=bool(stage.start) or stage.inprogress)
        if phase is strategy.apply and strategy.state in _ABORT_STATES:
            allowed = allowed | {"aborted"}
        yield from _unless(stage, allowed, children, where)
        yield from _lost_reason(stage, stage.steps, where)


def _phase_results(strategy: Strategy, phases: Iterable[tuple[str, Phase]], law: Law) -> Iterator[Deviation]:
    for where, phase in phases:
        children = [stage.result for stage in phase.stages]
        allowed = _allowed(children, phase, law, begun=bool(phase.start) or phase.inprogress)
        if phase is strategy.apply and strategy.state in _ABORT_STATES and is_begun(phase):
            allowed = allowed | {"aborted"}
        if (
            phase is strategy.build and not phase.inprogress and allowed == {"success"}
        ):  # a rule of the plan was violated
            allowed = allowed | {"failed"}
        yield from _unless(phase, allowed, children, where)
        yield from _lost_reason(phase, phase.stages, where)


def _allowed(children: list[str], parent: Stage | Phase, law: Law, *, begun: bool) -> set[str]:
    """What the children allow the parent to show, an abort aside."""
    heaviest = law.heaviest(children)
    if not begun:
        return {"initial"}
    if parent.inprogress:
        return {"inprogress", heaviest} - {"initial"}
    if parent.result == "timed-out" and parent.reason == _OWN_TIMER:
        return {"timed-out"}
    if heaviest in _STOPPERS:
        return {heaviest}
    return {"success"} if all(child == "success" for child in children) else {"aborted"}


def _unless(parent: Stage | Phase, allowed: set[str], children: list[str], where: str) -> Iterator[Deviation]:
    if parent.result not in allowed:
        message = f"the result does not follow from those of its parts ({show(children)})"
        yield Deviation(message, listing(sorted(allowed)), show(parent.result), f"{where}/result")


def _lost_reason(parent: Stage | Phase, children: Sequence[Stage | Step], where: str) -> Iterator[Deviation]:
    """The part that failed or timed out says why, and the whole that did so by it does not; wordings are free."""
    stopper = next((child for child in children if child.result in _STOPPERS), None)
    if stopper is None or parent.result != stopper.result or parent.result == "aborted":
        return
    if stopper.reason and not parent.reason:
        message = f"it has {parent.result}, and the reason that its part gives is lost"
        yield Deviation(message, show(stopper.reason), "(empty)", f"{where}/reason")


def reason_only_after_failure(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A reason is given only with a result that went wrong.

    Mutants: success-with-a-reason.
    """
    return None if context.strategy is None else _idle_reasons(context)


def _idle_reasons(context: Context) -> Iterator[Deviation]:
    parts: list[tuple[str, Phase | Stage | Step]] = [*context.fresh_phases]
    parts += [(where, stage) for where, _, _, stage in context.fresh_stages]
    parts += [(where, step) for where, _, step in context.fresh_steps]
    for where, part in parts:
        if part.reason and part.result not in _WENT_WRONG:
            yield Deviation(
                f"a reason is given, the result is {part.result}", "(empty)", show(part.reason), f"{where}/reason"
            )


def nothing_runs_after_failure(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Nothing is begun after a part that failed, timed out or was aborted.

    Mutants: runs-on-after-a-failure.
    """
    return None if context.strategy is None else _after_failure(context.fresh_phases, context.fresh_stages)


def _after_failure(phases: Iterable[tuple[str, Phase]], stages: Iterable[Placed]) -> Iterator[Deviation]:
    for where, phase in phases:
        for index in _after_stopper([stage.result for stage in phase.stages]):
            stage = phase.stages[index]
            if stage.result != "initial" or stage.inprogress or stage.start:
                yield _begun("stage", stage.result, f"{where}/stages/{index}/result")
    for where, _, _, stage in stages:
        for index in _after_stopper([step.result for step in stage.steps]):
            step = stage.steps[index]
            if step.result != "initial" or step.start:
                yield _begun("step", step.result, f"{where}/steps/{index}/result")


def _after_stopper(results: list[str]) -> Iterable[int]:
    first = next((index for index, result in enumerate(results) if result in _STOPPERS), len(results))
    return range(first + 1, len(results))


def _begun(what: str, result: str, where: str) -> Deviation:
    return Deviation(
        f"a {what} has begun after one that stopped the run", "initial, without dates", show(result), where
    )


def empty_phase_succeeds(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """A phase without stages that has begun has succeeded at once.

    Mutants: empty-undo-waits.
    """
    phases = (
        []
        if context.strategy is None or context.stillborn
        else [(w, p) for w, p in context.strategy.phases() if not p.stages and is_begun(p)]
    )
    if not phases:
        return None
    return [
        Deviation(
            "a phase without stages has nothing to wait for",
            "success, not in progress",
            show(phase.result),
            f"{where}/result",
        )
        for where, phase in phases
        if phase.result != "success" or phase.inprogress
    ]
