"""One line of a recorded file: a request, the answer of a real deployment, and what is known of the circumstances."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reference_server.recordings import read_values
from spec.documents import check

_TEXT: Final = {"type": "string"}
_TEXT_OR_NULL: Final = {"type": ["string", "null"]}

LINE_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["session", "history", "note", "request", "response"],
    "properties": {
        "session": {"type": "string", "minLength": 1},
        "history": {"type": "boolean"},
        "note": _TEXT_OR_NULL,
        "at": {"type": ["number", "null"]},
        "state-before": _TEXT_OR_NULL,
        "request": {
            "type": "object",
            "required": ["method", "path", "headers", "body"],
            "properties": {
                "method": {"type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"},
                "path": {"type": "string", "pattern": "^/"},
                "headers": {"type": "object", "additionalProperties": _TEXT},
                "body": _TEXT_OR_NULL,
            },
        },
        "response": {
            "type": "object",
            "required": ["status", "headers", "body"],
            "properties": {
                "status": {"type": "integer", "minimum": 100, "maximum": 599},
                "headers": {
                    "type": "array",
                    "items": {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2},
                },
                "body": _TEXT_OR_NULL,
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent. The path carries the query; a `[redacted]` header value was masked by whoever recorded it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names in lower case; the body as text."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def media_type(self) -> str:
        """The Content-Type with its parameters, empty when there is none."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded line. `number` counts lines of the file from 1; `place` is `file:line`."""

    number: int
    place: str
    session: str
    history: bool
    note: str
    state_before: str
    request: Request
    answer: Answer


def read_exchanges(path: Path) -> Iterator[Exchange]:
    """The exchanges of a `.jsonl` or `.jsonl.gz` file, one by one. Raises DocumentError naming file and line."""
    for place, value in read_values(path):
        check(value, LINE_SCHEMA, name=place)
        yield _exchange(value, place)


def _exchange(value: dict[str, Any], place: str) -> Exchange:
    request, response = value["request"], value["response"]
    headers = {name.lower(): content for name, content in response["headers"]}
    return Exchange(
        number=int(place.rpartition(":")[2]),
        place=place,
        session=value["session"],
        history=value["history"],
        note=value["note"] or "",
        state_before=value.get("state-before") or "",
        request=Request(request["method"], request["path"], request["headers"], request["body"]),
        answer=Answer(response["status"], headers, response["body"] or ""),
    )
