"""One target of a fleet, with all that `vimgate certify` is asked of it; and what that is called with."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from spec.load import PUBLISHED


@dataclass(frozen=True, slots=True)
class File:
    """A file that a fleet file names: where it is, and what stands in it."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """One target of a fleet; what is not said is left to `vimgate certify`: empty, or None.

    `url` is empty where the catalogue of `os_cloud` says it. `changes` are the words of what may be done to the target;
    without any it gets GET requests alone. Paths of tokens are absolute, and mean the machine of the worker. Times are
    in seconds.
    """

    name: str
    url: str = ""
    release: str = PUBLISHED
    level: str = ""
    world: File | None = None
    changes: tuple[str, ...] = ()
    take_over: bool = False
    read_only: bool = False
    waivers: File | None = None
    ca: File | None = None
    token_file: str = ""
    os_cloud: str = ""
    service_type: str = ""
    interface: str = ""
    region: str = ""
    expired_token_file: str = ""
    reader_token_file: str = ""
    reader_cloud: str = ""
    configurator_token_file: str = ""
    operator_token_file: str = ""
    oidc_token_file: str = ""
    seed: int | None = None
    fuzz_examples: int | None = None
    sequences: int | None = None
    clients: int | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    evidence: bool = True
    request_timeout: float | None = None
    reconnect: float | None = None
    poll_interval: float | None = None
    requests_per_minute: float | None = None
    deadline: float | None = None

    @property
    def may_change(self) -> bool:
        """Judging it may change the target."""
        return bool(self.changes)

    @property
    def place(self) -> str:
        """Who is judged, for people: the URL, or where the catalogue says it."""
        region = f", region {self.region}" if self.region else ""
        return self.url or f"the catalogue of {self.os_cloud}{region}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """The targets of a fleet file in its order; `digest` is the SHA-256 of all that is asked of them, in hex."""

    members: tuple[Member, ...]
    digest: str
    path: Path


# The names under which the files of a target lie in a folder for `arguments`.
FILES: Final = {"world": "world.yaml", "waivers": "waivers.yaml", "ca": "ca.pem"}


def files(member: Member) -> dict[str, str]:
    """The files that a target needs where it is judged: texts by the names that `arguments` gives them in a folder."""
    held = {name: getattr(member, field) for field, name in FILES.items()}
    return {name: file.text for name, file in held.items() if file is not None}


def arguments(member: Member, folder: Path | None = None) -> list[str]:
    """What `vimgate certify` is called with to judge the target, without --out and all that a fleet adds.

    Files are those of the fleet file, or those that `files` names, in the folder.
    """
    return [*([member.url] if member.url else []), *_changes(member), *_options(member, folder)]


def _changes(member: Member) -> list[str]:
    return ["--allow-changes", f"--changes={','.join(member.changes)}"] if member.changes else []


def _options(member: Member, folder: Path | None) -> Iterator[str]:
    for field in fields(member):
        if field.name in _NO_OPTIONS:
            continue
        value, option = getattr(member, field.name), f"--{field.name.replace('_', '-')}"
        match value:
            case bool():
                if value is not field.default:
                    yield option if value else f"--no-{field.name}"
            case File():
                yield f"{option}={folder / FILES[field.name] if folder is not None else value.path}"
            case tuple():
                yield from (f"{option}={each}" for each in value)
            case None | "":
                pass
            case _:
                yield f"{option}={_plain(value)}"


_NO_OPTIONS: Final = frozenset({"name", "url", "changes"})


def _plain(value: Any) -> str:
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
