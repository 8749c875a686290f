"""The shape of a strategy document: which members it has and of which types, and the typed values that are read of it.

A document whose phases, stages or steps lack a member or carry a wrong type is not read at all, and only the checks of
shape speak about it: that is the business of the contract.
"""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from conformance.strategy import PHASES, STEP_PLAN, Phase, Stage, Step, Strategy

_TEXTS: Final = {str}
# Members in the order of the fields of the values, each with its type (JSON has exact types: true is no number).
_STEP: Final = {
    "step-id": int,
    "step-name": str,
    "timeout": int,
    "entity-type": str,
    "entity-uuids": list,
    "entity-names": list,
    "result": str,
    "reason": str,
    "start-date-time": str,
    "end-date-time": str,
}
_STAGE: Final = {
    "stage-id": int,
    "stage-name": str,
    "timeout": int,
    "total-steps": int,
    "current-step": int,
    "inprogress": bool,
    "result": str,
    "reason": str,
    "start-date-time": str,
    "end-date-time": str,
    "steps": list,
}
_PHASE: Final = {
    "phase-name": str,
    "timeout": int,
    "total-stages": int,
    "current-stage": int,
    "stop-at-stage": int,
    "inprogress": bool,
    "completion-percentage": int,
    "result": str,
    "reason": str,
    "start-date-time": str,
    "end-date-time": str,
    "stages": list,
}
_STRATEGY: Final = {
    "uuid": str,
    "state": str,
    "current-phase": str,
    "current-phase-completion-percentage": int,
    "build-phase": dict,
    "apply-phase": dict,
    "abort-phase": dict,
}


_NO_PHASES: Final = (None, None, None)
_MOVING: Final = frozenset({"state", "current-phase", "build-phase", "apply-phase", "abort-phase"})


# The members that are counts: a number with a fraction of zero, such as 12.0, is of the wrong type and yet read.
COUNTS: Final = frozenset(
    name for table in (_STEP, _STAGE, _PHASE, _STRATEGY) for name, kind in table.items() if kind is int
)


class WrongShapeError(Exception):
    """A member is missing or has the wrong type."""


class _Reader:
    """Takes the members of one kind of object out of it, all at once."""

    def __init__(self, members: Mapping[str, type]) -> None:
        self._take = itemgetter(*members)
        self._types = tuple(members.values())

    def __call__(self, value: Any) -> tuple[Any, ...]:
        try:
            found: tuple[Any, ...] = self._take(value)
        except (KeyError, TypeError) as error:
            raise WrongShapeError from error
        if tuple(map(type, found)) != self._types:
            found = tuple(map(_counted, found, self._types))
        if tuple(map(type, found)) != self._types:
            raise WrongShapeError
        return found

    def beside(self, value: Any, known: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
        """The members, and those of a value of which they were taken out before; None for members of wrong types."""
        try:
            found = self._take(value)
        except (KeyError, TypeError):
            return None
        return (found, self._take(known)) if tuple(map(type, found)) == self._types else None


def _counted(value: Any, kind: type) -> Any:
    return int(value) if kind is int and type(value) is float and value.is_integer() else value


_step_members: Final = _Reader(_STEP)
_stage_members: Final = _Reader(_STAGE)
_phase_members: Final = _Reader(_PHASE)
_strategy_members: Final = _Reader(_STRATEGY)


def read_strategy(value: Any) -> Strategy | None:
    """The strategy of an answer `{"strategy": {…}}`; None when there is none or its shape is wrong. Never raises."""
    document = value.get("strategy") if isinstance(value, dict) else None
    if not isinstance(document, dict):
        return None
    try:
        uuid, state, phase, percentage, build, apply, abort = _strategy_members(document)
        return Strategy(uuid, state, phase, percentage, _phase(build), _phase(apply), _phase(abort), document)
    except WrongShapeError:
        return None


def read_around(
    value: Any, stages: Mapping[str, Sequence[Stage]], members: Mapping[str, Any], before: Strategy | None
) -> Strategy:
    """The strategy of an answer without stages, with these stages in its phases (by their names in the law).

    `members` are those of the whole document. A phase that is as it was `before` is the same object. Raises
    WrongShapeError.
    """
    document = value.get("strategy") if isinstance(value, dict) else None
    if not isinstance(document, dict):
        raise WrongShapeError
    uuid, state, current, percentage, *phases = _strategy_members(document)
    build, apply, abort = map(
        _phase_around, phases, map(stages.__getitem__, PHASES), before[4:7] if before is not None else _NO_PHASES
    )
    return Strategy(uuid, state, current, percentage, build, apply, abort, members)


def _phase_around(value: Any, stages: Sequence[Stage], before: Phase | None) -> Phase:
    made = Phase._make((*_phase_members(value)[:-1], tuple(stages)))
    return before if before is not None and made == before else made


def gist(seen: Any) -> Any:
    """What tells whether a strategy has moved: its state, its current phase and its phases, as far as they are known.

    What a vendor adds may change with every look. Anything but a strategy of the right shape is taken as it is.
    """
    strategy = read_strategy({"strategy": seen})
    if strategy is not None:
        return strategy.state, strategy.current_phase, strategy.build, strategy.apply, strategy.abort
    return (
        {name: seen.get(name) for name in _MOVING} if isinstance(seen, dict) and not _MOVING.isdisjoint(seen) else seen
    )


def _phase(value: Any) -> Phase:
    members = _phase_members(value)
    return Phase._make((*members[:-1], tuple(map(read_stage, members[-1]))))


def read_stage(value: Any, before: tuple[Stage, Any] | None = None) -> Stage:
    """The stage of a JSON value; a step that is as it was `before` is the same object. Raises WrongShapeError.

    `before` is a stage as it was read, and the JSON value that it was read from.
    """
    members = _stage_members(value)
    values = members[-1]
    known = list(zip(before[0].steps, before[1]["steps"], strict=True))[: len(values)] if before is not None else []
    steps = [_step_again(each, *old) for each, old in zip(values, known, strict=False)]
    steps += map(_step, values[len(known) :])
    return Stage._make((*members[:-1], tuple(steps)))


def _step_again(value: Any, before: Step, shown: Any) -> Step:
    if (pair := _step_members.beside(value, shown)) is not None:
        found, known = pair
        if found == known:
            return before
        if found[:STEP_PLAN] == known[:STEP_PLAN]:
            return Step._make(before[:STEP_PLAN] + found[STEP_PLAN:])
    step = _step(value)
    return before if step == before else step


def _step(value: Any) -> Step:
    *head, uuids, names = (members := _step_members(value))[:STEP_PLAN]
    return Step._make((*head, _texts(uuids), _texts(names), *members[STEP_PLAN:]))


def _texts(items: list[Any]) -> tuple[str, ...]:
    if items and set(map(type, items)) != _TEXTS:
        raise WrongShapeError
    return tuple(items)


def counts_with_fractions(value: Any, where: str = "") -> Iterator[tuple[str, float]]:
    """Place and value of every count that is written with a fraction of zero; any depth that JSON can be read in."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from counts_with_fractions(item, f"{where}/{index}")
    for name, member in value.items() if isinstance(value, dict) else ():
        if name in COUNTS and type(member) is float and member.is_integer():
            yield f"{where}/{name}", member
        elif isinstance(member, dict | list):
            yield from counts_with_fractions(member, f"{where}/{name}")
