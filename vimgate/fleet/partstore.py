"""What is kept of an audit in its folder, as it comes: how recordings were shared out, and what came of each part.

    OUT/audit.json            what is judged, and how; whoever goes on must ask for the same
    OUT/parts/0.plan.json     the parts of the first recording, where it has several
    OUT/parts/0-1.json        what came of the second of them, without secrets

All for their owner alone. A file is there whole or not at all; one that cannot be read all the same counts as not
there, so that what it held is judged again.
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
_MISSHAPEN: Final = (AttributeError, KeyError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class PartStore:
    """The folder of an audit, which has been begun."""

    folder: Path

    def plan(self, number: int) -> tuple[Part, ...] | None:
        """How a recording was shared out; None where that is not known."""
        value = _read(self._file(f"{number}.plan"))
        with suppress(*_MISSHAPEN):
            return tuple(
                Part({(site, session): end for site, session, end in part["ends"]}, part["leads"], part["foreign"])
                for part in value["parts"]
            )
        return None

    def keep_plan(self, number: int, parts: tuple[Part, ...]) -> None:
        """Remember how a recording was shared out; parts of another plan are none of it. Raises WrongUse."""
        for old in self._file("").parent.glob(f"{number}-*.json"):
            old.unlink()
        told = [
            {"leads": each.leads, "foreign": each.foreign, "ends": [[*key, end] for key, end in each.ends.items()]}
            for each in parts
        ]
        _write(self._file(f"{number}.plan"), {"parts": told})

    def part(self, number: int, part: int) -> Audited | None:
        """What came of a part; None where nothing came of it yet."""
        value = _read(self._file(f"{number}-{part}"))
        with suppress(*_MISSHAPEN):
            return Audited.from_json(value)
        return None

    def has_part(self, number: int, part: int) -> bool:
        """Something came of that part, and can be read."""
        return self.part(number, part) is not None

    def keep_part(self, number: int, part: int, audited: Mapping[str, Any]) -> None:
        """Keep what came of a part, a JSON value. Raises WrongUse when that cannot be written."""
        _write(self._file(f"{number}-{part}"), audited)

    def _file(self, name: str) -> Path:
        return self.folder / _PARTS / f"{name}.json"


def check_folder(folder: Path, header: Mapping[str, Any], *, resume: bool) -> None:
    """See whether the folder may take this audit; nothing is written.

    `header` says what is judged, and how, by plain values. Raises WrongUse for a folder that holds an audit when it is
    not to be gone on with, and for one that holds none, or another, when it is.
    """
    there = _read(folder / _NAME)
    if there is None:
        if resume:
            raise WrongUse(f"{folder}: holds no audit to go on with; leave out --resume, or name its --out")
        return
    if not resume:
        raise WrongUse(f"{folder}: holds an audit; go on with it by --resume, or name another folder with --out")
    asked = json.loads(json.dumps(_whole(header)))
    other = [name for name, value in asked.items() if not isinstance(there, dict) or there.get(name) != value]
    if other:
        raise WrongUse(
            f"{folder}: holds an audit that was asked otherwise ({', '.join(other)}); ask as then, or name another "
            "folder with --out"
        )


def begun(folder: Path, header: Mapping[str, Any], *, resume: bool) -> PartStore:
    """The folder of an audit, begun or gone on with. Raises WrongUse as `check_folder`, or where it cannot be made."""
    check_folder(folder, header, resume=resume)
    try:
        (folder / _PARTS).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WrongUse(f"{folder}: cannot be made: {error.strerror or error}; name another with --out") from error
    if not resume:
        for old in (folder / _PARTS).glob("*.json"):
            old.unlink()
        _write(folder / _NAME, _whole(header))
    return PartStore(folder)


def _whole(header: Mapping[str, Any]) -> dict[str, Any]:
    return {"format": FORMAT, "version": VERSION, **header}


def _read(file: Path) -> Any:
    with suppress(OSError, ValueError):
        return json.loads(file.read_bytes())
    return None


def _write(file: Path, value: Mapping[str, Any]) -> None:
    try:
        replace_file(file, json.dumps(value, separators=(",", ":")) + "\n")
    except OSError as error:
        raise WrongUse(f"{file}: cannot be written: {error.strerror or error}; name another with --out") from error
