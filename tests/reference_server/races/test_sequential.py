"""The sequential model of the reference server gives no answer that ENGINE.md rules out."""

import pytest


def ready(sequential, **members):
    """The model with a strategy that is ready to be applied."""
    fields = {"kind": "sw-patch", "uuid": "u", "state": "ready-to-apply", "phase": "build", "total": 3}
    return sequential.World(**(fields | members))


RUNNING = {"state": "applying", "phase": "apply", "stop": 3}
PAUSED = {"state": "applying", "phase": "apply", "stop": 1, "current": 1}
LIES = {
    "two creates win": ({}, ("create", "sw-patch"), (200, ("v", "building", "build", 0, 0))),
    "create is missing": ({}, ("create", "sw-upgrade"), (404, None)),
    "apply of what runs": (RUNNING, ("apply", "sw-patch", None), (202, ("u", "applying", "apply", 0, 3))),
    "wrong stage": (PAUSED, ("apply", "sw-patch", 0), (202, ("u", "applying", "apply", 1, 2))),
    "delete of what runs": (RUNNING, ("delete", "sw-patch", False), (204, None)),
    "forced delete is refused": (RUNNING, ("delete", "sw-patch", True), (409, None)),
    "get of the other kind": ({}, ("get", "sw-upgrade"), (200, ("u", "ready-to-apply", "build", 0, 0))),
    "get of another state": ({}, ("get", "sw-patch"), (200, ("u", "applied", "apply", 3, 3))),
    "abort of what is ready": ({}, ("abort", "sw-patch", None), (202, ("u", "aborting", "apply", 0, 0))),
    "abort of the wrong stage": (RUNNING, ("abort", "sw-patch", 1), (202, ("u", "aborting", "apply", 0, 3))),
}


@pytest.mark.parametrize(("members", "asked", "answered"), LIES.values(), ids=LIES)
def test_the_model_allows_no_other_answer(sequential, members, asked, answered):
    """The sequential model accepts an answer that ENGINE.md 2.3 or 8.4 rules out."""
    assert sequential.still(ready(sequential, **members), asked, answered) is None


def test_what_is_quiet_changes_no_world(sequential):
    """A look or a refusal changes the world, and a search that places it where it first fits misses an order."""
    states = [{}, RUNNING, PAUSED, *({"state": each} for each in ("building", "aborting", "aborted", "applied"))]
    worlds = [sequential.World(), *(ready(sequential, **each) for each in states)]
    asked = [
        ("create", "sw-patch"), ("get", "sw-patch"), ("get", "sw-upgrade"), ("apply", "sw-patch", None),
        ("abort", "sw-patch", 1), ("delete", "sw-patch", False), ("delete", "sw-patch", True),
    ]  # fmt: skip
    answered = [(200, None), *((200, each.view) for each in worlds), (204, None), (404, None), (409, None), (500, None)]
    after = {
        (world, sequential.moving(world, asks, answers))
        for world in worlds
        for asks in asked
        for answers in answered
        if sequential.quiet(asks, answers)
    }
    assert {now for _, now in after} > {None}
    assert [pair for pair in after if pair[1] not in (None, pair[0])] == []
