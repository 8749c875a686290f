"""Kinds of strategy whose plan the law leaves open: what is judged of them, and what is not. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Final

from conformance.roles import kinds_of
from reports.model import Level
from spec.contract import Contract
from spec.law import Law


class Programme(StrEnum):
    """How much is tried of a kind: all, all but what looks at a plan, or a lifecycle, an abort and the bodies."""

    WHOLE = "whole"
    LONG = "long"
    BRIEF = "brief"


OF_PLANS: Final = frozenset({Level.ORCHESTRATION, Level.ORACLE})
"""The levels that look at a plan: which hosts, stages and steps there are, and in which order."""

NO_PLANS: Final = "the law of the release tells the plan of no kind of strategy"


def is_generic(law: Law, kind: str | None) -> bool:
    """The plan of the kind is an open set: stages and steps are known words, and nothing of their order is judged."""
    return kind in law.kinds and law.plan_of(kind) is None


def planned_kinds(contract: Contract, law: Law) -> tuple[str, ...]:
    """The kinds of the contract whose plan the law tells, in its order."""
    return tuple(kind for kind in kinds_of(contract) if not is_generic(law, kind))


@cache
def programmes(contract: Contract, law: Law) -> Mapping[str, Programme]:
    """How each kind of the contract is tried, in its order.

    Kinds whose plan is open are like one another. The first of them is tried at length where there are no others.
    """
    planned = planned_kinds(contract, law)
    first = () if planned else kinds_of(contract)[:1]
    return {
        kind: Programme.WHOLE if kind in planned else Programme.LONG if kind in first else Programme.BRIEF
        for kind in kinds_of(contract)
    }


def notes_on(contract: Contract, law: Law) -> tuple[str, ...]:
    """A sentence for each kind whose plan is not judged."""
    return tuple(
        f"{kind}: the levels orchestration and oracle do not apply, as nobody has written down what its plan must be; "
        "requests, states and the succession of documents are judged"
        for kind in kinds_of(contract)
        if is_generic(law, kind)
    )
