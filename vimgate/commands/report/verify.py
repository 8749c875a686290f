"""`vimgate report verify`: every verdict of a report recomputed from its evidence, and its signature checked."""

from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import click

from conformance.evidence.reading import DamagedEvidence, MissingEvidence
from conformance.runs.verifying import Unverifiable, Verified, verify
from reports import gate, stream
from reports.model import Report
from reports.render.words import printable
from reports.signing.envelope import SignatureError
from vimgate.commands.report.reading import REPORT
from vimgate.commands.report.signature import signature_line
from vimgate.exits import Exit, Incomplete, WrongUse
from vimgate.summary import as_json

_MOST: Final = 20
_EVERY: Final = 10  # tests between two lines of progress


@click.command("verify")
@REPORT
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PUB",
    help="File of the signer's public key: the signature beside the report is checked as well.",
)
@click.option("--signature-only", is_flag=True, help="With --key: check the signature alone, and recompute nothing.")
@click.option("--json", "json_", is_flag=True, help="Print one JSON document instead of sentences.")
@click.option("--quiet", is_flag=True, help="Print the last line alone, and no progress.")
@click.pass_context
def command(  # noqa: PLR0913 - click hands over each option by name
    context: click.Context,
    /,
    *,
    report: Path,
    key: Path | None,
    signature_only: bool,
    json_: bool,
    quiet: bool,
) -> None:
    """Recompute every verdict of a report from its evidence, and compare.

    Offline, and whatever the verdict is: every exchange of the run is judged again. A report or evidence that was
    changed after the run is told, unless all of it was changed to fit; that only a signature tells (docs/evidence.md).
    With --key the signature has to be by that key, still hold, and be about this report with this evidence.

    Exit codes: 0 every verdict follows from the evidence, 1 it does not, something was changed, or the signature does
    not hold, 2 wrong use, 3 nothing can be recomputed: no evidence, or another contract.

    \b
    Example:
      vimgate report verify vimgate-report
      vimgate report verify vimgate-report --key vendor.key.pub
    """  # noqa: D301 - click reads \b as "do not wrap"
    if signature_only and key is None:
        raise WrongUse("--signature-only needs the signer's public key; name it with --key")
    signed = _signed(context, report, key) if key is not None else ""
    if signature_only:
        click.echo(as_json({"signature": signed}) if json_ else signed)
        return
    if signed and not (json_ or quiet):
        click.echo(signed)
    read = _read(report)
    verified = Verified(0, 0, 0, (read,)) if isinstance(read, str) else _verified(read, report, quiet=quiet or json_)
    if json_:
        click.echo(as_json(_document(verified, signed)))
    else:
        click.echo("\n".join(_lines(verified, read, report, quiet=quiet)))
    context.exit(Exit.NOT_CONFORMANT if verified.differences else Exit.CONFORMANT)


def _signed(context: click.Context, path: Path, key: Path) -> str:
    """The line of a signature that holds; one that does not ends the command."""
    try:
        return signature_line(path, key, datetime.now(UTC))
    except SignatureError as error:
        click.echo(f"Error: {error}", err=True)
        context.exit(Exit.NOT_CONFORMANT)


def _read(path: Path) -> Report | str:
    """The report, or what is wrong with it when it was changed. Raises WrongUse, Incomplete."""
    try:
        return stream.read(path)
    except stream.MissingReport as error:
        raise WrongUse(str(error)) from error
    except stream.TruncatedReport as error:
        raise Incomplete(str(error)) from error
    except stream.ReportError as error:
        return str(error)


def _verified(report: Report, path: Path, *, quiet: bool) -> Verified:
    def watch(done: int, total: int) -> None:
        if not quiet and (done % _EVERY == 0 or done == total):
            click.echo(f"verify: {done} of {total} tests judged again", err=True)

    try:
        return verify(report, stream.locate(path).parent, watch)
    except (Unverifiable, MissingEvidence) as error:
        raise Incomplete(printable(str(error))) from error
    except DamagedEvidence as error:
        return Verified(0, 0, 0, (str(error),))


def _other_version(read: Report) -> str:
    """The version of vimgate that wrote the report, if it is not this one."""
    theirs = dict(read.run.versions).get("vimgate", "")
    return theirs if theirs != version("vimgate") else ""


def _lines(verified: Verified, read: Report | str, path: Path, *, quiet: bool) -> list[str]:
    told = list(verified.differences[:_MOST])
    told += [f"and {len(verified.differences) - _MOST} more"] if len(verified.differences) > _MOST else []
    if verified.differences and isinstance(read, Report) and (other := _other_version(read)):
        told.append(f"The report is of vimgate {other}, whose checks may come to something else; verify it with that.")
    if verified.uncertain:
        told.append(f"{len(verified.uncertain)} requirements cannot be recomputed, and were not compared:")
        told += [f"  {each}" for each in verified.why]
    if verified.tests and not quiet:
        told.append(
            f"Recomputed {verified.requirements} requirements from {verified.exchanges} exchanges of "
            f"{verified.tests} {'test' if verified.tests == 1 else 'tests'}."
        )
    if verified.differences:
        count = len(verified.differences)
        last = f"NOT VERIFIED {path}: {count} {'difference' if count == 1 else 'differences'}"
    else:
        assert isinstance(read, Report)  # noqa: S101 - what cannot be read differs
        rest = f" not-recomputed={len(verified.uncertain)}" if verified.uncertain else ""
        last = f"VERIFIED {gate.outcome(read)} exchanges={verified.exchanges}{rest} report={path}"
    return [printable(each) for each in ([last] if quiet else [*told, last])]


def _document(verified: Verified, signed: str) -> dict[str, Any]:
    told = asdict(verified) | {"uncertain": sorted(verified.uncertain)}
    return {"verified": not verified.differences, **({"signature": signed} if signed else {}), **told}
