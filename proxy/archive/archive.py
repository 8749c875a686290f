"""The archive of one gateway or audit: one call per exchange."""

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from conformance.exchange import Exchange
from proxy.archive.cleaning import Clean, Cleaning
from proxy.archive.evidence import Evidence
from proxy.archive.findings import NAME as FINDINGS
from proxy.archive.findings import FindingsLog
from proxy.archive.lines import moment
from proxy.archive.troubles import Troubles
from proxy.traffic import Action, Noticed, Passage

if TYPE_CHECKING:
    from proxy.archive.captures import Captures

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_FILES: Final = 4
FORMAT: Final = 1


def say_on_stderr(text: str) -> None:
    """Tell whoever runs the gateway."""
    click.echo(f"vimgate: {text}", err=True)


class Archive:
    """Keeps what the gateway or an audit stores in `folder`; never raises.

    A file is rotated when it would grow beyond `most_bytes`, and `most_files` old ones are kept. `har` and `flows`:
    every exchange is captured in these forms too. `secrets` are values that must never be stored, wherever they stand.
    `about` is told in the first line of each file: release, mode, upstream, as names and words. `say` is told what
    goes wrong, once; `clock` gives the Unix time in seconds.
    """

    def __init__(  # noqa: PLR0913 - where, how much, what, and what never
        self,
        folder: Path | str,
        *,
        most_bytes: int = MOST_BYTES,
        most_files: int = MOST_FILES,
        har: bool = False,
        flows: bool = False,
        secrets: Iterable[str] = (),
        about: Mapping[str, str] | None = None,
        say: Callable[[str], None] = say_on_stderr,
        clock: Callable[[], float] = time.time,
    ) -> None:
        place = Path(folder)
        self._clock = clock
        self._exchanges = 0
        self._troubles = Troubles(say)
        self._cleaning = Cleaning(secrets)
        self._cleaned: dict[Noticed, Noticed] = {}  # of the exchange that was kept last
        header: dict[str, Any] = {
            "line": "header",
            "format": FORMAT,
            "vimgate": version("vimgate"),
            "run": str(uuid.uuid4()),
            "started": moment(clock()),
            "about": {name: self._cleaning.text(word) for name, word in (about or {}).items()},
        }
        self._findings = FindingsLog(place, header, most_bytes, most_files, self._troubles)
        self._evidence = Evidence(place, header, most_bytes, most_files, self._troubles)
        limits = (most_bytes, most_files, self._troubles)
        self._captures = _captures(place, header["vimgate"], *limits, har=har, flows=flows) if har or flows else None
        self._path = place / FINDINGS

    @property
    def lost(self) -> int:
        """How many lines and entries could not be stored so far."""
        return sum(self._troubles.lost.values())

    @property
    def trouble(self) -> str:
        """Why something cannot be stored just now, and what to do; empty where all can."""
        return next(iter(self._troubles.lasting()), "")

    def keep(self, passage: Passage, noticed: Iterable[Noticed], action: Action) -> str:
        """Keep what was noticed, and the exchange as evidence; gives where the first finding is told, or nothing.

        `findings.jsonl#17` is the line with the number 17 of `findings.jsonl` or of an old file of it.
        """
        try:
            return self._keep(passage, tuple(noticed), action)
        except Exception as error:  # noqa: BLE001 - whatever an exchange holds, it is judged all the same
            self._troubles.failed(self._path, error)
            return ""

    def without_secrets(self, noticed: Noticed) -> Noticed:
        """The finding as it is stored, for whatever else tells of it: a summary, a terminal, a message to a client.

        To be asked after `keep` or `learn`, which learn what the exchange carries.
        """
        return self._cleaned.get(noticed) or self._cleaning.finding(noticed)

    def text_without_secrets(self, text: str) -> str:
        """The text as it would be stored."""
        return self._cleaning.text(text)

    def learn(self, exchange: Exchange) -> None:
        """Remember the secrets of an exchange that is not kept, or not yet."""
        self._cleaned = {}
        self._cleaning.learn(exchange)

    @property
    def secrets(self) -> frozenset[str]:
        """All values that are taken out wherever they stand, as far as they are remembered."""
        return self._cleaning.known

    def note(self, text: str) -> None:
        """Put a line of its own among the findings: the judge resumes, a judge was lost."""
        self._findings.note(self._cleaning.text(text), self._clock())

    def close(self) -> None:
        """Tell how often each cause came in the end, and close the files."""
        self._findings.finish(self._clock(), self._exchanges, self.lost)
        self._evidence.close()
        if self._captures is not None:
            self._captures.close()

    def _keep(self, passage: Passage, noticed: tuple[Noticed, ...], action: Action) -> str:
        self._exchanges += 1
        self.learn(passage.exchange)
        if not noticed and self._captures is None:
            return ""
        clean = self._cleaning.clean(passage)
        reference = self._tell(clean, noticed, action) if noticed else ""
        for note in self._troubles.over():
            self.note(note)
        self._capture(clean)
        return reference

    def _capture(self, clean: Clean) -> None:
        if self._captures is None:
            return
        try:
            self._captures.keep(clean)
        except Exception as error:  # noqa: BLE001 - what cannot be captured has been told all the same
            self._troubles.failed(self._path.with_name("capture"), error)

    def _tell(self, clean: Clean, noticed: tuple[Noticed, ...], action: Action) -> str:
        requirements = sorted({each.finding.requirement for each in noticed})
        evidence = self._evidence.keep(clean, requirements, action)
        cleaned = [self._cleaning.finding(each) for each in noticed]
        self._cleaned = dict(zip(noticed, cleaned, strict=True))
        told = [self._findings.tell(each, clean.passage, action, evidence) for each in cleaned]
        return next(filter(None, told), "")


def _captures(  # noqa: PLR0913 - as Captures
    folder: Path, release: str, most_bytes: int, most_files: int, troubles: Troubles, *, har: bool, flows: bool
) -> "Captures":
    from proxy.archive.captures import Captures  # noqa: PLC0415 - half a second that only captures need

    return Captures(folder, release, most_bytes, most_files, troubles, har=har, flows=flows)
