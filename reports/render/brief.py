"""What a run came to as one JSON value, for programs that do not want the whole report. Format: brief.schema.json."""

from collections import Counter
from typing import Any, Final

from reports import gate, waivers
from reports.baseline import Held
from reports.difference import Change
from reports.model import Finding, Report, Result, Verdict
from reports.redact import redact_report

FORMAT: Final = "vimgate-verdict"
VERSION: Final = 1

MOST_FINDINGS: Final = 3
_TOLD: Final = (Verdict.FAIL, Verdict.HARNESS_ERROR, Verdict.WARN)


def brief(report: Report, path: object, held: Held | None = None) -> dict[str, Any]:
    """The verdict, the counts, and the first findings of whatever did not pass; `path` is where the report is.

    With `held` what a baseline knows is said besides; `report` is then the report as it counts beside it.
    """
    report = redact_report(report)
    known = held.known if held is not None else ()
    outcome = gate.outcome(report)
    return {
        "format": FORMAT,
        "version": VERSION,
        "outcome": outcome.value,
        "exit_code": gate.exit_code(outcome),
        "because": gate.because(report, len(known)),
        "counts": gate.counts(report),
        "waived": waivers.count(report),
        "partial": report.run.partial,
        "target": report.run.target,
        "release": report.run.release,
        "level": report.reached.value if report.reached else None,
        "seed": report.run.seed,
        "duration_seconds": report.run.duration_seconds,
        "report": str(path),
        "untestable": dict(Counter(each.reason for each in report.results if each.verdict is Verdict.UNTESTABLE)),
        "results": [_of_result(result) for result in report.results if result.verdict in _TOLD],
        **({"shard": str(report.run.shard)} if report.run.shard else {}),
        **({"baseline": _of_baseline(held)} if held is not None else {}),
    }


def _of_baseline(held: Held) -> dict[str, Any]:
    difference = held.difference
    return {
        "known": list(held.known),
        "broken": [each.requirement for each in difference.worse],
        "lost": [each.requirement for each in difference.lost],
        "fixed": [each.requirement for each in difference.of(Change.FIXED)],
        "differs": {fact.label: [fact.old, fact.new] for fact in difference.facts},
    }


def _of_result(result: Result) -> dict[str, Any]:
    listed = result.findings[:MOST_FINDINGS]
    return {
        "requirement": result.requirement,
        "verdict": result.verdict.word,
        "waived": waivers.is_waived(result),
        "strength": result.strength.value,
        "level": result.level.value,
        "text": result.text,
        "reason": result.reason,
        "findings": [_of_finding(finding) for finding in listed],
        "more": len(result.findings) - len(listed) + result.more,
    }


def _of_finding(finding: Finding) -> dict[str, str]:
    names = ("message", "where", "expected", "actual", "hint", "origin", "kind", "state")
    return {name: getattr(finding, name) for name in names}
