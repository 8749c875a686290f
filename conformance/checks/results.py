"""How results fit together inside one document (ENGINE.md 3, 1.6; quirks B1 and B2 allow both readings)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
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
        allowed = _allowed(stage.results, stage, law, begun=bool(stage.start) or stage.inprogress)
        if phase is strategy.apply and strategy.state in _ABORT_STATES:
            allowed = allowed | {"aborted"}
        if stage.result not in allowed:
            yield _other_result(stage, allowed, [step.result for step in stage.steps], where)
        if not _STOPPERS.isdisjoint(stage.results):
            yield from _lost_reason(stage, stage.steps, where)


def _phase_results(strategy: Strategy, phases: Iterable[tuple[str, Phase]], law: Law) -> Iterator[Deviation]:
    for where, phase in phases:
        children = set(phase.columns.result)
        allowed = _allowed(children, phase, law, begun=bool(phase.start) or phase.inprogress)
        if phase is strategy.apply and strategy.state in _ABORT_STATES and is_begun(phase):
            allowed = allowed | {"aborted"}
        if (
            phase is strategy.build and not phase.inprogress and allowed == {"success"}
        ):  # a rule of the plan was violated
            allowed = allowed | {"failed"}
        if phase.result not in allowed:
            yield _other_result(phase, allowed, list(phase.columns.result), where)
        if not _STOPPERS.isdisjoint(children):
            yield from _lost_reason(phase, phase.stages, where)


def _allowed(children: Collection[str], parent: Stage | Phase, law: Law, *, begun: bool) -> set[str]:
    """What the children allow the parent to show, an abort aside."""
    if not begun:
        return {"initial"}
    heaviest = law.heaviest(children)
    if parent.inprogress:
        return {"inprogress", heaviest} - {"initial"}
    if parent.result == "timed-out" and parent.reason == _OWN_TIMER:
        return {"timed-out"}
    if heaviest in _STOPPERS:
        return {heaviest}
    return {"success"} if all(child == "success" for child in children) else {"aborted"}


def _other_result(parent: Stage | Phase, allowed: set[str], children: list[str], where: str) -> Deviation:
    message = f"the result does not follow from those of its parts ({show(children)})"
    return Deviation(message, listing(sorted(allowed)), show(parent.result), f"{where}/result")


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
    if context.strategy is None:
        return None
    return [
        Deviation(f"a reason is given, the result is {part.result}", "(empty)", show(part.reason), f"{where}/reason")
        for where, part in context.fresh_parts
        if part.reason and part.result not in _WENT_WRONG
    ]


def nothing_runs_after_failure(exchange: Exchange, context: Context) -> Iterable[Deviation] | None:
    """Nothing is begun after a part that failed, timed out or was aborted.

    Mutants: runs-on-after-a-failure.
    """
    return None if context.strategy is None else _after_failure(context.fresh_phases, context.fresh_stages)


def _after_failure(phases: Iterable[tuple[str, Phase]], stages: Iterable[Placed]) -> Iterator[Deviation]:
    for where, phase in phases:
        for index in _after_stopper(phase.columns.result):
            stage = phase.stages[index]
            if stage.result != "initial" or stage.inprogress or stage.start:
                yield _begun("stage", stage.result, f"{where}/stages/{index}/result")
    for where, _, _, stage in stages:
        stopped = not _STOPPERS.isdisjoint(stage.results)
        for index in _after_stopper([step.result for step in stage.steps]) if stopped else ():
            step = stage.steps[index]
            if step.result != "initial" or step.start:
                yield _begun("step", step.result, f"{where}/steps/{index}/result")


def _after_stopper(results: Sequence[str]) -> Iterable[int]:
    if _STOPPERS.isdisjoint(results):
        return ()
    first = next(at for at, result in enumerate(results) if result in _STOPPERS)
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
