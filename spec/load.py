"""Finds and reads the files of this room, each once per process.

Every error names file, line and what to write instead.
"""

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from spec.contract import Contract
from spec.documents import DocumentError, check, line_of, parse, read_text
from spec.law import Law
from spec.lawfile import read_law
from spec.ledger import Ledger, read_ledger
from spec.openapi import ContractDefectError, contract_of

# What the contract needs of an OpenAPI document; openapi-spec-validator looks at the rest (`vimgate spec check`).
_SHAPE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["openapi", "info", "paths", "components"],
    "properties": {
        "openapi": {"type": "string", "pattern": r"^3\.1\."},
        "info": {"type": "object", "required": ["version"], "properties": {"version": {"type": "string"}}},
        "paths": {
            "type": "object",
            "propertyNames": {"pattern": "^/"},
            "additionalProperties": {"type": "object", "additionalProperties": {"$ref": "#/$defs/operation"}},
        },
        "components": {"type": "object", "required": ["schemas"], "properties": {"schemas": {"type": "object"}}},
    },
    "$defs": {
        "operation": {
            "type": "object",
            "required": ["operationId", "responses"],
            "properties": {
                "operationId": {"type": "string", "pattern": "^[a-z][A-Za-z]*$"},
                "summary": {"type": "string"},
                "x-source": {"type": "string"},
                "x-silent": {"type": "array", "items": {"type": "integer"}},
                "requestBody": {"type": "object"},
                "responses": {
                    "type": "object",
                    "propertyNames": {"pattern": "^[1-5][0-9][0-9]$"},
                    "additionalProperties": {"type": "object"},
                },
            },
        }
    },
}


@cache
def load_contract() -> Contract:
    """The contract of this distribution. Raises DocumentError when its file is damaged."""
    return read_contract(own_file("openapi.yaml"))


@cache
def load_control() -> Contract:
    """The control API of simulated targets, beside the published one. Raises DocumentError when its file is damaged."""
    return read_contract(own_file("control.yaml"))


@cache
def load_ledger() -> Ledger:
    """The requirements of this distribution. Raises DocumentError when their file is damaged."""
    return read_ledger(own_file("requirements.yaml"))


@cache
def load_law() -> Law:
    """The law of what may be seen. Raises DocumentError when its file is damaged."""
    return read_law(own_file("lifecycle.yaml"))


def read_contract(path: Path) -> Contract:
    """The contract in an OpenAPI 3.1 file. Raises DocumentError naming file, line and what to write instead."""
    text = read_text(path)
    document = parse(text, str(path))
    check(document, _SHAPE, name=str(path), text=text)
    try:
        return contract_of(document, hashlib.sha256(path.read_bytes()).hexdigest())
    except ContractDefectError as error:
        raise DocumentError(f"{path}:{line_of(text, error.place) or 1}: {error}") from error


def own_file(name: str) -> Path:
    """A file of this room as it was installed."""
    return Path(str(files("spec").joinpath(name)))
