"""The second opinion: openapi-core and openapi-spec-validator on the same contract.

Slow (some milliseconds a document), so never used in judging. openapi-core wants a request and a response to look at;
the two classes below are all that it asks of them.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from spec.contract import Contract, Example, Operation
from spec.openapi import JSON

# Any name does: the contract's server is the root of whichever host answers.
_HOST: Final = "http://vim.example:4545"


@dataclass  # not frozen: openapi-core notes the parameters of the path in it
class _Request:
    method: str
    path: str
    body: bytes | None = None
    host_url: str = _HOST
    content_type: str = JSON
    parameters: RequestParameters = field(default_factory=RequestParameters)


@dataclass(frozen=True)
class _Response:
    status_code: int
    data: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": JSON})


class SecondOpinion:
    """openapi-core on a contract: each question is answered with what it has against the value, None for nothing."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._document = contract.document
        self._openapi = OpenAPI.from_dict(self._document)

    def on_body(self, operation_id: str, value: Any) -> str | None:
        """On the JSON value of a request body."""
        return self.on_body_text(operation_id, json.dumps(value).encode())

    def on_body_text(self, operation_id: str, text: bytes) -> str | None:
        """On the body of a request, which may be no JSON."""
        operation = self._contract.operation(operation_id)
        request = _request(operation, text if operation.body != "none" else None)
        return _refusal(lambda: self._openapi.validate_request(request))

    def on_answer(self, operation_id: str, status: int, value: Any) -> str | None:
        """On the JSON value of an answer."""
        return self.on_answer_text(operation_id, status, json.dumps(value).encode())

    def on_answer_text(self, operation_id: str, status: int, text: bytes) -> str | None:
        """On the body of an answer, which may be no JSON."""
        operation = self._contract.operation(operation_id)
        request = _request(operation, b"null" if operation.body != "none" else None)
        return _refusal(lambda: self._openapi.validate_response(request, _Response(status, text)))

    def on_schema(self, schema: str, value: Any) -> str | None:
        """On a value under a named schema, by the validator that openapi-core itself uses."""
        rule = {"$ref": f"#/components/schemas/{schema}", "components": self._document["components"]}
        error = next(OAS31Validator(rule).iter_errors(value), None)
        return error.message if error is not None else None

    def on_example(self, example: Example, value: Any) -> str | None:
        """On a value in the place of an example."""
        if example.operation_id is None:
            return self.on_schema(example.schema, value)
        if example.status is None:
            return self.on_body(example.operation_id, value)
        return self.on_answer(example.operation_id, example.status, value)


@cache
def document_problems(contract: Contract) -> tuple[str, ...]:
    """What openapi-spec-validator has against the document, each with its place; asked once for each contract."""
    errors = OpenAPIV31SpecValidator(contract.document).iter_errors()
    return tuple(f"/{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors)


def example_problems(contract: Contract) -> Iterator[str]:
    """Each example that one of the two validators refuses, and who says what."""
    second = SecondOpinion(contract)
    for example in contract.examples:
        value = contract.example(example.name)
        for error in contract.example_errors(example, value):
            yield f"{example.name}: jsonschema-rs: {error.pointer or '/'}: {error.message}"
        refusal = second.on_example(example, value)
        if refusal is not None:
            yield f"{example.name}: openapi-core: {refusal}"


def _request(operation: Operation, body: bytes | None) -> _Request:
    return _Request(operation.method.lower(), operation.path, body)


def _refusal(ask: Callable[[], None]) -> str | None:
    try:
        ask()
    except OpenAPIError as error:
        cause = error.__cause__
        if isinstance(cause, InvalidSchemaValue):
            return "; ".join(str(getattr(inner, "message", inner)) for inner in cause.schema_errors)
        return _words(cause or error)
    return None


def _words(error: BaseException) -> str:
    """What the error says; some of openapi-core's cannot say it of a body that is not UTF-8."""
    try:
        return str(error)
    except UnicodeDecodeError:
        return type(error).__name__
