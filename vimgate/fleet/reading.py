"""The targets of a fleet file that its schema accepts, as values, and what else is wrong with them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import click

from conformance.drivers.changes import EVERY, Change, read_changes
from conformance.findings.selection import SelectionError, selected
from conformance.targets.target import TargetError, check_text
from spec.documents import read_bytes, text_of
from spec.load import load_ledger
from vimgate.asking import with_options
from vimgate.asking.caller import CALLER
from vimgate.asking.depth import DEPTH
from vimgate.asking.others import OTHERS
from vimgate.asking.report import REPORT
from vimgate.asking.target import TARGET
from vimgate.exits import WrongUse
from vimgate.fleet.member import File, Member
from vimgate.settings import misfit, options_of
from vimgate.surroundings import check_authority, world_text
from vimgate.waiverfile import waivers_of

type Place = tuple[str | int, ...]
type Problem = tuple[Place, str]

_WRONG: Final = object()
_OF_ONE: Final = ("name", "url")
_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME: Final = 100
_PORTS: Final = {"http": 80, "https": 443}

# What is wrong with a target that the schema and the options accept: the field, when, and what to write instead.
_RULES: Final[tuple[tuple[str, Callable[[Member], bool], str], ...]] = (
    (
        "url",
        lambda it: not it.url and not it.os_cloud,
        "there is no target; write url: https://host:port, or os-cloud: NAME",
    ),
    (
        "read-only",
        lambda it: it.read_only and it.may_change,
        "read-only and changes contradict each other; leave one of them out",
    ),
    (
        "take-over",
        lambda it: it.take_over and not it.may_change,
        "nothing can be taken over without changes; add changes: all, or leave it out",
    ),
    (
        "token-file",
        lambda it: bool(it.token_file and it.os_cloud),
        "token-file and os-cloud each say who asks; leave one of them out",
    ),
    (
        "reader-token-file",
        lambda it: bool(it.reader_token_file and it.reader_cloud),
        "reader-token-file and reader-cloud each say who may only read; leave one of them out",
    ),
)


class Reader:
    """Goes through the targets of one file, and gathers what is wrong with them; what is asked twice is read once."""

    def __init__(self, folder: Path, value: Mapping[str, Any]) -> None:
        self._folder = folder
        self._defaults = {name: each for name, each in value.get("defaults", {}).items() if name not in _OF_ONE}
        self._targets: list[Mapping[str, Any]] = value["targets"]
        self._options = options_of(_certify())
        self._read: dict[tuple[str, str], Any] = {}
        self._seen: dict[tuple[str, ...], int] = {}
        self._found: dict[Problem, None] = {
            (("defaults", name), "stands in each target, not in defaults"): None
            for name in _OF_ONE
            if name in value.get("defaults", {})
        }

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, each once."""
        return tuple(self._found)

    def members(self) -> Iterator[Member]:
        """The targets, in their order; what is wrong of one is left out of it."""
        for number, target in enumerate(self._targets):
            asked = {**self._defaults, **target}
            values = {name.replace("-", "_"): self._told(number, name, value) for name, value in asked.items()}
            right = {name: value for name, value in values.items() if value is not _WRONG}
            member = Member(**{"name": _name(asked)} | right)
            if len(right) == len(values):
                self._check(number, member)
            yield member

    def _told(self, number: int, name: str, value: Any) -> Any:
        """What a field of a target comes to, or that it is wrong, which is kept."""
        try:
            return self._value(name, value)
        except WrongUse as error:
            self._wrong(number, name, error.message)
        except ValueError as error:
            self._wrong(number, name, str(error))
        return _WRONG

    def _wrong(self, number: int, name: str, problem: str) -> None:
        """Keep a problem, at the place where the field of the target stands."""
        own = name in self._targets[number] or name not in self._defaults
        self._found[(("targets", number, name) if own else ("defaults", name)), problem] = None

    def _value(self, name: str, value: Any) -> Any:
        """What a field comes to. Raises WrongUse, ValueError."""
        key = (name, repr(value))
        if key not in self._read:
            self._read[key] = self._converted(name, value)
        return self._read[key]

    def _converted(self, name: str, value: Any) -> Any:
        json.dumps(value, ensure_ascii=False).encode()  # which halves of a surrogate pair cannot be
        match name:
            case "name":
                return value
            case "url":
                return _url(value)
            case "changes":
                return _changes(value)
        parameter = self._options[name]
        if problem := misfit(_certify(), parameter, name, value):
            raise ValueError(problem)
        if name in _FILES:
            return _FILES[name](self._folder / value)
        if name.endswith("token-file"):
            return str((self._folder / value).absolute())
        made = parameter.type_cast_value(click.Context(_certify()), value)
        return tuple(made) if isinstance(made, list) else made

    def _check(self, number: int, member: Member) -> None:
        for name, is_wrong, problem in _RULES:
            if is_wrong(member):
                self._wrong(number, name, problem)
        self._check_selection(number, member)
        place = (member.os_cloud, member.service_type, member.interface, member.region)
        keys = (
            ("url", (_same(member.url),) if member.url else ()),
            ("os-cloud", place if member.os_cloud and not member.url else ()),
            ("name", (member.name.lower(),)),
        )
        for name, key in keys:
            first = self._seen.setdefault((name, *key), number) if key else number
            if first != number:
                what = "is called so too; give each a name of its own" if name == "name" else "is the same; keep one"
                self._wrong(number, name, f"target {first + 1} of the file {what}")
                return

    def _check_selection(self, number: int, member: Member) -> None:
        if not (member.only or member.skip):
            return
        key = ("only and skip", repr((member.release, member.only, member.skip)))
        if key not in self._read:
            try:
                selected(load_ledger(member.release), member.only, member.skip)
                self._read[key] = ""
            except SelectionError as error:
                self._read[key] = str(error).removeprefix("--")
        if self._read[key]:
            self._wrong(number, "skip" if self._read[key].startswith("skip") else "only", self._read[key])


@cache
def _certify() -> click.Command:
    """A command with the options of certify, none of whose modules are loaded for it."""

    @click.command()
    @with_options(DEPTH, TARGET, CALLER, OTHERS, REPORT)
    def command(**_: Any) -> None:
        """Is never called."""

    return command


def _url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("a target of a fleet has a URL; write such as https://controller:4545")
    try:
        check_text(value)
    except TargetError as error:
        raise ValueError(str(error)) from error
    return value.rstrip("/")


def _same(url: str) -> str:
    """The place of a URL as every spelling of it comes out; whether it is asked by TLS makes no other place of it."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    with suppress(ValueError):  # a name
        host = str(ip_address(host))
    port = parts.port if parts.port is not None else _PORTS[parts.scheme]
    return f"{host}:{port}{unquote(parts.path).rstrip('/')}"


def _changes(value: str | list[str]) -> tuple[str, ...]:
    """The words of what may be done, in the order of their kind. Raises ValueError."""
    chosen = EVERY if value == "all" else read_changes(",".join(value)) if value else frozenset[Change]()
    return tuple(change.value for change in Change if change in chosen)


def _name(asked: Mapping[str, Any]) -> str:
    """What a target without a name is called: after its URL, or its cloud and region."""
    place = asked.get("url", "").partition("://")[2] or "-".join(
        str(asked[name]) for name in ("os-cloud", "region") if name in asked
    )
    return _NAME.sub("-", place).strip("-.")[:_LONGEST_NAME] or "target"


def _world(path: Path) -> File:
    return File(str(path.absolute()), world_text(path))


def _waivers(path: Path) -> File:
    waivers_of(path)
    return _file(path)


def _authority(path: Path) -> File:
    check_authority(path)
    return _file(path)


def _file(path: Path) -> File:
    """The file, byte for byte. Raises DocumentError."""
    data = read_bytes(path)
    text_of(data, str(path))
    return File(str(path.absolute()), data.decode())


_FILES: Final = {"world": _world, "waivers": _waivers, "ca": _authority}
