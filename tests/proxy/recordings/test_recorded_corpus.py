"""The audit of what a real deployment of 3.0.0 has answered, under its release and under the published document."""

import os
from collections import Counter
from pathlib import Path

import pytest

from proxy.audit import Terms, audit

pytestmark = pytest.mark.long

NAME = "exchanges-3.0.jsonl.gz"

# What stays a finding about answers under its own release: defects that the release names as such, and two bodies of
# 8 MiB of which the recording has only the length.
DEFECTS = {
    **dict.fromkeys([f"VIM-PPOST-{each}" for each in ("013", "018", "023", "035", "040", "045")], 3),
    **dict.fromkeys([f"VIM-UPOST-{each}" for each in ("013", "018", "030")], 3),
    "VIM-PPOST-010": 1, "VIM-PDEL-004": 1, "VIM-PACT-010": 1, "VIM-PGET-011": 2,
    "VIM-PPOST-011": 1, "VIM-UPOST-011": 1,
}  # fmt: skip

# Where 3.0.0 contradicts the published document and its release says so: found under `published` alone.
CONTRADICTIONS = {
    "VIM-PGET-012": 44, "VIM-UGET-012": 14, "VIM-LIFE-058": 6, "VIM-LIFE-070": 2,
    "VIM-PPOST-050": 2, "VIM-UPOST-035": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def recorded():
    """The recording; skipped where there is none."""
    file = Path(os.environ.get("VIMGATE_CORPUS", "nowhere")) / NAME
    if not file.is_file():
        pytest.skip(f"no {NAME}: set VIMGATE_CORPUS to the folder of recordings")
    return file


def answers(audited):
    """How often answers broke each requirement."""
    return Counter({row[0]: row[2]["times"] for row in audited.noted.to_json()["rows"] if row[1] == "response"})


def test_under_its_release_only_its_defects_are_found(recorded):
    """Nothing else is charged to the server, and all lines are judged."""
    audited = audit(recorded, Terms("stx-3.0"))
    assert (audited.exchanges, audited.judged, audited.damages, audited.crashes) == (1474, 1474, [], {})
    assert answers(audited) == DEFECTS


def test_under_the_published_document_its_contradictions_are_found(recorded):
    """What the release lifts is found, and more of what it does not."""
    found = answers(audit(recorded, Terms("published")))
    assert {name: found[name] for name in CONTRADICTIONS} == CONTRADICTIONS
    assert all(found[name] >= times for name, times in DEFECTS.items())
