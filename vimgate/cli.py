"""The front door: one command, `vimgate`; its subcommands live in `vimgate.commands`, imported on use."""

import errno
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final, NoReturn

import click
from click.shell_completion import shell_complete

from spec.digests import contract_digest, ledger_digest
from vimgate.completing import COMPLETE_VARIABLE
from vimgate.exits import Exit, WrongUse
from vimgate.lazily import lazily
from vimgate.settings import FILE_NAME, InForce, read_settings

# The output is closed or full.
_NOBODY_READS: Final = frozenset({errno.EPIPE, errno.ENOSPC, errno.EBADF})

COMMANDS: Final = {
    "certify": ("vimgate.commands.certify", "Judge a server by the contract and end in a verdict."),
    "cleanup": ("vimgate.commands.cleanup", "Remove what a run that was cut off has left on its target."),
    "replay": ("vimgate.commands.replay", "Look for one finding of a report again."),
    "proxy": ("vimgate.commands.proxy", "Judge live traffic between clients and a server."),
    "serve": ("vimgate.commands.serve", "Run the reference server."),
    "plan": ("vimgate.commands.plan", "Print the strategy that a world and a create request lead to."),
    "world": ("vimgate.commands.world", "Make, check and look at world files."),
    "oracle": ("vimgate.commands.oracle", "Compare the reference server with recordings of real deployments."),
    "mutants": ("vimgate.commands.mutants", "Faulty reference servers, and what the judge makes of them."),
    "explain": ("vimgate.commands.explain", "Say what a requirement demands, and what to do about it."),
    "spec": ("vimgate.commands.spec", "Look at the contract, its requirements and its operations."),
    "audit": ("vimgate.commands.audit", "Judge recorded traffic: HAR, mitmproxy flows, JSON lines of exchanges."),
    "fleet": ("vimgate.commands.fleet", "Judge many targets, or captures of any size, on a Dask cluster."),
    "compare": (
        "vimgate.commands.compare",
        "Say what changed for clients between two deployments, captures or reports.",
    ),
    "fingerprint": ("vimgate.commands.fingerprint", "Say which release a deployment behaves like."),
    "policy": ("vimgate.commands.policy", "Check a policy of the gateway, and show what it comes to."),
    "report": ("vimgate.commands.report", "Show a report, or let it decide."),
    "doctor": ("vimgate.commands.doctor", "Look at this environment, and say what to do."),
    "completion": ("vimgate.commands.completion", "Print the script that completes commands in a shell."),
}


def _tell_version(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's
    """Print the version, the digests of what it judges by, and the Python; the first line is for scripts."""
    if not asked or context.resilient_parsing:
        return
    click.echo(f"vimgate, version {version('vimgate')}")
    click.echo(f"contract sha256:{contract_digest()}")
    click.echo(f"ledger sha256:{ledger_digest()}")
    click.echo(f"python {platform.python_version()} in {sys.prefix}")
    context.exit()


@click.group(cls=lazily(COMMANDS), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_tell_version,
    help="Say what judges, and go.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with options: a TOML table for each command.  [default: vimgate.toml, where there is one]",
)
@click.pass_context
def command(context: click.Context, config: Path | None) -> None:
    """Contract tests and a conformance verdict for the StarlingX NFV VIM REST API.

    Options may stand in vimgate.toml in the current directory, by command: [certify], [report.gate]. The command line
    goes before the environment ($VIMGATE_CERTIFY_SEED), the environment before the file.

    Exit codes: 0 conformant, 1 not conformant, 2 wrong use, 3 incomplete.

    \b
    Example:
      vimgate certify http://127.0.0.1:4545 --read-only
      vimgate explain VIM-LIFE-014
    """  # noqa: D301 - click reads \b as "do not wrap"
    path = config or Path(FILE_NAME)
    if config is None and not path.is_file():
        return
    try:
        context.default_map, settings = read_settings(path, command)
        context.obj = InForce(path, settings)
    except WrongUse as error:
        if context.invoked_subcommand != "doctor":
            raise
        context.obj = InForce(path, problem=error.message)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code.

    Click's own way out gives 1 for a closed pipe or an early Ctrl-C, and 1 is a verdict here.
    """
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        sys.exit(shell_complete(command, {}, "vimgate", COMPLETE_VARIABLE, instruction))
    try:
        with command.make_context("vimgate", arguments or sys.argv[1:], auto_envvar_prefix="VIMGATE") as context:
            command.invoke(context)
        if sys.stdout is not None:  # it is None where it was closed: `>&-`
            sys.stdout.flush()
        code: str | int | None = 0
    except click.exceptions.Exit as done:
        code = done.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except SystemExit as left:  # how rich leaves when nobody reads its output
        code = Exit.INCOMPLETE if isinstance(left.__context__, BrokenPipeError) else left.code
    except (KeyboardInterrupt, click.Abort):
        click.echo("vimgate: stopped", err=True)
        code = Exit.INCOMPLETE
    except OSError as error:
        if error.errno not in _NOBODY_READS:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer has nowhere to go
        code = Exit.INCOMPLETE
    sys.exit(code)
