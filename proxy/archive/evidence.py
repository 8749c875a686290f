"""The evidence: every exchange that broke something, whole but for its secrets; `evidence.schema.json` says how.

A body is written once in a file and named by its digest, which is that of the bytes that stand there.
"""

import base64
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from conformance.evidence.bodies import Body
from proxy.archive.cleaning import Clean
from proxy.archive.findings import word_of
from proxy.archive.lines import Numbers, form_of, line, moment
from proxy.archive.rotated import Rotated
from proxy.archive.troubles import Troubles

NAME: Final = "evidence.jsonl"

_DIGESTS: Final = 10_000
_SHORT: Final = 200  # bytes; a shorter body costs no more than its digest


class Evidence:
    """Writes exchanges, with numbers that go on over files and runs of one folder."""

    def __init__(
        self, folder: Path, header: Mapping[str, Any], most_bytes: int, most_files: int, troubles: Troubles
    ) -> None:
        self._numbers = Numbers("exchange")
        self._file = Rotated(folder / NAME, form_of(header, self._numbers), most_bytes, most_files, troubles)
        self._most_body = most_bytes // 4
        self._written: OrderedDict[bytes, None] = OrderedDict()
        self._of_file = 0

    def keep(self, clean: Clean, requirements: Sequence[str], action: str) -> str:
        """Write the exchange; gives the reference to its line, or nothing when it could not be stored."""
        size = sum(len(each.data) for each in (clean.request, clean.response) if each.digest not in self._written)
        self._file.make_room(size + _ROOM)
        if self._of_file != self._file.begun:
            self._of_file = self._file.begun
            self._written.clear()
        number = self._numbers.last + 1
        if not self._file.append(line(self._value(number, clean, requirements, action))):
            self._written.clear()
            return ""
        self._numbers.last = number
        return f"{NAME}#{number}"

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _value(self, number: int, clean: Clean, requirements: Sequence[str], action: str) -> dict[str, Any]:
        passage, exchange = clean.passage, clean.passage.exchange
        return {
            "line": "exchange",
            "number": number,
            "exchange": passage.number,
            "started": moment(passage.started),
            "at": moment(exchange.at or passage.started),
            "client": passage.client,
            "in_order": passage.in_order,
            "blocked": passage.blocked,
            "lost": passage.lost,
            "action": word_of(action),
            "requirements": list(requirements),
            "request": {
                "method": exchange.method,
                "path": exchange.path,
                "query": exchange.query,
                "headers": [list(pair) for pair in exchange.request_headers],
                "body": self._body(clean.request),
            },
            "response": {
                "status": exchange.status,
                "headers": [list(pair) for pair in exchange.response_headers],
                "body": self._body(clean.response),
            },
        }

    def _body(self, body: Body) -> dict[str, Any] | None:
        if not body.size:
            return None
        told: dict[str, Any] = {"size": body.size}
        if body.coding:
            told["coding"] = body.coding
        if body.omitted or len(body.data) > self._most_body:
            return told | {"omitted": body.omitted or "it is too large for the files of this folder"}
        told["sha256"] = body.digest.hex()
        if len(body.data) >= _SHORT:
            known = body.digest in self._written
            self._written[body.digest] = None
            self._written.move_to_end(body.digest)
            if len(self._written) > _DIGESTS:
                self._written.popitem(last=False)
            if known:
                return told
        return told | content(body.data)


_ROOM: Final = 8192


def content(data: bytes) -> dict[str, str]:
    """The bytes as text, or in base64 where they are none."""
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}
