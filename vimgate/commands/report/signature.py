"""The signature beside a report: read, checked, and told in one line."""

import hashlib
from datetime import datetime
from pathlib import Path

from reports import lines, stream
from reports.model import Report
from reports.render.words import printable
from reports.signing import envelope
from reports.signing.check import check
from vimgate.commands.report import keyfiles
from vimgate.exits import WrongUse


def signature_line(path: Path, key: Path, now: datetime) -> str:
    """`SIGNED by … for …, until …`: the statement beside a report holds, by the public key in that file.

    Raises envelope.SignatureError when it does not or there is none, also for a report that was changed or cut off;
    WrongUse when there is no report, or no such key.
    """
    public = keyfiles.public_key_of(key)
    file = stream.locate(path)
    place = file.with_name(envelope.FILE_NAME)
    try:
        data = stream.content(file)
    except stream.MissingReport as error:
        raise WrongUse(str(error)) from error
    statement = _statement(place)
    try:
        evidence = evidence_digest(lines.decode(data, str(file)), file.parent)
        return printable(str(check(statement, public, data, evidence, now)))
    except stream.ReportError as error:
        raise envelope.SignatureError(printable(str(error))) from error
    except envelope.SignatureError as error:
        raise envelope.SignatureError(printable(f"{place}: {error}")) from error


def evidence_digest(report: Report, folder: Path) -> str | None:
    """The SHA-256 (hex) of the evidence that a report names, in its folder; None: it is missing, or none is named."""
    if report.evidence is None:
        return None
    try:
        with (folder / report.evidence.file).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _statement(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(envelope.LARGEST + 1)
    except FileNotFoundError as error:
        raise envelope.SignatureError(
            f"{path} is missing: the report is not signed; sign it with `vimgate report sign`, or leave out --key"
        ) from error
    except OSError as error:
        raise envelope.SignatureError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > envelope.LARGEST:
        raise envelope.SignatureError(f"{path}: larger than any statement")
    return data
