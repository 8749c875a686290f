"""Runs the suite with pytest and collects what the judges of its tests came to.

The suite is run in this process, or by xdist in several where every worker can have a target of its own. Whatever configuration lies
around (pytest, Schemathesis, Hypothesis) is left alone and not listened to.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.judge import Judge, Tally
from conformance.target import EMBEDDED
from reports.model import Changes, Finding, Level, Result, Strength, Verdict
from spec.load import load_contract, load_law, load_ledger

COLLECTOR: Final = "vimgate-collector"
TALLY: Final = "vimgate-tally"
BROKEN: Final = "vimgate-broken"
WRONG_USE: Final = "vimgate-wrong-use"

# No requirement of the reference: what the run itself came to, so that a run that went wrong is never green.
HARNESS: Final = "VIM-HARNESS-001"
COMPLETE: Final = "VIM-HARNESS-002"

_PLUGINS: Final = ("xdist", "schemathesis", "conformance.plugin")
_SHOWN: Final = 1500


@dataclass(frozen=True, slots=True)
class Options:
    """What is run. `examples` are fuzzed requests per operation; `chains` of at most `steps` requests are tried `chain_groups` times."""

    target: str = EMBEDDED
    changes: Changes = Changes.ALLOWED
    seed: int = 0
    workers: int = 1
    examples: int = 40
    chain_groups: int = 3
    chains: int = 5
    steps: int = 25

    @property
    def may_change(self) -> bool:
        """Requests that change the target may be sent."""
        return self.changes == Changes.ALLOWED

    def to_json(self) -> str:
        """The options as text for a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Options":
        """The options of such a text; the defaults when it is empty."""
        given = json.loads(text) if text else {}
        return cls(**{**given, "changes": Changes(given.get("changes", Changes.ALLOWED))})

    def chosen(self, *, target: str, changes: Changes, workers: int) -> "Options":
        """These options for that target."""
        return replace(self, target=target, changes=changes, workers=workers)


@dataclass(slots=True)
class Progress:
    """How far a run is: tests that are done, how many there are, and the name of the last one."""

    done: int = 0
    total: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run came to.

    Results are in ledger order, notes in the order of the tests. `broken` says in a sentence why the run ended early, `wrong_use` what is
    wrong with a target that could not even be opened; each is empty when there is nothing to say.
    """

    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
    broken: str = ""
    wrong_use: str = ""
    reached: Level | None = None


@dataclass
class Collector:
    """A pytest plugin of the controlling process alone: takes tallies, reasons and faults from the reports of the tests."""

    watch: Callable[[Progress], None]
    tallies: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    wrong_use: str = ""
    interrupted: bool = False
    progress: Progress = field(default_factory=Progress)

    def take(self, nodeid: str, what: str, value: str) -> None:
        """Take one thing that a test hands over; the same thing twice is no harm."""
        if what == TALLY:
            self.tallies[nodeid] = value
        elif what == BROKEN:
            self.broken.setdefault(nodeid, value)
        elif what == WRONG_USE:
            self.wrong_use = self.wrong_use or value

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """How many tests there are, when they run here."""
        self.progress.total = self.progress.total or len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """How many tests there are, when workers run them."""
        self.progress.total = len(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test has ended."""
        for what, value in report.user_properties:
            if isinstance(value, str):
                self.take(report.nodeid, what, value)
        if report.skipped:
            self.reasons[report.nodeid] = _skip_reason(report)
        if report.failed:
            self.faults[report.nodeid] = report.longreprtext
        if report.when == "teardown":
            self.progress.done += 1
            self.progress.last = _plain(report.nodeid)
            self.watch(self.progress)
            if not {report.nodeid} & (self.tallies.keys() | self.reasons.keys() | self.faults.keys()):
                self.faults[report.nodeid] = "the test handed over no tally"

    def pytest_keyboard_interrupt(self) -> None:
        """Somebody stopped the run."""
        self.interrupted = True

    def pytest_internalerror(self, excrepr: Any) -> None:
        """Pytest itself, or xdist, met an error."""
        self.faults["the test runner"] = str(excrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A test module could not be read."""
        if report.failed:
            self.faults[report.nodeid] = report.longreprtext

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: Any) -> None:
        """A worker ended; with an error when it crashed."""
        if error:
            self.faults[f"worker {node.gateway.id}"] = f"the worker process ended: {error}"


def run_suite(options: Options, watch: Callable[[Progress], None] = lambda _: None) -> Measured:
    """Run the suite on a target and say what came out. Raises nothing for what the target does."""
    collector = Collector(watch)
    with tempfile.TemporaryDirectory(prefix="vimgate-") as folder, _quiet(Path(folder)):
        code = pytest.main(_arguments(options, folder), plugins=[_Named(collector)])
    if (
        code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
        and not collector.faults
    ):
        collector.faults["the test runner"] = f"pytest ended with {code!r}"
    broken = next((collector.broken[nodeid] for nodeid in sorted(collector.broken)), "")
    if collector.interrupted:
        broken = (
            broken or f"the run was interrupted after {collector.progress.done} of {collector.progress.total} tests"
        )
    return _measured(options, collector, broken)


class _Named:
    """Registers the collector under its name, so that the plugin finds it."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.register(self._collector, COLLECTOR)


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
    arguments += ["-W", "ignore", "-o", "addopts=", "--disable-plugin-autoload", "--confcutdir", str(suite)]
    for plugin in _PLUGINS:
        arguments += ["-p", plugin]
    arguments += ["--vimgate-run", options.to_json()]
    if options.workers > 1:
        arguments += ["-n", str(options.workers), "--dist", "worksteal", "--max-worker-restart", "0"]
    return arguments


@contextmanager
def _quiet(folder: Path) -> Iterator[None]:
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


def unreached(options: Options, reason: str) -> Measured:
    """What a run came to that could not begin."""
    return _measured(options, Collector(lambda _: None), broken=reason)


def _measured(options: Options, collector: Collector, broken: str) -> Measured:
    judge = Judge(load_contract(), load_ledger(), load_law())
    for nodeid in sorted(collector.tallies):
        judge.tally.merge(Tally.from_json(json.loads(collector.tallies[nodeid])))
    judged = tuple(judge.results(changes=options.changes))
    results = (*judged, *_own_results(collector, broken))
    notes = tuple(
        f"{_plain(nodeid)}: {reason}" for nodeid, reason in sorted(collector.reasons.items()) if reason not in broken
    )
    return Measured(results, notes, broken, collector.wrong_use, _reached(judged))


def _reached(results: tuple[Result, ...]) -> Level | None:
    """The deepest level at which something was looked at."""
    looked = {result.level for result in results if result.checked}
    return next((level for level in reversed(Level) if level in looked), None)


def _own_results(collector: Collector, broken: str) -> Iterator[Result]:
    """What the run itself came to; nothing when all went well."""
    if collector.faults:
        findings = tuple(
            Finding(
                HARNESS,
                Verdict.HARNESS_ERROR,
                f"{_plain(nodeid)} met an error of the harness",
                actual=text[-_SHOWN:],
                origin=_plain(nodeid),
            )
            for nodeid, text in sorted(collector.faults.items())
        )
        text = "The harness itself runs without errors; none of them is charged to the target."
        yield Result(HARNESS, Verdict.HARNESS_ERROR, Strength.MUST, text=text, source="vimgate", findings=findings)
    if broken:
        yield Result(
            COMPLETE,
            Verdict.UNTESTABLE,
            Strength.MUST,
            text="The run goes through the whole suite.",
            source="vimgate",
            reason=broken,
        )


def _skip_reason(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


def _plain(nodeid: str) -> str:
    name = nodeid.rpartition("/")[2]
    return name.partition("::")[2] or name
