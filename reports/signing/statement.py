"""What is signed: an in-toto Statement v1 about a report, with the predicate test-result v0.1. Pure.

The published part says what any reader of that predicate understands; what only a reader of ours does stands in its
member `vimgate`. The shape is `statement.schema.json`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from reports import gate
from reports.model import Outcome, Report, Verdict
from reports.redact import redact_url
from reports.stream import FILE_NAME

TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://in-toto.io/attestation/test-result/v0.1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
OURS: Final = "vimgate"

# Which list of the predicate has the requirements of a verdict. The others stand in none: they were not judged.
LISTS: Final = {
    Verdict.PASS: "passedTests",
    Verdict.WARN: "warnedTests",
    Verdict.FAIL: "failedTests",
}

# What a run is judged by, and the member of its header that has the digest.
CONFIGURATION: Final = {
    "contract": "contract_digest",
    "ledger": "ledger_digest",
    "waivers": "waivers_digest",
    "world": "world_digest",
}


class Unsignable(Exception):  # noqa: N818 - the name says what it is
    """A report is no verdict that anybody could stand by; the message says why."""


def statement(report: Report, digest: str, signed: datetime, expires: datetime) -> dict[str, Any]:
    """The statement about a report whose file has that SHA-256 (hex). Raises Unsignable.

    Failures can be signed as well as success. What cannot is a run that did not come to a verdict on a whole level:
    incomplete, limited to some requirements, or one shard of several.
    """
    _check(report)
    return {
        "_type": TYPE,
        "subject": subjects(report, digest),
        "predicateType": PREDICATE_TYPE,
        "predicate": verdict_of(report) | {OURS: _run(report, signed, expires)},
    }


def subjects(report: Report, digest: str) -> list[dict[str, Any]]:
    """What the statement is about: the report and, where it names one, the file of its exchanges."""
    evidence = [_resource(report.evidence.file, report.evidence.digest)] if report.evidence is not None else []
    return [_resource(FILE_NAME, digest), *evidence]


def verdict_of(report: Report) -> dict[str, Any]:
    """The published members of the predicate: the result, what it was judged by, and the requirements by verdict."""
    listed = {
        name: [result.requirement for result in report.results if result.verdict is verdict]
        for verdict, name in LISTS.items()
    }
    passed = "WARNED" if listed["warnedTests"] else "PASSED"
    return {
        "result": passed if gate.outcome(report) is Outcome.CONFORMANT else "FAILED",
        "configuration": [
            _resource(name, getattr(report.run, member))
            for name, member in CONFIGURATION.items()
            if getattr(report.run, member)
        ],
        **listed,
    }


def encode(value: Mapping[str, Any]) -> bytes:
    """The statement as it is signed: compact JSON, ASCII alone."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()


def as_time(moment: datetime) -> str:
    """The moment in UTC as statements write it: `2027-03-31T12:00:00Z`."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def from_time(text: str) -> datetime:
    """The moment of such a text. Raises ValueError."""
    return datetime.fromisoformat(text)


def _check(report: Report) -> None:
    if report.run.shard is not None:
        raise Unsignable(f"the report is shard {report.run.shard} of a run; merge all of them, and sign what comes out")
    if report.run.partial:
        raise Unsignable(
            "requirements were left out by --only or --skip, so it is no verdict on a whole level; judge without them"
        )
    if gate.outcome(report) is Outcome.INCOMPLETE:
        raise Unsignable(f"the run came to no verdict, so there is nothing to sign: {gate.because(report)}")


def _run(report: Report, signed: datetime, expires: datetime) -> dict[str, Any]:
    run = report.run
    return {
        "harness": dict(run.versions).get("vimgate", "unknown"),
        "target": redact_url(run.target),
        "release": run.release,
        "level": run.level,
        "reached": report.reached,
        "changes": run.changes,
        "seed": run.seed,
        "started": run.started,
        "counts": gate.counts(report),
        **({"kills": asdict(run.kills)} if run.kills is not None else {}),
        "signedOn": as_time(signed),
        "expires": as_time(expires),
    }


def _resource(name: str, sha256: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": sha256}}
