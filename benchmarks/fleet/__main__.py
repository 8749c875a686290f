"""What a fleet takes: its targets with one worker and with two, as it grows, and the captures of its deployments.

python -m benchmarks.fleet --json fleet.json
python -m benchmarks.fleet --plan fleet.json
"""

import json
import tempfile
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.fleet.planning import Wanted, plan
from benchmarks.fleet.rows import QUICK, Sizes
from benchmarks.report import Report

PARTS: Final = ("certify", "audit")


def _numbers(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(each) for each in text.split(","))
    except ValueError:
        raise click.BadParameter(f"{text!r}: write numbers such as 10,100,1000") from None


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the sites and of the captures.")
@click.option("--quick", is_flag=True, help="One worker, a few targets and exchanges: shows that it runs.")
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), help="Only this part.  [default: both]")
@click.option("--workers", default="1,2", show_default=True, callback=_numbers, help="Workers that are compared.")
@click.option("--compared", default=100, show_default=True, help="Targets with which workers are compared.")
@click.option("--targets", default="10,100,1000", show_default=True, callback=_numbers, help="Targets, to see growth.")
@click.option("--files", default=16, show_default=True, help="Files of a capture.")
@click.option("--deployments", default=8, show_default=True, help="Deployments in a file of JSON lines.")
@click.option("--exchanges", default=4000, show_default=True, help="Exchanges in a file.")
@click.option("--repetitions", default=2, show_default=True, help="How often each number of workers has its turn.")
@click.option(
    "--plan",
    "planned",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Measure nothing: compute what a large fleet needs from these figures.",
)
@click.option("--fleet", default=10_000, show_default=True, help="With --plan: targets of the large fleet.")
@click.option("--terabytes", default=10.0, show_default=True, help="With --plan: its captures.")
@click.option("--hours", default=24.0, show_default=True, help="With --plan: when it is to be done.")
def main(  # noqa: PLR0913 - the options of the command
    file: Path | None,
    planned: Path | None,
    *,
    seed: int,
    quick: bool,
    parts: tuple[str, ...],
    fleet: int,
    terabytes: float,
    hours: float,
    **asked: Any,
) -> None:
    """Measure `vimgate fleet certify` and `vimgate fleet audit` on this machine, with workers of its own.

    \b
    Example:
      python -m benchmarks.fleet --json fleet.json
    """  # noqa: D301 - click reads \b as "do not wrap"
    if planned is not None:
        click.echo(plan(json.loads(planned.read_text(encoding="utf-8")), Wanted(fleet, terabytes, hours)))
        return
    from benchmarks.fleet import auditing, certifying  # noqa: PLC0415 - --plan does not wait for what they import

    measuring = {"certify": certifying.measure, "audit": auditing.measure}
    sizes = QUICK if quick else Sizes(**asked)
    report = Report("fleet", seed, quick)
    with tempfile.TemporaryDirectory() as folder:
        for part in parts or PARTS:
            measuring[part](report, Path(folder), sizes)
    report.finish(file)


if __name__ == "__main__":
    main()
