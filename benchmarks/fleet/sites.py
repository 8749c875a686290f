"""Many reference servers, started as one process: who is faulty, who hangs, who is not there, and what each one saw."""

import json
import os
import secrets
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

CONTROL: Final = "VIMGATE_CONTROL_TOKEN"
"""The variable of the token that the control routes of all sites want: what `vimgate certify` reads, too."""

HEADER: Final = "X-Control-Token"
ABOUT: Final = "/_sites"
"""The path under which the process tells of its sites."""

_ROOT: Final = Path(__file__).parents[2]
_SERVE: Final = "import sys; sys.path.append({root!r}); from benchmarks.fleet.serving import main; main()"
_LIMIT: Final = 180.0  # seconds that the process gets to answer or to end


def name_of(number: int) -> str:
    """The name of a site, the prefix of its paths: `site-0007`. The first one is 1."""
    return f"site-{number:04}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What sites there are: `count` of them, of one release, each with its own world, strategy and virtual clock.

    `faulty` has the mutant of those that have a defect; it is of the release `published`, whatever the others are.
    `hanging` sites take each request and answer none; `absent` ones refuse every connection. `delay`: seconds before
    each answer that is no control's. `world` is the name of a shipped one. Sites are told by their names.
    """

    count: int
    faulty: Mapping[str, str] = field(default_factory=dict)
    hanging: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    delay: float = 0.0
    release: str = "published"
    world: str = "default"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all sites, in their order."""
        return tuple(name_of(number) for number in range(1, self.count + 1))


@dataclass(frozen=True, slots=True)
class Seen:
    """What one site saw so far, control requests apart: `changes` are requests that are not read-only ones.

    `creates` and `deletes` are those that were granted.
    """

    requests: int = 0
    changes: int = 0
    creates: int = 0
    deletes: int = 0


class Sites:
    """Sites that run. `urls` are their addresses by name, `token` that of their control, `process` who serves them."""

    def __init__(self, address: str, process: int, token: str, urls: Mapping[str, str]) -> None:
        self.address = address
        self.process = process
        self.token = token
        self.urls = urls

    @property
    def environment(self) -> dict[str, str]:
        """What whoever judges them needs in the environment."""
        return {CONTROL: self.token}

    def seen(self) -> dict[str, Seen]:
        """What every site saw so far, by name."""
        told = self._ask("GET")["sites"]
        return {name: Seen(**told.get(name, {})) for name in self.urls}

    def memory(self) -> int | None:
        """The memory of the process in bytes; None where the system does not say."""
        found = self._ask("GET")["resident_bytes"]
        return None if found is None else int(found)

    def sent(self) -> int:
        """The bytes of all bodies that the sites answered so far, those of control apart."""
        return int(self._ask("GET")["sent_bytes"])

    def touch(self, names: Iterable[str]) -> None:
        """Have the applications of these sites made, which else their first request waits for."""
        for name in names:
            urllib.request.urlopen(f"{self.urls[name]}/", timeout=_LIMIT).close()  # noqa: S310 - our own address

    def hang(self, name: str) -> None:
        """From now on the site takes requests and answers none."""
        self._ask("POST", f"/{name}", {"hangs": True})

    def release(self, name: str) -> None:
        """The site answers again, also what it was asked meanwhile."""
        self._ask("POST", f"/{name}", {"hangs": False})

    def _ask(self, method: str, path: str = "", body: Any = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(  # noqa: S310 - the address is our own
            f"{self.address}{ABOUT}{path}",
            data,
            {HEADER: self.token, "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(asked, timeout=_LIMIT) as answer:  # noqa: S310
            value: dict[str, Any] = json.load(answer)
            return value


@contextmanager
def running(plan: Plan) -> Iterator[Sites]:
    """The sites of a plan, as long as the context lasts or, whatever befalls it, this process.

    Raises ValueError when the plan names a site, mutant, release or world that there is not.
    """
    _check(plan)
    token = secrets.token_urlsafe(24)
    with _absent(plan) as away, _started(token) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("the process has pipes")
        process.stdin.write(json.dumps(asdict(plan)) + "\n")
        process.stdin.flush()
        address = process.stdout.readline().strip()
        if not address.startswith("http"):
            raise ValueError(address or "the sites did not start")
        urls = {name: away.get(name, f"{address}/{name}") for name in plan.names}
        yield Sites(address, process.pid, token, urls)


def _check(plan: Plan) -> None:
    unknown = {*plan.faulty, *plan.hanging, *plan.absent} - set(plan.names)
    if unknown:
        raise ValueError(f"there is no {min(unknown)} among {plan.count} sites")


@contextmanager
def _absent(plan: Plan) -> Iterator[dict[str, str]]:
    """An address for each absent site: its port is taken, and nobody listens there."""
    taken = {name: socket.socket() for name in plan.absent}
    try:
        for each in taken.values():
            each.bind(("127.0.0.1", 0))
        yield {name: f"http://127.0.0.1:{each.getsockname()[1]}" for name, each in taken.items()}
    finally:
        for each in taken.values():
            each.close()


@contextmanager
def _started(token: str) -> Iterator[subprocess.Popen[str]]:
    """The process; it ends when its input does, which is held by this process alone."""
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-P", "-c", _SERVE.format(root=str(_ROOT))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {CONTROL: token},
        start_new_session=True,  # a Ctrl-C is for whoever judges, not for who is judged
    )
    try:
        yield process
    finally:
        for pipe in filter(None, (process.stdin, process.stdout)):
            with suppress(OSError), closing(pipe):
                pass
        try:
            process.wait(_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
