"""`vimgate oracle`: hold the reference server against what was recorded of real deployments.

Lives here: reading arguments, telling the outcome, exit codes. Never here: how a recording is played or compared
(`reference_server`), or what two documents differ in (`conformance.predictions.differ`).

  plans.py      `replay`: recorded strategies, planned again
  exchanges.py  `replay-http`: recorded HTTP exchanges, sent again
  pages.py      how an outcome of `replay-http` looks to people
"""

import click

from vimgate.commands.oracle.exchanges import replay_http
from vimgate.commands.oracle.plans import replay

__all__ = ["command"]


@click.group()
def command() -> None:
    """Hold the reference engine against what was recorded of real deployments.

    \b
    Example:
      vimgate oracle replay plans-3.0.jsonl.gz
      vimgate oracle replay-http exchanges-3.0.jsonl.gz
    """  # noqa: D301 - click reads \b as "do not wrap"


command.add_command(replay)
command.add_command(replay_http)
