"""Takes from the reports of the tests what their judges came to; in the controlling process alone.

Under xdist a report is seen by the worker and by the controller: what a test hands over travels in its
`user_properties`, and only the controller keeps it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from conformance.drivers.ownership import Ownership

# Under this name the collector is known to the plugin when both are in one process.
NAME: Final = "vimgate-collector"

# What a test may hand over.
TALLY: Final = "vimgate-tally"
GALLERY: Final = "vimgate-gallery"
EDGES: Final = "vimgate-edges"
NOTES: Final = "vimgate-notes"
COUNT: Final = "vimgate-count"
BROKEN: Final = "vimgate-broken"
WRONG_USE: Final = "vimgate-wrong-use"
DOUBT: Final = "vimgate-doubt"

_REASON: Final = "reason"


@dataclass(slots=True)
class Progress:
    """How far a run is: tests that are done, how many there are, the name of the last one, and what it waits for."""

    done: int = 0
    total: int = 0
    last: str = ""
    doing: str = ""


@dataclass
class Collector:
    """A pytest plugin of the controlling process alone.

    Takes tallies, galleries, edges, reasons and faults from the reports of the tests; `counts` are exchanges that were
    judged, `seconds` what a test took from its set-up to its tear-down. `handed` is all that each
    test handed over. `cause` is what ended the run early, known where the tests run in this process.
    """

    watch: Callable[[Progress], None]
    ownership: Ownership | None = None
    finish: Callable[[str, Mapping[str, str]], None] = lambda _, __: None
    handed: dict[str, dict[str, str]] = field(default_factory=dict)
    tallies: dict[str, str] = field(default_factory=dict)
    galleries: dict[str, str] = field(default_factory=dict)
    edges: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    wrong_use: str = ""
    interrupted: bool = False
    cause: BaseException | None = None
    progress: Progress = field(default_factory=Progress)

    def recall(self, tests: Mapping[str, Mapping[str, str]]) -> None:
        """Take what tests of an earlier part of the run handed over, which are not played again."""
        for nodeid, handed in tests.items():
            for what, value in handed.items():
                self.take(nodeid, what, value)
            if _REASON in handed:
                self.reasons[nodeid] = handed[_REASON]
        self.progress.done = self.progress.total = len(tests)

    def doing(self, what: str) -> None:
        """Somebody waits for something; shown, and forgotten."""
        self.progress.doing = what
        self.watch(self.progress)

    def take(self, nodeid: str, what: str, value: str) -> None:
        """Take one thing that a test hands over; the same thing twice is no harm."""
        self.handed.setdefault(nodeid, {})[what] = value
        if what == TALLY:
            self.tallies[nodeid] = value
        elif what == GALLERY:
            self.galleries[nodeid] = value
        elif what == EDGES:
            self.edges[nodeid] = value
        elif what == NOTES:
            self.notes[nodeid] = value
        elif what == COUNT:
            self.counts[nodeid] = int(value)
        elif what == BROKEN:
            self.broken.setdefault(nodeid, value)
        elif what == WRONG_USE:
            self.wrong_use = self.wrong_use or value

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """How many tests there are, when they run here."""
        self.progress.total += len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """How many tests there are, when workers run them."""
        self.progress.total = len(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test has ended."""
        for what, value in report.user_properties:
            if isinstance(value, str):
                self.take(report.nodeid, what, value)
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.skipped:
            self.reasons[report.nodeid] = _skip_reason(report)
        if report.failed:
            self.faults[report.nodeid] = report.longreprtext
        if report.when == "teardown":
            self.progress.done += 1
            self.progress.last, self.progress.doing = plain(report.nodeid), ""
            self.watch(self.progress)
            if not {report.nodeid} & (self.tallies.keys() | self.reasons.keys() | self.faults.keys()):
                self.faults[report.nodeid] = "the test handed over no tally"
            self._finish(report.nodeid)

    def _finish(self, nodeid: str) -> None:
        """Tell of a test that went through, or could not be played for a reason of its own: a resumed run skips it."""
        if nodeid in self.broken or nodeid in self.faults or nodeid not in self.tallies or self.wrong_use:
            return
        reason = {_REASON: self.reasons[nodeid]} if nodeid in self.reasons else {}
        self.finish(nodeid, self.handed[nodeid] | reason)

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


def _skip_reason(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


def plain(nodeid: str) -> str:
    """The name of a test without its file."""
    name = nodeid.rpartition("/")[2]
    return name.partition("::")[2] or name


def history_of(nodeid: str) -> str:
    """The history that a test makes: test_lifecycle.py::test_scenario[apply-all-sw-patch] is lifecycle/apply-all-…."""
    module, _, rest = nodeid.rpartition(".py::")
    name = rest.partition("[")[2].partition("]")[0] or rest.removeprefix("test_")
    return f"{module.rpartition('/')[2].removeprefix('test_')}/{name}"
