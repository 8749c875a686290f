"""The audit of what a real deployment of 3.0.0 has answered, under its release and under the published document."""

import os
from collections import Counter
from pathlib import Path

import pytest

from proxy.audit import Terms, audit
from spec.load import load_release

pytestmark = pytest.mark.long

NAME = "exchanges-3.0.jsonl.gz"

# What stays a finding about answers under its own release: how often, and the deviations that keep it.
KEPT = {
    **{f"VIM-PPOST-{each}": (3, {"D3-33": 1, "D3-35": 2}) for each in ("013", "018", "023", "035", "040", "045")},
    **{f"VIM-UPOST-{each}": (3, {"D3-33": 1, "D3-35": 2}) for each in ("013", "018", "030")},
    **dict.fromkeys(("VIM-PPOST-010", "VIM-PDEL-004", "VIM-PACT-010"), (1, {"D3-40": 1})),
    "VIM-PGET-011": (2, {"D3-40": 2}),
}  # fmt: skip

# What its release lifts, or demands otherwise: found under `published` alone, beside what is kept.
CONTRADICTED = {
    "VIM-PGET-012": {"D3-04": 44},
    "VIM-UGET-012": {"D3-04": 14},
    "VIM-LIFE-058": {"D3-03": 6},
    "VIM-LIFE-070": {"D3-03": 2},
    "VIM-PACT-010": {"D3-03": 131, "D3-31": 4, "D3-36": 2, "D3-40": 1},
    "VIM-PACT-012": {"D3-31": 4},
    "VIM-PACT-018": {"D3-03": 5, "D3-13": 1, "D3-36": 2},
    "VIM-PDEL-004": {"D3-37": 1, "D3-40": 1},
    "VIM-UDEL-004": {"D3-37": 1},
    "VIM-PPOST-010": {"D3-31": 6, "D3-32": 2, "D3-38": 1, "D3-40": 1},
    "VIM-UPOST-010": {"D3-31": 6, "D3-32": 2, "D3-38": 1},
    "VIM-PPOST-011": {"D3-31": 6},
    "VIM-UPOST-011": {"D3-31": 6},
    "VIM-PPOST-015": {"D3-14": 1},
    "VIM-PPOST-028": {"D3-32": 2, "D3-34": 4},
    "VIM-UPOST-023": {"D3-32": 2, "D3-34": 4},
    "VIM-PPOST-034": {"D3-11": 79},
    "VIM-PPOST-050": {"D3-38": 1, "D3-41": 1},
    "VIM-UPOST-035": {"D3-38": 1, "D3-41": 1},
}


@pytest.fixture(scope="module")
def recorded():
    """The recording; skipped where there is none."""
    file = Path(os.environ.get("VIMGATE_CORPUS", "nowhere")) / NAME
    if not file.is_file():
        pytest.skip(f"no {NAME}: set VIMGATE_CORPUS to the folder of recordings")
    return file


def answers(audited):
    """How often answers broke each requirement, and by which deviations."""
    rows = {row[0]: row[2] for row in audited.noted.to_json()["rows"] if row[1] == "response"}
    assert [name for name, row in rows.items() if row["explained"] != row["times"]] == []
    return {name: (row["times"], row["deviations"]) for name, row in rows.items()}


def test_under_its_release_only_what_it_keeps_is_found(recorded):
    """Nothing else is charged to the server, and every line is judged of which more than a length was recorded."""
    audited = audit(recorded, Terms("stx-3.0"))
    assert (audited.exchanges, audited.judged, audited.damages, audited.crashes) == (1474, 1466, [], {})
    assert audited.unjudged == {"body of the request not recorded": 8}
    assert (answers(audited), audited.silent) == (KEPT, {})


def test_under_the_published_document_each_finding_has_the_number_of_a_contradiction(recorded):
    """Each finding is of a deviation that contradicts the document; what it is silent on is noted, and is none."""
    audited = audit(recorded, Terms("published", explained_by="stx-3.0"))
    found = answers(audited)
    expected = KEPT | {name: (sum(known.values()), known) for name, known in CONTRADICTED.items()}
    assert (found, audited.silent) == (expected, {"D3-12": 46})
    exercised = Counter()
    for _, known in found.values():
        exercised.update(known)
    deviations = load_release("stx-3.0").deviations
    assert {deviations[number].group for number in exercised} == {"contradicts"}
    assert {each.id for each in deviations.values() if each.group == "contradicts"} - set(exercised) == {
        "D3-08",  # a line that stands alone does not tell that there was a strategy to delete
        "D3-42",  # the stage-ids that were taken for numbers named stages that the state did not allow: D3-03
        "D3-43",  # inferred, and not tried
    }
