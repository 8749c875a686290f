"""Exit codes of every command, and the one way to leave with a clear sentence."""

from enum import IntEnum

import click


class Exit(IntEnum):
    """What an exit code means."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    WRONG_USE = 2
    INCOMPLETE = 3


class WrongUse(click.ClickException):
    """Bad input: one clear error on stderr, exit code 2, no traceback."""

    exit_code = Exit.WRONG_USE


class Incomplete(click.ClickException):
    """The command could not come to a verdict (unreachable target, truncated report): exit code 3."""

    exit_code = Exit.INCOMPLETE
