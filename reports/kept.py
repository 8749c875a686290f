"""A file of lines that one process at a time keeps: for its owner alone, locked for as long as it is open.

The lock dies with the process, so that a file whose process was killed can be told from one that is being written.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

_MODE: Final = 0o600
_PRIVATE: Final = 0o700


class Held(Exception):  # noqa: N818 - a fact, not an error of ours
    """Another process keeps the file."""


def opened(path: Path) -> int:
    """A descriptor to append to the file and to read it; it and its folder are made. Raises OSError, Held."""
    path.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, _MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise Held from error
    os.fchmod(descriptor, _MODE)
    return descriptor


def mend(path: Path, descriptor: int) -> None:
    """Take off a last line that was cut off. Raises OSError."""
    os.ftruncate(descriptor, path.read_bytes().rfind(b"\n") + 1)


def is_held(path: Path) -> bool:
    """A live process keeps the file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
