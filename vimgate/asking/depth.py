"""What is judged, and how thoroughly."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from conformance.drivers.crowd import MOST_CLIENTS
from reports.model import Level, Shard
from spec.load import PUBLISHED, RELEASES
from vimgate import completing
from vimgate.asking import Option
from vimgate.asking.shard import SHARD

DEPTH: Final[tuple[Option, ...]] = (
    click.option(
        "--release",
        type=click.Choice(RELEASES),
        default=PUBLISHED,
        show_default=True,
        help="The contract to judge by: the published API, or what deployments of a release do.",
    ),
    click.option(
        "--level",
        type=click.Choice([level.value for level in Level]),
        help="How deep to look.  [default: oracle when the world of the target is known, else orchestration]",
    ),
    click.option(
        "--world",
        type=click.Path(path_type=Path, dir_okay=False),
        help="World file of the deployment: each strategy is compared with what it leads to.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="The same seed asks the same questions.",
    ),
    click.option(
        "-n",
        "workers",
        type=click.IntRange(1, 64),
        metavar="WORKERS",
        help="Processes to run in.  [default: one per CPU, up to 4, for a target in this process, else 1]",
    ),
    click.option(
        "--fuzz-examples",
        type=click.IntRange(min=0),
        default=40,
        show_default=True,
        help="Generated requests per operation; 0 generates none.",
    ),
    click.option(
        "--clients",
        type=click.IntRange(0, MOST_CLIENTS),
        default=4,
        show_default=True,
        help="Clients that ask at the same time, to see whether their requests run into each other; 0 or 1 tries none.",
    ),
    click.option(
        "--sequences",
        type=click.IntRange(min=0),
        default=16,
        show_default=True,
        help="Drawn sequences of requests through the lifecycles; 0 draws none.",
    ),
    click.option(
        "--only",
        multiple=True,
        metavar="ID",
        shell_complete=completing.requirements,
        help="Judge this requirement alone, or those of a pattern such as 'VIM-LIFE-*'; repeatable.  [default: all]",
    ),
    click.option(
        "--skip",
        multiple=True,
        metavar="ID",
        shell_complete=completing.requirements,
        help="Leave out this requirement, or those of a pattern; repeatable.  [default: none]",
    ),
    click.option(
        "--shard",
        type=SHARD,
        metavar="I/N",
        help="Play the I-th of N parts of the suite; `vimgate report merge` joins their reports.  [default: all of it]",
    ),
)


@dataclass(frozen=True, slots=True)
class OfDepth:
    """What was asked about the depth of the run."""

    release: str
    level: str | None
    world: Path | None
    seed: int
    workers: int | None
    fuzz_examples: int
    clients: int
    sequences: int
    only: tuple[str, ...]
    skip: tuple[str, ...]
    shard: Shard | None
