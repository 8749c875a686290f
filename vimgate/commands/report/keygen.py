"""`vimgate report keygen`: a key to sign with."""

from pathlib import Path

import click

from vimgate.commands.report import keyfiles


@click.command("keygen")
@click.option(
    "--out",
    "--key-out",
    "out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="KEY",
    help="File of the private key; the public one goes beside it, to KEY.pub.",
)
@click.option(
    "--protect", is_flag=True, help=f"Protect it by a password: asked for, or taken from ${keyfiles.PASSWORD}."
)
def command(out: Path, *, protect: bool) -> None:
    """Make an ed25519 key to sign reports with.

    KEY is for whoever signs, and for nobody else (mode 600); KEY.pub is for everybody who verifies. A file that is
    there is never overwritten.

    Exit codes: 0 made, 2 wrong use.

    \b
    Example:
      vimgate report keygen --out vendor.key
      vimgate report keygen --out vendor.key --protect
    """  # noqa: D301 - click reads \b as "do not wrap"
    public, pair = keyfiles.create(out, protected=protect)
    click.echo(f"{out}: the private key; keep it to whoever signs")
    click.echo(f"{public}: the public key, for whoever verifies; its id is {pair.key_id}")
