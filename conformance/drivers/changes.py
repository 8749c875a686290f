"""What a run may do to a target: create, apply, abort, delete; and which of these a request asks for.

`create` and `delete` belong together: who creates and may not delete leaves a strategy behind, and who deletes without
having created takes somebody else's. `apply` and `abort` may be left out: a strategy that was only built has changed
nothing, and one that is applied comes to rest by itself.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from conformance.exchange import parse_json
from conformance.known import Role, role_of
from spec.contract import Contract, Operation


class Change(StrEnum):
    """One thing that may be done to a target."""

    CREATE = "create"
    APPLY = "apply"
    ABORT = "abort"
    DELETE = "delete"


EVERY: Final = frozenset(Change)
_INDISPENSABLE: Final = frozenset({Change.CREATE, Change.DELETE})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OF_ROLE: Final = {
    Role.READ: frozenset[Change](),
    Role.CREATE: frozenset({Change.CREATE}),
    Role.DELETE: frozenset({Change.DELETE}),
}


def read_changes(text: str) -> frozenset[Change]:
    """The changes of a list such as `create,delete`. Raises ValueError in words."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in list(Change)]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no change; write some of {','.join(Change)}")
    chosen = frozenset(map(Change, words))
    missing = _INDISPENSABLE - chosen
    if missing == {Change.DELETE}:
        raise ValueError("create without delete would leave a strategy behind; add delete")
    if missing:
        raise ValueError("without create there is nothing of ours to act on; write create,delete at least")
    return chosen


def is_safe(method: str) -> bool:
    """The method promises to change nothing."""
    return method in _SAFE


def changes_of(contract: Contract, method: str, path: str, body: bytes) -> frozenset[Change]:
    """What a request may do to a lawful server; nothing when the contract does not know it."""
    operation = contract.match(method, path)
    role = role_of(operation)
    if operation is None or role is None or is_safe(method):
        return frozenset()
    return _OF_ROLE.get(role) or changes_of_action(parse_json(body))


def changes_around(operation: Operation) -> frozenset[Change]:
    """What whoever plays with an operation, whatever the bodies, has to be permitted."""
    role = role_of(operation)
    if role is None or is_safe(operation.method.upper()):
        return frozenset()
    return _INDISPENSABLE if role in (Role.CREATE, Role.DELETE) else EVERY


def changes_of_action(body: Any) -> frozenset[Change]:
    """What an action does; anything that is not plainly an abort may be taken for an apply."""
    word = body.get("action") if isinstance(body, dict) else None
    return frozenset({Change.ABORT if isinstance(word, str) and word.startswith("abort") else Change.APPLY})


def withheld(permitted: Iterable[str]) -> str:
    """The changes that are not permitted, as words; empty when all are."""
    return " and ".join(change for change in Change if change not in set(permitted))


def needs(missing: Iterable[Change]) -> str:
    """Why something that needs these changes is left out."""
    return f"it needs {' and '.join(each for each in Change if each in set(missing))}, which --changes leaves out"
