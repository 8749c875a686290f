"""Which operation of the contract does what to a strategy: the words in which scenarios and drivers speak."""

from typing import Final

from spec.contract import Contract, Operation

# Role -> method and end of the path.
ROLES: Final = {
    "get":    ("GET",    "/strategy"),
    "create": ("POST",   "/strategy"),
    "delete": ("DELETE", "/strategy"),
    "act":    ("POST",   "/actions"),
}  # fmt: skip


def kinds_of(contract: Contract) -> tuple[str, ...]:
    """The kinds of strategy that the contract knows, in its order."""
    return contract.kinds


def operation_of(contract: Contract, role: str, kind: str) -> Operation:
    """The operation that plays a role for a kind. Raises LookupError."""
    method, ending = ROLES[role]
    for operation in contract.operations:
        if (
            operation.kind == kind
            and operation.method.upper() == method
            and operation.path.rstrip("/").endswith(ending)
        ):
            return operation
    raise LookupError(f"the contract has no operation to {role} a strategy of kind {kind}")


def teller_of(contract: Contract) -> Operation | None:
    """The operation that tells which strategy there is, whatever its kind; None where a release has none."""
    gets = (each for each in contract.operations if each.kind is None and each.method.upper() == "GET")
    return next((each for each in gets if each.path.endswith("/strategy")), None)


def operations_with_bodies(contract: Contract) -> tuple[Operation, ...]:
    """The operations that create a strategy or act on one."""
    return tuple(operation_of(contract, role, kind) for kind in kinds_of(contract) for role in ("create", "act"))
