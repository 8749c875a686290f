"""Runs the suite with pytest, in this process or by xdist in several where every worker can have a target of its own.

Whatever configuration lies around (pytest, Schemathesis, Hypothesis) is left alone and not listened to.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest

from conformance.runs.collector import NAME, Collector, Progress
from conformance.runs.options import Options
from conformance.runs.outcome import Measured, measured

_PLUGINS: Final = ("xdist", "schemathesis", "conformance.plugin")


def run_suite(
    options: Options, watch: Callable[[Progress], None] = lambda _: None, collector: Collector | None = None
) -> Measured:
    """Run the suite on a target and say what came out. Raises nothing for what the target does.

    `collector` may bring what an earlier part of the run came to.
    """
    collector = collector or Collector(watch)
    with tempfile.TemporaryDirectory(prefix="vimgate-") as folder, apart(Path(folder)):
        code = pytest.main(_arguments(options, folder), plugins=[_Named(collector)])
    return came_to(options, collector, code)


def came_to(options: Options, collector: Collector, code: int) -> Measured:
    """What a session of pytest over the suite came to; `code` is its exit code."""
    if options.shard and code == pytest.ExitCode.NO_TESTS_COLLECTED:
        return measured(options, collector, "")  # there are more shards than tests
    if options.tests and code == pytest.ExitCode.NO_TESTS_COLLECTED:
        reason = "it takes a change of the target, which was not permitted, or it is not there"
        return measured(options, collector, f"{', '.join(options.tests)} of the suite could not be played: {reason}")
    if (
        code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
        and not collector.faults
    ):
        collector.faults["the test runner"] = f"pytest ended with {code!r}"
    broken = next((collector.broken[nodeid] for nodeid in sorted(collector.broken)), "")
    played = f"{len(collector.tallies.keys() - collector.broken.keys())} of {collector.progress.total} tests"
    if collector.interrupted:
        broken = (
            broken or f"the run was interrupted after {collector.progress.done} of {collector.progress.total} tests"
        )
    elif broken:
        broken = f"{broken}; {played} were played to their end"
    return measured(options, collector, broken)


class _Named:
    """Registers the collector under its name, so that the plugin finds it."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.register(self._collector, NAME)


def _arguments(options: Options, folder: str) -> list[str]:
    suite = Path(str(files("conformance"))) / "suite"
    empty = Path(folder) / "pytest.ini"
    empty.write_text("[pytest]\n", encoding="utf-8")
    arguments = [
        str(suite),
        "-c",
        str(empty),
        "--rootdir",
        str(suite),
        "--import-mode=importlib",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:terminal",
    ]
    # A test of the suite asserts nothing, so that no module need be rewritten for it.
    arguments += ["-W", "ignore", "-o", "addopts=", "--assert=plain"]
    arguments += ["--disable-plugin-autoload", "--confcutdir", str(suite)]
    for plugin in _PLUGINS:
        arguments += ["-p", plugin]
    arguments += ["--vimgate-run", options.to_json()]
    if options.workers > 1:
        arguments += ["-n", str(options.workers), "--dist", "worksteal", "--max-worker-restart", "0"]
    return arguments


@contextmanager
def apart(folder: Path) -> Iterator[None]:
    """Keep what lies around in the environment away from the suite, and the suite away from the current directory."""
    changed: Mapping[str, str | None] = {
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"),
        "PYTEST_ADDOPTS": None,
        "PYTEST_PLUGINS": None,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(path for path in sys.path if path)),
    }
    before = {name: os.environ.get(name) for name in changed}
    _environment(changed)
    try:
        yield
    finally:
        _environment(before)


def _environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
