"""What the file looks like: a SQLite database of our own kind with one table of values, and a seal over all of them.

The seal is a value of its own, written with every change: how many values there are, the digest of all of them
together, and whether a server has the file open. A value that was damaged, lost or added breaks it.
"""

import hashlib
import struct
from dataclasses import dataclass, replace
from typing import Final

from reference_server.storage.snapshot import FORMAT

APPLICATION_ID: Final = 0x76696D67
"""`vimg`: of which application the database is."""

VERSION: Final = FORMAT
"""The database's `user_version`."""

SUFFIXES: Final = ("-wal", "-journal")
"""Files that SQLite keeps beside a database, and that belong to it."""

TABLE: Final = """CREATE TABLE value (
    part TEXT NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (part, number)
)"""
READ: Final = "SELECT part, number, content FROM value"
PUT: Final = "INSERT OR REPLACE INTO value (part, number, content) VALUES (?, ?, ?)"
REMOVE: Final = "DELETE FROM value WHERE part = ? AND number = ?"

SEAL: Final = "seal"
_SEAL_FORM: Final = struct.Struct(">QQ?")


class StoreError(Exception):
    """The file cannot be used; the text says which file, why, and what to do. The file is as it was."""


@dataclass(frozen=True, slots=True)
class Seal:
    """How many values there are, their digests combined, and whether a server has the file open."""

    values: int = 0
    digest: int = 0
    is_open: bool = False

    def with_value(self, digest: int) -> "Seal":
        """The seal with one value more."""
        return replace(self, values=self.values + 1, digest=self.digest ^ digest)

    def without_value(self, digest: int) -> "Seal":
        """The seal with one value less."""
        return replace(self, values=self.values - 1, digest=self.digest ^ digest)

    def pack(self) -> bytes:
        """The content of the seal's row."""
        return _SEAL_FORM.pack(self.values, self.digest, self.is_open)

    @classmethod
    def unpack(cls, content: bytes) -> "Seal":
        """The seal of that content. Raises ValueError for another content."""
        try:
            return cls(*_SEAL_FORM.unpack(content))
        except struct.error as error:
            raise ValueError(str(error)) from None


def digest_of(part: str, number: int, content: bytes) -> int:
    """The digest of one value, 64 bits of it; it goes along with the value's place."""
    digest = hashlib.blake2b(f"{part}\n{number}\n".encode(), digest_size=8)
    digest.update(content)
    return int.from_bytes(digest.digest())
