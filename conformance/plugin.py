"""The pytest plugin of the suite.

Gives each test a conversation with the target, and sends what was judged to whoever runs the suite.

One judge per test, and for a target in this process one target per test, so that a result does not depend on which
worker ran what before; a target at a URL is one for the whole run. Tallies travel in `user_properties`;
`conformance.runs.run` collects them in the controlling process.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis

from conformance.drivers import probes
from conformance.drivers.changes import changes_around
from conformance.drivers.conversation import Conversation, Leave
from conformance.drivers.fuzz import Fuzzer, schema_of, the_same_in_every_process
from conformance.drivers.lifecycle import read_scenarios
from conformance.drivers.ownership import NotCleared
from conformance.drivers.planning import Planner
from conformance.evidence.cleaning import Cleaning, Memory
from conformance.evidence.recording import RecordingJudge
from conformance.evidence.spool import Spool
from conformance.findings.selection import reach_of
from conformance.generic import Programme, programmes
from conformance.judge import Judge
from conformance.predictions.oracle import Oracle
from conformance.roles import operations_with_bodies
from conformance.runs import collector
from conformance.runs.account import handed_by
from conformance.runs.options import Options
from conformance.runs.sharding import share
from conformance.runs.suite_order import HARMLESS_FIRST, TELLING_FIRST, place
from conformance.targets.callers import secrets
from conformance.targets.control import ControlError
from conformance.targets.pace import Pace
from conformance.targets.target import Target, TargetError, Unreachable, open_target
from reports.model import Level
from spec.law import Law
from spec.ledger import Ledger
from spec.load import load_contract, load_law, load_ledger

_BENCH: Final[pytest.StashKey["Bench"]] = pytest.StashKey()
_AROUND: Final = pytest.StashKey[ExitStack]()
_OPTION: Final = "--vimgate-run"
_CHANGING: Final = frozenset({"changing"})

_GENERATED: Final = "test_fuzz"
_NO_CASE: Final = "NOTSET"
_TOGETHER: Final = "test_histories"


class Bench:
    """What one worker has.

    The options of the run, its target (opened when a test wants it), and why it is broken, if it is.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.contract = load_contract(options.release)
        self.ledger = load_ledger(options.release)
        self.law = load_law(options.release)
        self.programmes = programmes(self.contract, self.law)
        self._wanted = options.wanted(self.ledger)
        self.reach = reach_of(self._wanted, self.ledger, self.contract)
        self.broken: str = ""
        self.pace: Pace | None = None
        self._target: Target | None = None
        self._memory = Memory()

    def open(self) -> Target:
        """The target of the next test: in this process a new one, at a URL always the same.

        Raises TargetError, Unreachable.
        """
        if self.options.in_process:
            self.close()
        if self._target is None:
            self._target = open_target(self.options.target, terms=self.options.terms)
        return self._target

    def give_up(self, reason: str) -> None:
        """Nothing more is tried on a target at a URL; the next test has another one in this process."""
        if not self.options.in_process:
            self.broken = self.broken or reason

    @contextmanager
    def judge(self, nodeid: str) -> Iterator[Judge]:
        """A new judge for a test, which writes down what it is told where evidence is kept."""
        norm = self.contract, self.ledger, self.law
        asked: dict[str, Any] = {"level": self.options.level, "wanted": self._wanted}
        if not self.options.evidence:
            yield Judge(*norm, **asked)
            return
        spool = Spool(Path(self.options.evidence), nodeid)
        with closing(RecordingJudge(*norm, spool=spool, cleaning=Cleaning(secrets(), self._memory), **asked)) as judge:
            yield judge

    def close(self) -> None:
        """Let go of the target."""
        if self._target is not None:
            self._target.close()
        self._target = None
        if self.pace is not None and self.pace.still:
            self.pace = None  # it moves the clock of the target that is gone


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the run come as one JSON text, which xdist hands to its workers."""
    parser.addoption(_OPTION, default="", help="Options of the run as JSON; set by vimgate certify.")


def pytest_configure(config: pytest.Config) -> None:
    """Make the bench of this process."""
    config.addinivalue_line("markers", "level(name): how deep the test looks; runs that ask for less leave it out")
    config.stash[_AROUND] = stack = ExitStack()
    stack.enter_context(the_same_in_every_process())
    config.stash[_BENCH] = Bench(Options.from_json(config.getoption(_OPTION)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the target."""
    if _BENCH in config.stash:
        config.stash[_BENCH].close()
    if _AROUND in config.stash:
        config.stash[_AROUND].close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spread the tests over scenarios, operations and seeds."""
    options = metafunc.config.stash[_BENCH].options
    contract = metafunc.config.stash[_BENCH].contract
    wanted = metafunc.fixturenames
    if "scenario" in wanted:
        scenarios = read_scenarios(programmes=metafunc.config.stash[_BENCH].programmes)
        marked = [pytest.param(each, id=each.id, marks=pytest.mark.level(each.level)) for each in scenarios]
        metafunc.parametrize("scenario", marked)
    if "operation_with_body" in wanted:
        metafunc.parametrize(
            "operation_with_body", [operation.operation_id for operation in operations_with_bodies(contract)]
        )
    if "generated_operation" in wanted:
        names = [
            name
            for operation in contract.operations
            if options.allowed.issuperset(changes_around(operation))
            for name in probes.names(operation.operation_id, operation.path, operation.method)
        ]
        metafunc.parametrize("generated_operation", names, indirect=True)
    if "sequence_group" in wanted:
        metafunc.parametrize("sequence_group", range(options.sequence_groups))
    if "chain_seed" in wanted:
        metafunc.parametrize("chain_seed", [options.seed * 1000 + number for number in range(options.chain_groups)])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests by what they do to the target, and leave out what the options do not allow, or ask of others."""
    bench = config.stash[_BENCH]
    options = bench.options
    wanted = [each for each in items if _has_a_case(each) and _is_wanted(each, options) and _is_reached(each, bench)]
    order = TELLING_FIRST if options.in_process else HARMLESS_FIRST
    wanted.sort(key=lambda item: place(collector.history_of(item.nodeid), order))
    if options.shard is not None:
        wanted = [
            wanted[index] for index in share([collector.history_of(each.nodeid) for each in wanted], options.shard)
        ]
    items[:] = [item for item in wanted if item.nodeid not in options.finished]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A target that is gone, or cannot be emptied, is no failure of a test.

    This test is skipped with the reason, and on a target at a URL all after it.
    """
    bench = item.config.stash[_BENCH]
    try:
        return (yield)
    except (Unreachable, NotCleared, ControlError) as error:
        _break(item, bench, error)
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def options(request: pytest.FixtureRequest) -> Options:
    """The options of the run."""
    return request.config.stash[_BENCH].options


@pytest.fixture(scope="session")
def oracle(request: pytest.FixtureRequest, options: Options) -> Oracle | None:
    """The oracle of this worker; None in a run that does not look that deep."""
    contract = request.config.stash[_BENCH].contract
    return Oracle(contract, options.release) if options.level is Level.ORACLE else None


@pytest.fixture(scope="session")
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """The requirements that are judged."""
    return request.config.stash[_BENCH].ledger


@pytest.fixture(scope="session")
def law(request: pytest.FixtureRequest) -> Law:
    """The law of the release that is judged by."""
    return request.config.stash[_BENCH].law


@pytest.fixture
def conversation(request: pytest.FixtureRequest) -> Iterator[Conversation]:
    """A conversation with a judge of its own, whose tally goes out with the test's report."""
    bench = request.config.stash[_BENCH]
    if bench.broken:
        pytest.skip(bench.broken)
    with bench.judge(request.node.nodeid) as judge:
        yield from _conversed(request, bench, judge)


def _conversed(request: pytest.FixtureRequest, bench: Bench, judge: Judge) -> Iterator[Conversation]:
    taker = request.config.pluginmanager.get_plugin(collector.NAME)
    try:
        talk = Conversation(
            bench.open(),
            judge,
            bench.contract,
            collector.history_of(request.node.nodeid),
            changes=bench.options.may_change,
            pace=bench.pace,
            leave=Leave(bench.options.allowed, getattr(taker, "ownership", None)),
            tell=getattr(taker, "doing", lambda _: None),
        )
    except TargetError as error:
        bench.broken = str(error)
        _hand_over(request.node, collector.WRONG_USE, str(error))
        pytest.skip(str(error))
    except Unreachable as error:
        _break(request.node, bench, error)
        pytest.skip(str(error))
    bench.pace = talk.pace
    try:
        yield talk
        talk.clear()
    except (Unreachable, NotCleared, ControlError) as error:
        _break(request.node, bench, error)
    finally:
        for what, value in handed_by(judge).items():
            _hand_over(request.node, what, value)
        if talk.notes:
            _hand_over(request.node, collector.NOTES, json.dumps(talk.notes))
        if bench.options.stop_at_first and judge.tally.failed:
            request.session.shouldfail = "a requirement failed"


@pytest.fixture
def changing(conversation: Conversation) -> Conversation:
    """A conversation that may change the target; tests without that right do not run."""
    return conversation


@pytest.fixture
def planner(changing: Conversation, ledger: Ledger, law: Law, oracle: Oracle | None, options: Options) -> Planner:
    """Plays create bodies on worlds."""
    return Planner(changing, ledger, law, oracle, options.seed)


@pytest.fixture
def generated_operation(request: pytest.FixtureRequest, options: Options) -> schemathesis.BaseSchema:
    """The contract cut down to one operation, for Schemathesis."""
    bench = request.config.stash[_BENCH]
    kind = probes.kind_named(bench.contract, request.param) or ""
    brief = bench.programmes.get(kind) is Programme.BRIEF
    return schema_of(bench.contract, seed=options.seed, examples=options.examples, only=request.param, brief=brief)


@pytest.fixture
def fuzzer(request: pytest.FixtureRequest, conversation: Conversation, ledger: Ledger) -> Iterator[Fuzzer]:
    """Sends generated requests; a target that goes away in between ends the sending, not the test."""
    fuzzer = Fuzzer(conversation, ledger)
    yield fuzzer
    if fuzzer.ended is not None:
        _break(request.node, request.config.stash[_BENCH], fuzzer.ended)


def _has_a_case(item: pytest.Item) -> bool:
    """Where there is nothing to draw, pytest makes a test without a case."""
    case = getattr(item, "callspec", None)
    return case is None or case.id != _NO_CASE


def _is_wanted(item: pytest.Item, options: Options) -> bool:
    marker = item.get_closest_marker("level")
    if marker is None:
        raise pytest.UsageError(f"{item.nodeid}: mark it with the level that it looks at, as @pytest.mark.level(...)")
    if not Level(marker.args[0]).is_within(options.level):
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    if not options.asks_for(collector.history_of(item.nodeid)):
        return False
    if item.path.stem == _TOGETHER and options.clients < 2:  # noqa: PLR2004 - one alone meets nobody
        return False
    return (options.may_change or not fixtures & _CHANGING) and (options.examples > 0 or item.path.stem != _GENERATED)


def _is_reached(item: pytest.Item, bench: Bench) -> bool:
    """The test can have to do with what is judged, or was asked for by its name."""
    if bench.options.tests:
        return True
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    level = item.get_closest_marker("level")
    deep = level is not None and not Level(level.args[0]).is_within(Level.PROTOCOL)
    changing = not _CHANGING.isdisjoint(getattr(item, "fixturenames", ()))
    return bench.reach.takes_in(parameters, strategies=changing and (deep or bool(parameters)))


def _break(item: Any, bench: Bench, error: Exception) -> None:
    bench.give_up(str(error))
    taker = item.config.pluginmanager.get_plugin(collector.NAME)
    if taker is not None:
        taker.cause = taker.cause or error
    _hand_over(item, collector.BROKEN, str(error))


def _hand_over(item: Any, what: str, value: str) -> None:
    item.user_properties.append((what, value))
    taker = item.config.pluginmanager.get_plugin(collector.NAME)
    if taker is not None:
        # In one process: also when the run is interrupted and no report is made any more.
        taker.take(item.nodeid, what, value)
