"""What a wait has to know of a strategy document, tolerant of every shape.

The target may be broken, the wait must not be.

Judging is not done here; `conformance.shape` reads documents for the checks, strictly.
"""

import json
from http import HTTPStatus
from typing import Any, Final

from conformance.exchange import Exchange

# A phase may take its own `timeout` twice, and at least this, before a wait gives up. Seconds.
LEAST_LIMIT: Final = 900.0
MOST_LIMIT: Final = 200_000.0


def strategy_of(exchange: Exchange) -> dict[str, Any] | None:
    """The strategy that a successful answer shows, or None."""
    if not HTTPStatus.OK <= exchange.status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    answer = exchange.response_json
    strategy = answer.get("strategy") if isinstance(answer, dict) else None
    return strategy if isinstance(strategy, dict) else None


def phase_of(strategy: dict[str, Any], name: str) -> dict[str, Any]:
    """A phase by its word (`build`, `apply`, `abort`); empty when there is none."""
    phase = strategy.get(f"{name}-phase")
    return phase if isinstance(phase, dict) else {}


def total_stages(strategy: dict[str, Any]) -> int:
    """How many stages the apply phase has."""
    return _whole(phase_of(strategy, "apply").get("total-stages"))


def current_stage(strategy: dict[str, Any]) -> int:
    """The stage at which the apply phase stands, or with which it would go on."""
    return _whole(phase_of(strategy, "apply").get("current-stage"))


def is_running(strategy: dict[str, Any]) -> bool:
    """A stage is being run; false while an apply waits between two single stages (ENGINE.md 2.2, T5)."""
    return any(stage.get("inprogress") is True for stage in _stages(strategy))


def is_busy(strategy: dict[str, Any]) -> bool:
    """Being built, applied or aborted: not to be deleted (ENGINE.md 2.3)."""
    return strategy.get("state") in ("building", "applying", "aborting")


def is_at_rest(strategy: dict[str, Any]) -> bool:
    """Nothing more happens by itself: ended, ready, or waiting between two stages."""
    return not is_busy(strategy) or (strategy.get("state") == "applying" and not is_running(strategy))


def running_step(strategy: dict[str, Any]) -> str:
    """The name of the step that the current phase waits for; empty when there is none."""
    return next((_step_name(stage) for stage in _stages(strategy) if stage.get("inprogress") is True), "")


def steps_at_hand(strategy: dict[str, Any]) -> set[str]:
    """The names of the steps of the stage at which the apply phase stands."""
    stages, current = phase_of(strategy, "apply").get("stages"), current_stage(strategy)
    stage = stages[current] if isinstance(stages, list) and 0 <= current < len(stages) else None
    steps = stage.get("steps") if isinstance(stage, dict) else None
    return {str(step.get("step-name")) for step in steps or () if isinstance(step, dict)}


def limit_of(strategy: dict[str, Any] | None) -> float:
    """How many seconds a wait on that strategy may take."""
    timeouts = (_whole(phase_of(strategy or {}, name).get("timeout")) for name in ("build", "apply", "abort"))
    return min(max(LEAST_LIMIT, 2.0 * max(timeouts)), MOST_LIMIT)


def dumped(value: Any) -> bytes:
    """A JSON value as the body of a request."""
    return json.dumps(value).encode()


def _stages(strategy: dict[str, Any]) -> list[dict[str, Any]]:
    stages = phase_of(strategy, str(strategy.get("current-phase"))).get("stages")
    return [stage for stage in stages if isinstance(stage, dict)] if isinstance(stages, list) else []


def _step_name(stage: dict[str, Any]) -> str:
    steps, current = stage.get("steps"), _whole(stage.get("current-step"))
    if isinstance(steps, list) and 0 <= current < len(steps) and isinstance(steps[current], dict):
        return str(steps[current].get("step-name", ""))
    return ""


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
