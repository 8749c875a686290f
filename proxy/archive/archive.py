"""The archive of one gateway or audit: one call per exchange."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from proxy.traffic import Action, Noticed, Passage

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_FILES: Final = 4


class Archive:
    """Keeps what the gateway or an audit stores in `folder`; never raises.

    A file is rotated when it would grow beyond `most_bytes`, and `most_files` old ones are kept. `har` and `flows`:
    every exchange is captured in these forms too. `secrets` are values that must never be stored, wherever they stand.
    `about` is told in the first line of each file: release, mode, upstream, as names and words.
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
    ) -> None:
        raise NotImplementedError

    @property
    def lost(self) -> int:
        """How many lines and entries could not be stored so far."""
        raise NotImplementedError

    def keep(self, passage: Passage, noticed: Iterable[Noticed], action: Action) -> str:
        """Keep what was noticed, and the exchange as evidence; gives where the first finding is told, or nothing.

        `findings.jsonl#17` is the line with the number 17 of `findings.jsonl` or of an old file of it.
        """
        raise NotImplementedError

    def note(self, text: str) -> None:
        """Put a line of its own among the findings: the judge resumes, a judge was lost."""
        raise NotImplementedError

    def close(self) -> None:
        """Tell how often each cause came in the end, and close the files."""
        raise NotImplementedError
