"""The files of keys: read for signing or verifying, and made. Their content reaches no output."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import click
from securesystemslib.signer import Signer, SSlibKey

from reports.signing import keys
from reports.stream import create_file
from vimgate.exits import WrongUse

PASSWORD: Final = "VIMGATE_KEY_PASSWORD"  # noqa: S105 - the name of the variable that holds it
_FOR_EVERYBODY: Final = 0o644


def signer_of(path: Path) -> Signer:
    """The signer of a private key's file; its password comes from the environment, or is asked for. Raises WrongUse."""
    data = _content(path)
    try:
        try:
            return keys.read_private(data)
        except keys.Locked:
            return keys.read_private(data, _password(path))
    except keys.KeyProblem as error:
        raise WrongUse(f"{path}: {error}") from error


def public_key_of(path: Path) -> SSlibKey:
    """The public key of a file. Raises WrongUse."""
    try:
        return keys.read_public(_content(path))
    except keys.KeyProblem as error:
        raise WrongUse(f"{path}: {error}") from error


def create(path: Path, *, protected: bool) -> tuple[Path, keys.Pair]:
    """Make a key, and its public part in KEY.pub: where that is, and the pair. Raises WrongUse when one is there."""
    public = path.with_name(f"{path.name}.pub")
    for each in (path, public):
        if os.path.lexists(each):
            raise WrongUse(f"{each} is there already, and no key is ever overwritten; name another file with --out")
    pair = keys.make(_new_password(path) if protected else "")
    try:
        create_file(path, pair.private)
        try:
            create_file(public, pair.public, _FOR_EVERYBODY)
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise
    except OSError as error:
        raise WrongUse(f"{error.filename or path}: cannot be made: {error.strerror or error}") from error
    return public, pair


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(keys.LARGEST + 1)
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > keys.LARGEST:
        raise WrongUse(f"{path}: larger than any key; name the file of a key with --key")
    return data


def _password(path: Path) -> str:
    return os.environ.get(PASSWORD) or _asked(path, confirm=False)


def _new_password(path: Path) -> str:
    return os.environ.get(PASSWORD) or _asked(path, confirm=True)


def _asked(path: Path, *, confirm: bool) -> str:
    if not _somebody_types():
        raise WrongUse(f"{path}: the key needs a password, and nobody is there to type it; set ${PASSWORD}")
    given: str = click.prompt(f"Password of {path}", hide_input=True, confirmation_prompt=confirm, err=True)
    return given


def _somebody_types() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
