"""FLEET.yaml: the targets of a fleet, each with all that `vimgate certify` may be asked of it, read and checked.

A value means what the option of `vimgate certify` of the same name means, and is checked by it. Files of worlds,
waivers and certificates are read here and go to the workers as texts; files of tokens are read where the target is
judged, and no secret stands in a fleet file.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from reports.redact import is_secret_name, opaque_tokens
from spec.documents import DocumentError, check, parse, read_text, refuse
from vimgate.exits import WrongUse
from vimgate.fleet.member import File, Fleet, Member, arguments, files
from vimgate.fleet.reading import Place, Problem, Reader
from vimgate.settings import has_credentials

__all__ = ["File", "Fleet", "Member", "arguments", "files", "fleet_of", "schema"]


def fleet_of(path: Path) -> Fleet:
    """The fleet of a file. Raises WrongUse, with file and line of what is wrong."""
    try:
        text = read_text(path)
        value = parse(text, str(path))
        refuse(_secrets(value), name=str(path), text=text)
        check(value, schema(), name=str(path), text=text)
        reader = Reader(path.parent, value)
        members = tuple(reader.members())
        refuse(reader.problems, name=str(path), text=text)
    except DocumentError as error:
        raise WrongUse(str(error)) from error
    return Fleet(members, _digest(members), path)


@cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema of fleet files."""
    text = (resources("vimgate.fleet") / "fleet.schema.json").read_text(encoding="utf-8")
    read: Mapping[str, Any] = json.loads(text)
    return read


def _digest(members: Iterable[Member]) -> str:
    """The SHA-256 of what is asked of them; where a file lies does not matter, what stands in it does."""
    digest = hashlib.sha256()
    for member in members:
        asked = asdict(member)
        texts = {name: file["text"] for name, file in asked.items() if isinstance(file, dict)}
        digest.update(json.dumps(asked | texts).encode())
    return digest.hexdigest()


def _secrets(value: Any) -> Iterator[Problem]:
    """What must not stand in a file that people hand around, with no word of what it is."""
    known = schema()["$defs"]["target"]["properties"]
    for place, fields in _groups(value):
        for name, field in fields.items():
            if is_secret_name(name) and name not in known:
                yield (*place, name), "no secret stands in a fleet file; write token-file, or os-cloud"
            elif has_credentials(field):
                yield (*place, name), "no secret stands in a fleet file; leave user and password out of the URL"
            elif any(isinstance(text, str) and opaque_tokens(text) for text in _texts(field)):
                yield (*place, name), "no secret stands in a fleet file; write the token into a file, and name that"


def _texts(field: Any) -> Iterable[Any]:
    """The value of a field, or those of its list."""
    return field if isinstance(field, list) else (field,)


def _groups(value: Any) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """The defaults and the targets, as far as they are objects, each with its place."""
    whole = value if isinstance(value, dict) else {}
    targets = whole.get("targets")
    found = [
        (("defaults",), whole.get("defaults")),
        *((("targets", number), target) for number, target in enumerate(targets if isinstance(targets, list) else ())),
    ]
    yield from ((place, fields) for place, fields in found if isinstance(fields, dict))
