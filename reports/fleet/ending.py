"""What became of one target of a fleet, as a frozen value, and as a JSON value and back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from reports.fleet import summary as summaries
from reports.fleet.summary import Summary
from reports.model import Outcome
from reports.redact import redact_text, redact_url


class End(StrEnum):
    """How the judging of a target ended; only what was judged came to its own end."""

    JUDGED = "judged"
    UNREACHABLE = "unreachable"
    LOST = "lost"
    OUT_OF_TIME = "out of time"
    STOPPED = "stopped"
    NOT_BEGUN = "not begun"
    UNDER_WAY = "under way"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of one target.

    `why` says in a sentence why it was not judged to its end, empty where it was. `target` is its URL, redacted.
    `summary` is that of its report, None where there is none. `seconds` is how long it took, all attempts together;
    `worker` who judged it last. `departure` is what cleaning up said, a sentence each, and `left` what may still be on
    the target, in words; empty when nothing is. `cleared`: somebody cleared up after it when it had ended.
    """

    name: str
    end: End
    outcome: Outcome
    why: str = ""
    target: str = ""
    summary: Summary | None = None
    seconds: float = 0.0
    attempts: int = 1
    worker: str = ""
    departure: tuple[str, ...] = ()
    left: str = ""
    cleared: bool = False

    def to_json(self) -> dict[str, Any]:
        """The ending as a JSON value."""
        return {
            "name": self.name,
            "end": self.end,
            "outcome": self.outcome,
            "why": self.why,
            "target": self.target,
            "summary": None if self.summary is None else summaries.to_json(self.summary),
            "seconds": self.seconds,
            "attempts": self.attempts,
            "worker": self.worker,
            "departure": list(self.departure),
            "left": self.left,
            "cleared": self.cleared,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Ending":
        """The reverse of `to_json`. Raises KeyError, TypeError, ValueError, AttributeError for any other value."""
        return cls(
            name=text_of(value["name"]),
            end=End(value["end"]),
            outcome=Outcome(value["outcome"]),
            why=text_of(value["why"]),
            target=text_of(value["target"]),
            summary=None if value["summary"] is None else summaries.from_json(value["summary"]),
            seconds=float(value["seconds"]),
            attempts=int(value["attempts"]),
            worker=text_of(value["worker"]),
            departure=tuple(map(text_of, value["departure"])),
            left=text_of(value["left"]),
            cleared=bool(value.get("cleared")),
        )


def text_of(value: Any) -> str:
    """The value, which must be a text. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def redact_ending(ending: Ending, secrets: Iterable[str] = ()) -> Ending:
    """The ending with every text of it redacted but the words of the ledger."""
    known = frozenset(secrets)
    summary = ending.summary and replace(
        ending.summary,
        found={requirement: redact_text(text, known) for requirement, text in ending.summary.found.items()},
    )
    return replace(
        ending,
        why=redact_text(ending.why, known),
        target=redact_url(ending.target, known),
        summary=summary,
        worker=redact_text(ending.worker, known),
        departure=tuple(redact_text(each, known) for each in ending.departure),
        left=redact_text(ending.left, known),
    )
