"""Finds and reads the files of this room, each once per process.

Every error names file, line and what to write instead.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from spec import digests
from spec.contract import Contract
from spec.documents import DocumentError, check, line_of, parse, read_text
from spec.law import Law
from spec.lawfile import law_of, read_law_document
from spec.ledger import Ledger, read_ledger
from spec.openapi import ContractDefectError, contract_of
from spec.release import Release, applied, read_release

PUBLISHED: Final = digests.PUBLISHED
RELEASES: Final = (
    PUBLISHED,
    "stx-2018.10",
    *(f"stx-{number}.0" for number in range(2, 13)),
    "stx-master",
)
"""Names of the releases: what the published document says, and what deployments do, oldest first."""

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


def load_contract(release: str = PUBLISHED) -> Contract:
    """The contract of a release. Raises LookupError for an unknown one, DocumentError when a file is damaged."""
    return _contract(release)


@cache
def _contract(release: str) -> Contract:
    return _contract_of(own_file("openapi.yaml"), load_release(release), _document)


@cache
def load_control() -> Contract:
    """The control API of simulated targets, beside the published one. Raises DocumentError when its file is damaged."""
    return read_contract(own_file("control.yaml"))


def load_ledger(release: str = PUBLISHED) -> Ledger:
    """The requirements of a release. Raises LookupError for an unknown one, DocumentError when a file is damaged."""
    return _ledger(release)


@cache
def _ledger(release: str) -> Ledger:
    base = load_release(release).base
    before = load_ledger(base.name) if base else read_ledger(own_file("requirements.yaml"))
    return load_release(release).ledger(before)


@cache
def ledger_digest(release: str = PUBLISHED) -> str:
    """The SHA-256, in hex, of what a release demands: the requirements, the law, and what the release changes in them.

    Raises LookupError for an unknown release, DocumentError when a file is damaged.
    """
    load_release(release)  # refuses one that there is not, or that is damaged
    return digests.ledger_digest(release)


def load_law(release: str = PUBLISHED) -> Law:
    """What may be seen under a release. Raises LookupError for an unknown one, DocumentError when a file is damaged."""
    return _law(release)


@cache
def _law(release: str) -> Law:
    return law_of(own_file("lifecycle.yaml"), load_release(release), _law_document)


@cache
def load_release(name: str) -> Release:
    """What is otherwise under a release. Raises LookupError for an unknown one, DocumentError for a damaged file."""
    if name not in RELEASES:
        raise LookupError(f"there is no release {name!r}; write one of {', '.join(RELEASES)}")
    return read_release(own_file(f"releases/{name}.yaml"), lambda path: load_release(path.stem))


def read_contract(path: Path, release: Release | None = None) -> Contract:
    """The contract in an OpenAPI 3.1 file, changed as the release says.

    Raises DocumentError naming file, line and what to write instead.
    """
    return _contract_of(path, release, lambda base: applied(parse(read_text(path), str(path)), base))


def _contract_of(path: Path, release: Release | None, document_of: Callable[[Release | None], Any]) -> Contract:
    """The contract in a file; `document_of` is the document after the releases up to one, or as it is in the file."""
    digest = hashlib.sha256(path.read_bytes())

    def build(value: Any, own: str = "") -> Contract:
        """The contract of a document; `own` is the text that its places have lines in."""
        check(value, _SHAPE, name=str(path), text=own)
        try:
            return contract_of(value, digest.hexdigest())
        except ContractDefectError as error:
            line = line_of(own, error.place) if own else None
            place = f":{line or 1}" if own else f": /{'/'.join(map(str, error.place))}"
            raise DocumentError(f"{path}{place}: {error}") from error

    if release is None or not release.deviates:
        return build(document_of(None), read_text(path))
    digest.update(release.content)
    return release.contract.make(document_of(release.base), build)


@cache
def _document(release: Release | None) -> Any:
    """The published API after the overlays of a release and of those that it builds on; never to be changed."""
    if release is None:
        path = own_file("openapi.yaml")
        return parse(read_text(path), str(path))
    return release.contract.applied(_document(release.base))


@cache
def _law_document(release: Release | None) -> Any:
    """The law after the overlays of a release and of those that it builds on; never to be changed."""
    if release is None:
        return read_law_document(own_file("lifecycle.yaml"))
    return release.law.applied(_law_document(release.base))


def own_file(name: str) -> Path:
    """A file of this room as it was installed."""
    return Path(str(files("spec").joinpath(name)))
