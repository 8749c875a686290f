"""`vimgate report sign`: a signed statement of what a report comes to."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click

from reports import stream
from reports.render.words import printable
from reports.signing import check, envelope
from reports.signing.check import Signed
from reports.signing.statement import Unsignable, statement
from vimgate.asking.duration import DURATION
from vimgate.commands.report import keyfiles, reading
from vimgate.commands.report.reading import REPORT
from vimgate.commands.report.signature import evidence_digest
from vimgate.exits import Incomplete, WrongUse

_LONGEST: Final = 3650.0 * 86_400


@click.command("sign")
@REPORT
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"File of the private key, ed25519 as PEM or OpenSSH. Its password is asked for, or ${keyfiles.PASSWORD}.",
)
@click.option(
    "--expires",
    type=DURATION,
    default="90d",
    show_default=True,
    metavar="DURATION",
    help="How long the statement holds from now on, such as 90d or 12h; ten years at most.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=f"Where the statement goes.  [default: {envelope.FILE_NAME} beside the report]",
)
def command(report: Path, key: Path, expires: float, output: Path | None) -> None:
    """Sign what a report comes to, failure or success.

    The statement (in-toto, predicate test-result, in a DSSE envelope) names the report and its evidence by their
    digests, and says the result, each requirement by its verdict, what it was judged by, and until when it holds.

    A run that came to no verdict on a whole level is not signed: incomplete, limited by --only or --skip, or a shard.

    Exit codes: 0 signed, whatever the verdict; 2 wrong use, or the report or its evidence is damaged; 3 incomplete.

    \b
    Example:
      vimgate report sign vimgate-report --key vendor.key
      vimgate report sign vimgate-report --key vendor.key --expires 30d --output statement.json
    """  # noqa: D301 - click reads \b as "do not wrap"
    if expires > _LONGEST:
        raise WrongUse("--expires: longer than ten years; let a statement end, and sign anew")
    file, data, read = reading.whole(report)
    if complaints := list(check.of_evidence(read, evidence_digest(read, file.parent))):
        raise WrongUse(f"{file}: {complaints[0]}; sign the folder as the run left it")
    place = output or file.with_name(envelope.FILE_NAME)
    _check_place(place, file, key, *([file.with_name(read.evidence.file)] if read.evidence is not None else []))
    signed = datetime.now(UTC)
    try:
        said = statement(read, hashlib.sha256(data).hexdigest(), signed, signed + timedelta(seconds=expires))
    except Unsignable as error:
        raise Incomplete(f"{file}: {error}") from error
    signer = keyfiles.signer_of(key)
    try:
        stream.replace_file(place, envelope.sign(said, signer))
    except OSError as error:
        raise WrongUse(
            f"{place}: cannot be written: {error.strerror or error}; choose another with --output"
        ) from error
    click.echo(printable(f"{Signed(signer.public_key.keyid, said)} statement={place}"))


def _check_place(place: Path, *others: Path) -> None:
    """Raise WrongUse when the statement would take the place of what it is made of."""
    if any(place.resolve() == other.resolve() for other in others):
        raise WrongUse(f"{place}: the statement would overwrite that file; name another with --output")
