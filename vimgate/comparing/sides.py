"""What a text names: a target, recordings or a report; told without asking or reading more than the beginning."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from conformance.targets.target import TargetError, check_text, shown
from reports import stream
from vimgate.auditing.choosing import recordings
from vimgate.exits import WrongUse

_TARGETS: Final = ("http://", "https://", "wsgi:")
_HEAD: Final = 4096  # bytes in which a report says that it is one
_MARK: Final = b'"format":"vimgate-report"'


class Sort(StrEnum):
    """What a side is."""

    TARGET = "a target"
    CAPTURE = "a capture"
    REPORT = "a report"


@dataclass(frozen=True, slots=True)
class Side:
    """One side; `name` is safe to print, `text` is what was written, `files` are those of a capture."""

    sort: Sort
    name: str
    text: str
    files: tuple[Path, ...] = ()


def side_of(text: str) -> Side:
    """What the text names. Raises WrongUse."""
    if text.startswith(_TARGETS):
        try:
            check_text(text)
        except TargetError as error:
            raise WrongUse(str(error)) from error
        return Side(Sort.TARGET, shown(text), text)
    path = Path(text)
    if not text or not path.exists():
        raise WrongUse(
            f"{shown(text)!r}: there is no such file or folder; name a recording, a report, or a URL such as "
            "http://host:port"
        )
    if _is_report(path):
        return Side(Sort.REPORT, text, text)
    return Side(Sort.CAPTURE, text, text, tuple(recordings([path])))


def check_pair(old: Side, new: Side) -> None:
    """Raise WrongUse where the two cannot be held against each other."""
    if (old.sort is Sort.REPORT) != (new.sort is Sort.REPORT):
        raise WrongUse(
            f"{old.name} is {old.sort}, {new.name} is {new.sort}: a report is compared with a report alone; "
            "name two reports, or two of targets and captures"
        )


def _is_report(path: Path) -> bool:
    try:
        file = stream.locate(path)
        if not file.is_file():
            return False
        with file.open("rb") as opened:
            return _MARK in opened.read(_HEAD).partition(b"\n")[0]
    except OSError:
        return False
