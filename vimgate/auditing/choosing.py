"""Which files are recordings: those that are named, and those in folders that are; and which are one together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from proxy.recordings.series import series_of
from proxy.recordings.source import Source
from vimgate.exits import WrongUse

KINDS = "HAR, mitmproxy flows or JSON lines of exchanges, also gzipped"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording: its files, the oldest first; most have one."""

    files: tuple[Path, ...]

    @property
    def name(self) -> str:
        """What it is told by: its youngest file, and how many there are."""
        more = f" ({len(self.files)} files)" if len(self.files) > 1 else ""
        return f"{self.files[-1]}{more}"

    @property
    def size(self) -> int:
        """Bytes as they lie there; what cannot be looked at counts as nothing."""
        return sum(map(_size, self.files))


def put_together(files: Iterable[Path]) -> list[Recording]:
    """The recordings that files are: what a gateway rotated is one, everything else a recording of its own."""
    return [Recording(files) for files in series_of(files)]


def folders(recordings: Sequence[Recording], out: Path | None) -> list[Path | None]:
    """Where each recording's findings go: the folder itself for one alone, else one for each, numbered."""
    if out is None or len(recordings) == 1:
        return [out] * len(recordings)
    digits = len(str(len(recordings)))
    return [out / f"{number:0{digits}}-{each.files[-1].name}" for number, each in enumerate(recordings, start=1)]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


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
