"""`vimgate report merge`: the reports of all shards of a run made one."""

from pathlib import Path

import click

from conformance.runs.merging import NoMerge, PartsMissing
from conformance.runs.mergingfiles import Shown, merge
from reports import folder, gate, stream
from reports.model import Report
from reports.render.brief import brief
from reports.render.words import printable
from vimgate.commands.report import reading
from vimgate.exits import Incomplete, WrongUse
from vimgate.summary import as_json, summary


@click.command("merge")
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="vimgate-report",
    show_default=True,
    help="Folder of the report of the whole run.",
)
@click.option("--allow-missing", is_flag=True, help="Make an incomplete report when shards are missing.")
@click.option(
    "--json", "json_", is_flag=True, help="Print one JSON document instead of the summary and the verdict line."
)
@click.option("--quiet", is_flag=True, help="Print the verdict line alone.")
@click.pass_context
def command(  # noqa: PLR0913 - click hands over one argument per option
    context: click.Context, reports: tuple[Path, ...], out: Path, *, allow_missing: bool, json_: bool, quiet: bool
) -> None:
    """Make one report of those of `vimgate certify --shard 1/N` to N/N, the same as one run would have come to.

    The evidence of the shards is joined test by test, and the waivers that they were given are laid over the whole.
    Shards of different runs (target, release, level, seed, options, contract, versions) are refused.

    Exit codes: 0 conformant, 1 not conformant, 2 not the shards of one run, or a damaged report, 3 incomplete: shards
    are missing or were cut off, or something could not be judged.

    \b
    Example:
      vimgate report merge shard-1 shard-2 shard-3 --out vimgate-report
    """  # noqa: D301 - click reads \b as "do not wrap"
    shown = [Shown(str(each), reading.read(each), stream.locate(each).parent) for each in reports]
    if any(each.folder.resolve() == out.resolve() for each in shown):
        raise WrongUse(f"{out}: a shard is there, and would be lost; name another folder with --out")
    result = _merged(shown, out, allow_missing=allow_missing)
    if not (quiet or json_):
        click.echo(f"{summary(result)}\n")
    click.echo(as_json(brief(result, out)) if json_ else gate.verdict_line(result, out))
    context.exit(gate.exit_code(gate.outcome(result)))


def _merged(shown: list[Shown], out: Path, *, allow_missing: bool) -> Report:
    try:
        result = merge(shown, out, allow_missing=allow_missing)
        folder.write(result, out)
    except PartsMissing as error:
        raise Incomplete(printable(str(error))) from error
    except NoMerge as error:
        raise WrongUse(printable(str(error))) from error
    except OSError as error:
        raise WrongUse(
            f"{out}: the report cannot be written: {error.strerror or error}; name another folder"
        ) from error
    return result
