"""The recorded exchanges of release 3.0.0 against the reference server; only where there is a corpus."""

import json
import os
from pathlib import Path

import pytest

from conformance.predictions.differ import differences
from reference_server.exchanges.lines import read_exchanges
from reference_server.exchanges.moments import moment_of
from reference_server.exchanges.player import Verdict, play
from reference_server.exchanges.setups import Setups
from reference_server.rulebooks import load_release

CORPUS = os.environ.get("VIMGATE_CORPUS")
LEAST_EQUAL = 0.98  # of the lines that are compared

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CORPUS is None, reason="VIMGATE_CORPUS names no folder with recorded exchanges"),
]


@pytest.fixture(scope="module")
def outcomes():
    """Every line of the recording, played once."""
    setups = Setups.read(Path(__file__).with_name("setups.yaml"))
    exchanges = read_exchanges(Path(CORPUS) / "exchanges-3.0.jsonl.gz")
    return list(play(exchanges, setups, load_release("stx-3.0")))


def test_no_line_differs_without_a_reason(outcomes):
    """A recorded answer is not that of the reference server, and no record says why."""
    strange = [
        (outcome.exchange.number, outcome.exchange.note, outcome.mismatches)
        for outcome in outcomes
        if outcome.verdict in (Verdict.DIFFERENT, Verdict.GONE)
    ]
    assert strange == []


def test_nearly_every_line_is_equal(outcomes):
    """More lines are explained away than a replica may need."""
    compared = [outcome.verdict for outcome in outcomes if outcome.verdict is not Verdict.EXCLUDED]
    assert (len(outcomes), len(compared)) == (1474, 1467)
    assert compared.count(Verdict.EQUAL) / len(compared) >= LEAST_EQUAL


def test_strategies_are_equal_to_the_last_value(outcomes):
    """A strategy document of a recorded moment has another value here, dates and uuids of strategies aside."""
    documents = [
        (outcome.exchange.number, outcome.exchange.answer.body, outcome.given.body)
        for outcome in outcomes
        if outcome.given is not None and moment_of(outcome.exchange.answer.body) and moment_of(outcome.given.body)
    ]
    strange = [
        (number, found)
        for number, recorded, given in documents
        if (found := list(differences(json.loads(recorded), json.loads(given))))
    ]
    assert (len(documents), strange) == (535, [])
