"""How a run leaves a target: its own strategies aborted and deleted, and a last look that proves it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from conformance.drivers.conversation import Conversation, Leave, pace_of
from conformance.drivers.interruption import Abandoned, is_insisted
from conformance.drivers.ownership import Intruder, NotCleared, Ownership
from conformance.judge import Judge
from conformance.runs.options import Options
from conformance.targets.control import ControlError
from conformance.targets.target import Target, open_target
from conformance.targets.transport import Unreachable
from spec.load import load_contract, load_law, load_ledger

_BROKEN_OFF: Final = "the clearing up was broken off by a signal"


@dataclass(frozen=True, slots=True)
class Departure:
    """How a target was left.

    `told` is what was seen and done, line by line; `left` what may still be there of the run, in words (empty: nothing,
    and the last looks prove it).
    """

    told: tuple[str, ...]
    left: str = ""


def talk_with(target: Target, options: Options, ownership: Ownership, history: str) -> Conversation:
    """A conversation outside the suite, whose judge nobody asks."""
    contract = load_contract(options.release)
    judge = Judge(contract, load_ledger(options.release), load_law(options.release))
    pace = pace_of(target, changes=True)
    leave = Leave(options.allowed, ownership)
    return Conversation(target, judge, contract, history, changes=True, pace=pace, leave=leave)


def depart(options: Options, ownership: Ownership) -> Departure:
    """Delete what the run still has on the target, and look. Raises nothing; a first signal does not end it."""
    told: list[str] = []
    try:
        return _depart(options, ownership, told)
    except Abandoned:
        told.append(_BROKEN_OFF)
    except KeyboardInterrupt:
        return depart(options, ownership)
    return Departure(tuple(told), left(ownership))


def _depart(options: Options, ownership: Ownership, told: list[str]) -> Departure:
    try:
        with open_target(options.target, terms=options.terms) as target, target.overtime():
            talk = talk_with(target, options, ownership, "departure")
            for kind in sorted(set(ownership.own.values())):
                told += [_BROKEN_OFF] if is_insisted() else _removed(talk, kind)
            told += _looks(talk)
    except Unreachable as error:
        told.append(f"the last look was not possible: {error}")
    return Departure(tuple(dict.fromkeys(told)), left(ownership))


def left(ownership: Ownership) -> str:
    """What may still be on the target, in words; empty when nothing is."""
    known = [f"the {kind} strategy {uuid}" for uuid, kind in ownership.own.items()]
    unknown = [f"perhaps a {kind} strategy whose uuid was never shown" for kind in sorted(ownership.pending)]
    return " and ".join(known + unknown)


def take_over(talk: Conversation, ownership: Ownership, kinds: Iterable[str]) -> list[str]:
    """Abort and delete the strategies of these kinds, whoever made them; what was done, in words.

    Raises NotCleared, Unreachable.
    """
    told = []
    for kind, strategy in [(kind, look(talk, kind)) for kind in kinds]:
        if strategy is not None:
            ownership.adopt(kind, str(strategy.get("uuid")))
            ownership.note({"event": "created", "kind": kind, "uuid": str(strategy.get("uuid"))})
            talk.remove(kind)
            told.append(
                f"the {kind} strategy {strategy.get('uuid')} (state {strategy.get('state')}) that was there before the "
                "run was taken over and deleted, as --take-over asks"
            )
    return told


def look(talk: Conversation, kind: str) -> dict[str, object] | None:
    """The strategy of a kind, whoever made it."""
    leave, talk.leave = talk.leave, Leave(talk.leave.permitted)
    try:
        return talk.strategy(kind)
    finally:
        talk.leave = leave


def _removed(talk: Conversation, kind: str) -> list[str]:
    try:
        talk.remove(kind)
    except Intruder as intruder:
        return [str(intruder)]
    except (NotCleared, ControlError) as error:
        return [f"it could not be removed: {error}"]
    return [f"its {kind} strategy was deleted"]


def _looks(talk: Conversation) -> list[str]:
    told = []
    for kind in talk.kinds:
        operation = talk.operation("get", kind)
        try:
            exchange = talk.send(operation.method.upper(), operation.path)
        except Intruder as intruder:
            told.append(str(intruder))
        else:
            told.append(f"GET {operation.path} answered {exchange.status}")
    return told
