"""`vimgate mutants`: faulty variants of the reference server, and what a judge makes of them.

kill.py  the judge, and a peer beside it, on each of them
"""

import click

from vimgate.commands.mutants import kill


@click.group()
def command() -> None:
    """Faulty variants of the reference server, by which a judge is measured."""


command.add_command(kill.command, "kill")
