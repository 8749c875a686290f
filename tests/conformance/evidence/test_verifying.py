"""A report is held against its evidence: what agrees, what differs in words, and what nobody can recompute."""

import hashlib
from dataclasses import replace

import pytest

from conformance.evidence.reading import DamagedEvidence, MissingEvidence
from conformance.runs.verifying import Unverifiable, verify
from reports import stream
from reports.model import Verdict


def test_a_report_with_findings_follows_from_its_evidence(small):
    """Nothing differs, whatever the verdict is, and it is told how much was judged again."""
    report = stream.read(small)
    found = verify(report, small)
    assert (report.verdict, len(report.strategies)) == (Verdict.FAIL, 1)
    assert (found.differences, found.tests, found.exchanges, found.requirements) == ((), 2, 10, len(report.results))


def test_the_same_run_gives_the_same_bytes(make, exchanges_with, tmp_path):
    """What is stored holds no time but those of the exchanges and no order but its own, for its owner alone."""
    exchanges = exchanges_with["faulty"]()
    one = make(tmp_path / "one", {"test_a.py::test_one": exchanges, "test_b.py::test_two": exchanges})
    other = make(tmp_path / "other", {"test_b.py::test_two": exchanges, "test_a.py::test_one": exchanges})
    assert one.evidence == other.evidence
    assert (tmp_path / "one" / "evidence.zip").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda run: replace(run, seed=7), "the header's seed is 7; the evidence is of a run with 0"),
        (lambda run: replace(run, target="wsgi:other"), "the header's target is 'wsgi:other'"),
        (lambda run: replace(run, changes="read-only"), "the header's changes is 'read-only'"),
        (lambda run: replace(run, only=("VIM-GEN-015",)), "the header's only is ['VIM-GEN-015']"),
    ],
)
def test_a_header_of_another_run_is_told(change, said, small):
    """What the header says of the run must be what the evidence says of it."""
    report = stream.read(small)
    found = verify(replace(report, run=change(report.run)), small)
    assert any(said in each for each in found.differences), found.differences


def test_what_cannot_be_recomputed_is_no_difference(small, copied):
    """No evidence, a file that is gone, and another contract are told as what they are, with what to do."""
    report = stream.read(small)
    with pytest.raises(Unverifiable, match="--no-evidence"):
        verify(replace(report, evidence=None), small)
    (copied / "evidence.zip").unlink()
    with pytest.raises(MissingEvidence, match="cannot be read: No such file"):
        verify(report, copied)


def test_another_contract_names_the_version_that_verifies(small, monkeypatch):
    """Who has another ledger than the run is told which vimgate has it."""
    monkeypatch.setattr("conformance.runs.verifying.ledger_digest", lambda _: "0" * 64)
    with pytest.raises(Unverifiable, match=r"verify it with vimgate 0\.1\.0"):
        verify(stream.read(small), small)


@pytest.mark.parametrize("name", ["../evidence.zip", "/etc/passwd", "..", ""])
def test_a_report_names_no_file_but_one_beside_it(name, small):
    """A place elsewhere is a difference, and is not opened."""
    report = stream.read(small)
    found = verify(replace(report, evidence=replace(report.evidence, file=name)), small)
    assert "no file beside it" in found.differences[0]


def test_a_test_without_events_is_told_as_partial(making, answered, monkeypatch):
    """Of a test whose exchanges were not kept nothing is recomputed, and no verdict is claimed."""
    monkeypatch.setattr("conformance.runs.keeping.read_spool", lambda _: None)
    report, folder = making([answered()])
    with pytest.raises(Unverifiable, match=r"of 1 of 1 tests no exchanges were kept, test_a\.py::test_one first"):
        verify(report, folder)


def test_damage_is_told_as_a_difference_of_the_file(small, copied):
    """A file in the place of the evidence is told, also when the report was changed to name it."""
    report, other = stream.read(small), b"no zip"
    (copied / "evidence.zip").write_bytes(other)
    assert "it is not the file that the report was written with" in verify(report, copied).differences[0]
    named = replace(report.evidence, digest=hashlib.sha256(other).hexdigest(), bytes=len(other))
    with pytest.raises(DamagedEvidence, match="is no zip file"):
        verify(replace(report, evidence=named), copied)
