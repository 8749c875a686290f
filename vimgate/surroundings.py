"""What surrounds a run: its world; rulebook and token in the environment, and the signals, all put back after it."""

import json
import os
import signal
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

from conformance.caller import Caller
from conformance.drivers.interruption import begin, insist, interrupt
from conformance.targets import callers
from conformance.targets.callers import TOKENS
from reference_server.worlds.file import read_world
from spec.documents import DocumentError, read_document
from vimgate import embedded
from vimgate.exits import WrongUse

_TOLD: Final = 2
_LONGEST: Final = 64 << 10  # bytes of a file with a token; no server takes a header as long as that


@contextmanager
def rules_chosen(release: str, path: Path | None) -> Iterator[None]:
    """Hand release and rulebook of the embedded server to the workers. Raises WrongUse when the file is wrong."""
    with ExitStack() as stack:
        stack.enter_context(variable_set(embedded.RELEASE_VARIABLE, release))
        if path is not None:
            try:
                embedded.chosen(release, str(path))
            except DocumentError as error:
                raise WrongUse(str(error)) from error
            stack.enter_context(variable_set(embedded.RULEBOOK_VARIABLE, str(path.resolve())))
        yield


def world_text(path: Path | None) -> str:
    """The world document of a file as JSON text; empty without a file. Raises WrongUse when the file is wrong."""
    if path is None:
        return ""
    try:
        read_world(path)
        return json.dumps(read_document(path))
    except DocumentError as error:
        raise WrongUse(str(error)) from error


def check_authority(path: Path | None) -> None:
    """Raise WrongUse when the file of --ca holds no certificates."""
    if path is not None:
        try:
            ssl.create_default_context(cafile=path)
        except OSError as error:
            raise WrongUse(f"--ca: {path} holds no certificates that can be read: {error}") from error


@contextmanager
def token_chosen(path: Path | None, variable: str = TOKENS[Caller.OURS]) -> Iterator[None]:
    """Hand the token of a caller to the workers. Raises WrongUse when the file or a variable holds none.

    It goes by the environment, and is never an argument, which everyone on the machine could read.
    """
    for name in callers.VARIABLES:
        if os.environ.get(name) and not _is_token(os.environ[name]):
            raise WrongUse(f"${name} holds no token; it must be one line of printable ASCII")
    if path is None:
        yield
        return
    try:
        with path.open("rb") as file:
            token = file.read(_LONGEST + 1).decode("ascii", "replace").strip()
    except OSError as error:
        raise WrongUse(f"{path}: the token cannot be read: {error.strerror or error}; name another file") from error
    if not _is_token(token) or len(token) > _LONGEST:
        raise WrongUse(f"{path}: holds no token; write the token alone into the file, as one line of ASCII")
    with variable_set(variable, token):
        yield


@contextmanager
def variable_set(name: str, value: str) -> Iterator[None]:
    """Hand a value to the workers by the environment, and put back what was there."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


@contextmanager
def stoppable(command: str = "certify") -> Iterator[None]:
    """Ctrl-C and SIGTERM stop a command, with the target cleared and the report written.

    A second one only tells that the clearing up goes on, and a third breaks it off: a strategy may take hours to abort,
    and whoever insists has to be told, and let go.
    """
    count = 0
    errors = _errors()

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        if count == 1:
            _say(errors, f"{command}: stopping; clearing up first\n")
            interrupt()
        elif count == _TOLD:
            _say(errors, f"{command}: still clearing up; once more ends that, and leaves what is there\n")
        else:
            insist()

    begin()
    before = {sign: signal.signal(sign, stop) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
        if errors is not None:
            os.close(errors)


def _errors() -> int | None:
    """A way to stderr that stays open when the runner of the suite takes the usual one for itself."""
    with suppress(OSError):
        return os.dup(2)
    return None


def _say(errors: int | None, text: str) -> None:
    """Tell it past all buffers: a handler may run in the middle of any print."""
    with suppress(OSError):
        if errors is not None:
            os.write(errors, text.encode())


def secrets() -> tuple[str, ...]:
    """The tokens and passwords of this run, which no output may hold."""
    return callers.secrets()


def _is_token(text: str) -> bool:
    return bool(text.strip()) and text == text.strip() and text.isascii() and text.isprintable()
