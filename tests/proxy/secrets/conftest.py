"""The planted traffic, what it is judged as, and every file that is written of it."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from proxy.archive import Archive
from proxy.deciding import answers
from proxy.judging.books import Books
from proxy.judging.counts import Counts
from proxy.judging.messages import Finish, Told, frames
from proxy.judging.progress import Report
from proxy.judging.settings import DeskSettings
from proxy.telling.live import View, line
from proxy.traffic import Action, Direction, Noticed, Passage
from proxy.watch import Watch
from reports.model import Finding, Verdict


def sibling(name):
    """The module that lies beside this file: test folders are no packages."""
    if name not in sys.modules:
        found = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        sys.modules[name] = importlib.util.module_from_spec(found)
        found.loader.exec_module(sys.modules[name])
    return sys.modules[name]


PLANTED = sibling("planted").planted()
leaks, gateway = sibling("leaks"), sibling("gateway")


def pytest_generate_tests(metafunc):
    """One test for each secret."""
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", PLANTED, ids=[row.name for row in PLANTED])


def passages():
    """The planted exchanges as they pass."""
    for number, planted in enumerate((each for row in PLANTED for each in row.exchanges), 1):
        exchange = replace(planted, at=1_800_000_000.0 + number)
        yield Passage(number, exchange, exchange.at - 0.01, client="192.0.2.7")


def noticed_by(watch, passage):
    """What is noticed of it: by a watch, and in texts that quote it."""
    quoted = tuple(Noticed(Direction.RESPONSE, each) for each in quoting(passage.exchange))
    return (*watch.see(passage), *quoted)


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
    watch = Watch()
    for passage in passages():
        archive.keep(passage, noticed_by(watch, passage), Action.PASS)
    archive.note(f"resuming after {PLANTED[0].secret}")
    archive.close()


def write_books(folder):
    """All that the judge's process says: what it stores, its lines to the gateway, and what is made of them there."""
    settings = DeskSettings(out=str(folder / "books"), mode="enforce", secrets=("declared-secret",))
    watch, report = Watch(), Report()
    books = Books(settings, watch)
    told, answered, shown = [], [], []
    for passage in passages():
        noticed, reference = books.keep(passage, noticed_by(watch, passage))
        report.find(noticed)
        told += frames([Told(1, noticed, reference), report.told(watch, books.progress())])
        answered += [answers.annotation(noticed), answers.bad_answer(noticed, reference).body.decode()]
        asked = replace(passage.exchange, status=0, response_headers=(), response_body=b"")
        clean = books.clean(asked, noticed_by(watch, replace(passage, exchange=asked, blocked=True)))
        answered.append(answers.refusal(clean).body.decode())
        shown.append(
            line(View("http://192.0.2.1", "published", "enforce", last=report.last, progress=books.progress()), 1.0)
        )
    books.close(Finish(0, {}, {}, 0, 1.0), Counts())
    (folder / "line.bin").write_bytes(bytes(told))
    (folder / "live.txt").write_text("\n".join(shown))
    (folder / "answers.txt").write_text("\n".join(answered))


WRITERS = (write_archive, write_books)
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
    files |= {f"gateway/{name}": data for name, data in gateway.all_that_is_said(PLANTED, tmp_path_factory).items()}
    return {name: leaks.all_readings(data) for name, data in files.items()}


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    """The same with nothing redacted."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("redact_text", "redact_url", "redact_form"):
            patch.setattr(f"proxy.archive.cleaning.{name}", _unchanged)
        patch.setattr("proxy.archive.cleaning.redact_headers", _unchanged)
        patch.setattr("proxy.archive.cleaning.without_beginnings", _unchanged)
        patch.setattr("conformance.evidence.bodies._redacted", _unchanged)
        files = write_all(tmp_path_factory.mktemp("leaky"))
    return {name: leaks.all_readings(data) for name, data in files.items()}


@pytest.fixture
def planted_rows():
    """All rows."""
    return PLANTED
