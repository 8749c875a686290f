"""READINGS: how a sign is read off an exchange. Each takes the exchange and what the table says the reading is `of`.

It gives a value in the words of the table, or one that no release shows, or None where the exchange says nothing of it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from conformance.exchange import Exchange
from conformance.fingerprint import answers, plans, refusals

type Reading = Callable[[Exchange, str], str | None]

_LONGEST: Final = 200  # characters of a value, should a server answer with a book


def read(reading: str, exchange: Exchange, of: str) -> str | None:
    """The value of a sign; None where the exchange does not show it. Raises KeyError for an unknown reading."""
    value = READINGS[reading](exchange, of)
    return value[:_LONGEST] if value is not None else None


READINGS: Final[Mapping[str, Reading]] = MappingProxyType({
    "links": answers.links, "document": answers.document, "routed": answers.routed, "member": answers.member,
    "none": answers.none, "argument": answers.argument, "uuid": answers.uuid, "accept": answers.accept,
    "unrouted": answers.unrouted, "slashed": answers.slashed, "python": answers.python,
    "unaccepting": answers.unaccepting,
    "members": plans.members, "has": plans.has, "type": plans.type_of, "phase-has": plans.phase_has,
    "stages-end": plans.stages_end, "last-step": plans.last_step, "step-like": plans.step_like,
    "step-after": plans.step_after, "timeout": plans.timeout, "builds-by": plans.builds_by,
    "some-step": plans.some_step, "some-stage": plans.some_stage,
    "stranger": refusals.stranger, "lesser": refusals.lesser, "reader": refusals.reader,
    "conflict": refusals.conflict, "refused": refusals.refused, "bare-delete": refusals.bare_delete,
    "words": refusals.words,
})  # fmt: skip
