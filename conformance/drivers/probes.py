"""What the contract does not name and a server meets all the same: unknown arguments, and paths below a strategy.

Schemathesis makes negative data of what a schema describes, and the contract describes bodies alone. The document that
it is given has more: an optional argument on every GET, and a path with a part of its own below each strategy. How a
server answers these is nearly free (PUBLISHED.md: 200, 400, 404, 405); that it stays in order is not. Headers are left
alone: a server may refuse one that is odd before it looks at the request.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from spec.contract import Contract

# Fuzzed requests for each operation that has no body of its own.
EXAMPLES: Final = 10

_ARGUMENT: Final = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}
_PART: Final = {"name": "uuid", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
_METHODS: Final = ("get", "delete")
_STRATEGY: Final = "/strategy"
_BELOW: Final = "/{uuid}"
_NAME: Final = "Below"


def widened(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the contract's document with an argument on every GET and a path below every strategy."""
    wide: dict[str, Any] = {**document, "paths": deepcopy(document["paths"])}
    for path, item in list(wide["paths"].items()):
        if "get" in item:
            item["get"]["parameters"] = [_ARGUMENT]
        if path.endswith(_STRATEGY):
            wide["paths"][path + _BELOW] = {
                method: {
                    "operationId": item[method]["operationId"] + _NAME,
                    "parameters": [_PART],
                    "responses": {"default": {"description": "Anything but a server error."}},
                }
                for method in _METHODS
                if method in item
            }
    return wide


def names(operation: str, path: str, method: str) -> tuple[str, ...]:
    """The operationIds in the wide document that stand for an operation of the contract."""
    below = path.endswith(_STRATEGY) and method.lower() in _METHODS
    return (operation, operation + _NAME) if below else (operation,)


def kind_named(contract: Contract, name: str) -> str | None:
    """The kind of the operation that an operationId of the wide document stands for."""
    return contract.operation(name.removesuffix(_NAME)).kind


def above(path: str) -> str:
    """The path of the contract that a path of the wide document lies below, or is."""
    return path.removesuffix(_BELOW)
