"""Looks at a target before the run: whether its text is right, whether it answers, is free, and shows its world."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from conformance.drivers.changes import Change
from conformance.drivers.conversation import Conversation
from conformance.drivers.ownership import NotCleared, Ownership
from conformance.exchange import Exchange
from conformance.roles import kinds_of, operation_of
from conformance.runs.cleanup import look, take_over, talk_with
from conformance.runs.options import Options
from conformance.targets.control import PATH as CONTROL
from conformance.targets.guard import UNAVAILABLE
from conformance.targets.target import Target, check_text, open_target
from conformance.targets.transport import Unreachable
from reports.model import Level
from spec.load import load_contract

_DENIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Occupied(Exception):  # noqa: N818 - a fact about the target, not an error of ours
    """There is a strategy on the target that is not ours; it is not touched."""


def check_target(options: Options, ownership: Ownership | None = None) -> tuple[str, ...]:
    """Make sure that the run can begin; what was done for it, in words. Raises TargetError, Unreachable, Occupied.

    A WSGI target is only looked up, so that its factory is called once per test and no more: it lives in this
    process, and nobody else has a strategy there. One at a URL may be somebody's, whether it can be reset or not.
    """
    check_text(options.target)
    if options.target.startswith("wsgi:"):
        return ()
    ownership = ownership or Ownership()
    with open_target(options.target, terms=options.terms) as target:
        _check_answers(target, options)
        notes = _about_control(target)
        if options.may_change:
            notes += _make_free(talk_with(target, options, ownership, "preflight"), options, ownership)
        return notes


def deepest_level(options: Options) -> Level:
    """How deep a run can look: strategies are compared with predictions only where the world is known.

    It is when the run was given one, or when the control of the target loads worlds. Raises TargetError, Unreachable.
    """
    if options.world:
        return Level.ORACLE
    with open_target(options.target, terms=options.terms) as target:
        known = target.control is not None and "world" in target.control.offers
    return Level.ORACLE if known else Level.ORCHESTRATION


def _make_free(talk: Conversation, options: Options, ownership: Ownership) -> tuple[str, ...]:
    """Remove what an earlier part of this run has left, and what may be taken over. Raises Occupied, Unreachable."""
    _check_free(talk, options, ownership)
    try:
        with talk.target.overtime():
            for kind in sorted(set(ownership.own.values())):
                talk.remove(kind)
            return tuple(take_over(talk, ownership, talk.kinds)) if options.take_over else ()
    except NotCleared as error:
        raise Occupied(f"{talk.target.name} could not be made free: {error}") from error


def _check_free(talk: Conversation, options: Options, ownership: Ownership) -> None:
    for kind in talk.kinds:
        strategy = look(talk, kind)
        if strategy is None or ownership.knows(str(strategy.get("uuid"))):
            continue
        state = strategy.get("state")
        what = f"{talk.target.name} has a {kind} strategy already (state {state})"
        if not options.take_over:
            raise Occupied(
                f"{what}; it is left alone: delete it and run again, run with --read-only, or have it aborted and "
                "deleted with --take-over"
            )
        if state == "applying" and not talk.may({Change.ABORT}):
            raise Occupied(f"{what}; it is left alone: --take-over has to abort it, and --changes leaves out abort")


def _check_answers(target: Target, options: Options) -> None:
    """Raise Unreachable when what answers cannot be judged: it denies, redirects, or is not available at all."""
    probes = [target.send("GET", path, origin="preflight") for path in _probes(options)]
    statuses = {probe.status for probe in probes}
    if statuses <= _DENIED:
        raise Unreachable(
            f"{target.name} answers {_listed(statuses)} to everything: {_TOKEN_REFUSED if target.has_token else _TOKEN}"
        )
    if statuses <= UNAVAILABLE:
        raise Unreachable(f"{target.name} is not available: it answers {_listed(statuses)} to everything")
    if all(HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST for status in statuses):
        raise Unreachable(f"{target.name} redirects every request{_elsewhere(probes)}; name the address of the VIM")


def _probes(options: Options) -> tuple[str, ...]:
    """What every deployment of the release answers: the root, the list of kinds, and a strategy of one of them."""
    contract = load_contract(options.release)
    return "/", "/api/orchestration", operation_of(contract, "get", kinds_of(contract)[0]).path


def _about_control(target: Target) -> tuple[str, ...]:
    """What is to be said of control routes that want another token. Raises Unreachable when they were given one."""
    status = target.control_status
    if status == HTTPStatus.UNAUTHORIZED and target.has_control_token:
        raise Unreachable(
            f"{target.name} answers 401 to GET {CONTROL} with the token of $VIMGATE_CONTROL_TOKEN; put the one there "
            "that the server printed, or leave the variable out"
        )
    if status == HTTPStatus.UNAUTHORIZED:
        return (f"GET {CONTROL} answered 401; if this is a simulation, put its token into $VIMGATE_CONTROL_TOKEN",)
    return ()


def _elsewhere(probes: Sequence[Exchange]) -> str:
    place = probes[0].response_header("Location")
    return f" (to {place[:_SHOWN]})" if place else ""


def _listed(statuses: set[int]) -> str:
    return " or ".join(map(str, sorted(statuses)))


_TOKEN: Final = "it wants a token, which --token-file or $VIMGATE_TOKEN gives"  # noqa: S105 - words
_TOKEN_REFUSED: Final = "the token that was given is not accepted; is it expired, or for another deployment?"  # noqa: S105 - words
_SHOWN: Final = 200
