"""The summary of a watch: one value, three files for their owner alone."""

import stat
from dataclasses import replace

import pytest

from proxy.telling.noted import Noted
from proxy.telling.summary import FILES, summary_of, write_summary
from proxy.traffic import Direction, Noticed, Passage
from reports.model import Finding, Verdict
from reports.traffic import decode
from spec.load import load_ledger


@pytest.fixture
def report(broken):
    """The report of a server that counts wrongly, and of clients that ask wrongly."""
    return summary_of(broken, broken.noted, broken.facts(), load_ledger())


def test_answers_and_requests_are_charged_apart(report):
    """The server is blamed for its percentage, the client for a stage-id that is no number."""
    charged = {(charge.direction, charge.requirement) for charge in report.charges}
    assert ("response", "VIM-LIFE-024") in charged
    assert ("request", "VIM-PACT-019") in charged
    assert ("response", "VIM-PACT-019") not in charged


def test_a_sound_server_is_charged_with_nothing(lived):
    """What clients did wrong is theirs alone."""
    report = summary_of(lived, lived.noted, lived.facts(), load_ledger())
    assert {charge.direction for charge in report.charges} == {"request"}


def test_the_facts_are_told(report):
    """What nobody checked is told by reason, beside what was blocked."""
    assert [(each.word, each.times) for each in report.watched.unchecked] == [("slow", 1), ("too large", 2)]
    assert [(each.word, each.times) for each in report.watched.blocked] == [("request", 1)]
    assert report.watched.exchanges == report.watched.judged + 3


def test_the_files_are_written_for_their_owner_alone(report, tmp_path):
    """Three forms of one value, mode 600, and the JSON reads as it was."""
    write_summary(tmp_path / "out", report)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert modes == dict.fromkeys(FILES, 0o600)
    assert decode((tmp_path / "out" / "summary.json").read_bytes(), "summary.json") == report


def test_the_last_summaries_are_kept(report, tmp_path):
    """A gateway that is started again in the middle of an upgrade writes over what the one before has seen."""
    for exchanges in range(1, 6):
        write_summary(tmp_path, replace(report, watched=replace(report.watched, exchanges=exchanges)), old=2)
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {name.replace(".", age) for name in FILES for age in (".", ".1.", ".2.")}
    names = ("summary.json", "summary.1.json", "summary.2.json")
    assert [decode((tmp_path / name).read_bytes(), name).watched.exchanges for name in names] == [5, 4, 3]


@pytest.mark.parametrize("name", FILES)
def test_no_secret_reaches_a_file(broken, tmp_path, name):
    """What a finding, a client or an address carries is redacted once more."""
    noted = Noted()
    finding = Finding("VIM-GEN-001", Verdict.FAIL, "X-Auth-Token: hunter2222", actual='{"password": "hunter2222"}')
    exchange = broken.target.send("GET", "/")
    noted.see(Passage(1, exchange, 0.0, client="token=hunter2222"), [Noticed(Direction.RESPONSE, finding)])
    facts = broken.facts(upstream="https://admin:hunter2222@vim:4545", notes=("Cookie: hunter2222",))
    write_summary(tmp_path, summary_of(broken, noted, facts, load_ledger()))
    assert "hunter2222" not in (tmp_path / name).read_text(encoding="utf-8")
