"""What is around a run: places to write, the file of options, variables, terminal and encodings."""

import locale
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from conformance.runs.runfile import default_path
from reports.redact import is_secret_name, redact_text
from vimgate.health.signs import Sign, Status
from vimgate.settings import FILE_NAME, InForce

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
# Variables that belong to no option: secrets, and what our own tests and builds read.
_VARIABLES: Final = frozenset(
    f"VIMGATE_{name}"
    for name in (
        "TOKEN", "EXPIRED_TOKEN", "READER_TOKEN", "CONFIGURATOR_TOKEN", "OPERATOR_TOKEN", "OIDC_TOKEN", "CONTROL_TOKEN",
        "KEY_PASSWORD",
        "RULEBOOK", "CORPUS", "SEED", "UPDATE_GOLDEN", "LONG_ON", "CONFIG",
    )
)  # fmt: skip


def look_around(in_force: InForce | None, group: click.Group, environment: Mapping[str, str]) -> Iterator[Sign]:
    """Every sign of what is around."""
    yield _writable("reports", Path("vimgate-report"), "name another folder with --out")
    yield _writable("run files", default_path("http://x"), "set XDG_STATE_HOME, or name a file with --run-file")
    yield from _settings(in_force)
    yield from _variables(environment, group)
    yield _encoding()
    yield _terminal(environment)
    yield _browser()


def _writable(subject: str, path: Path, remedy: str) -> Sign:
    place = next(each for each in (path, *path.absolute().parents) if each.exists())
    folder = place if place.is_dir() else place.parent
    if os.access(folder, os.W_OK | os.X_OK):
        return Sign(subject, Status.OK, f"{folder.absolute()} can be written")
    return Sign(subject, Status.FAIL, f"{folder.absolute()} cannot be written", remedy)


def _settings(in_force: InForce | None) -> Iterator[Sign]:
    if in_force is None:
        yield Sign("settings", Status.OK, f"no {FILE_NAME} here")
    elif in_force.problem:
        yield Sign("settings", Status.FAIL, in_force.problem, "correct the file, or leave --config out")
    else:
        yield Sign("settings", Status.OK, f"{in_force.path} is in force, with {len(in_force.settings)} options")
        for each in in_force.settings:
            yield Sign(f"{' '.join(each.command)}: {each.option}", Status.OK, f"{each.value!r} ({in_force.path})")


def _variables(environment: Mapping[str, str], group: click.Group) -> Iterator[Sign]:
    given = sorted(name for name in environment if name.startswith("VIMGATE_"))
    known = _VARIABLES | set(_of_options(group, "VIMGATE")) if given else frozenset()
    for name in given:
        value = "set" if is_secret_name(name) else redact_text(environment[name])
        if name in known:
            yield Sign(f"${name}", Status.OK, value)
        else:
            yield Sign(f"${name}", Status.WARN, f"{value}; no option reads it", "correct its name, or unset it")


def _of_options(command: click.Command, prefix: str) -> Iterator[str]:
    """The variables that click reads for the options of a command and of those below it."""
    yield from (f"{prefix}_{each.name}".upper() for each in command.params if each.name)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _of_options(below, f"{prefix}_{name}".upper().replace("-", "_"))


def _encoding() -> Sign:
    names = {"stdout": sys.stdout.encoding, "files": locale.getencoding(), "names": sys.getfilesystemencoding()}
    seen = ", ".join(f"{what} {name}" for what, name in names.items())
    if all((name or "").lower().replace("-", "") == "utf8" for name in names.values()):
        return Sign("encodings", Status.OK, seen)
    return Sign("encodings", Status.WARN, seen, "set LC_ALL=C.UTF-8, or PYTHONUTF8=1, so that every text can be shown")


def _terminal(environment: Mapping[str, str]) -> Sign:
    console = Console()
    colour = "no colour (NO_COLOR)" if environment.get("NO_COLOR") else console.color_system or "no colour"
    what = f"a terminal, {console.width} columns" if sys.stdout.isatty() else "no terminal"
    return Sign("output", Status.OK, f"{what}, {colour}, TERM={environment.get('TERM', 'not set')}")


def _browser() -> Sign:
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    return Sign("browser", Status.OK, found or "none; only tests of the report's page want one")
