"""Ways between a client and a server: straight, bare mitmdump, vimgate in each mode, and what else people use."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from benchmarks.processes import below, cpu_seconds, resident
from benchmarks.tape import RELEASE
from spec.load import own_file

_HOST: Final = "127.0.0.1"
_START: Final = 180.0  # seconds that a way may take to start, to answer for its counts, or to end
_LOOK: Final = 0.05  # seconds between two looks
_ADDONS: Final = Path(__file__).parent / "addons"

MODES: Final = ("observe", "annotate", "enforce")
FLOORS: Final = {f"idle-{mode}": mode for mode in MODES[:2]}  # the same with a judge that looks at nothing
JUDGED: Final = (*MODES, *FLOORS)
NAIVE: Final = {"openapi-core": "with_openapi_core.py", "jsonschema-rs": "with_jsonschema_rs.py"}
NAMES: Final = ("direct", "bare", *JUDGED, *NAIVE, "prism")
"""Every way, in the order of the tables."""


@dataclass
class Way:
    """One way: the port that a client asks, and the process behind it; none for the straight one.

    `counts` tells how many exchanges were judged and how many were not, and how many findings there are, where it can.
    """

    name: str
    port: int
    process: subprocess.Popen[str] | None = None
    counts: Callable[[], Mapping[str, int] | None] = lambda: None
    log: list[str] = field(default_factory=list)

    def cpu_seconds(self) -> tuple[float, float]:
        """CPU time so far of the process, and of those that it started; zeros where the system does not say."""
        if self.process is None:
            return 0.0, 0.0
        return cpu_seconds(self.process.pid), sum(map(cpu_seconds, below(self.process.pid)))

    def resident(self) -> dict[str, float]:
        """MiB of the process and of those that it started; nothing where the system does not say."""
        if self.process is None or not Path("/proc/self/statm").is_file():
            return {}
        judges = [resident(each) for each in below(self.process.pid)]
        return {"gateway_mib": resident(self.process.pid), "judge_mib": sum(judges)}


class NotHereError(Exception):
    """A way cannot be gone here; the text says why."""


@contextmanager
def opened(name: str, upstream: int, folder: Path, *, prism: str | None = None) -> Iterator[Way]:
    """A way to the server on that port, ready to be asked. Raises NotHereError, and TimeoutError when it never is."""
    if name == "direct":
        yield Way(name, upstream)
        return
    place = folder / name
    place.mkdir()
    with _held_port() as port:
        if name in JUDGED:
            started = _vimgate(name, upstream, place, port)
        elif name == "prism":
            started = _prism(upstream, prism, port)
        else:
            started = _mitmdump(name, upstream, place, port)
        try:
            _wait(lambda: _listens(started), f"{name} to listen", started)
            yield started
        finally:
            _end(started)


def _vimgate(name: str, upstream: int, folder: Path, metrics: int) -> Way:
    """The command as a user starts it, or with a judge that looks at nothing."""
    module = "benchmarks.idle" if name in FLOORS else "vimgate.cli"
    command = [
        sys.executable, "-c", f"from {module} import main; main()", "proxy",
        "--upstream", f"http://{_HOST}:{upstream}", "--listen", f"{_HOST}:0", "--mode", FLOORS.get(name, name),
        "--release", RELEASE, "--out", str(folder / "out"), "--metrics", str(metrics),
    ]  # fmt: skip
    way = _start(name, command, folder)
    try:
        _wait(lambda: bool(_addresses(way)), f"{name} to say its address", way)
    except TimeoutError:
        _end(way)
        raise
    way.port = int(_addresses(way)[0].rpartition(":")[2])
    way.counts = lambda: _counts(metrics)
    return way


def _mitmdump(name: str, upstream: int, folder: Path, port: int) -> Way:
    """Bare mitmdump, or with the addon that people write first; each connection is opened when it is needed."""
    counts = folder / "counts.json"
    command = [
        sys.executable, "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()", "-q",
        "--mode", f"reverse:http://{_HOST}:{upstream}", "--listen-host", _HOST, "--listen-port", str(port),
        "--set", f"confdir={folder}", "--set", "connection_strategy=lazy",
    ]  # fmt: skip
    if name in NAIVE:
        command += ["-s", str(_ADDONS / NAIVE[name])]
    way = _start(name, command, folder, VIMGATE_BENCH_COUNTS=str(counts))
    way.port = port
    if name in NAIVE:
        way.counts = lambda: json.loads(counts.read_text(encoding="utf-8")) if counts.is_file() else None
    return way


def _prism(upstream: int, prism: str | None, port: int) -> Way:
    """Stoplight Prism as a proxy with the same contract."""
    command = shutil.which(prism or "prism")
    if command is None:
        raise NotHereError("Prism is not here: npm install --prefix DIR @stoplight/prism-cli@5.14.2, then --prism")
    arguments = ["proxy", str(own_file("openapi.yaml")), f"http://{_HOST}:{upstream}", "-h", _HOST, "-p", str(port)]
    way = _start("prism", [command, *arguments], Path.cwd())
    way.port = port
    return way


def _start(name: str, command: list[str], folder: Path, **environment: str) -> Way:
    root = str(Path(__file__).parents[1])
    known = os.environ | environment | {"PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen(  # noqa: S603 - commands of our own
        command, cwd=folder, env=known, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    way = Way(name, 0, process)
    threading.Thread(target=_read, args=(process.stdout, way.log), daemon=True).start()
    return way


def _read(output: IO[str] | None, log: list[str]) -> None:
    """Take in what a process says, a few lines of it, so that it never waits for a reader."""
    for line in output or ():
        log.append(line.rstrip())
        del log[20:-20]


def _end(way: Way) -> None:
    if way.process is None:
        return
    way.process.terminate()
    try:
        way.process.wait(_START)
    except subprocess.TimeoutExpired:
        way.process.kill()
        way.process.wait()


def _addresses(way: Way) -> list[str]:
    return [found for line in list(way.log) for found in re.findall(r"http://127\.0\.0\.1:\d+", line)]


def _listens(way: Way) -> bool:
    try:
        socket.create_connection((_HOST, way.port), timeout=1).close()
    except OSError:
        return False
    return True


def _wait(is_so: Callable[[], bool], what: str, way: Way) -> None:
    """Wait until it is so. Raises TimeoutError, also when the process has ended."""
    end = time.monotonic() + _START
    while not is_so():
        ended = way.process is not None and way.process.poll() is not None
        if ended or time.monotonic() > end:
            raise TimeoutError(f"waited for {what} in vain: {' / '.join(way.log) or 'it says nothing'}")
        time.sleep(_LOOK)


@contextmanager
def _held_port() -> Iterator[int]:
    """A port for whoever is told of it: nobody else is given it meanwhile."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((_HOST, 0))
        yield held.getsockname()[1]


# --- what a gateway says of itself

# What is counted -> samples of the endpoint whose name begins so.
_SAMPLES: Final[Mapping[str, str]] = {
    "judged": "vimgate_judged",
    "unchecked": "vimgate_unchecked",
    "findings": "vimgate_findings",
}


def _counts(port: int) -> Mapping[str, int] | None:
    """The counts of a gateway, from its endpoint for OpenMetrics."""
    with urllib.request.urlopen(f"http://{_HOST}:{port}/metrics", timeout=_START) as answer:
        text = answer.read().decode()
    return {name: int(sum(_values(text, start))) for name, start in _SAMPLES.items()}


def _values(text: str, start: str) -> Iterator[float]:
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith(f"{start}_total"):
            yield float(value)
