"""The evidence of a certification: where it gathers while the run goes on, and where it lies in the end.

Beside the run file where there is one, so that a run that goes on later has that of its earlier part; else in a
temporary folder.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from conformance.evidence.store import FILE_NAME
from conformance.runs.account import Account
from conformance.runs.keeping import store
from conformance.runs.runfile import Past, RunFile
from reports.model import Evidence, Run
from vimgate.surroundings import secrets
from vimgate.waiverfile import Given

_PRIVATE: Final = 0o700


@dataclass
class Wanted:
    """The evidence that a certification is to have beside its report.

    `stored` is what became of it, `trouble` why it could not be stored; empty when it was.
    """

    out: Path
    given: Given | None
    stored: Evidence | None = None
    trouble: str = ""

    @contextmanager
    def gathered(self, file: RunFile | None, past: Past | None) -> Iterator[str]:
        """The folder into which events go meanwhile; it is gone afterwards, unless the run may go on later."""
        folder = Path(mkdtemp(prefix="vimgate-")) if file is None else beside(file.path)
        if file is not None:
            if past is None:
                shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        try:
            yield str(folder)
        finally:
            if file is None or not file.path.exists():
                shutil.rmtree(folder, ignore_errors=True)

    def store(self, folder: str, account: Account, run: Run) -> None:
        """Store what has gathered. Raises nothing: a verdict without evidence is still one."""
        waivers = self.given.waivers if self.given is not None else None
        run = replace(run, waivers_digest=self.given.digest if self.given is not None else "")
        try:
            self.stored = store(self.out / FILE_NAME, Path(folder), account, run, waivers=waivers, secrets=secrets())
        except (OSError, ValueError, KeyError) as error:
            self.trouble = f"{self.out / FILE_NAME}: the evidence cannot be stored: {error}"


def beside(run_file: Path) -> Path:
    """Where the events of the run of that file are."""
    return run_file.with_name(f"{run_file.name}.evidence")


def forget(out: Path) -> None:
    """Remove the evidence of an earlier run: the report that comes is not about it. Raises nothing."""
    try:
        (out / FILE_NAME).unlink(missing_ok=True)
    except OSError:
        return
