"""Whether a signature holds: for this report, with this evidence, by this key, at this time. Pure."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from securesystemslib.signer import SSlibKey

from reports import lines
from reports.model import Report
from reports.signing.envelope import SignatureError, opened
from reports.signing.statement import OURS, from_time, subjects, verdict_of
from reports.stream import FILE_NAME


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds: the id of the key, and the statement that it is under."""

    signer: str
    statement: Mapping[str, Any]

    def __str__(self) -> str:
        """One line for people and scripts."""
        predicate = self.statement["predicate"]
        run = predicate[OURS]
        return (
            f"SIGNED by {self.signer} for {run['target']}: {predicate['result']}, level={run['level'] or 'unknown'}, "
            f"on {run['signedOn']}, until {run['expires']}"
        )


def check(envelope: bytes, key: SSlibKey, report: bytes, evidence: str | None, now: datetime) -> Signed:
    """What was signed, by whom and until when. Raises SignatureError with every complaint, ReportError.

    `report` are the bytes of report.jsonl; `evidence` is the SHA-256 (hex) of the file that the report names, None when
    that is missing, or none is named. The statement has to say of the report what the report comes to: whoever has
    the key may have signed something else by hand.
    """
    said = opened(envelope, key)
    read = lines.decode(report, FILE_NAME)
    complaints = [
        *_of_subjects(said["subject"], subjects(read, hashlib.sha256(report).hexdigest())),
        *of_evidence(read, evidence),
        *_of_verdict(said["predicate"], verdict_of(read)),
        *_of_time(said["predicate"][OURS]["expires"], now),
    ]
    if complaints:
        raise SignatureError("\n".join(complaints))
    return Signed(key.keyid, said)


def of_evidence(report: Report, digest: str | None) -> Iterator[str]:
    """What is wrong with the file of exchanges that a report names, whose SHA-256 is this; None: it is not there."""
    if report.evidence is not None and digest is None:
        yield f"{report.evidence.file}, which the report names as its evidence, is missing or cannot be read"
    elif report.evidence is not None and digest != report.evidence.digest:
        yield f"{report.evidence.file} is not the evidence of this report: it has another SHA-256 than the report says"


def _of_subjects(said: list[dict[str, Any]], there: list[dict[str, Any]]) -> Iterator[str]:
    signed = {each["name"]: each["digest"]["sha256"] for each in said}
    if len(signed) != len(said):
        yield "the statement names one file twice"
    for each in there:
        name, digest = each["name"], each["digest"]["sha256"]
        if name not in signed:
            yield f"{name} is not among what was signed"
        elif signed.pop(name) != digest:
            yield f"another {name} was signed: this one was changed after it was signed, or belongs to another run"
    for name in signed:
        yield f"{name:.100} was signed as well, and the report does not name it"


def _of_verdict(said: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    wrong = [name for name, value in there.items() if said[name] != value]
    if wrong:
        yield f"the statement does not say what the report comes to: {', '.join(wrong)}"


def _of_time(expires: str, now: datetime) -> Iterator[str]:
    try:
        over = from_time(expires) <= now
    except ValueError:  # a leap second, the year 0
        yield f"the statement expires on {expires}, which is no time"
        return
    if over:
        yield f"the statement expired on {expires}; have the target judged, and the report signed, anew"
