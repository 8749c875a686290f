"""Recordings of real deployments show the signs of their own release, and no others."""

import gzip
import json
import os
from pathlib import Path

import pytest

from conformance.exchange import Exchange
from conformance.fingerprint.weighing import Observations, fingerprint_of
from proxy.recordings.lines import read_lines
from proxy.recordings.recorded import Recorded
from proxy.recordings.source import Source

CORPUS = Path(os.environ.get("VIMGATE_CORPUS", os.devnull))
PLANS = 60  # of each release; every kind of stage is among them
# Releases between which plans of sw-patch and sw-upgrade show no difference.
TOLD = {
    ("3.0", "4.0"): ("stx-2.0", "stx-3.0", "stx-4.0"),
    ("5.0", "6.0"): ("stx-5.0", "stx-6.0"),
    ("7.0", "8.0", "9.0"): ("stx-7.0", "stx-8.0", "stx-9.0"),
}


@pytest.fixture
def look(table):
    """The fingerprint of these exchanges."""

    def of(exchanges):
        into = Observations(table)
        for each in exchanges:
            into.take(each)
        return fingerprint_of(into)

    return of


@pytest.mark.skipif(
    not (CORPUS / "exchanges-3.0.jsonl.gz").is_file(), reason="VIMGATE_CORPUS names no folder with recorded exchanges"
)
def test_the_recorded_exchanges_are_of_their_release(look):
    """A real deployment of 3.0.0 shows a sign that the table does not give it."""
    with Source(CORPUS / "exchanges-3.0.jsonl.gz") as source:
        found = look([item.exchange for item in read_lines(source) if isinstance(item, Recorded)])
    assert (found.told, len(found.seen) > 25) == (("stx-2.0", "stx-3.0"), True)
    assert [(seen.sign.id, seen.value) for seen in found.seen if not seen.fits("stx-3.0") or seen.others] == []


@pytest.mark.parametrize(
    ("release", "told"), [(release, told) for releases, told in TOLD.items() for release in releases]
)
def test_recorded_plans_are_of_their_release(look, release, told):
    """A real strategy shows a sign that the table does not give its release."""
    file = CORPUS / f"plans-{release}.jsonl.gz"
    if not file.is_file():
        pytest.skip(f"no {file.name}: set VIMGATE_CORPUS to the folder of recordings")
    with gzip.open(file) as lines:
        plans = [json.loads(line) for line, _ in zip(lines, range(PLANS), strict=False)]
    paths = [f"/api/orchestration/{plan['kind']}/strategy" for plan in plans]
    found = look(
        Exchange("GET", path, 200, response_body=json.dumps(plan["expect"]).encode())
        for path, plan in zip(paths, plans, strict=True)
    )
    assert found.told == told
    assert [(seen.sign.id, seen.value) for seen in found.seen if not seen.fits(f"stx-{release}") or seen.others] == []
