"""`vimgate report`: what can be done with the report of a run, one file per subcommand.

Lives here: reading arguments, printing, exit codes. Never here: what a report says or comes to (`reports`), or how a
verdict is computed again (`conformance`).

  reading.py    the argument REPORT, and how it is read
  show.py       `show`: in another form
  gate.py       `gate`: an exit code
  sign.py       `sign`: a signed statement of what it comes to
  verify.py     `verify`: recomputed from its evidence, and whether its signature holds
  keygen.py     `keygen`: a key to sign with
  keyfiles.py   the files of keys
  signature.py  the signature beside a report, checked and told
  diff.py       `diff`: two reports held against each other
  merge.py      `merge`: the reports of all shards of a run made one
  matrix.py     `matrix`: several reports as one table
  output.py     where that goes which a command has rendered
"""

from typing import Final

import click

from vimgate.lazily import lazily

COMMANDS: Final = {
    "show": ("vimgate.commands.report.show", "Show a report in another form."),
    "verify": ("vimgate.commands.report.verify", "Recompute every verdict of a report from its evidence."),
    "gate": ("vimgate.commands.report.gate", "Print the VERDICT line of a report and exit by it."),
    "sign": ("vimgate.commands.report.sign", "Sign what a report comes to."),
    "keygen": ("vimgate.commands.report.keygen", "Make a key to sign reports with."),
    "diff": ("vimgate.commands.report.diff", "Say what broke and what was fixed between two reports."),
    "merge": ("vimgate.commands.report.merge", "Make one report of those of all shards of a run."),
    "matrix": ("vimgate.commands.report.matrix", "Show several reports as one table."),
}


@click.group(cls=lazily(COMMANDS))
def command() -> None:
    """Look at the report of a run.

    REPORT is the folder of a run or the report.jsonl in it.

    \b
    Example:
      vimgate report show vimgate-report
      vimgate report verify vimgate-report
      vimgate report gate vimgate-report
      vimgate report diff vimgate-report-old vimgate-report
    """  # noqa: D301 - click reads \b as "do not wrap"
