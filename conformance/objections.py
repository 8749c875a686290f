"""What is wrong with a request that has not been answered: whatever no conformant server may accept.

The checks that demand a refusal are asked what they would say if the request had been accepted. What they say then
is wrong with the request itself, so there is one definition of it. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from conformance.checks.context import Context
from conformance.exchange import Exchange
from conformance.findings.charges import Bound, finding_of
from conformance.known import Known, Presence, Role
from reports.model import Finding

# Checks that want some request to be refused, by the names of their functions.
DEMAND_REFUSAL: Final = frozenset({
    "absent_strategy_is_not_found", "abort_refused_when_not_lawful", "apply_refused_when_not_lawful",
    "create_refused_while_one_exists", "delete_refused_when_busy", "malformed_body_is_refused",
    "mandatory_member_is_demanded", "other_kind_is_not_found", "singleton_across_kinds", "stage_id_text_is_digits",
    "undocumented_method_is_refused", "unknown_member_is_refused", "unlisted_value_is_refused",
    "wrong_media_type_is_refused", "wrong_type_is_refused",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Objection:
    """What is wrong with a request. Not `certain`: it holds for the strategy as last seen, which may have moved on."""

    finding: Finding
    certain: bool = True


def objections(bound: Iterable[Bound], request: Exchange, context: Context) -> tuple[Objection, ...]:
    """What the checks have against the request in its surroundings; nothing about a read of what is documented.

    Whatever a check raises is raised.
    """
    if context.role is Role.READ or (context.operation is not None and request.method == "GET"):
        return ()
    accepted = replace(request, status=context.operation.success if context.operation is not None else 200)
    certain = _against(bound, accepted, replace(context, exchange=accepted))
    at_once = replace(accepted, at=context.slot.at)
    frozen = replace(context, exchange=at_once, known=_just_read(context.known), still=True)
    seen = _against(bound, at_once, frozen)
    premature = [each for each in seen if each.requirement not in {one.requirement for one in certain}]
    return (*map(Objection, certain), *(Objection(each, certain=False) for each in premature))


def _against(bound: Iterable[Bound], request: Exchange, context: Context) -> list[Finding]:
    found = ((each, each.run(request, context)) for each in bound)
    return [
        replace(finding_of(each, deviation, context), actual="") for each, told in found for deviation in told or ()
    ]


def _just_read(known: Known) -> Known:
    """The same, as if every strategy that is known had been read a moment ago."""
    slots = {
        kind: replace(slot, role=Role.READ) if slot.presence is Presence.PRESENT else slot
        for kind, slot in known.slots.items()
    }
    return replace(known, slots=slots)
