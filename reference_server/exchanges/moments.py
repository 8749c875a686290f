"""Where a strategy stands, as one small value; histories are compared as sequences of these. Pure."""

import json
from typing import Any, Final, NamedTuple

_QUERIES: Final = "query-"
_WAITS: Final = "wait"


class Moment(NamedTuple):
    """Where a strategy stands.

    `stage` and `number` are the current stage of the phase and the current step of that stage; `step` is the name of
    that step, empty past the last one; `result` is the step's, or the phase's past the last one.
    """

    state: str
    phase: str
    stage: int
    number: int
    step: str
    result: str

    @property
    def is_passing(self) -> bool:
        """Whether a poll may miss it: a query is asked, and an infrastructure answers as fast as it likes."""
        return self.step.startswith(_QUERIES) and self.result == _WAITS

    def __str__(self) -> str:
        step = f" {self.number} {self.step}" if self.step else ""
        return f"{self.state}/{self.phase} {self.stage}{step} {self.result}"


def moment_of(body: str) -> Moment | None:
    """Where the strategy of this answer stands; None when the answer is no strategy document."""
    try:
        strategy = json.loads(body)["strategy"]
        return _moment(strategy)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None


def _moment(strategy: dict[str, Any]) -> Moment:
    phase = strategy[f"{strategy['current-phase']}-phase"]
    place = strategy["state"], strategy["current-phase"], phase["current-stage"]
    if phase["current-stage"] >= len(phase["stages"]):
        return Moment(*place, 0, "", phase["result"])
    stage = phase["stages"][phase["current-stage"]]
    if stage["current-step"] >= len(stage["steps"]):
        return Moment(*place, stage["current-step"], "", phase["result"])
    step = stage["steps"][stage["current-step"]]
    return Moment(*place, stage["current-step"], step["step-name"], step["result"])
