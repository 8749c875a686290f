"""The document of a strategy as a list of its phases, stages and steps, whatever a server wrote into it. Pure.

What has another type than it should is taken for empty: a picture is evidence, and never the place for a complaint.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

_PHASES: Final = ("build", "apply", "abort")


@dataclass(frozen=True, slots=True)
class Piece:
    """A phase, stage or step: `part` says which, `stage` and `step` count from 0 and are -1 where there is none.

    `begin` and `end` are seconds in the local time of the server, None where it has not begun or ended. `entities` are
    what it works on, `hosts` those of them that are hosts; `timeout` is in seconds, 0 for none.
    """

    part: str
    phase: str
    stage: int
    step: int
    name: str
    result: str
    begin: float | None
    end: float | None
    entities: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    reason: str = ""
    timeout: int = 0


def read(document: Mapping[str, Any]) -> tuple[Piece, ...]:
    """The phases in their order, each followed by its stages, each of those by its steps."""
    return tuple(_pieces(document))


def text(value: Any) -> str:
    """The value where it is a text, else nothing."""
    return value if isinstance(value, str) else ""


def _pieces(document: Mapping[str, Any]) -> Iterator[Piece]:
    for phase in _PHASES:
        members = document.get(f"{phase}-phase")
        stages = _each(members, "stages")
        if not isinstance(members, dict) or not (stages or _moment(members.get("start-date-time"))):
            continue
        yield _piece("phase", phase, -1, -1, members)
        for number, stage in enumerate(stages):
            yield _piece("stage", phase, number, -1, stage)
            for position, step in enumerate(_each(stage, "steps")):
                yield _piece("step", phase, number, position, step)


def _each(members: Any, name: str) -> list[dict[str, Any]]:
    """The objects of a list of the object; none where there is no such list."""
    values = members.get(name) if isinstance(members, dict) else None
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _piece(part: str, phase: str, stage: int, step: int, members: Mapping[str, Any]) -> Piece:
    names, timeout = members.get("entity-names"), members.get("timeout")
    entities = tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()
    return Piece(
        part,
        phase,
        stage,
        step,
        text(members.get(f"{part}-name")),
        text(members.get("result")),
        _moment(members.get("start-date-time")),
        _moment(members.get("end-date-time")),
        entities,
        entities if members.get("entity-type") == "hosts" else (),
        text(members.get("reason")),
        timeout if type(timeout) is int and timeout > 0 else 0,
    )


def _moment(value: Any) -> float | None:
    try:
        return datetime.strptime(text(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None
