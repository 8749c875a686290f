"""`vimgate fleet`: many targets, and captures of any size, judged on a Dask cluster; one file per subcommand.

Lives here: reading arguments, printing, exit codes. Never here: how it is carried out (`vimgate.fleet`), or what a
fleet comes to (`reports.fleet`).

  certify.py  `certify`: the targets of a fleet file
  audit.py    `audit`: captures
  report.py   `report`: the merged report of a fleet that was certified, once more
"""

from typing import Final

import click

from vimgate.lazily import lazily

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "certify": ("vimgate.commands.fleet.certify", "Judge every target of a fleet file, and end in one verdict."),
    "audit": ("vimgate.commands.fleet.audit", "Judge recorded traffic of any size."),
    "report": ("vimgate.commands.fleet.report", "Show what a fleet that was certified came to."),
}


@click.group(cls=lazily(COMMANDS))
def command() -> None:
    """Judge a whole fleet, on this machine's cores or on a Dask cluster.

    It needs the extra `fleet`: pip install 'vimgate[fleet]'.

    \b
    Example:
      vimgate fleet certify fleet.yaml
      vimgate fleet report vimgate-fleet
    """  # noqa: D301 - click reads \b as "do not wrap"
