"""As whom a target is asked besides: somebody whose token has ended, who may only read, or has another role."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from vimgate.asking import Option

READERS: Final[tuple[Option, ...]] = (
    click.option(
        "--reader-token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with the token of one who may read all strategies and change none; else $VIMGATE_READER_TOKEN.",
    ),
    click.option("--reader-cloud", metavar="NAME", help="Log in as that one to this cloud of clouds.yaml."),
)

OTHERS: Final[tuple[Option, ...]] = (
    click.option(
        "--expired-token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with a token that has expired or was revoked; else $VIMGATE_EXPIRED_TOKEN. "
        "With a log-in the run makes one.",
    ),
    *READERS,
    click.option(
        "--configurator-token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with the token of one whose role is configurator, for 11.0 and later; else "
        "$VIMGATE_CONFIGURATOR_TOKEN.",
    ),
    click.option(
        "--operator-token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with the token of one whose role is operator, for 11.0 and later; else $VIMGATE_OPERATOR_TOKEN.",
    ),
    click.option(
        "--oidc-token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with a token of OpenID Connect of one who may do everything, for 12.0 and later; else "
        "$VIMGATE_OIDC_TOKEN.",
    ),
)


@dataclass(frozen=True, slots=True)
class OfOthers:
    """What was asked about further callers."""

    expired_token_file: Path | None
    reader_token_file: Path | None
    reader_cloud: str | None
    configurator_token_file: Path | None = None
    operator_token_file: Path | None = None
    oidc_token_file: Path | None = None
