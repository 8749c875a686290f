"""The findings log: one JSON line per finding that is told; `findings.schema.json` says what a line holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from proxy.archive.lines import Numbers, form_of, line, moment
from proxy.archive.rotated import Rotated
from proxy.archive.thinning import Thinning
from proxy.archive.troubles import Troubles
from proxy.traffic import Noticed, Passage
from reports.causes import cause

NAME: Final = "findings.jsonl"

_WORDS: Final = {"pass": "passed", "block": "blocked", "annotate": "annotated"}


def word_of(action: str) -> str:
    """What the log says of an action that was taken."""
    return _WORDS.get(action, action)


class FindingsLog:
    """Tells findings and notes, thinned by cause, with numbers that go on over files and runs of one folder."""

    def __init__(
        self, folder: Path, header: Mapping[str, Any], most_bytes: int, most_files: int, troubles: Troubles
    ) -> None:
        self._numbers = Numbers("finding")
        form = form_of(header, self._numbers)
        self._file = Rotated(folder / NAME, form, most_bytes, most_files, troubles)
        self._thinning = Thinning(most_files)
        self.seen = 0
        self.begin()

    def begin(self) -> None:
        """Write the header, so that a run without findings leaves a file that says so."""
        self._file.append(b"")

    def tell(self, noticed: Noticed, passage: Passage, action: str, evidence: str) -> str:
        """Write the finding, or count it when its cause was told; gives the reference to the line that tells it.

        `noticed` and `passage` hold no secrets any more; `evidence` is the reference to the exchange.
        """
        self.seen += 1
        known = self._thinning.seen((noticed.direction, *cause(noticed.finding)))
        if self._thinning.is_news(known, self._file.begun):
            self._file.make_room(_ROOM)
            number = self._numbers.last + 1
            if self._file.append(line(_value(number, known.count, noticed, passage, action, evidence))):
                self._numbers.last = known.number = number
                known.told, known.file = known.count, self._file.begun
        return f"{NAME}#{known.number}" if known.number else ""

    def note(self, text: str, at: float) -> None:
        """Write a note, at a Unix time in seconds."""
        self._file.append(line({"line": "note", "at": moment(at), "text": text}))

    def finish(self, at: float, exchanges: int, lost: int) -> None:
        """Write how often each cause came in the end, and that this was the end."""
        for known in self._thinning.untold():
            self._file.append(line({"line": "count", "reference": f"{NAME}#{known.number}", "count": known.count}))
        end = {"line": "end", "at": moment(at), "exchanges": exchanges, "findings": self.seen, "lost": lost}
        self._file.append(line(end))
        self._file.close()


_ROOM: Final = 4096  # bytes; about what a line takes, so that it is numbered in the file in which it will stand


def _value(  # noqa: PLR0913, PLR0917 - one argument per source of members
    number: int, count: int, noticed: Noticed, passage: Passage, action: str, evidence: str
) -> dict[str, Any]:
    finding, exchange = noticed.finding, passage.exchange
    return {
        "line": "finding",
        "number": number,
        "at": moment(exchange.at or passage.started),
        "direction": noticed.direction.value,
        "requirement": finding.requirement,
        "verdict": finding.verdict.word,
        "certain": noticed.certain,
        "count": count,
        "message": finding.message,
        "expected": finding.expected,
        "actual": finding.actual,
        "where": finding.where,
        "hint": finding.hint,
        "kind": finding.kind,
        "state": finding.state,
        "method": exchange.method,
        "path": exchange.path,
        "status": exchange.status,
        "client": passage.client,
        "exchange": passage.number,
        "action": word_of(action),
        "evidence": evidence,
    }
