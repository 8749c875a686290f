"""`vimgate completion`: the script that completes commands, options, ids and names in a shell."""

from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from vimgate.completing import COMPLETE_VARIABLE

SHELLS: Final[dict[str, type[ShellComplete]]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command()
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def command(context: click.Context, /, *, shell: str) -> None:
    """Print the script by which SHELL completes commands, options, requirement ids, mutants, releases and formats.

    bash needs version 4.4 or newer.

    \b
    Example:
      vimgate completion bash > ~/.local/share/bash-completion/completions/vimgate
      vimgate completion zsh > ~/.zfunc/_vimgate
      vimgate completion fish > ~/.config/fish/completions/vimgate.fish
    """  # noqa: D301 - click reads \b as "do not wrap"
    script = SHELLS[shell](context.find_root().command, {}, "vimgate", COMPLETE_VARIABLE)
    # Not the shell's own `source`: it starts a bash to ask for its version.
    click.echo(ShellComplete.source(script), nl=False)
