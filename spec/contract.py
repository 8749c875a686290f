"""The loaded contract as frozen values: which operations there are, which request is which, what a body may look like.

Everything that costs time was done when the contract was made (`spec.openapi`): each schema is compiled once.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from spec.schema import Schema, SchemaError

__all__ = ["BodyRule", "Contract", "Example", "Operation", "SchemaError"]

type BodyRule = Literal["none", "optional", "required"]

_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True)
class Operation:
    """One operation of the published API.

    `kind` is the kind that the path belongs to, None above the kinds. `statuses` are all codes that the contract
    allows, `silent` those among them on which the reference is silent; `source` is the operation's place in it.
    """

    operation_id: str
    method: str
    path: str
    kind: str | None
    success: int
    statuses: frozenset[int]
    silent: frozenset[int]
    body: BodyRule
    summary: str
    source: str

    @property
    def creates(self) -> bool:
        """It creates a strategy."""
        return self.kind is not None and self.method == "POST" and not self.path.endswith("/actions")

    @property
    def documented(self) -> frozenset[int]:
        """The codes that the reference itself lists."""
        return self.statuses - self.silent


@dataclass(frozen=True)
class Example:
    """One document of the reference and the one place it belongs to.

    A request of an operation (`status` None), an answer of it, or (`operation_id` None) only the schema named `schema`.
    """

    name: str
    summary: str
    operation_id: str | None
    status: int | None
    schema: str


@dataclass(frozen=True, eq=False)
class Contract:
    """The API of a release.

    `digest` is the SHA-256 of the file it was read from, in hex; `version` is that of the contract, not of the API.
    `kinds` are those that strategies can have, in the order in which the service lists them.
    """

    version: str
    digest: str
    kinds: tuple[str, ...]
    operations: tuple[Operation, ...]
    examples: tuple[Example, ...]
    _text: str
    _routes: Mapping[str, Mapping[str, Operation]]
    _schemas: Mapping[str, Schema]
    _bodies: Mapping[str, Schema]
    _answers: Mapping[tuple[str, int], Schema]

    @property
    def document(self) -> dict[str, Any]:
        """The parsed OpenAPI document; a fresh copy each time, so that nobody can change the contract."""
        copy: dict[str, Any] = json.loads(self._text)
        return copy

    def operation(self, operation_id: str) -> Operation:
        """The operation of that id. Raises KeyError when there is none."""
        for operation in self.operations:
            if operation.operation_id == operation_id:
                return operation
        raise KeyError(f"the contract has no operation {operation_id!r}")

    def match(self, method: str, path: str) -> Operation | None:
        """The operation that a request addresses, or None; methods are case-sensitive, for paths see `methods`."""
        return self._routes.get(_plain(path), {}).get(method)

    def methods(self, path: str) -> frozenset[str]:
        """The methods that the contract knows on a path; empty when it does not know the path.

        The path is the one that was sent, without query. One trailing slash changes nothing, as the reference's own
        hrefs end in one; nor does a percent-encoded letter, digit, `-`, `.`, `_` or `~` (RFC 3986 section 6.2.2.2).
        Anything else is another path.
        """
        return frozenset(self._routes.get(_plain(path), ()))

    def body_errors(self, operation_id: str, value: Any) -> list[SchemaError]:
        """What the contract has against the JSON value of a request body.

        Raises KeyError for an operation that takes no body.
        """
        return self._bodies[operation_id].errors(value)

    def answer_errors(self, operation_id: str, status: int, value: Any) -> list[SchemaError]:
        """What the contract has against the JSON value of an answer.

        Nothing where it describes no JSON body for the status; whether the status is in order is another question.
        """
        schema = self._answers.get((operation_id, status))
        return schema.errors(value) if schema is not None else []

    def schema_errors(self, schema: str, value: Any) -> list[SchemaError]:
        """What a named schema of the contract (`Strategy`, `Stage`, `Fault`, …) has against a value.

        Raises KeyError for an unknown name.
        """
        return self._schemas[schema].errors(value)

    def example(self, name: str) -> Any:
        """The document of the reference by the stem of its file; a fresh copy. Raises KeyError for an unknown name."""
        return json.loads(self._text)["components"]["examples"][name]["value"]

    def example_errors(self, example: Example, value: Any) -> list[SchemaError]:
        """What the contract has against a value in the place of an example."""
        if example.operation_id is None:
            return self.schema_errors(example.schema, value)
        if example.status is None:
            return self.body_errors(example.operation_id, value)
        return self.answer_errors(example.operation_id, example.status, value)


def _plain(path: str) -> str:
    """The path without what makes no difference."""
    if "%" in path:
        path = _ESCAPE.sub(_decoded, path)
    if path.endswith("/") and not path.endswith("//") and path != "/":
        return path[:-1]
    return path


def _decoded(escape: re.Match[str]) -> str:
    letter = chr(int(escape[1], 16))
    return letter if _UNRESERVED.fullmatch(letter) else escape[0]
