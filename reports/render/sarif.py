"""A report as SARIF 2.1.0, for code scanning: a rule per requirement, a result per finding and per thing unjudged.

Results point to the requirement in the ledger and, as something related, to the operations of the contract. The
fingerprint of what was found is the same in every run: it knows no numbers and no uuids. What is waived is suppressed.
What passed, or does not apply, is no result: readers take each result for an alarm.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from reports import gate, waivers
from reports.model import Finding, Outcome, Place, Report, Result, Verdict
from reports.redact import redact_report
from reports.render.severity import SEVERITIES
from reports.render.words import HEADLINES, LABELS, circumstances, granted, looked_at, printable

SCHEMA: Final = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"
# GitHub reads no more of a rule's descriptions.
LONGEST: Final = 1024

# Where a result points that stands in no file: readers want a place.
_NOWHERE: Final = Place("spec/requirements.yaml", 1, "the ledger")
_VARYING: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+", re.IGNORECASE)


def render(report: Report) -> str:
    """The report as one JSON document, indented, ending in a newline."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(redact_report(report))]}
    return f"{json.dumps(log, indent=1, ensure_ascii=False)}\n"


def _run(report: Report) -> dict[str, Any]:
    run = report.run
    version = dict(run.versions).get("vimgate", "unknown")
    return {
        "tool": {"driver": {"name": "vimgate", "version": version, "rules": [_rule(each) for each in report.results]}},
        "automationDetails": {"id": f"vimgate/{run.release}/"},
        "invocations": [_invocation(report)],
        "results": list(_results(report)),
        "columnKind": "unicodeCodePoints",
        "properties": {
            "target": printable(run.target),
            "release": run.release,
            "level": run.level.value if run.level else "unknown",
            "levelReached": report.reached.value if report.reached else "none",
            "outcome": gate.outcome(report).value,
            "because": gate.because(report),
            "counts": gate.counts(report),
            "seed": run.seed,
            "changes": run.changes,
            "contractSha256": run.contract_digest,
        },
    }


def _invocation(report: Report) -> dict[str, Any]:
    outcome = gate.outcome(report)
    return {
        "executionSuccessful": outcome is not Outcome.INCOMPLETE and not report.count(Verdict.HARNESS_ERROR),
        "exitCode": gate.exit_code(outcome),
        "exitCodeDescription": HEADLINES[outcome].lower(),
        "startTimeUtc": report.run.started.replace("+00:00", "Z"),
        "toolExecutionNotifications": [{"level": "note", "message": _message(note)} for note in report.notes],
    }


def _rule(result: Result) -> dict[str, Any]:
    where = ", ".join(f"{place.file}:{place.line}" for place in result.places)
    about = (
        f"{result.requirement} is a {result.strength} of level {result.level}: {result.text}",
        f"Source: {result.source or 'not said'}" + (f"; written down in {where}" if where else ""),
        f"What it is about: vimgate explain {result.requirement}",
        f"Look for it again: vimgate replay {result.requirement}",
    )
    text = _short(result.text or result.requirement)
    return {
        "id": printable(result.requirement),
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": printable("\n".join(about))},
        "defaultConfiguration": {"level": "error" if result.strength == "MUST" else "warning"},
        "properties": {
            "strength": result.strength.value,
            "level": result.level.value,
            "source": result.source,
            "tags": ["conformance", result.level.value, result.strength.value],
        },
    }


def _results(report: Report) -> Iterator[dict[str, Any]]:
    for index, result in enumerate(report.results):
        if result.verdict in SEVERITIES:
            seen: Counter[str] = Counter()
            for finding in result.findings or (_unjudged(result),):
                cause = fingerprint(finding)
                seen[cause] += 1
                yield {"ruleIndex": index, **_result(result, finding, f"{cause}:{seen[cause]}")}


def _unjudged(result: Result) -> Finding:
    """What is said of a requirement without any finding."""
    return Finding(result.requirement, result.verdict, result.reason or LABELS[result.verdict])


def _result(result: Result, finding: Finding, fingerprint: str) -> dict[str, Any]:
    first, *others = result.places or (_NOWHERE,)
    return {
        "ruleId": printable(result.requirement),
        "level": SEVERITIES.get(finding.verdict, SEVERITIES[result.verdict]).value,
        "message": _message(_told(finding)),
        "locations": [_location(first, finding.where)],
        "relatedLocations": [
            {"id": number, "message": {"text": f"{place.what} in the contract"}, **_location(place)}
            for number, place in enumerate(others, start=1)
        ],
        "partialFingerprints": {"vimgateCause/v1": fingerprint, "primaryLocationLineHash": fingerprint},
        "suppressions": [
            {"kind": "external", "status": "accepted", "justification": printable(granted(waiver))}
            for waiver in waivers.covers(result, finding)
        ],
        "properties": {
            name: printable(text)
            for name, text in (
                ("verdict", finding.verdict.word),
                ("where", finding.where),
                ("expected", finding.expected),
                ("actual", finding.actual),
                ("hint", finding.hint),
                ("origin", finding.origin),
                ("request", finding.request),
                ("response", finding.response),
                ("reproducer", finding.reproducer),
                ("seenOn", circumstances(result)),
                ("lookedAt", looked_at(result)),
                ("notListed", f"{result.more} more of this requirement" if result.more else ""),
            )
            if text
        },
    }


def _told(finding: Finding) -> str:
    rows = (
        ("Where", finding.where),
        ("Expected", finding.expected),
        ("Actual", finding.actual),
        ("What to do", finding.hint),
    )
    return "\n".join((finding.message, *(f"{label}: {text}" for label, text in rows if text)))


def _message(text: str) -> dict[str, str]:
    """A message that holds the text as it is: braces would be placeholders, and brackets links."""
    return {"text": printable(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def _location(place: Place, where: str = "") -> dict[str, Any]:
    logical = [{"logicalLocations": [{"fullyQualifiedName": printable(where), "kind": "member"}]}] if where else []
    return {
        "physicalLocation": {"artifactLocation": {"uri": place.file}, "region": {"startLine": place.line}},
        **(logical[0] if logical else {}),
    }


def fingerprint(finding: Finding) -> str:
    """What findings of one cause share in every run, the texts but for numbers and uuids, as 16 hex digits."""
    texts = (finding.message, finding.where, finding.expected, finding.actual)
    cause = json.dumps([finding.requirement, *(_VARYING.sub("#", text) for text in texts)])
    return hashlib.sha256(cause.encode()).hexdigest()[:16]


def _short(text: str) -> str:
    clean = printable(text)
    return clean if len(clean) <= LONGEST else f"{clean[: LONGEST - 1]}…"
