"""`vimgate plan`: the strategy that a world and a create request lead to, right after its build."""

import json
import random
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import click

from reference_server.engine.model import StrategyRequest
from reference_server.engine.words import Kind
from reference_server.instant import planned_document
from reference_server.refusals import Refusal
from reference_server.requests import parse_create
from reference_server.rulebooks import RELEASES, Release, load_release, read_release
from reference_server.worlds.file import read_world
from spec.documents import DocumentError, read_document
from vimgate.exits import WrongUse

DATE_FORMAT = "%Y-%m-%d %H:%M:%S"
FILE = click.Path(path_type=Path)


def _moment(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    """Seconds since 1970-01-01 UTC, from those or from a date and time as strategy documents write it."""
    if text is None:
        return None
    try:
        date = None if _is_number(text) else datetime.strptime(text, DATE_FORMAT).replace(tzinfo=UTC)
        moment = float(text) if date is None else date.timestamp()
        datetime.fromtimestamp(moment, UTC)
    except (ValueError, OverflowError, OSError) as error:
        wanted = "'YYYY-MM-DD HH:MM:SS' or seconds since 1970-01-01"
        raise click.BadParameter(f"{text!r} is no time; write {wanted}") from error
    return moment


@click.command()
@click.option(
    "--world",
    "world_path",
    required=True,
    type=FILE,
    help="World file, YAML or JSON: hosts, instances, patches, upgrade, alarms.",
)
@click.option(
    "--kind",
    required=True,
    type=click.Choice([str(kind) for kind in Kind]),
    help="What the strategy orchestrates; a release has some of them.",
)
@click.option("--request", "request_path", required=True, type=FILE, help="Body of the create request, YAML or JSON.")
@click.option(
    "--release",
    "release_name",
    type=click.Choice(RELEASES),
    default="published",
    show_default=True,
    help="Rules to build by.",
)
@click.option(
    "--rulebook", type=FILE, help="Rulebook file of your own; it extends the release unless it says otherwise."
)
@click.option(
    "--now",
    callback=_moment,
    metavar="TIME",
    help="Time of the build, 'YYYY-MM-DD HH:MM:SS' in UTC or seconds since 1970-01-01.  [default: now]",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides the uuid of the strategy.")
def command(  # noqa: PLR0913 - one for each option
    *,
    world_path: Path,
    kind: str,
    request_path: Path,
    release_name: str,
    rulebook: Path | None,
    now: float | None,
    seed: int,
) -> None:
    """Print the strategy that a world and a create request lead to, as it is right after its build.

    The document is the result, also when the build failed: build-phase.reason says why.
    Exit codes: 0 printed, 2 an input is wrong.

    \b
    Example:
      vimgate plan --world world.yaml --kind sw-patch --request create.json --release stx-3.0
    """  # noqa: D301 - click reads \b as "do not wrap"
    try:
        release = read_release(rulebook, release_name) if rulebook else load_release(release_name)
        world = read_world(world_path)
        moment = time.time() if now is None else now
        request = _read_request(request_path, Kind(kind), release, moment)
    except DocumentError as error:
        raise WrongUse(str(error)) from error
    document = planned_document(request, world.fleet, release, uuid=_uuid(seed), now=moment)
    click.echo(json.dumps(document, indent=2))


def _read_request(path: Path, kind: Kind, release: Release, now: float) -> StrategyRequest:
    """The create request of a file at that moment. Raises DocumentError."""
    if kind not in release.wire.kinds:
        kinds = ", ".join(release.wire.kinds)
        raise DocumentError(f"release {release.name} has no {kind} strategies; write --kind with one of {kinds}")
    body = read_document(path)
    try:
        return parse_create(kind, body, release.wire, now=now)
    except Refusal as refusal:
        raise DocumentError(
            f"{path}: not a {kind} create request of release {release.name}: {refusal.text}"
        ) from refusal


def _uuid(seed: int) -> str:
    """A version 4 uuid that depends on the seed alone; the first one that a server with this seed gives."""
    return str(uuid.UUID(int=random.Random(seed).getrandbits(128), version=4))  # noqa: S311 - reproducible on purpose


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
