"""The checks of a run, by where they may find something: which of them are asked about an exchange."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from conformance.checks.context import Check, Looks, Scope
from conformance.findings.charges import Bound, bind
from conformance.findings.selection import named_operations
from conformance.generic import OF_PLANS, is_generic
from conformance.known import Role, role_of
from spec.contract import Operation
from spec.law import Law
from spec.ledger import Requirement

# In this order they are asked, and what they find is told.
_RANKS: Final = (
    frozenset({Scope.DOCUMENT}),
    frozenset({Scope.OPERATION}),
    frozenset({Scope.NEARBY, Scope.ANYWHERE}),
    frozenset({Scope.HISTORY}),
    frozenset({Scope.PREDICTION}),
    frozenset({Scope.CONCURRENT}),
)

# Checks of an operation that want the answer to a change to show what the change led to, by the names of the functions.
SHOW_WHAT_IT_LED_TO: Final = frozenset({
    "apply_begins_applying", "create_begins_building", "default_is_applied", "parameter_is_echoed",
})  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """The checks that have something to say about an exchange, its document aside.

    Of a poll `asked` are those that the question alone decides; `others` have to look.
    """

    asked: tuple[Bound, ...]
    others: tuple[Bound, ...]

    @cached_property
    def all(self) -> tuple[Bound, ...]:
        """All of them, in their order."""
        return tuple(sorted((*self.asked, *self.others), key=lambda each: each.order))


class Documents(NamedTuple):
    """The checks of documents: those that look at what is planned alone, and the others."""

    plan: tuple[Bound, ...]
    progress: tuple[Bound, ...]
    all: tuple[Bound, ...]


class Panel:
    """The checks, each bound to its requirement: `every` one, in the order in which they are asked.

    `history` looks at requests for strategies. What is as deep as a plan is not asked about kinds whose plan the law
    leaves open.
    """

    def __init__(self, requirements: Iterable[Requirement], checks: Mapping[str, Check], law: Law) -> None:
        ranks = {scope: rank for rank, scopes in enumerate(_RANKS) for scope in scopes}
        ranked = sorted(requirements, key=lambda each: ranks[checks[each.id].scope])
        self.every = tuple(bind(each, checks[each.id], order) for order, each in enumerate(ranked))
        self._law = law
        self._turns: dict[tuple[str, bool], Turn] = {}
        self._documents: dict[str, Documents] = {}
        self._document = self._of(Scope.DOCUMENT)
        self.history = self._of(Scope.HISTORY)
        self.prediction = self._of(Scope.PREDICTION)
        self.concurrent = self._of(Scope.CONCURRENT)
        self._operation = self._of(Scope.OPERATION)
        self._around = self._of(Scope.NEARBY, Scope.ANYWHERE)

    def document(self, kind: str) -> Documents:
        """The checks of the documents of a kind."""
        found = self._documents.get(kind)
        if found is None:
            every = tuple(self._meant_for(kind, self._document))
            plan = tuple(each for each in every if each.check.looks is Looks.PLAN)
            progress = tuple(each for each in every if each.check.looks is not Looks.PLAN)
            found = self._documents[kind] = Documents(plan, progress, every)
        return found

    def turn(self, operation: Operation | None, *, alone: bool = True) -> Turn:
        """The checks that may have something to say about an exchange of that operation, its document aside.

        Not `alone`: others may have had a hand in what the answer to a change shows; what it says of itself remains.
        """
        key = operation.operation_id if operation is not None else "", alone
        turn = self._turns.get(key)
        if turn is None:
            kind = operation.kind if operation is not None else None
            bound = list(self._meant_for(kind, self._asked(operation, alone=alone)))
            asked = tuple(each for each in bound if each.check.looks is Looks.ASKED)
            turn = self._turns[key] = Turn(asked, tuple(each for each in bound if each not in asked))
        return turn

    def around(self, operation: Operation | None) -> list[Bound]:
        """Those that look at any exchange of the operation, whatever else is done."""
        return [each for each in self._around if each.check.scope is Scope.ANYWHERE or _concerns(each, operation)]

    def _asked(self, operation: Operation | None, *, alone: bool) -> Sequence[Bound]:
        role = role_of(operation)
        here = [each for each in self._operation if operation is not None and _concerns(each, operation)]
        if alone or role in (None, Role.READ):
            history = [each for each in self.history if role is not None and role in each.check.roles]
            return [*here, *self.around(operation), *history]
        return [*(each for each in here if each.check.name not in SHOW_WHAT_IT_LED_TO), *self.around(operation)]

    def _meant_for(self, kind: str | None, bound: Iterable[Bound]) -> Iterable[Bound]:
        return (each for each in bound if each.level not in OF_PLANS) if is_generic(self._law, kind) else bound

    def _of(self, *scopes: Scope) -> tuple[Bound, ...]:
        return tuple(each for each in self.every if each.check.scope in scopes)


def _concerns(bound: Bound, operation: Operation | None) -> bool:
    """The exchange is of an operation that the requirement names, or of none."""
    return operation is None or operation.operation_id in named_operations(bound.parameters)
