"""How deep a run has looked is told level by level, and adds up."""

from dataclasses import replace

import pytest

from reports.model import Level, Result, Verdict
from reports.render.depths import depths


def of(sample, *results, level=Level.ORCHESTRATION, reached=None):
    """The depths of a report of these levels and verdicts, by level."""
    made = tuple(Result(f"VIM-X-{at:03}", verdict, level=each) for at, (each, verdict) in enumerate(results))
    report = replace(sample, run=replace(sample.run, level=level), results=made, reached=reached)
    return {depth.level.value: depth for depth in depths(report)}


def test_every_level_is_told(sample):
    """The shallowest first, asked for or not."""
    assert [depth.level for depth in depths(sample)] == list(Level)


@pytest.mark.parametrize(
    ("verdicts", "standing", "told"),
    [
        ([Verdict.PASS, Verdict.WARN], "sound", "2 passed"),
        ([Verdict.PASS, Verdict.FAIL], "failed", "1 passed, 1 failed"),
        ([Verdict.UNTESTABLE, Verdict.HARNESS_ERROR], "open", "2 could not be judged"),
        ([Verdict.FAIL, Verdict.UNTESTABLE], "failed", "1 could not be judged, 1 failed"),
        ([Verdict.NOT_APPLICABLE], "empty", "nothing of it applies"),
        ([], "empty", "nothing of it applies"),
    ],
)
def test_how_a_level_stands(sample, verdicts, standing, told):
    """A failure outranks not knowing, and what does not apply is no success."""
    depth = of(sample, *((Level.WIRE, verdict) for verdict in verdicts))["wire"]
    assert (depth.standing, depth.told) == (standing, told)


def test_what_was_not_asked_is_no_success(sample):
    """A level beyond the one that was asked for says so."""
    depth = of(sample, (Level.ORACLE, Verdict.NOT_APPLICABLE))["oracle"]
    assert (depth.standing, depth.told, depth.parts) == ("unasked", "not asked", ())


def test_what_was_reached_is_the_word_of_the_report(sample):
    """Down to the level reached, and no deeper."""
    found = of(sample, (Level.WIRE, Verdict.PASS), (Level.PROTOCOL, Verdict.PASS), reached=Level.WIRE)
    assert [found[level].reached for level in ("wire", "protocol", "lifecycle")] == [True, False, False]


def test_a_level_with_a_failure_was_not_reached(sample):
    """A failure that came after the run, such as a stale waiver, belies its word."""
    assert not of(sample, (Level.WIRE, Verdict.FAIL), reached=Level.WIRE)["wire"].reached


def test_the_parts_of_a_level_fill_its_bar(sample):
    """Side by side, a third each."""
    verdicts = (Verdict.PASS, Verdict.UNTESTABLE, Verdict.FAIL)
    parts = of(sample, *((Level.WIRE, verdict) for verdict in verdicts))["wire"].parts
    assert [(part.word, part.left, part.width) for part in parts] == [
        ("pass", 0.0, 33.33), ("untestable", 33.33, 33.33), ("fail", 66.66, 33.33),
    ]  # fmt: skip
