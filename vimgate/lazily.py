"""A group of commands that imports a subcommand only when it is used, so that none waits for what others need."""

import importlib
from collections.abc import Mapping

import click
from click.shell_completion import CompletionItem

type Commands = Mapping[str, tuple[str, str]]
"""By the name of a subcommand: the module that has it as `command`, and a line of help."""


def lazily(commands: Commands) -> type[click.Group]:
    """The class of a group with these subcommands, for `click.group(cls=...)`.

    Its help, and what a shell completes of it, import none of them.
    """

    class _LazyGroup(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
            return list(commands)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
            if cmd_name not in commands:
                return None
            command: click.Command = importlib.import_module(commands[cmd_name][0]).command
            return command

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
            with formatter.section("Commands"):
                formatter.write_dl([(name, help_line) for name, (_, help_line) in commands.items()])

        def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
            fitting = [name for name in commands if name.startswith(incomplete)]
            items = [CompletionItem(name, help=commands[name][1]) for name in fitting]
            return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    return _LazyGroup
