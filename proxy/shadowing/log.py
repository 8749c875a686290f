"""shadow.jsonl: what a shadow answers otherwise, and why it gives no answer. Format of a line: shadow.schema.json."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from conformance.exchange import Exchange
from proxy.archive.lines import Numbers, form_of, line, moment
from proxy.archive.rotated import Rotated
from proxy.archive.thinning import Thinning
from proxy.archive.troubles import Troubles
from proxy.comparing.telling import member
from proxy.shadowing.asking import Came
from proxy.shadowing.counts import Outcome
from proxy.shadowing.messages import SAFE
from reports.redact import redact_form, redact_text, redact_url

NAME: Final = "shadow.jsonl"
FORMAT: Final = "vimgate-shadow"
VERSION: Final = 1

_ROOM: Final = 4096  # bytes; about what a line takes
_REMEMBERED: Final = 512  # secrets of earlier reads


class ShadowLog:
    """Tells differences and failures, thinned by cause, with numbers that go on over files and runs of one folder."""

    def __init__(
        self, folder: Path, about: Mapping[str, Any], most_bytes: int, most_files: int, troubles: Troubles
    ) -> None:
        self._numbers = Numbers("difference")
        header = {"line": "header", "format": FORMAT, "version": VERSION, **about}
        self._file = Rotated(folder / NAME, form_of(header, self._numbers), most_bytes, most_files, troubles)
        self._thinning = Thinning(most_files)
        self._secrets: dict[str, None] = {}
        self._file.append(b"")

    def tell(self, number: int, exchange: Exchange, came: Came) -> None:
        """Write what came of a read, as far as it is news."""
        self._learn(came.secrets)
        known = frozenset(self._secrets)
        about = {
            "at": moment(exchange.at),
            "exchange": number,
            "method": SAFE,
            "path": redact_url(exchange.path, known),
            "query": redact_form(exchange.query, known),
            "status": exchange.status,
            "shadow_status": came.status,
        }
        for each in came.differences:
            told = member(each, known)
            self._write("difference", (each.what, each.where, each.text, each.old, each.new), about, told)
        if came.outcome is Outcome.FAILED:
            why = redact_text(came.why, known)
            self._write("failure", (why,), about, {"text": why})
        elif came.outcome is Outcome.DENIED:
            text = "The shadow asks for a token, and tokens of callers are not sent to it (--shadow-with-token)."
            self._write("failure", (text,), about, {"text": text})

    def finish(self, at: float, outcomes: Mapping[str, int]) -> None:
        """Write that this was the end, and what it came to."""
        self._file.append(line({"line": "end", "at": moment(at), "outcomes": dict(sorted(outcomes.items()))}))
        self._file.close()

    def _write(self, kind: str, cause: tuple[str, ...], about: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        known = self._thinning.seen((kind, *cause))
        if not self._thinning.is_news(known, self._file.begun):
            return
        self._file.make_room(_ROOM)
        number = self._numbers.last + 1
        value = {"line": kind, "number": number, "count": known.count, **about, **told}
        value.pop("times", None)
        if self._file.append(line(value)):
            self._numbers.last = known.number = number
            known.told, known.file = known.count, self._file.begun

    def _learn(self, secrets: frozenset[str]) -> None:
        for secret in secrets:
            self._secrets.pop(secret, None)
            self._secrets[secret] = None
        while len(self._secrets) > _REMEMBERED:
            self._secrets.pop(next(iter(self._secrets)))
