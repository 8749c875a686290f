"""What surrounds a run and is put back after it: the rulebook and the token in the environment, and the signals."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from reference_server.rulebooks import read_release
from spec.documents import DocumentError
from vimgate import embedded
from vimgate.exits import WrongUse


@contextmanager
def rulebook_chosen(path: Path | None) -> Iterator[None]:
    """Hand the rulebook of the embedded server to the workers. Raises WrongUse when the file is wrong."""
    if path is None:
        yield
        return
    try:
        read_release(path)
    except DocumentError as error:
        raise WrongUse(str(error)) from error
    os.environ[embedded.RULEBOOK_VARIABLE] = str(path.resolve())
    try:
        yield
    finally:
        del os.environ[embedded.RULEBOOK_VARIABLE]


@contextmanager
def token_chosen(path: Path | None) -> Iterator[None]:
    """Hand the token to the workers by the environment. Raises WrongUse when the file holds none.

    It is never an argument, which everyone on the machine could read.
    """
    if path is None:
        yield
        return
    before = os.environ.get("VIMGATE_TOKEN")
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path}: the token cannot be read: {error}") from error
    if not token or not token.isascii() or not token.isprintable():
        raise WrongUse(f"{path}: holds no token; write the token alone into the file, as one line of ASCII")
    os.environ["VIMGATE_TOKEN"] = token
    try:
        yield
    finally:
        os.environ.pop("VIMGATE_TOKEN")
        if before is not None:
            os.environ["VIMGATE_TOKEN"] = before


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM stops a run as Ctrl-C does: with the target cleared and the report written."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
