"""What a fleet keeps of the report of one target: enough for a table of thousands, and to find the one that differs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Final

from reports import gate, waivers
from reports.model import Level, Outcome, Report, Result, Verdict

_LONGEST: Final = 240  # characters of what was found; the target's own report has the rest


@dataclass(frozen=True, slots=True)
class Summary:
    """One report in short.

    `level` is how deep was asked, `reached` how deep all was well. `levels` has the outcome of the requirements of each
    level alone, None where none of them was judged. `counts` are requirements by the word of their verdict.
    `requests` is how many were sent, None where nobody counted. `verdicts` has every requirement that did not pass,
    but those that are deeper than the level asked for; `texts` what those that failed demand, `found` the first that
    was found against each of them. `waived` are requirements that count as a warning alone, because of a waiver.
    """

    release: str
    changes: str
    level: Level | None
    reached: Level | None
    levels: Mapping[Level, Outcome | None]
    counts: Mapping[str, int]
    duration_seconds: float
    requests: int | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, str] = field(default_factory=dict)
    waived: tuple[str, ...] = ()


def summary_of(report: Report, requests: int | None = None) -> Summary:
    """The report in short; `requests` is how many were sent, else what its evidence counts."""
    failed = [result for result in report.results if result.verdict is Verdict.FAIL]
    counted = report.evidence.exchanges if report.evidence is not None else None
    return Summary(
        release=report.run.release,
        changes=report.run.changes,
        level=report.run.level,
        reached=report.reached,
        levels={level: _outcome(report, level) for level in Level},
        counts=gate.counts(report),
        duration_seconds=report.run.duration_seconds,
        requests=counted if requests is None else requests,
        verdicts={each.requirement: each.verdict for each in report.results if _is_told(each)},
        texts={each.requirement: each.text for each in failed},
        found={each.requirement: _found(each) for each in failed},
        waived=tuple(
            each.requirement for each in report.results if waivers.is_waived(each) and each.verdict is Verdict.WARN
        ),
    )


def _outcome(report: Report, level: Level) -> Outcome | None:
    seen = {result.verdict for result in report.results if result.level is level}
    return gate.outcome_of(seen) if seen - {Verdict.NOT_APPLICABLE} else None


def _is_told(result: Result) -> bool:
    deeper = result.verdict is Verdict.NOT_APPLICABLE and result.reason == gate.DEEPER
    return result.verdict is not Verdict.PASS and not deeper


def _found(result: Result) -> str:
    text = next((each.message for each in result.findings if each.verdict is Verdict.FAIL), result.reason)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def to_json(summary: Summary) -> dict[str, Any]:
    """The summary as a JSON value; requirements stand by their verdict."""
    verdicts: dict[str, list[str]] = {}
    for requirement, verdict in summary.verdicts.items():
        verdicts.setdefault(verdict.word, []).append(requirement)
    return {
        "release": summary.release,
        "changes": summary.changes,
        "level": summary.level,
        "reached": summary.reached,
        "levels": dict(summary.levels),
        "counts": dict(summary.counts),
        "duration_seconds": summary.duration_seconds,
        "requests": summary.requests,
        "verdicts": verdicts,
        "texts": dict(summary.texts),
        "found": dict(summary.found),
        "waived": list(summary.waived),
    }


def from_json(value: Mapping[str, Any]) -> Summary:
    """The reverse of `to_json`. Raises KeyError, TypeError, ValueError, AttributeError for any other value."""
    return Summary(
        release=intern(value["release"]),
        changes=intern(value["changes"]),
        level=_level(value["level"]),
        reached=_level(value["reached"]),
        levels={Level(level): _outcome_of(word) for level, word in value["levels"].items()},
        counts={intern(word): int(count) for word, count in value["counts"].items()},
        duration_seconds=float(value["duration_seconds"]),
        requests=None if value["requests"] is None else int(value["requests"]),
        verdicts={
            intern(requirement): Verdict.from_word(word)
            for word, requirements in value["verdicts"].items()
            for requirement in requirements
        },
        texts={intern(requirement): intern(text) for requirement, text in value["texts"].items()},
        found={intern(requirement): intern(text) for requirement, text in value["found"].items()},
        waived=tuple(map(intern, value["waived"])),
    )


def _level(word: str | None) -> Level | None:
    return None if word is None else Level(word)


def _outcome_of(word: str | None) -> Outcome | None:
    return None if word is None else Outcome(word)
