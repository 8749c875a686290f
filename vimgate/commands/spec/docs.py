"""`vimgate spec docs`: the contract as pages."""

from pathlib import Path

import click

from vimgate.commands.spec.reading import told
from vimgate.contractpages import PAGES
from vimgate.exits import WrongUse


@click.command("docs", epilog="Example: vimgate spec docs --out docs")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="docs",
    show_default=True,
    help="Folder to write them to.",
)
def command(*, out: Path) -> None:
    """Write the contract as pages in Markdown: requirements.md, states.md and releases.md."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, page in PAGES.items():
            with told():
                (out / name).write_text(page(), encoding="utf-8")
            click.echo(out / name)
    except OSError as error:
        raise WrongUse(
            f"{out}: cannot be written: {error.strerror or error}; name another folder with --out"
        ) from error
