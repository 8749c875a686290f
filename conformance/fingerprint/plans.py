"""Readings of strategies: their members, their stages, and the steps in these."""

from itertools import pairwise

from conformance.exchange import Exchange
from conformance.fingerprint.strategies import (
    APPLY,
    BUILD,
    phases,
    stage_name,
    stages,
    step_names,
    steps,
    strategy_of,
)
from conformance.fingerprint.words import ABSENT, THERE


def members(exchange: Exchange, of: str) -> str | None:
    """Which of some members a strategy has."""
    _, strategy = strategy_of(exchange)
    return " ".join(name for name in of.split() if name in strategy) or None


def has(exchange: Exchange, of: str) -> str | None:
    """Whether strategies of a kind have a member."""
    wanted, member = of.split()
    kind, strategy = strategy_of(exchange)
    return None if kind != wanted else THERE if member in strategy else ABSENT


def type_of(exchange: Exchange, of: str) -> str | None:
    """Of which type a member of strategies of a kind is."""
    wanted, member = of.split()
    kind, strategy = strategy_of(exchange)
    if kind != wanted:
        return None
    if member not in strategy:
        return ABSENT
    value = strategy[member]
    return {str: "text", list: "list", type(None): "null"}.get(type(value), "something else")


def phase_has(exchange: Exchange, of: str) -> str | None:
    """Whether the phases have a member."""
    found = [of in phase for phase in phases(strategy_of(exchange)[1])]
    return None if not found else THERE if all(found) else ABSENT if not any(found) else "in some phases"


def stages_end(exchange: Exchange, of: str) -> str | None:
    """With which of some words the names of the stages to apply end."""
    names = [stage_name(stage) for stage in stages(strategy_of(exchange)[1], APPLY)]
    return " ".join(end for end in of.split() if any(name.endswith(end) for name in names)) or None


def last_step(exchange: Exchange, of: str) -> str | None:
    """The last step of the stages of a name that have another step."""
    wanted, having = of.split()
    _, strategy = strategy_of(exchange)
    every = [step_names(stage) for stage in stages(strategy, APPLY) if stage_name(stage) == wanted]
    return " ".join(sorted({names[-1] for names in every if having in names})) or None


def step_like(exchange: Exchange, of: str) -> str | None:
    """The names of the steps, in strategies of a kind, that begin with a word."""
    wanted, beginning = of.split()
    kind, strategy = strategy_of(exchange)
    names = {name for stage in stages(strategy, APPLY) for name in step_names(stage)} if kind == wanted else set()
    return " ".join(sorted(name for name in names if name.startswith(beginning))) or None


def step_after(exchange: Exchange, of: str) -> str | None:
    """The step right after another one, in stages that have a third."""
    before, having = of.split()
    _, strategy = strategy_of(exchange)
    every = [names for stage in stages(strategy, APPLY) if having in (names := step_names(stage))]
    pairs = {after for names in every for first, after in pairwise(names) if first == before}
    return " ".join(sorted(pairs)) or None


def timeout(exchange: Exchange, of: str) -> str | None:
    """The timeouts of the steps of a name, in seconds."""
    _, strategy = strategy_of(exchange)
    every = {
        step.get("timeout")
        for stage in stages(strategy, BUILD, APPLY)
        for step in steps(stage)
        if step.get("step-name") == of and isinstance(step.get("timeout"), int)
    }
    return " ".join(sorted(map(str, every))) or None


def builds_by(exchange: Exchange, of: str) -> str | None:
    """Whether strategies of a kind build by a step; nothing where they built by none."""
    wanted, step = of.split()
    kind, strategy = strategy_of(exchange)
    names = [name for stage in stages(strategy, BUILD) for name in step_names(stage)] if kind == wanted else []
    return None if not names else THERE if step in names else ABSENT


def some_step(exchange: Exchange, of: str) -> str | None:
    """That there is a step of a name; that there is none says nothing."""
    every = stages(strategy_of(exchange)[1])
    return THERE if any(of in step_names(stage) for stage in every) else None


def some_stage(exchange: Exchange, of: str) -> str | None:
    """That there is a stage of a name, with a version behind it or not; that there is none says nothing."""
    names = (stage_name(stage) for stage in stages(strategy_of(exchange)[1]))
    return THERE if any(name == of or name.startswith(f"{of} ") for name in names) else None
