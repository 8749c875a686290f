"""The bench: plays a playbook before a judge and tells what each requirement came to."""

import importlib.util
from pathlib import Path

import pytest

from conformance.exchange import Exchange
from conformance.judge import Judge
from spec.load import load_contract, load_law, load_ledger


def _module(name):
    """A file beside this one, which test folders without packages cannot import."""
    found = importlib.util.spec_from_file_location(f"judge_tests_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


_documents = _module("documents")
_playbook = _module("playbook")


class Bench:
    """A judge, and the playbook that feeds it."""

    def __init__(self):
        self.contract, self.law, self.ledger = load_contract(), load_law(), load_ledger()
        self.judge = Judge(self.contract, self.ledger, self.law)
        self.monitor = self.judge.begin("main")
        self.book = _playbook.Playbook(Exchange, _documents.document, self.contract)

    def play(self, text):
        """Judge every exchange of the playbook; returns the ids with a deviation."""
        for entry in self.book.exchanges(text):
            if isinstance(entry, tuple):
                self.monitor = self.judge.begin("main", shared="shared" in entry, still_clock="still" in entry)
            else:
                self.judge.judge(entry)
        return self.broken()

    def broken(self):
        """The ids of requirements with at least one finding, whatever their strength."""
        return {id_ for id_, row in self.judge.tally.rows.items() if row.findings}

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


_recipes = _module("recipes")


def pytest_generate_tests(metafunc):
    """`good` and `bad` are the playbooks of every requirement that has a check."""
    cases = [(each.id, each.check, *_recipes.playbooks(each.check, each.parameters)) for each in load_ledger().checked]
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
