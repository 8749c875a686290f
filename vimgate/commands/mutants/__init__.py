"""`vimgate mutants`: faulty variants of the reference server, and what a judge makes of them.

Lives here: reading arguments, telling what there is, exit codes. Never here: a defect (`reference_server.mutants`).

  listing.py  `list` and `show`: what each one does wrong, and what that breaks
  serve.py    `serve`: one of them on a port
  kill.py     `kill`: the judge, and a peer beside it, on each of them
"""

import click

from vimgate.commands.mutants import kill, listing, serve


@click.group(epilog="Example: vimgate mutants show second-apply-accepted")
def command() -> None:
    """Faulty variants of the reference server, by which a judge is measured."""


command.add_command(listing.list_mutants, "list")
command.add_command(listing.show, "show")
command.add_command(serve.command, "serve")
command.add_command(kill.command, "kill")
