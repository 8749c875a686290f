"""A run of the suite on a faulty server: what its judges were told comes to the same again, from the evidence alone."""

from collections import Counter
from dataclasses import replace

import pytest

from conformance.evidence.form import Doubt, Expect, Judged, Retold, Together
from conformance.evidence.reading import open_evidence
from conformance.runs.account import Account
from conformance.runs.collector import Collector
from conformance.runs.keeping import store
from conformance.runs.options import Options
from conformance.runs.recompute import report_of
from conformance.runs.run import run_suite
from conformance.runs.verifying import verify
from reports.lines import encode
from reports.model import Run, Verdict
from reports.stream import read
from spec.load import load_contract

# Several clients, sequences that are drawn and shrunk, worlds with predictions, and requests of a generator.
TESTS = ("histories/races", "model/0", "plans/own_world", "fuzz/0")


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """The folder with the report and the evidence of a run on a server that shows a percentage as a text."""
    folder, spools = tmp_path_factory.mktemp("judged"), tmp_path_factory.mktemp("spools")
    asked = {"tests": TESTS, "examples": 1, "sequences": 1, "moves": 6, "clients": 3}
    asked |= {"chain_groups": 1, "chains": 1, "steps": 6}
    options = Options("wsgi:reference_server.mutants:percentage_as_text", evidence=str(spools), **asked)
    collector = Collector(lambda _: None)
    measured = run_suite(options, collector=collector)
    run = Run(
        target=options.target,
        release="published",
        seed=0,
        changes="allowed",
        started="2026-11-29T12:00:00+00:00",
        contract_digest=load_contract().digest,
        level=measured.level,
        suite=(("examples", 1), ("sequences", 1), ("clients", 3)),
    )
    account = Account.of(options, collector, measured.broken, ())
    evidence = store(folder / "evidence.zip", spools, account, run, waivers=None, secrets=())
    told = replace(report_of(account, run, None), results=measured.results, coverage=measured.coverage)
    (folder / "report.jsonl").write_text(encode(replace(told, evidence=evidence)))
    return folder


def test_every_verdict_is_recomputed(judged):
    """The report of a run with failures follows from its evidence: findings, counts, edges."""
    report = read(judged)
    failed = [each for each in report.results if each.verdict is Verdict.FAIL]
    assert (len(failed) > 1, bool(report.coverage)) == (True, True)
    assert verify(report, judged).differences == ()


def test_the_run_had_everything_that_a_judge_may_be_told(judged):
    """Clients at once, predictions, failures retold by their shortest sequence; and no doubt."""
    with open_evidence(judged / "evidence.zip") as evidence:
        told = Counter(type(event) for test in evidence.tests for event in evidence.source(test).events())
    assert {Together, Expect, Judged, Retold} <= told.keys()
    assert Doubt not in told


def test_a_finding_of_the_shortest_sequence_is_made_of_its_exchanges(judged):
    """Its scripts are not taken over: without the retelling the finding that was seen first stands there."""
    report = read(judged)
    shrunk = [each for result in report.results for each in result.findings if each.test]
    assert shrunk
    assert all(each.reproducer.count("curl -") <= 3 for each in shrunk)
