"""`vimgate spec`: is the contract sound, what does it say of a release, and what changes between releases.

Lives here: reading arguments, printing, exit codes. Never here: what a release does (`spec`), or the words for what
changes (`vimgate.releases`).

  check.py         `check`: whether contract, ledger, law and releases hold together
  show.py          `show`: a release and its operations, or one operation in detail
  diff.py          `diff`: what a client sees change from one release to another
  export.py        `export`: the OpenAPI file of a release, or of the control API
  requirements.py  `requirements`: the ledger of a release
  deviations.py    `deviations`: what a release does otherwise than the published document says
  docs.py          `docs`: the contract as pages
  reading.py       the option --release, and how a release is read
"""

from typing import Final

import click

from vimgate.lazily import lazily

COMMANDS: Final = {
    "check": ("vimgate.commands.spec.check", "Check that contract, ledger, law and releases are sound."),
    "show": ("vimgate.commands.spec.show", "Show a release and its operations, or one operation in detail."),
    "diff": ("vimgate.commands.spec.diff", "Say what a client sees change from one release to another."),
    "export": ("vimgate.commands.spec.export", "Print the OpenAPI file of a release, or of the control API."),
    "requirements": ("vimgate.commands.spec.requirements", "List the requirements of the ledger and what tests each."),
    "deviations": ("vimgate.commands.spec.deviations", "List what a release does otherwise than the document says."),
    "docs": ("vimgate.commands.spec.docs", "Write the contract as pages in Markdown."),
}


@click.group(cls=lazily(COMMANDS))
def command() -> None:
    """Look at the contract, its releases, requirements and operations.

    \b
    Example:
      vimgate spec show createSwPatchStrategy --release stx-3.0
      vimgate spec diff published stx-3.0
    """  # noqa: D301 - click reads \b as "do not wrap"
