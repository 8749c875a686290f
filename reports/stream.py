"""The file of a report: written whole or not at all, or line by line while a run goes on; for its owner alone."""

import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from reports import lines
from reports.lines import DamagedReport, MissingReport, ReportError, TruncatedReport
from reports.model import Evidence, GraphEdge, Level, Report, Result, Run, SeenStrategy
from reports.redact import redact_report, redact_result, redact_strategy, redact_text

__all__ = [
    "FILE_NAME",
    "DamagedReport",
    "MissingReport",
    "ReportError",
    "TruncatedReport",
    "Writer",
    "content",
    "create_file",
    "locate",
    "read",
    "replace_file",
    "write",
]

FILE_NAME: Final = "report.jsonl"
_MODE: Final = 0o600


def write(report: Report, path: Path | str) -> None:
    """Write the whole report, redacted; until it is complete nothing at `path` changes."""
    replace_file(path, lines.encode(redact_report(report)))


def read(path: Path | str) -> Report:
    """The report at `path`, a file or the folder of a run. Raises MissingReport, TruncatedReport and DamagedReport."""
    file = locate(path)
    return lines.decode(content(file), str(file))


def content(file: Path) -> bytes:
    """The bytes of the report's file. Raises MissingReport."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise MissingReport(f"{file}: cannot be read: {error.strerror or error}") from error


def locate(path: Path | str) -> Path:
    """The report's file: `path` itself, or the report in that folder."""
    given = Path(path)
    return given / FILE_NAME if given.is_dir() else given


def replace_file(path: Path | str, text: str) -> None:
    """Put `text` at `path` in one move, with mode 600; folders are made. After an OSError nothing is left behind."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # mkstemp makes it with mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def create_file(path: Path | str, text: str, mode: int = _MODE) -> None:
    """Put `text` at `path`, where nothing may be yet. Raises FileExistsError, OSError; then nothing of ours is left."""
    target = Path(path)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise


class Writer:
    """Writes a report while the run goes on; an interrupted run leaves what it measured, cut off, never a success.

    Use it in `with`; `finish` alone writes the footer.
    """

    def __init__(self, path: Path | str, run: Run) -> None:
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(target, flags, _MODE), "w", encoding="utf-8", newline="\n")
        os.fchmod(self._file.fileno(), _MODE)
        self._report = redact_report(Report(run=run))
        self._lines: list[str] = []
        self._put(lines.header_line(self._report.run))

    def result(self, result: Result) -> None:
        """Append the result of one requirement."""
        clean = redact_result(result)
        self._report = replace(self._report, results=(*self._report.results, clean))
        self._put(lines.result_line(clean))

    def strategy(self, seen: SeenStrategy) -> None:
        """Append a strategy that was seen."""
        clean = redact_strategy(seen)
        self._report = replace(self._report, strategies=(*self._report.strategies, clean))
        self._put(lines.strategy_line(clean))

    def coverage(self, edges: tuple[GraphEdge, ...]) -> None:
        """Append the state graph; once, and only when there is something to tell of it."""
        self._report = replace(self._report, coverage=edges)
        self._put(lines.coverage_line(edges))

    def evidence(self, evidence: Evidence) -> None:
        """Append where the exchanges of the run are; once."""
        self._report = replace(self._report, evidence=evidence)
        self._put(lines.evidence_line(evidence))

    def note(self, text: str) -> None:
        """Append a note."""
        clean = redact_text(text)
        self._report = replace(self._report, notes=(*self._report.notes, clean))
        self._put(lines.note_line(clean))

    def finish(self, *, duration_seconds: float, reached: Level | None = None) -> Report:
        """Write the footer and close the file; gives the whole report."""
        run = replace(self._report.run, duration_seconds=duration_seconds)
        self._report = replace(self._report, run=run, reached=reached)
        self._put(lines.footer_line(self._report, self._lines))
        self._file.close()
        return self._report

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _put(self, line: str) -> None:
        self._file.write(line)
        self._file.flush()
        self._lines.append(line)
