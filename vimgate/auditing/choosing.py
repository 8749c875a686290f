"""Which files are recordings: those that are named, and those in folders that are."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from proxy.recordings.source import Source
from vimgate.exits import WrongUse

KINDS = "HAR, mitmproxy flows or JSON lines of exchanges, also gzipped"


def recordings(paths: Iterable[Path]) -> list[Path]:
    """The recordings in the order of the arguments; of a folder, all files in it that are one, by their names.

    Raises WrongUse for a path that is not there, a file that is of no known kind, and a folder without recordings. A
    file that cannot be opened may be one.
    """
    return list(dict.fromkeys(file for path in paths for file in _files(path)))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        found = [file for file in sorted(path.rglob("*")) if file.is_file() and _may_be_one(file, path)]
        if not found:
            raise WrongUse(f"{path}: holds no recordings; name a folder with files of {KINDS}")
        yield from found
    elif path.is_file():
        if not _is_one(path):
            raise WrongUse(f"{path}: is no recording; name a file of {KINDS}")
        yield path
    elif path.exists():
        raise WrongUse(f"{path}: is no regular file; write the recording to a file and name that")
    else:
        raise WrongUse(f"{path}: there is no such file or folder")


def _may_be_one(file: Path, folder: Path) -> bool:
    """A file of a folder is one when its content says so; what is hidden or empty is none."""
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and file.stat().st_size > 0 and _is_one(file)


def _is_one(file: Path) -> bool:
    try:
        with Source(file) as source:
            return source.kind() is not None or bool(source.problem)
    except OSError:
        return True
