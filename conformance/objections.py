"""What is wrong with a request that has not been answered: whatever no conformant server may accept.

The checks that demand a refusal are asked what they would say if the request had been accepted. The flaw that they
name then is the objection, so there is one definition of what is wrong. Pure.
"""

from dataclasses import dataclass, replace
from typing import Final

from conformance.checks.context import Context
from conformance.exchange import Exchange
from conformance.findings.charges import Bound, finding_of
from conformance.known import Known, Presence, Role
from reports.model import Finding, Verdict
from spec.contract import Operation

_OK: Final = 200

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
    """What is wrong with a request. Not `certain`: it holds for the strategy as last seen, which may have moved on.

    What is not certain is a warning at most, and its message says so.
    """

    finding: Finding
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Supposed:
    """The request as if it had been accepted: at its own time, and at the moment when its strategy was last seen."""

    now: Context
    seen: Context


def is_harmless(request: Exchange, operation: Operation | None) -> bool:
    """Nothing can be wrong with the request, whatever the strategy: it reads what is documented."""
    return operation is not None and request.method == "GET"


def suppose(request: Exchange, context: Context) -> Supposed | None:
    """What the checks are asked about; None for a read of what is documented, which nothing can be wrong with."""
    if is_harmless(request, context.operation):
        return None
    accepted = replace(request, status=context.operation.success if context.operation is not None else _OK)
    at_once = replace(accepted, at=context.slot.at)
    seen = replace(context, exchange=at_once, known=_just_read(context.known), still=True)
    return Supposed(replace(context, exchange=accepted), seen)


def objections(bound: Bound, supposed: Supposed) -> list[Objection]:
    """What one check has against the request. Whatever the check raises is raised."""
    certain = _against(bound, supposed.now)
    if certain:
        return list(map(Objection, certain))
    return [Objection(_as_last_seen(finding), certain=False) for finding in _against(bound, supposed.seen)]


def _against(bound: Bound, context: Context) -> list[Finding]:
    found = bound.call(context.exchange, context) or ()
    return [finding_of(bound, each.flaw, context) for each in found if each.flaw is not None]


def _as_last_seen(finding: Finding) -> Finding:
    verdict = min(finding.verdict, Verdict.WARN)
    return replace(finding, verdict=verdict, message=f"{finding.message}, as last seen")


def _just_read(known: Known) -> Known:
    """The same, as if every strategy that is known had been read a moment ago."""
    slots = {
        kind: replace(slot, role=Role.READ) if slot.presence is Presence.PRESENT else slot
        for kind, slot in known.slots.items()
    }
    return replace(known, slots=slots)
