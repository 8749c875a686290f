"""The header of a run says what it was judged by."""

import hashlib

import pytest

from conformance.runs.options import Options
from reports.model import KillRate
from spec.load import ledger_digest, load_contract
from vimgate import runheader
from vimgate.waiverfile import given_in


def test_it_says_contract_and_ledger():
    """A run is judged by another contract or ledger than its report says."""
    header = runheader.header(Options(seed=3, sequences=2))
    assert (header.contract_digest, header.ledger_digest) == (load_contract().digest, ledger_digest())
    assert (header.seed, dict(header.suite)) == (3, {"examples": 40, "sequences": 2, "clients": 4})


@pytest.mark.parametrize(
    ("world", "digest"), [("", ""), ('{"hosts": []}', hashlib.sha256(b'{"hosts": []}').hexdigest())]
)
def test_it_says_the_world_that_strategies_were_compared_with(world, digest):
    """A run that was given no world is said to have had one, or one world passes for another."""
    assert runheader.header(Options(world=world)).world_digest == digest


def test_it_says_the_kill_rate_of_this_harness_alone(monkeypatch):
    """The rate of another harness stands in a report."""
    asked = []
    monkeypatch.setattr(runheader, "kill_rate", lambda harness: asked.append(harness) or KillRate(1, 2, 0, 20))
    assert runheader.header(Options()).kills == KillRate(1, 2, 0, 20)
    assert [(harness.contract, harness.ledger) for harness in asked] == [(load_contract().digest, ledger_digest())]


def test_the_digest_of_waivers_is_that_of_the_file(tmp_path):
    """`sha256sum` of the file that was given says something else than the report."""
    data = b"\xef\xbb\xbf# known\r\nwaivers: []\r\n"
    (tmp_path / "waivers.yaml").write_bytes(data)
    given = given_in(tmp_path / "waivers.yaml")
    assert (given.waivers, given.digest) == ((), hashlib.sha256(data).hexdigest())
