"""The planted traffic, what it is judged as, and every file that is written of it."""

import importlib.util
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import generate_latest

from conformance.judge import Judge
from proxy.archive import Archive
from proxy.coverage import Coverage
from proxy.live import View, line
from proxy.metrics import Metrics
from proxy.noted import Noted
from proxy.summary import Facts, summary_of, write_summary
from proxy.timelines import Timelines
from proxy.traffic import Action, Direction, Noticed, Passage
from reports.model import Finding, Level, Verdict
from spec.load import load_contract, load_law, load_ledger


def sibling(name):
    """The module that lies beside this file: test folders are no packages."""
    if name not in sys.modules:
        found = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        sys.modules[name] = importlib.util.module_from_spec(found)
        found.loader.exec_module(sys.modules[name])
    return sys.modules[name]


PLANTED = sibling("planted").planted()
leaks = sibling("leaks")


def pytest_generate_tests(metafunc):
    """One test for each secret."""
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", PLANTED, ids=[row.name for row in PLANTED])


def traffic():
    """The planted exchanges as they pass, each with what was noticed: by the judge, and in texts that quote it."""
    judge = Judge(load_contract(), load_ledger(), load_law())
    judge.begin("traffic")
    exchanges = [each for row in PLANTED for each in row.exchanges]
    for number, planted in enumerate(exchanges, 1):
        exchange = replace(planted, at=1_800_000_000.0 + number)
        found = [*judge.judge(exchange, "traffic"), *quoting(exchange)]
        yield Passage(number, exchange, exchange.at - 0.01), tuple(Noticed(Direction.RESPONSE, each) for each in found)


def quoting(exchange):
    """Findings whose texts are pieces of the exchange, whole and cut off where it suits them worst."""
    body = (exchange.response_body or exchange.request_body).decode("utf-8", "replace")
    headers = "\n".join(f"{name}: {value}" for name, value in (*exchange.request_headers, *exchange.response_headers))
    yield Finding("VIM-X-001", Verdict.FAIL, f"{exchange.method} {exchange.path}?{exchange.query}", headers, body)
    yield Finding(
        "VIM-X-002", Verdict.WARN, body[:60] + "…", headers[:40] + "…", body[: len(body) // 2] + "…", "/x", body
    )


def write_archive(folder):
    """Findings, evidence and both captures."""
    archive = Archive(folder, har=True, flows=True, secrets=["declared-secret"], about={"upstream": "http://a:b1c2@h/"})
    for passage, noticed in traffic():
        archive.keep(passage, noticed, Action.PASS)
    archive.note(f"resuming after {PLANTED[0].secret}")
    archive.close()


def write_summary_and_views(folder):
    """The summary in its three forms, what is scraped, and the terminal view."""
    contract, law, ledger = load_contract(), load_law(), load_ledger()
    archive = Archive(folder / "archive")
    coverage, timelines, noted = Coverage(contract, law), Timelines(contract), Noted()
    counts = Counted(findings={"VIM-X-001 response": 1})
    metrics = Metrics(contract, law, lambda: counts, (0.1,), release="published", mode="observe")
    told = []
    for passage, found in traffic():
        reference = archive.keep(passage, found, Action.PASS)
        noticed = tuple(archive.without_secrets(each) for each in found)
        coverage.see(passage, noticed)
        timelines.see(passage, noticed)
        noted.see(passage, noticed, Action.PASS, reference)
        exchange = passage.exchange
        metrics.begun()
        metrics.passed(exchange.method, exchange.path, exchange.status, 0.01)
        told += [each.finding.message for each in noticed]
    archive.close()
    level, many = Level.ORCHESTRATION, len(PLANTED)
    facts = Facts(
        release="published", level=level, mode="observe", began=1.0, ended=2.0, exchanges=many, judged=many
    )  # fmt: skip
    write_summary(folder, summary_of(SimpleNamespace(coverage=coverage, timelines=timelines), noted, facts, ledger))
    (folder / "metrics.txt").write_bytes(generate_latest(metrics.registry))
    views = [
        line(View("http://192.0.2.1", "published", "observe", last=told[at : at + 5]), 1.0) for at in range(len(told))
    ]
    (folder / "live.txt").write_text("\n".join(views))


@dataclass
class Counted:
    """What the judge's process has done."""

    findings: dict
    judged: int = 1
    restarts: int = 0
    latency: float = 0.0
    latencies: tuple = (1, 0)
    situation: tuple = ("", "")
    unchecked: dict = field(default_factory=dict)
    faults: dict = field(default_factory=dict)


WRITERS = (write_archive, write_summary_and_views)
"""Whatever writes files of traffic: called with a folder. An output that is new comes in here."""


def _unchanged(value, *_):
    return value


def write_all(folder):
    """Every file that is written of the planted traffic, by name."""
    for write in WRITERS:
        write(folder)
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """All readings of every file, by name."""
    files = write_all(tmp_path_factory.mktemp("written"))
    return {name: leaks.all_readings(data) for name, data in files.items()}


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    """The same with nothing redacted."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("redact_text", "redact_url", "redact_form"):
            patch.setattr(f"proxy.archive.cleaning.{name}", _unchanged)
        patch.setattr("proxy.archive.cleaning.redact_headers", _unchanged)
        patch.setattr("proxy.archive.cleaning.without_beginnings", _unchanged)
        patch.setattr("proxy.archive.bodies._redacted", _unchanged)
        files = write_all(tmp_path_factory.mktemp("leaky"))
    return {name: leaks.all_readings(data) for name, data in files.items()}


@pytest.fixture
def planted_rows():
    """All rows."""
    return PLANTED
