"""How deep a run has looked, level by level: what was asked, what was reached, and what stands in the way. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reports.model import Level, Report, Result, Verdict

# Verdicts told as one, in the order of reading, and how.
_PARTS: Final = (
    ("pass",       "passed",              (Verdict.PASS, Verdict.WARN)),
    ("untestable", "could not be judged", (Verdict.UNTESTABLE, Verdict.HARNESS_ERROR)),
    ("fail",       "failed",              (Verdict.FAIL,)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the requirements of a level: which, and where it is in a bar of all of them, in percent."""

    word: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Depth:
    """One level: sound, failed, open (something could not be judged), empty or unasked; whether it was reached."""

    level: Level
    standing: str
    reached: bool
    parts: tuple[Share, ...]
    told: str


def depths(report: Report) -> tuple[Depth, ...]:
    """Every level, the shallowest first. Which one was reached is the report's own word, unless a failure belies it."""
    return tuple(_depth(report, level) for level in Level)


def _depth(report: Report, level: Level) -> Depth:
    asked = report.run.level is None or level.is_within(report.run.level)
    counts = _counts(result for result in report.results if result.level is level)
    standing = _standing(counts) if asked else "unasked"
    reached = report.reached is not None and level.is_within(report.reached) and standing in {"sound", "empty"}
    told = ", ".join(f"{counts[word]} {words}" for word, words, _ in _PARTS if counts[word])
    empty = "nothing of it applies" if asked else "not asked"
    return Depth(level, standing, reached, _shares(counts), told or empty)


def _counts(results: Iterable[Result]) -> dict[str, int]:
    verdicts = [result.verdict for result in results]
    return {word: sum(verdict in those for verdict in verdicts) for word, _, those in _PARTS}


def _standing(counts: dict[str, int]) -> str:
    if counts["fail"]:
        return "failed"
    return "open" if counts["untestable"] else "sound" if counts["pass"] else "empty"


def _shares(counts: dict[str, int]) -> tuple[Share, ...]:
    """The parts side by side; one that is small is still to be seen."""
    total = sum(counts.values())
    shares, left = [], 0.0
    for word, number in counts.items():
        if number:
            width = round(100 * number / total, 2)
            shares.append(Share(word, round(left, 2), width))
            left += width
    return tuple(shares)
