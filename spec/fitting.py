"""Whether contract, ledger and law of a release speak of the same: kinds of strategy, and operations."""

from collections.abc import Iterator

from spec.contract import Contract
from spec.kinds import LETTERS, areas_of
from spec.law import Law
from spec.ledger import Ledger, Requirement


def misfits(contract: Contract, ledger: Ledger, law: Law) -> Iterator[str]:
    """Each thing that one of them has and another has not, in words."""
    known = {operation.operation_id for operation in contract.operations}
    for requirement in ledger.checked:
        for operation in _operations_of(requirement):
            if operation not in known:
                yield f"{requirement.id}: the contract has no operation {operation}; lift it, or let its kind go"
    areas = {each.area for each in ledger.checked}
    demanded = {kind for kind in LETTERS.values() if areas & {*areas_of(kind)}}
    for kind in sorted({*contract.kinds, *law.kinds, *demanded}):
        having = {"the contract": kind in contract.kinds, "the law": kind in law.kinds, "the ledger": kind in demanded}
        without = [name for name, has in having.items() if not has]
        if without:
            yield f"{kind} is no kind of {' and '.join(without)}; let it come or go in all three together"


def _operations_of(requirement: Requirement) -> Iterator[str]:
    yield from requirement.parameters.get("operations", ())
    if "operation" in requirement.parameters:
        yield requirement.parameters["operation"]
