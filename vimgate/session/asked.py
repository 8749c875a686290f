"""The options of `vimgate certify` as options of pytest, read by the same parser, and so with the same meaning."""

from pathlib import Path
from typing import Any, Final

import click
import pytest

from vimgate.cli import command as vimgate
from vimgate.commands.certify import command
from vimgate.settings import FILE_NAME, read_settings

# What pytest, or a plugin of it, says otherwise; and what comes to no verdict.
_LEFT_OUT: Final = frozenset({"-n", "--quiet", "--json", "--dry-run"})
# What would be too short a name beside the options of others.
_RENAMED: Final = {"--out": "--report-dir"}
_PREFIX: Final = "vimgate_"
_TARGET: Final = f"{_PREFIX}target"


def add_options(parser: pytest.Parser) -> None:
    """Give pytest the options of certify, and `--target`."""
    group = parser.getgroup("vimgate", "judging a server by the suite of vimgate")
    about = "What is judged: http://host:port, https://… or wsgi:module:factory.  [default: the embedded server]"
    group.addoption("--target", dest=_TARGET, metavar="TARGET", help=about)
    for option in _options():
        if option.is_flag:
            group.addoption(_name(option), dest=_dest(option), action="store_true", default=False, help=option.help)
        else:
            action, metavar = "append" if option.multiple else "store", option.metavar or str(option.name).upper()
            group.addoption(_name(option), dest=_dest(option), action=action, metavar=metavar, help=option.help)


def asked(config: pytest.Config, workers: int) -> dict[str, Any]:
    """What pytest was asked, as certify is: the values of all its options, and `target`. Raises pytest.UsageError."""
    arguments = ["-n", str(workers), *(["--quiet"] if config.get_verbosity() < 0 else [])]
    for option in _options():
        given = config.getoption(_dest(option))
        if option.is_flag:
            arguments += [option.opts[0]] if given else []
        elif given is not None:
            arguments += [f"{option.opts[0]}={each}" for each in (given if option.multiple else [given])]
    if (target := config.getoption(_TARGET)) is not None:
        arguments += ["--", target]
    try:
        context = command.make_context(
            "certify", arguments, auto_envvar_prefix="VIMGATE_CERTIFY", default_map=_defaults()
        )
    except click.ClickException as error:
        raise pytest.UsageError(error.format_message()) from error
    return dict(context.params)


def _defaults() -> dict[str, Any]:
    """What vimgate.toml says of certify. Raises WrongUse."""
    path = Path(FILE_NAME)
    made: dict[str, Any] = read_settings(path, vimgate)[0].get("certify", {}) if path.is_file() else {}
    return made


def _options() -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option) and not _LEFT_OUT.intersection(each.opts)]


def _name(option: click.Option) -> str:
    return _RENAMED.get(option.opts[0], option.opts[0])


def _dest(option: click.Option) -> str:
    return f"{_PREFIX}{option.name}"
