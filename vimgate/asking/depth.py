"""What is judged, and how thoroughly."""

from dataclasses import dataclass
from typing import Final

import click

from vimgate.asking import Option

DEPTH: Final[tuple[Option, ...]] = (
    click.option(
        "--release",
        type=click.Choice(["published"]),
        default="published",
        show_default=True,
        help="The contract to judge by.",
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
        help="Processes to run in.  [default: one per CPU, up to 4]",
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
        type=click.IntRange(0, 8),
        default=4,
        show_default=True,
        help="Clients that ask at the same time, to see whether their requests run into each other; 0 or 1 tries none.",
    ),
)


@dataclass(frozen=True, slots=True)
class OfDepth:
    """What was asked about the depth of the run."""

    release: str
    seed: int
    workers: int | None
    fuzz_examples: int
    clients: int
