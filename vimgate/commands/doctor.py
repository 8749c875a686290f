"""`vimgate doctor`: whether this environment is one in which a verdict can be trusted."""

import os
from dataclasses import asdict
from typing import Final

import click
from rich.text import Text

from reports.render.words import printable
from vimgate.exits import Exit
from vimgate.health.around import look_around
from vimgate.health.installed import look_at_installed
from vimgate.health.signs import Sign, Status
from vimgate.settings import InForce
from vimgate.summary import as_json
from vimgate.tables import empty_table, print_table

_STYLES: Final = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red"}


@click.command(
    epilog="""\b
Examples:
  vimgate doctor
  vimgate doctor --json
"""
)
@click.option("--json", "json_", is_flag=True, help="Print one JSON document instead of a table.")
@click.pass_context
def command(context: click.Context, /, *, json_: bool) -> None:
    """Look at this environment: Python, libraries, files of others under our names, places to write, settings.

    Each line says ok, warn or fail, what was seen, and what to do.

    Exit codes: 0 nothing is wrong, 1 something is (a line says fail).
    """
    root = context.find_root()
    group = root.command if isinstance(root.command, click.Group) else click.Group()
    signs = [*look_at_installed(), *look_around(context.find_object(InForce), group, os.environ)]
    wrong = any(sign.status is Status.FAIL for sign in signs)
    if json_:
        value = {"format": "vimgate-doctor", "version": 1, "well": not wrong, "signs": [asdict(each) for each in signs]}
        click.echo(as_json(value))
    else:
        _print(signs)
    context.exit(Exit.NOT_CONFORMANT if wrong else Exit.CONFORMANT)


def _print(signs: list[Sign]) -> None:
    made = empty_table("", "What", "Seen")
    for sign in signs:
        seen = printable(f"{sign.seen}\n{sign.remedy}" if sign.remedy else sign.seen)
        made.add_row(Text(sign.status, style=_STYLES[sign.status]), printable(sign.subject), seen)
    print_table(made)
