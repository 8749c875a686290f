"""A run of two tests, of a few exchanges each, as small as evidence can be."""

import json
import re
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.drivers.conversation import JSON
from conformance.evidence.cleaning import Cleaning
from conformance.evidence.recording import RecordingJudge
from conformance.evidence.spool import Spool
from conformance.runs.account import Account, handed_by
from conformance.runs.keeping import store
from conformance.runs.options import Options
from conformance.runs.recompute import report_of
from conformance.targets.target import EMBEDDED, open_target
from reports import stream
from reports.lines import encode
from reports.model import Level, Run
from spec.load import load_contract, load_law, load_ledger

STRATEGY = "/api/orchestration/sw-patch/strategy"
BODY = json.dumps({
    "controller-apply-type": "serial", "storage-apply-type": "serial", "swift-apply-type": "ignore",
    "worker-apply-type": "parallel", "default-instance-action": "migrate",
}).encode()  # fmt: skip
OPTIONS = Options(level=Level.PROTOCOL, examples=0, sequences=0, clients=0)
RUN = Run(
    target="wsgi:small",
    release="published",
    seed=0,
    changes="allowed",
    started="2026-11-29T12:00:00+00:00",
    versions=(("vimgate", "0.1.0"),),
    contract_digest=load_contract().digest,
    level=Level.PROTOCOL,
    suite=(("examples", 0), ("sequences", 0), ("clients", 0)),
)


def served():
    """Exchanges with the reference server: a strategy is created, built, refused a second time, and deleted."""
    create, look, delete = ("POST", STRATEGY, BODY), ("GET", STRATEGY, b""), ("DELETE", STRATEGY, b"")
    with open_target(EMBEDDED) as target:

        def sent(method, path, body):
            return target.send(method, path, body=body, headers=JSON if body else ())

        before = [sent(*each) for each in (("GET", "/api/orchestration", b""), create)]
        target.control.advance(200)
        return [*before, *(sent(*each) for each in (look, create, delete))]


def faulty():
    """The same of a server that shows the percentage as a text, and answers a delete with 500."""
    found = []
    for each in served():
        body = re.sub(rb'(-completion-percentage": ?)(\d+)', rb'\1"\2"', each.response_body)
        status = 500 if each.method == "DELETE" else each.status
        found.append(replace(each, response_body=body, status=status))
    return found


def recorded(folder, nodeid, exchanges, secrets=()):
    """What a test hands over whose judge is told these exchanges, and writes them down."""
    norm = load_contract(), load_ledger(), load_law()
    spool = Spool(folder, nodeid)
    with closing(RecordingJudge(*norm, level=OPTIONS.level, spool=spool, cleaning=Cleaning(secrets))) as judge:
        judge.begin("one", still_clock=True)
        for exchange in exchanges:
            judge.judge(exchange, "one")
    return handed_by(judge)


def made(folder, tests, secrets=(), run=RUN, **became):
    """A report and its evidence in a folder, of tests by node id with the exchanges of each; the report."""
    spools = folder / "spools"
    spools.mkdir(parents=True)
    handed = {nodeid: recorded(spools, nodeid, exchanges, secrets) for nodeid, exchanges in tests.items()}
    account = Account(OPTIONS, handed, **became)
    waivers = became.get("waivers")
    evidence = store(folder / "evidence.zip", spools, account, run, waivers=waivers, secrets=tuple(secrets))
    shutil.rmtree(spools)
    report = replace(report_of(account.without(secrets), run, waivers), evidence=evidence)
    (folder / "report.jsonl").write_text(encode(report))
    return stream.read(folder)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The folder of a small run with findings; nobody changes it."""
    folder = tmp_path_factory.mktemp("small")
    made(folder, {"test_a.py::test_one": served(), "test_b.py::test_two": faulty()})
    return folder


@pytest.fixture
def making(tmp_path):
    """Makes a report and its evidence in a folder of the test's own; gives both."""

    def make(exchanges, **more):
        return made(tmp_path / "made", {"test_a.py::test_one": exchanges}, **more), tmp_path / "made"

    return make


@pytest.fixture(scope="session")
def make():
    """Makes a report and its evidence in a folder."""
    return made


@pytest.fixture(scope="session")
def exchanges_with():
    """What a right server and a faulty one answer."""
    return {"right": served, "faulty": faulty}


@pytest.fixture
def copied(small, tmp_path):
    """A copy of the small run."""
    return Path(shutil.copytree(small, tmp_path / "copy"))


@pytest.fixture
def answered():
    """Makes an exchange with the document of all links, answered with these headers and body."""
    links = served()[0]

    def answer(body=links.response_body, headers=(), request_headers=(), **more):
        return replace(
            links,
            response_body=body,
            response_headers=(*links.response_headers, *headers),
            request_headers=(*links.request_headers, *request_headers),
            **more,
        )

    return answer
