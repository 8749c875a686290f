"""The document that a snapshot is written as.

Its inside is for the server that wrote it, or its like; a digest guards it against changes on the way.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from reference_server.storage.parts import assemble, values_of
from reference_server.storage.state import Snapshot, SnapshotError

__all__ = ["FORMAT", "Snapshot", "SnapshotError", "decode", "encode"]

FORMAT: Final = 1
"""Version of the document and of the file."""


@dataclass(frozen=True, slots=True)
class _Document:
    """The document: lists of values by the name of their part."""

    format: int
    digest: str
    parts: dict[str, list[msgspec.Raw]]


def encode(snapshot: Snapshot) -> bytes:
    """The snapshot as a JSON document. Raises SnapshotError for text that cannot be written."""
    values = values_of(assemble(values_of(snapshot)))  # numbers and all as they will be read
    raw = {name: [msgspec.Raw(value) for value in items.values()] for name, items in values.items()}
    return msgspec.json.encode(_Document(FORMAT, digest_of(values), raw))


def decode(data: bytes) -> Snapshot:
    """The snapshot of a document. Raises SnapshotError for anything that `encode` did not write."""
    try:
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise SnapshotError(f"this is not a snapshot: {error}") from None
    if document.format != FORMAT:
        raise SnapshotError(f"the snapshot is of format {document.format}; this server reads format {FORMAT}")
    numbered = {name: dict(enumerate(map(bytes, items))) for name, items in document.parts.items()}
    snapshot = assemble(numbered)
    if digest_of(values_of(snapshot)) != document.digest:
        raise SnapshotError("the snapshot was changed since it was taken; send it as it was given out")
    return snapshot


def digest_of(values: Mapping[str, Mapping[int, bytes]]) -> str:
    """A digest of all values, whatever their numbers."""
    found = hashlib.sha256()
    for name, items in values.items():
        found.update(f"{name} {len(items)}\n".encode())
        for value in items.values():
            found.update(value + b"\n")
    return found.hexdigest()
