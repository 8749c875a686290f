"""Options that stand in a file, `vimgate.toml`: a table for each command, checked against the options that it has.

The command line goes before the environment, the environment before the file, the file before the default. What nobody
can name, of another type, or secret is refused, with near misses.
"""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from click.types import IntParamType

from reports.redact import is_secret_name
from vimgate.exits import WrongUse

FILE_NAME: Final = "vimgate.toml"

type Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of the file: the words of its command, the option's name on the command line, and the value."""

    command: tuple[str, ...]
    option: str
    value: Any


@dataclass(frozen=True, slots=True)
class InForce:
    """The file of this call, what stands in it, and what is wrong with it: only the doctor goes on then."""

    path: Path
    settings: tuple[Setting, ...] = ()
    problem: str = ""


def read_settings(path: Path, group: click.Group) -> tuple[dict[str, Any], tuple[Setting, ...]]:
    """What the file says for the commands of a group: click's default map, and every setting. Raises WrongUse."""
    text, values = _parsed(path)
    reader = _Reader(path, text)
    made = reader.table(group, values, ())
    return made, tuple(reader.settings)


def _parsed(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read: {error.strerror or error}; name a TOML file with --config") from error
    except UnicodeDecodeError as error:
        raise WrongUse(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise WrongUse(f"{path}: not TOML: {error}") from error


class _Reader:
    """Goes through the tables of one file; every complaint names file, line, table and what to write."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()
        self.settings: list[Setting] = []

    def table(self, command: click.Command, values: Values, words: tuple[str, ...]) -> dict[str, Any]:
        """The default map of a command and of those below it."""
        if not isinstance(command, click.Group):
            return dict(self._options(command, values, words))
        context = click.Context(command)
        names = command.list_commands(context)
        made = {}
        for name, value in values.items():
            below = command.get_command(context, name)
            if below is None:
                raise self._wrong(words, name, f"there is no command {' '.join(('vimgate', *words, name))}", names)
            if not isinstance(value, Mapping):
                raise self._wrong(words, name, f"write a table, [{'.'.join((*words, name))}], with its options")
            made[name] = self.table(below, value, (*words, name))
        return made

    def _options(self, command: click.Command, values: Values, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        known = options_of(command)
        for name, value in values.items():
            parameter = known.get(name.replace("_", "-"))
            if parameter is None or parameter.name is None:
                raise self._unknown(words, name, known)
            self._check(command, parameter, words, name, value)
            self.settings.append(Setting(words, name, value))
            yield parameter.name, value

    def _unknown(self, words: tuple[str, ...], name: str, known: Iterable[str]) -> WrongUse:
        if is_secret_name(name):
            return self._wrong(words, name, "no secret stands in this file; write token-file, or set the variable")
        return self._wrong(words, name, f"vimgate {' '.join(words)} has no such option", known)

    def _check(
        self, command: click.Command, parameter: click.Parameter, words: tuple[str, ...], name: str, value: Any
    ) -> None:
        """Raise WrongUse unless the value is one that the option takes."""
        if problem := misfit(command, parameter, name, value):
            raise self._wrong(words, name, problem)

    def _wrong(self, words: tuple[str, ...], name: str, what: str, known: Iterable[str] = ()) -> WrongUse:
        near = difflib.get_close_matches(name, list(known), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; known are {', '.join(known)}" if known else ""
        table = f"[{'.'.join(words)}] " if words else ""
        return WrongUse(f"{self._path}{self._place(words, name)}: {table}{name}: {what}{hint}")

    def _place(self, words: tuple[str, ...], name: str) -> str:
        """The line of a name within its table; empty when it stands there in another way."""
        within: tuple[str, ...] = ()
        for number, line in enumerate(self._lines, start=1):
            text = line.strip()
            if text.startswith("["):
                within = tuple(text.partition("]")[0].strip("[] ").split("."))
                if within == (*words, name):
                    return f":{number}"
            elif within == words and text.partition("=")[0].strip().strip("\"'") == name:
                return f":{number}"
        return ""


def options_of(command: click.Command) -> dict[str, click.Parameter]:
    """The parameters of a command by their names in a file: those of the command line without dashes."""
    found: dict[str, click.Parameter] = {}
    for parameter in command.params:
        if parameter.name in ("help", "version"):
            continue
        names = [option.lstrip("-") for option in parameter.opts if option.startswith("--")]
        for name in names or [(parameter.name or "").replace("_", "-")]:
            found[name] = parameter
    return found


def misfit(command: click.Command, parameter: click.Parameter, name: str, value: Any) -> str:
    """Why a value of a file is none that the option of that name takes, and what to write; empty when it is one."""
    if problem := _unlike(parameter, name, value):
        return problem
    if any(has_credentials(each) for each in (value if isinstance(value, list) else [value])):
        return "no secret stands in this file; leave user and password out of the URL"
    try:
        parameter.type_cast_value(click.Context(command), value)
    except click.BadParameter as error:
        return error.message
    return ""


def _unlike(parameter: click.Parameter, name: str, value: Any) -> str:
    """What is wrong with the kind of a value; empty when nothing is."""
    many = parameter.multiple or parameter.nargs != 1
    flag = isinstance(parameter, click.Option) and parameter.is_flag
    if many and not isinstance(value, list):
        return f'write a list, such as {name} = ["{value}"]'
    if not many and isinstance(value, list | dict):
        return "write one value"
    if flag is not isinstance(value, bool):
        return "write true or false" if flag else "write a value, not true or false"
    if isinstance(value, float) and isinstance(parameter.type, IntParamType):
        return f"write a whole number, not {value}"
    return ""


def has_credentials(value: Any) -> bool:
    """The value is a URL that names a user."""
    return isinstance(value, str) and "@" in value.partition("://")[2].partition("/")[0]
