"""What a real deployment of 3.0.0 has answered: in order under stx-3.0, found fault with by the published document."""

import json
from collections import Counter, defaultdict

import pytest

from conformance.exchange import Exchange
from spec.load import load_release

# Bodies of which the recording has only the length, as they were but for the number of blanks.
LONG = {
    "create sw-patch: padded with 8 MiB of spaces": (
        b'{"controller-apply-type": "serial", "storage-apply-type": "serial", "worker-apply-type": "serial", '
        b'"default-instance-action": "stop-start", "alarm-restrictions": "strict"' + b" " * 4096 + b"}"
    ),
    "create sw-upgrade: padded with 8 MiB of spaces": (
        b'{"storage-apply-type": "serial", "worker-apply-type": "serial", "complete-upgrade": false'
        + b" " * 4096
        + b"}"
    ),
    "create sw-patch: deep nesting": b"[" * 20_000 + b"]" * 20_000,
    "create sw-upgrade: deep nesting": b"[" * 20_000 + b"]" * 20_000,
}

# Every finding of the recording under `published`: the requirement, how often, and the deviations that it shows.
PUBLISHED = {
    "VIM-LIFE-058": (6, "D3-03"),
    "VIM-LIFE-070": (2, "D3-03"),
    "VIM-PACT-010": (138, "D3-03 D3-31 D3-36 D3-40"),
    "VIM-PACT-012": (4, "D3-31"),
    "VIM-PACT-018": (8, "D3-03 D3-13 D3-36"),
    "VIM-PDEL-004": (2, "D3-37 D3-40"),
    "VIM-PGET-011": (2, "D3-40"),
    "VIM-PGET-012": (44, "D3-04"),
    "VIM-PPOST-010": (11, "D3-31 D3-32 D3-38 D3-40"),
    "VIM-PPOST-011": (6, "D3-31"),
    "VIM-PPOST-013": (3, "D3-33 D3-35"),
    "VIM-PPOST-015": (1, "D3-14"),
    "VIM-PPOST-018": (3, "D3-33 D3-35"),
    "VIM-PPOST-023": (3, "D3-33 D3-35"),
    "VIM-PPOST-028": (6, "D3-32 D3-34"),
    "VIM-PPOST-034": (80, "D3-11"),
    "VIM-PPOST-035": (3, "D3-33 D3-35"),
    "VIM-PPOST-040": (3, "D3-33 D3-35"),
    "VIM-PPOST-045": (3, "D3-33 D3-35"),
    "VIM-PPOST-050": (2, "D3-38 D3-41"),
    "VIM-UDEL-004": (1, "D3-37"),
    "VIM-UGET-012": (14, "D3-04"),
    "VIM-UPOST-010": (10, "D3-31 D3-32 D3-38"),
    "VIM-UPOST-011": (6, "D3-31"),
    "VIM-UPOST-013": (3, "D3-33 D3-35"),
    "VIM-UPOST-018": (3, "D3-33 D3-35"),
    "VIM-UPOST-023": (6, "D3-32 D3-34"),
    "VIM-UPOST-030": (3, "D3-33 D3-35"),
    "VIM-UPOST-034": (47, "D3-12"),
    "VIM-UPOST-035": (2, "D3-38 D3-41"),
}


@pytest.fixture(scope="module")
def judged(corpus, lines_of, exchange_of, judge_of):
    """Under each release the findings of the recording: line and requirement, and the judge."""
    lines = lines_of(corpus / "exchanges-3.0.jsonl.gz")
    return {release: (*_judged(judge_of(release), lines, exchange_of), lines) for release in ("published", "stx-3.0")}


def _judged(judge, lines, exchange_of):
    """A session that is a history is judged as one, every other line alone."""
    found = []
    for line in lines:
        history = line["session"] if line["history"] else "alone"
        if not line["history"]:
            judge.begin(history)
        exchange = exchange_of(line, LONG.get(line["note"]))
        found += [(line, finding) for finding in judge.judge(exchange, history)]
    return found, judge


def test_the_recording_is_whole(judged):
    """All lines of the recording are judged, and no check crashes."""
    for _, judge, lines in judged.values():
        assert (len(lines), sum(line["history"] for line in lines), judge.judged) == (1474, 388, 1474)
        assert [error for row in judge.tally.rows.values() for error in row.errors] == []


# The defects of 3.0.0 that stay findings (`keeps` of the deviation), by what the recorder noted.
DOWN = "VIM process down (RPC connection refused)"
CRASHED = "0.5 real s later (x60 virtual)"
WORDS = {
    ("sw-patch", "controller-apply-type"): "VIM-PPOST-013",
    ("sw-patch", "storage-apply-type"): "VIM-PPOST-018",
    ("sw-patch", "worker-apply-type"): "VIM-PPOST-023",
    ("sw-patch", "swift-apply-type"): "VIM-PPOST-035",
    ("sw-patch", "default-instance-action"): "VIM-PPOST-040",
    ("sw-patch", "alarm-restrictions"): "VIM-PPOST-045",
    ("sw-upgrade", "storage-apply-type"): "VIM-UPOST-013",
    ("sw-upgrade", "worker-apply-type"): "VIM-UPOST-018",
    ("sw-upgrade", "alarm-restrictions"): "VIM-UPOST-030",
}
DEFECTS = {
    **{
        (f"create {kind}: {member}={value}", requirement): deviation
        for (kind, member), requirement in WORDS.items()
        for value, deviation in (("None", "D3-33"), ("['serial']", "D3-35"), ("{'a': 1}", "D3-35"))
    },
    (DOWN, "VIM-PGET-011"): "D3-40",
    (DOWN, "VIM-PPOST-010"): "D3-40",
    (DOWN, "VIM-PDEL-004"): "D3-40",
    (DOWN, "VIM-PACT-010"): "D3-40",
    (CRASHED, "VIM-PGET-011"): "D3-40",  # after a forced delete of a strategy that was being applied
}


def test_under_stx_only_defects_are_found(judged):
    """Under stx-3.0 nothing is found but the defects that its deviations name as such, each of them once."""
    found, *_ = judged["stx-3.0"]
    assert Counter((line["note"], finding.requirement) for line, finding in found) == Counter(dict.fromkeys(DEFECTS, 1))


def test_every_defect_is_named_by_its_deviation():
    """A finding that stays belongs to a deviation that says so."""
    deviations = load_release("stx-3.0").deviations
    assert [key for key, deviation in DEFECTS.items() if key[1] not in deviations[deviation].keeps] == []


def test_under_published_the_contradictions_are_found(judged):
    """Under `published` the findings are those of the table, and each is of a deviation that stx-3.0 numbers."""
    found, *_ = judged["published"]
    counted = Counter(finding.requirement for _, finding in found)
    assert dict(sorted(counted.items())) == {requirement: count for requirement, (count, _) in PUBLISHED.items()}
    assert {name for _, names in PUBLISHED.values() for name in names.split()} <= set(
        load_release("stx-3.0").deviations
    )


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sw-patch", "sw-upgrade"])
def test_real_plans_are_in_order(kind, corpus, lines_of, judge_of):
    """No strategy that a real engine has built is found fault with under stx-3.0."""
    judge, found = judge_of("stx-3.0"), defaultdict(list)
    plans = [plan for plan in lines_of(corpus / "plans-3.0.jsonl.gz") if plan["kind"] == kind]
    headers = (("Content-Type", "application/json"),)
    for plan in plans:
        judge.begin("alone")
        body = json.dumps(plan["expect"]).encode()
        shown = Exchange(
            "GET", f"/api/orchestration/{kind}/strategy", 200, response_headers=headers, response_body=body
        )
        for finding in judge.judge(shown, "alone"):
            found[plan["id"]].append(finding)
    assert len(plans) > 300
    assert found == {}
