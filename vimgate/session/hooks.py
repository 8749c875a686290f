"""The hooks of a session that judges a server: to certify it is the suite, and its exit code is the verdict's."""

import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import click
import pytest

from conformance.runs import collector
from conformance.runs.collector import Collector, Progress
from conformance.runs.options import Options
from conformance.runs.outcome import Measured
from conformance.runs.run import apart, came_to
from reports.redact import redact_text
from vimgate.asking import chosen
from vimgate.asking.depth import OfDepth
from vimgate.asking.target import OfTarget
from vimgate.commands.certify import judged, options_of
from vimgate.session.asked import add_options, asked
from vimgate.session.entry import SUITE, is_of_suite
from vimgate.surroundings import secrets

_RUN: Final = "vimgate_run"  # where the plugin of the suite looks for the options of the run
_BEGUN: Final = pytest.StashKey[bool]()
# Sessions that only tell something: they send nothing and come to no verdict.
_TELLING: Final = ("help", "version", "markers", "showfixtures", "show_fixtures_per_test", "cacheshow")
_MOST_WORKERS: Final = 64

type _Wrapped = Generator[None, Any, Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of certify."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Judge the target with this session as the suite; it ends as certify ends.

    Asked again, by certify itself, it lets pytest go on. Raises pytest.UsageError for wrong use.
    """
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.option.vimgate_run = given[_RUN]
    telling = any(getattr(config.option, name, False) for name in _TELLING)
    if given is not None or telling or config.stash.get(_BEGUN, False):
        return None
    config.stash[_BEGUN] = True
    try:
        return _judged(config)
    except click.ClickException as error:
        raise pytest.UsageError(redact_text(error.format_message(), secrets())) from error


def _judged(config: pytest.Config) -> int | None:
    _check_alone(config)
    words = asked(config, _workers(config))
    target = words.pop("target")
    if config.option.collectonly:
        _hand_over(config, options_of(target, chosen(OfTarget, words), chosen(OfDepth, words), quiet=True))
        return None

    def suite(options: Options, _: Callable[[Progress], None], taker: Collector) -> Measured:
        _hand_over(config, options)
        config.pluginmanager.register(taker, collector.NAME)
        with tempfile.TemporaryDirectory(prefix="vimgate-") as folder, apart(Path(folder)):
            code = config.hook.pytest_cmdline_main(config=config)
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:  # what somebody deselected is untestable
            code = pytest.ExitCode.OK
        return came_to(options, taker, code)

    return judged(target, words, suite, ledger=config.get_verbosity() > 0)


def _check_alone(config: pytest.Config) -> None:
    """Raise UsageError when other tests are to run beside the suite: they are no part of a verdict."""
    if others := [each for each in config.args if not is_of_suite(each)]:
        raise pytest.UsageError(f"{', '.join(others)}: run it in a session of its own; {SUITE} judges a server alone")


def _workers(config: pytest.Config) -> int:
    """How many processes were asked for; 1 without xdist."""
    wanted = getattr(config.option, "numprocesses", None)
    if wanted in ("auto", "logical"):
        wanted = config.hook.pytest_xdist_auto_num_workers(config=config)
    return min(int(wanted or 1), _MOST_WORKERS)


def _hand_over(config: pytest.Config, options: Options) -> None:
    """Tell the plugin of the suite, here and in the workers, what is run, and in how many of them."""
    config.option.vimgate_run = options.to_json()
    if hasattr(config.option, "numprocesses"):
        parallel = options.workers > 1 and not config.option.collectonly
        config.option.numprocesses = options.workers if parallel else 0
        if parallel and config.option.dist == "no":
            config.option.dist = "worksteal"
        config.option.maxworkerrestart = config.option.maxworkerrestart or "0"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """What is run goes to the workers of xdist, which read the same command line."""
    node.workerinput[_RUN] = node.config.option.vimgate_run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings are the business of whoever runs pytest; none of them is a failure of the suite."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> _Wrapped:
    """No token of the run is in what pytest says of a test."""
    report: Any = yield
    if report.failed:
        report.longrepr = redact_text(report.longreprtext, secrets())
    elif report.skipped and isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        report.longrepr = path, line, redact_text(reason, secrets())
    report.sections = [(title, redact_text(text, secrets())) for title, text in report.sections]
    return report
