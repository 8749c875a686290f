"""What only chance brings about does not make two reports of one run differ, and is not lost either."""

from conformance.findings.tally import Tally
from reports.model import Finding, Verdict

SURE = Finding("VIM-A-001", Verdict.FAIL, "it is wrong")
BY_CHANCE = Finding("VIM-A-001", Verdict.FAIL, "it was wrong when two clients met")


def came_to(*, sure, by_chance):
    """What the row of a requirement comes to, on its way through another process."""
    tally = Tally()
    row = tally.row("VIM-A-001")
    row.checked = len(sure)
    [row.add(finding) for finding in sure]
    [row.add_by_chance(finding) for finding in by_chance]
    whole = Tally()
    whole.merge(Tally.from_json(tally.to_json()))
    settled = whole.row("VIM-A-001").settled()
    return settled.checked, settled.findings, settled.more, whole.failed


def test_beside_a_sure_finding_it_counts_for_nothing():
    """Where a requirement failed anyhow, what clients that met saw of it changes nothing."""
    assert came_to(sure=[SURE], by_chance=[BY_CHANCE]) == came_to(sure=[SURE], by_chance=[])


def test_alone_it_is_told():
    """Where nothing else was found it is a finding, and the requirement has failed."""
    assert came_to(sure=[], by_chance=[BY_CHANCE, BY_CHANCE]) == (1, [BY_CHANCE], 0, ("VIM-A-001",))
