"""The job around a run: it is told what it reads. What cannot be written is a warning, and the verdict stays."""

import os
import secrets
from pathlib import Path

import click

from reports import stream
from reports.model import Report
from reports.render import annotations
from vimgate.ci.systems import System, detected


class Job:
    """A run within a job of a CI system; without a system it says and writes nothing."""

    def __init__(self, system: System | None = None) -> None:
        self._system = system
        self._word = ""

    @classmethod
    def here(cls, *, wanted: bool) -> "Job":
        """The job of this process, when it is wanted."""
        return cls(detected(os.environ) if wanted else None)

    def begin(self, seed: int) -> None:
        """Say where the run is and how it can be repeated; from here on no text of a target is a command."""
        if self._system is None:
            return
        click.echo(f"certify: {self._system.name}: {self._system.reads}; seed {seed}", err=True)
        if self._system.commands:
            self._word = secrets.token_hex(16)
            click.echo(f"::stop-commands::{self._word}")

    def end(self, report: Report, folder: Path) -> None:
        """Print and write what the system reads."""
        if self._system is None:
            return
        if self._word:
            click.echo(f"::{self._word}::")
            click.echo(annotations.render(report), nl=False)
        for variable, make in self._system.appended.items():
            self._append(variable, make(report, folder))
        for name, make in self._system.written.items():
            self._write(folder / name, make(report, folder))

    def _append(self, variable: str, text: str) -> None:
        path = os.environ.get(variable, "")
        try:
            if not path:
                raise FileNotFoundError(0, "the variable is not set")
            with Path(path).open("a", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            self._warn(f"${variable}", error)

    def _write(self, path: Path, text: str) -> None:
        try:
            stream.replace_file(path, text)
        except OSError as error:
            self._warn(str(path), error)

    def _warn(self, what: str, error: OSError) -> None:
        text = f"{what} could not be written: {error.strerror or error}; the verdict is not touched by that"
        if self._system is not None and self._system.commands:
            click.echo(annotations.command("warning", text, "vimgate"))
        click.echo(f"certify: {text}", err=True)
