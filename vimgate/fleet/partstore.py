"""What is kept of an audit in its folder, as it comes: how recordings were shared out, and what came of each part.

    OUT/audit.json            what is judged, and how; whoever goes on must ask for the same
    OUT/parts/3.plan.json     the parts of the third recording, where it has several
    OUT/parts/3-2.json        what came of the second of them, without secrets

All for their owner alone. A file is there whole or not at all.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from proxy.audit import Part
from proxy.audited import Audited
from reports.stream import replace_file
from vimgate.exits import WrongUse

FORMAT: Final = "vimgate-fleet-audit"
VERSION: Final = 1
_NAME: Final = "audit.json"
_PARTS: Final = "parts"


@dataclass(frozen=True, slots=True)
class PartStore:
    """The folder of an audit, which has been begun."""

    folder: Path

    def plan(self, number: int) -> tuple[Part, ...] | None:
        """How a recording was shared out; None where that is not known."""
        value = _read(self._file(f"{number}.plan"))
        if value is None:
            return None
        return tuple(
            Part({(site, session): end for site, session, end in part["ends"]}, part["leads"], part["foreign"])
            for part in value["parts"]
        )

    def keep_plan(self, number: int, parts: tuple[Part, ...]) -> None:
        """Remember how a recording was shared out. Raises WrongUse when that cannot be written."""
        told = [
            {"leads": each.leads, "foreign": each.foreign, "ends": [[*key, end] for key, end in each.ends.items()]}
            for each in parts
        ]
        _write(self._file(f"{number}.plan"), {"parts": told})

    def part(self, number: int, part: int) -> Audited | None:
        """What came of a part; None where nothing came of it yet."""
        value = _read(self._file(f"{number}-{part}"))
        return Audited.from_json(value) if value is not None else None

    def has_part(self, number: int, part: int) -> bool:
        """Something came of that part."""
        return self._file(f"{number}-{part}").is_file()

    def keep_part(self, number: int, part: int, audited: Mapping[str, Any]) -> None:
        """Keep what came of a part, a JSON value. Raises WrongUse when that cannot be written."""
        _write(self._file(f"{number}-{part}"), audited)

    def _file(self, name: str) -> Path:
        return self.folder / _PARTS / f"{name}.json"


def begun(folder: Path, header: Mapping[str, Any], *, resume: bool) -> PartStore:
    """The folder of an audit, begun or gone on with.

    `header` says what is judged, and how, by plain values. Raises WrongUse for a folder that holds an audit when it is
    not to be gone on with, or another one when it is.
    """
    header = {"format": FORMAT, "version": VERSION, **header}
    there = _read(folder / _NAME)
    if there is not None and not resume:
        raise WrongUse(f"{folder}: holds an audit; go on with it by --resume, or name another folder with --out")
    if there is not None:
        other = [name for name, value in header.items() if there.get(name) != json.loads(json.dumps(value))]
        if other:
            raise WrongUse(
                f"{folder}: holds an audit that was asked otherwise ({', '.join(other)}); ask as then, or name another "
                "folder with --out"
            )
    try:
        (folder / _PARTS).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WrongUse(f"{folder}: cannot be made: {error.strerror or error}; name another with --out") from error
    if there is None:
        for old in (folder / _PARTS).glob("*.json"):
            old.unlink()
        _write(folder / _NAME, header)
    return PartStore(folder)


def _read(file: Path) -> Any:
    with suppress(OSError, ValueError):
        return json.loads(file.read_bytes())
    return None


def _write(file: Path, value: Mapping[str, Any]) -> None:
    try:
        replace_file(file, json.dumps(value, separators=(",", ":")) + "\n")
    except OSError as error:
        raise WrongUse(f"{file}: cannot be written: {error.strerror or error}; name another with --out") from error
