"""`vimgate world`: make world files, check them, look at them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from reference_server.rulebooks import RELEASES, load_release
from reference_server.worlds.file import World, load_world, parse_world, read_world, world_schema
from reference_server.worlds.review import review
from reference_server.worlds.shipped import world_names, world_source
from reference_server.worlds.surmise import world_of
from reports import stream
from spec.documents import DocumentError, parse, read_text
from vimgate import completing
from vimgate.exits import Incomplete, WrongUse
from vimgate.tables import print_table
from vimgate.worldview import sections

SCHEMA_FILE: Final = "world.schema.json"
MODELINE: Final = f"# yaml-language-server: $schema=./{SCHEMA_FILE}\n"
_FILE: Final = click.Path(path_type=Path, dir_okay=False)

EXTRAS_HEADLINE: Final = "\n# What a world may say as well; to use it, take away `#` and the blank behind it.\n"
# Members that most worlds do without, ready to be used: member -> lines of YAML.
EXTRAS: Final = {
    "alarms": (
        "alarms:  # each active alarm that counts stops every strategy",
        '  - {alarm_id: "100.101", mgmt_affecting: "True"}',
    ),
    "ignore_alarms": ('ignore_alarms: ["100.101"]  # alarm ids that never count',),
    "patch_hosts": (
        "patch_hosts:  # patch state by host, in the order of patching; without this every host needs the patches",
        "  - {name: controller-0, requires_reboot: false, patch_current: false}",
    ),
    "upgrade": ('upgrade: {state: upgrading-hosts, from_release: "19.12", to_release: "20.06"}  # else there is none',),
    "host_aggregates": ("host_aggregates:", "  - {name: rack-0, host_names: [controller-0]}"),
    "durations": (
        "durations: {lock-hosts: 45, unlock-hosts: 300}  # seconds that the simulated infrastructure takes, by step",
    ),
    "faults": (
        "faults:  # what goes wrong: how an action ends, or what changes by itself",
        "  - {step: lock-hosts, host: controller-0, ends: fails, times: 1}",
        '  - {change: alarm-raised, alarm: {alarm_id: "200.006"}, when: {seconds: 300}}',
    ),
}


@click.group(
    epilog="""\b
Examples:
  vimgate world list
  vimgate world show aio-dx
  vimgate world init --like standard lab.yaml
  vimgate world check lab.yaml
"""
)
def command() -> None:
    """Make world files, check them, look at them.

    A world is the simulated deployment of `vimgate serve --world` and `vimgate plan --world`: hosts, instances,
    patches, upgrade, alarms, and what goes wrong in it. docs/worlds.md, beside the README, explains the file.
    """


@command.command("list", epilog="Example: vimgate world list")
def list_worlds() -> None:
    """List the worlds that are shipped."""
    width = max(map(len, world_names()))
    for name in world_names():
        click.echo(f"{name:{width}}  {_first_sentence(world_source(name))}")


@command.command(epilog="Example: vimgate world schema > world.schema.json")
def schema() -> None:
    """Print the JSON Schema of world files.

    An editor with a YAML language server completes and checks a world file whose first line is

    \b
      # yaml-language-server: $schema=./world.schema.json

    when the schema lies beside it; `vimgate world init` writes both. No network is needed.
    """  # noqa: D301 - click reads \b as "do not wrap"
    click.echo(_schema_text(), nl=False)


@command.command(epilog="Example: vimgate world init --like aio-dx lab.yaml")
@click.argument("file", type=_FILE, default="world.yaml")
@click.option(
    "--like", type=click.Choice(world_names()), default="standard", show_default=True, help="World to begin with."
)
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def init(file: Path, *, like: str, force: bool) -> None:
    """Write a world file to edit, FILE or world.yaml, and the schema for editors beside it.

    Exit codes: 0 written, 2 there is such a file already, or it cannot be written.
    """
    _write(file, MODELINE + world_source(like) + _extras(like), force=force)
    click.echo(f"{file}: written, like {like}; try `vimgate world check {file}` and `vimgate serve --world {file}`")


@command.command(epilog="Example: vimgate world check lab.yaml test.yaml")
@click.argument("files", type=_FILE, nargs=-1, required=True)
def check(files: tuple[Path, ...]) -> None:
    """Say everything that is wrong with world files, and what is lawful but surprising.

    Exit codes: 0 all can be used, warnings or not; 2 one cannot.
    """
    wrong = 0
    for file in files:
        problems = _checked(file)
        wrong += bool(problems)
        for problem in problems:
            click.echo(problem, err=True)
    if wrong:
        raise WrongUse(f"{wrong} of {len(files)} world files cannot be used")


@command.command(epilog="Example: vimgate world show aio-dx")
@click.argument("world", default="default", shell_complete=completing.worlds)
@click.option(
    "--release", type=click.Choice(RELEASES), default="published", show_default=True, help="Rules to plan by."
)
def show(world: str, *, release: str) -> None:
    """Show a world, by the NAME of a shipped one or by FILE, and the stages that a plain create request leads to.

    Plain: everything serial, instances migrate (in a simplex they stop and start).
    """
    shown = _world(world)
    for index, (headline, table) in enumerate(sections(shown, load_release(release))):
        click.echo(f"{chr(10) if index else ''}{headline}")
        if table is not None:
            print_table(table)


@command.command("from-report", epilog="Example: vimgate world from-report vimgate-report --out lab.yaml")
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--out", type=_FILE, help="Write to this file, and the schema beside it, instead of stdout.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def from_report(report: Path, *, out: Path | None, force: bool) -> None:
    """Write what can be known of a deployment from the strategies in REPORT, the folder of a run or its report.jsonl.

    The same create requests lead to the same stages in that world. Behind each guess stands why it is made.

    Exit codes: 0 written; 2 no report there, a damaged one, or one without a planned strategy; 3 the report is cut off.
    """
    try:
        read = stream.read(report)
    except stream.TruncatedReport as error:
        raise Incomplete(str(error)) from error
    except stream.ReportError as error:
        raise WrongUse(str(error)) from error
    text = world_of(
        ((seen.strategy_kind, seen.document) for seen in read.strategies), f"the report of {read.run.target}"
    )
    if text is None:
        raise WrongUse(
            f"{report}: no strategy with planned stages is in it; a run that may change its target sees some"
        )
    _require_sound(text)
    if out is None:
        click.echo(text, nl=False)
        return
    _write(out, MODELINE + text, force=force)
    click.echo(f"{out}: written; try `vimgate world show {out}`")


def _world(given: str) -> World:
    """The shipped world of that name, or the world of that file."""
    try:
        return load_world(given) if given in world_names() else read_world(Path(given))
    except DocumentError as error:
        hint = f"; or one of {', '.join(world_names())}" if not Path(given).exists() else ""
        raise WrongUse(f"{error}{hint}") from error


def _checked(file: Path) -> tuple[str, ...]:
    """The problems of one file; what else there is to say about it is printed."""
    try:
        found = review(read_text(file), str(file), load_release("published"))
    except DocumentError as error:
        return (str(error),)
    for warning in found.warnings:
        click.echo(f"warning: {warning}")
    if not found.problems:
        number = len(found.warnings)
        click.echo(f"{file}: ok" + (f", {number} warning{'s' if number > 1 else ''}" if number else ""))
    return found.problems


def _require_sound(text: str) -> None:
    try:
        parse_world(parse(text, "the world"), "the world", text=text)
    except DocumentError as error:
        raise WrongUse(f"the strategies contradict each other, and no world can be made of them:\n{error}") from error


def _first_sentence(source: str) -> str:
    """What the comment at the top of a world says, up to its first full stop."""
    lines = [line.lstrip("# ") for line in source[: source.index("\nhosts")].splitlines() if line.startswith("#")]
    return " ".join(lines).partition(". ")[0].rstrip(".")


def _extras(like: str) -> str:
    present = parse(world_source(like), like)
    lines = [line for member, lines in EXTRAS.items() if member not in present for line in lines]
    return "".join((EXTRAS_HEADLINE, *(f"# {line}\n" for line in lines)))


def _schema_text() -> str:
    return json.dumps(world_schema(), indent=2, ensure_ascii=False) + "\n"


def _write(file: Path, text: str, *, force: bool) -> None:
    """Write a world file and the schema beside it; without `force` only where nothing else is. Raises WrongUse."""
    schema_file = file.parent / SCHEMA_FILE
    try:
        for path, there in _in_the_way(file, schema_file):
            if not force:
                raise WrongUse(f"{path}: {there}; name another file, or say --force to overwrite it")
        file.parent.mkdir(parents=True, exist_ok=True)
        schema_file.write_text(_schema_text(), encoding="utf-8")
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{error.filename or file}: cannot be written: {error.strerror or error}") from error


def _in_the_way(file: Path, schema_file: Path) -> Iterator[tuple[Path, str]]:
    if file.exists() or file.name == SCHEMA_FILE:
        yield file, "is there already" if file.exists() else "is the name of the schema for editors"
    if schema_file.exists() and world_schema()["$id"] not in schema_file.read_text(encoding="utf-8", errors="replace"):
        yield schema_file, "is there already, and is not the schema of worlds"
