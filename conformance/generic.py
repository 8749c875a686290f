"""Kinds of strategy whose plan the law leaves open: what is judged of them, and what is not. Pure."""

from typing import Final

from conformance.roles import kinds_of
from reports.model import Level
from spec.contract import Contract
from spec.law import Law

OF_PLANS: Final = frozenset({Level.ORCHESTRATION, Level.ORACLE})
"""The levels that look at a plan: which hosts, stages and steps there are, and in which order."""

NO_PLANS: Final = "the law of the release tells the plan of no kind of strategy"


def is_generic(law: Law, kind: str | None) -> bool:
    """The plan of the kind is an open set: stages and steps are known words, and nothing of their order is judged."""
    return kind in law.kinds and law.plan_of(kind) is None


def planned_kinds(contract: Contract, law: Law) -> tuple[str, ...]:
    """The kinds of the contract whose plan the law tells, in its order."""
    return tuple(kind for kind in kinds_of(contract) if not is_generic(law, kind))


def brief_kinds(contract: Contract, law: Law) -> frozenset[str]:
    """The kinds that are like another one, so that less is generated for them: all whose plan is open, but for one.

    One kind is always tried at length: the first, where the law tells the plan of none.
    """
    generic = [kind for kind in kinds_of(contract) if is_generic(law, kind)]
    return frozenset(generic if planned_kinds(contract, law) else generic[1:])


def notes_on(contract: Contract, law: Law) -> tuple[str, ...]:
    """A sentence for each kind whose plan is not judged."""
    return tuple(
        f"{kind}: the levels orchestration and oracle do not apply, as nobody has written down what its plan must be; "
        "requests, states and the succession of documents are judged"
        for kind in kinds_of(contract)
        if is_generic(law, kind)
    )
