"""The help of every command: it has an example, and each example is a line that the command takes."""

import re
import shlex

import click
import pytest

from vimgate.cli import command as root

LINE = re.compile(r"^ *(?:Examples?: )?((?:[A-Z_]+=\S+ )*vimgate .*)$", re.MULTILINE)
SHELL = re.compile(r" (?:>|\||&&) .*$")


def tree(command=root, words=("vimgate",)):
    """Every command and group with the words that it is called by."""
    yield pytest.param(command, words, id=" ".join(words))
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from tree(command.get_command(context, name), (*words, name))


def examples(command):
    """The lines of the help, from the word Example on."""
    text = command.get_help(click.Context(command, info_name="vimgate", max_content_width=1000, terminal_width=1000))
    return LINE.findall(text[max(text.rfind("Example:"), text.rfind("Examples:"), 0) :]) if "Example" in text else []


def taken(command, words):
    """The command that takes these words: parses the options of each group and of the command, and calls nothing."""
    context = command.make_context("vimgate", list(words))
    while isinstance(context.command, click.Group):
        name, *rest = [*context._protected_args, *context.args]  # noqa: SLF001 - what is left to the subcommand
        below = context.command.get_command(context, name)
        assert below is not None, name
        if not rest and isinstance(below, click.Group):
            return below
        context = below.make_context(name, rest, parent=context)
    return context.command


@pytest.mark.parametrize(("command", "words"), list(tree()))
def test_every_help_has_an_example_that_the_command_takes(command, words):
    """The help of a command shows nothing to type, or something that is wrong use, or shows another command."""
    shown = [shlex.split(SHELL.sub("", line)) for line in examples(command)]
    lines = [line[line.index("vimgate") :] for line in shown]
    assert {line[: len(words)] == list(words) for line in lines} == {True}
    found = {taken(root, line[1:]) for line in lines}
    assert found == {command} or isinstance(command, click.Group)
