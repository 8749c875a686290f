"""The bench: plays a playbook before a judge and tells what each requirement came to."""

import importlib.util
import random
from pathlib import Path

import pytest

from conformance.checks import CHECKS
from conformance.checks.context import Scope
from conformance.drivers.bodies import bodies_for
from conformance.drivers.samples import example_of
from conformance.exchange import Exchange
from conformance.histories.call import NEVER, Call, History
from conformance.judge import Judge
from conformance.predictions.prediction import Moment, Prediction
from conformance.shape import read_strategy
from spec.load import load_contract, load_law, load_ledger


def _module(name):
    """A file beside this one, which test folders without packages cannot import."""
    found = importlib.util.spec_from_file_location(f"judge_tests_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


_documents = _module("documents")
_playbook = _module("playbook")
_worlds = _module("worlds")
_sessions = _module("sessions")
_spoiling = _module("spoiling")


def _predicted(kind, world, document):
    """The prediction of an `expect` line; one of an applied strategy is of its end."""
    strategy = read_strategy(document)
    moment = Moment.ENDED if strategy.apply.start else Moment.BUILT
    return Prediction(kind, _worlds.WORLDS[world], {}, strategy, "published", moment)


class Bench:
    """A judge, and the playbook that feeds it."""

    def __init__(self, release="published", checks=CHECKS):
        self.contract, self.law, self.ledger = load_contract(release), load_law(release), load_ledger(release)
        self.judge = Judge(self.contract, self.ledger, self.law, checks)
        self.monitor = self.judge.begin("main")
        self.book = _playbook.Playbook(Exchange, _documents.document, self.contract)

    def play(self, text):
        """Judge every exchange of the playbook; returns the ids with a deviation."""
        for entry in self.book.exchanges(text):
            if isinstance(entry, dict):
                self.judge.expect("main", _predicted(**entry))
            elif isinstance(entry, tuple):
                self.monitor = self.judge.begin("main", shared="shared" in entry, still_clock="still" in entry)
            else:
                self.judge.judge(entry)
        return self.broken()

    def race(self, text, there="", **how):
        """Judge the history of these lines (client, moments of invocation and return or `-`, a line of the playbook).

        `there` is a playbook line that shows what is there when the race begins.
        """
        calls = tuple(self._call(*line.split(maxsplit=3)) for line in filter(None, map(str.strip, text.splitlines())))
        begun = (self.book.exchange(there),) if there else ()
        strategy = read_strategy(begun[0].response_json) if begun else None
        kind = self.contract.match(begun[0].method, begun[0].path).kind if begun else ""
        self.judge.judge_history(History(calls, kind, strategy, before=begun, name="race", **how))
        return self.broken()

    def _call(self, client, invoked, returned, line):
        exchange = self.book.exchange(line)
        operation = self.contract.match(exchange.method, exchange.path)
        asked = operation, exchange.method, exchange.path, exchange.request_body
        if returned == "-":
            return Call(client, *asked, None, int(invoked), NEVER)
        return Call(client, *asked, exchange, int(invoked), int(returned))

    def broken(self):
        """The ids of requirements with at least one finding, whatever their strength."""
        return {id_ for id_, row in self.judge.tally.rows.items() if row.settled().findings}

    def looked_at(self):
        """The ids of requirements that were looked at."""
        return {id_ for id_, row in self.judge.tally.rows.items() if row.checked}

    def crashes(self):
        """The texts of crashed checks."""
        return [error for row in self.judge.tally.rows.values() for error in row.errors]


@pytest.fixture
def bench():
    """A new judge with no history."""
    return Bench()


@pytest.fixture
def document():
    """Makes the document of a kind and a moment."""
    return _documents.document


@pytest.fixture
def exchange(bench):
    """Makes the exchange of one playbook line."""
    return bench.book.exchange


@pytest.fixture
def spoiled():
    """Spoils the document of an exchange, as a `random.Random` draws it."""
    return _spoiling.spoiled


@pytest.fixture
def sessions():
    """Draws a session with a target from a seed."""
    contract = load_contract()
    names = [each.operation_id for each in contract.operations if each.kind and each.body != "none"]
    bodies = {name: bodies_for(name, example_of(contract, name), load_ledger()) for name in names}

    def make(target, seed):
        target.look_for_control(None)
        target.control.reset()
        return _sessions.Session(random.Random(seed), target, contract, bodies)  # noqa: S311 - reproducible on purpose

    return make


@pytest.fixture
def session(sessions, embedded):
    """Draws a session with the reference server from a seed."""
    return lambda seed: sessions(embedded, seed)


@pytest.fixture
def faults(bench):
    """The playbooks in which something is wrong, as lists of exchanges."""
    checked = [each for each in bench.ledger.checked if CHECKS[each.id].scope is not Scope.CONCURRENT]
    texts = [text for each in checked for text in _recipes.playbooks(each.check, each.parameters)[1:]]
    return [[each for each in bench.book.exchanges(text) if isinstance(each, Exchange)] for text in texts]


_recipes = _module("recipes")


@pytest.fixture
def first_finding():
    """Plays the first bad playbook of a requirement, or a race, before a judge of that alone: its first finding."""

    def find(requirement, release, race=None):
        bench = Bench(release, {requirement.id: CHECKS[requirement.id]})
        if race is not None:
            bench.race(race[1], race[0])
        else:
            bench.play(_recipes.playbooks(requirement.check, requirement.parameters)[1])
        return bench.judge.tally.rows[requirement.id].settled().findings[0]

    return find


def pytest_generate_tests(metafunc):
    """`good` and `bad` are the playbooks of every requirement that has a check."""
    cases = [
        (each.id, each.check, *_recipes.playbooks(each.check, each.parameters))
        for each in load_ledger().checked
        if CHECKS[each.id].scope is not Scope.CONCURRENT  # in test_check_concurrent.py
    ]
    if "good" in metafunc.fixturenames:
        metafunc.parametrize(
            ("requirement", "good"), [(id_, good) for id_, _, good, *_ in cases], ids=[case[0] for case in cases]
        )
    if "bad" in metafunc.fixturenames:
        bad = [(id_, check, text) for id_, check, _, *texts in cases for text in texts]
        metafunc.parametrize(
            ("requirement", "bad"),
            [(id_, text) for id_, _, text in bad],
            ids=[f"{id_}-{check}" for id_, check, _ in bad],
        )
