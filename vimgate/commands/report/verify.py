"""`vimgate report verify`: every verdict of a report, recomputed from its evidence."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from conformance.evidence.reading import DamagedEvidence, MissingEvidence
from conformance.runs.verifying import Unverifiable, Verified, verify
from reports import gate, stream
from reports.model import Report
from reports.render.words import printable
from vimgate.commands.report.reading import REPORT
from vimgate.exits import Exit, Incomplete, WrongUse
from vimgate.summary import as_json

_MOST: Final = 20
_EVERY: Final = 10  # tests between two lines of progress


@click.command("verify")
@REPORT
@click.option("--json", "json_", is_flag=True, help="Print one JSON document instead of sentences.")
@click.option("--quiet", is_flag=True, help="Print the last line alone, and no progress.")
@click.pass_context
def command(context: click.Context, report: Path, *, json_: bool, quiet: bool) -> None:
    """Recompute every verdict of a report from its evidence, and compare.

    Offline, and whatever the verdict is: every exchange of the run is judged again. A report or evidence that was
    changed after the run is told, unless all of it was changed to fit; that only a signature tells (docs/evidence.md).

    Exit codes: 0 every verdict follows from the evidence, 1 it does not, or something was changed, 2 no report there, 3
    nothing can be recomputed: no evidence, or another contract.

    \b
    Example:
      vimgate report verify vimgate-report
    """  # noqa: D301 - click reads \b as "do not wrap"
    read = _read(report)
    verified = Verified(0, 0, 0, (read,)) if isinstance(read, str) else _verified(read, report, quiet=quiet or json_)
    if json_:
        click.echo(as_json(_document(verified)))
    else:
        click.echo("\n".join(_lines(verified, read, report, quiet=quiet)))
    context.exit(Exit.NOT_CONFORMANT if verified.differences else Exit.CONFORMANT)


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


def _lines(verified: Verified, read: Report | str, path: Path, *, quiet: bool) -> list[str]:
    told = list(verified.differences[:_MOST])
    told += [f"and {len(verified.differences) - _MOST} more"] if len(verified.differences) > _MOST else []
    if verified.uncertain:
        told.append(f"{len(verified.uncertain)} requirements cannot be recomputed, and were not compared:")
        told += [f"  {each}" for each in verified.why]
    if verified.tests and not quiet:
        told.append(
            f"Recomputed {verified.requirements} requirements from {verified.exchanges} exchanges of "
            f"{verified.tests} tests."
        )
    if verified.differences:
        count = len(verified.differences)
        last = f"NOT VERIFIED {path}: {count} {'difference' if count == 1 else 'differences'}"
    else:
        assert isinstance(read, Report)  # noqa: S101 - what cannot be read differs
        rest = f" not-recomputed={len(verified.uncertain)}" if verified.uncertain else ""
        last = f"VERIFIED {gate.outcome(read)} exchanges={verified.exchanges}{rest} report={path}"
    return [printable(each) for each in ([last] if quiet else [*told, last])]


def _document(verified: Verified) -> dict[str, Any]:
    members = asdict(verified)
    return {"verified": not verified.differences, **members, "uncertain": sorted(verified.uncertain)}
