"""The option --release, and how what is known of a release is read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from spec.documents import DocumentError
from spec.load import RELEASES
from vimgate.exits import WrongUse

RELEASE: Callable[[Any], Any] = click.option(
    "--release", type=click.Choice(RELEASES), default="published", show_default=True, help="What deployments of it do."
)


@contextmanager
def told() -> Iterator[None]:
    """A damaged file is told in a sentence, as wrong use."""
    try:
        yield
    except DocumentError as error:
        raise WrongUse(str(error)) from error
