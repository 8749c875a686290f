"""What a strategy document says about itself; whatever is not as expected says nothing. Values are those of JSON."""

from collections.abc import Iterator
from typing import Any, Final

from conformance.exchange import Exchange
from conformance.fingerprint.exchanges import strategy_kind

BUILD: Final = "build-phase"
APPLY: Final = "apply-phase"
_PHASES: Final = (BUILD, APPLY, "abort-phase")
_CURRENT: Final = "current-strategy"

type Members = dict[str, Any]


def strategy_of(exchange: Exchange) -> tuple[str, Members]:
    """The kind and the members of the strategy that an answer shows; empty where it shows none."""
    kind = strategy_kind(exchange) or _kind_of_action(exchange)
    if not kind or kind == _CURRENT or not exchange.succeeded:
        return "", {}
    value = exchange.response_json
    found = value.get("strategy") if isinstance(value, dict) else None
    return (kind, found) if isinstance(found, dict) else ("", {})


def phases(strategy: Members) -> Iterator[Members]:
    """The phases that are there."""
    return (strategy[name] for name in _PHASES if isinstance(strategy.get(name), dict))


def stages(strategy: Members, *names: str) -> Iterator[Members]:
    """The stages of the phases of these names, or of all phases."""
    for name in names or _PHASES:
        phase = strategy.get(name)
        if isinstance(phase, dict):
            yield from _objects(phase.get("stages"))


def steps(stage: Members) -> list[Members]:
    """The steps of a stage."""
    return list(_objects(stage.get("steps")))


def step_names(stage: Members) -> list[str]:
    """The names of the steps of a stage."""
    return [str(step.get("step-name")) for step in steps(stage)]


def stage_name(stage: Members) -> str:
    """The name of a stage."""
    return str(stage.get("stage-name", ""))


def _kind_of_action(exchange: Exchange) -> str:
    path = exchange.path.rstrip("/")
    if not path.endswith("/actions"):
        return ""
    segments = path.split("/")
    return segments[-3] if len(segments) > 3 and segments[-2] == "strategy" else ""  # noqa: PLR2004 - /K/strategy/actions


def _objects(value: Any) -> Iterator[Members]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
