"""Which requirements a run judges, and which tests of the suite can have anything to do with them.

A requirement is named by its id or by a pattern of ids, such as `VIM-LIFE-*`.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from conformance.checks import CHECKS
from conformance.checks.context import Scope
from conformance.known import role_of
from spec.contract import Contract
from spec.ledger import Ledger, Requirement

# The scopes of checks that look at the operations that their requirement names, or at the paths of these.
_NAMED: Final = frozenset({Scope.OPERATION, Scope.NEARBY, Scope.ANYWHERE})
# The parameter of a test of the suite that is played once for each operation.
_OPERATION: Final = "generated_operation"


class SelectionError(Exception):
    """A pattern names no requirement, or nothing is left. The text says what to write instead."""


def selected(ledger: Ledger, only: Iterable[str], skip: Iterable[str]) -> frozenset[str]:
    """The ids that are judged: those of `only` (all when empty) but for those of `skip`. Raises SelectionError."""
    ids = [requirement.id for requirement in ledger.requirements]
    kept = [match for pattern in only for match in _matches(pattern, ids, "--only")] or ids
    left_out = [match for pattern in skip for match in _matches(pattern, ids, "--skip")]
    if not set(kept) - set(left_out):
        raise SelectionError("--skip leaves out everything that --only names; leave one of them out")
    return frozenset(kept) - frozenset(left_out)


def _matches(pattern: str, ids: list[str], option: str) -> list[str]:
    matches = [each for each in ids if fnmatchcase(each, pattern)]
    if not matches:
        areas = dict.fromkeys(each.rpartition("-")[0] + "-*" for each in ids)
        near = difflib.get_close_matches(pattern, [*ids, *areas], n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`vimgate spec requirements` lists the ids"
        raise SelectionError(f"{option} {pattern} names no requirement; {hint}")
    return matches


@dataclass(frozen=True, slots=True)
class Reach:
    """What the tests of a run have to exercise: operations by their id, and whether strategies are among them.

    `operations` is None where some check may look anywhere.
    """

    operations: frozenset[str] | None
    strategies: bool = False

    def takes_in(self, parameters: Mapping[str, Any], *, strategies: bool = False) -> bool:
        """A test of the suite with these parameters may exercise one of the operations.

        `strategies`: it is about strategies alone. Such a test may send anything to any strategy, and nothing to the
        documents around them.
        """
        if self.operations is None or self.strategies:
            return True
        return parameters[_OPERATION] in self.operations if _OPERATION in parameters else not strategies


def reach(requirements: Iterable[Requirement], contract: Contract) -> Reach:
    """What has to be exercised for these requirements, where that can be told from the ledger alone."""
    operations: set[str] = set()
    for requirement in requirements:
        check = CHECKS.get(requirement.id)
        named = named_operations(requirement.parameters)
        if check is not None and (check.scope not in _NAMED or not named):
            return Reach(None)
        operations.update(named)
    return Reach(frozenset(operations), any(role_of(contract.operation(name)) is not None for name in operations))


def reach_of(wanted: frozenset[str] | None, ledger: Ledger, contract: Contract) -> Reach:
    """What has to be exercised for these ids; None: for all of the ledger."""
    return reach([each for each in ledger.checked if wanted is None or each.id in wanted], contract)


def named_operations(parameters: Mapping[str, Any]) -> list[str]:
    """The operationIds that the parameters of a requirement name."""
    return [*([parameters["operation"]] if "operation" in parameters else []), *parameters.get("operations", ())]
