"""Where a strategy stands, read from its document."""

import json

import pytest

from reference_server.exchanges.moments import Moment, moment_of


def document(*, stage=0, step=0, results=("wait", "initial"), state="applying", phase="apply", **changes):
    """A strategy whose apply phase has one stage of two steps."""
    steps = [
        {"step-name": name, "result": result}
        for name, result in zip(("lock-hosts", "unlock-hosts"), results, strict=True)
    ]
    apply_phase = {"current-stage": stage, "result": "inprogress", "stages": [{"current-step": step, "steps": steps}]}
    return json.dumps({"strategy": {"state": state, "current-phase": phase, "apply-phase": apply_phase} | changes})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (document(), Moment("applying", "apply", 0, 0, "lock-hosts", "wait")),
        (document(step=1, results=("success", "wait")), Moment("applying", "apply", 0, 1, "unlock-hosts", "wait")),
        (document(stage=1), Moment("applying", "apply", 1, 0, "", "inprogress")),
        (document(step=2), Moment("applying", "apply", 0, 2, "", "inprogress")),
    ],
)
def test_the_current_step_is_told(body, expected):
    """A strategy stands elsewhere than its document says."""
    assert moment_of(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        '{"strategy": null}',
        "{}",
        "[]",
        "5",
        "",
        "no JSON",
        "[" * 100_000,
        document(phase="initial"),
        '{"strategy": {}}',
    ],
)
def test_what_is_no_strategy_stands_nowhere(body):
    """An answer without a strategy is taken for one, or breaks the reader."""
    assert moment_of(body) is None


@pytest.mark.parametrize(
    ("step", "result", "expected"),
    [
        ("query-alarms", "wait", True),
        ("query-alarms", "failed", False),
        ("lock-hosts", "wait", False),
        ("", "success", False),
    ],
)
def test_a_poll_may_miss_queries_only(step, result, expected):
    """Another step than a query that waits may be left out of a history."""
    assert Moment("applying", "apply", 0, 0, step, result).is_passing is expected
