"""The build phase: one stage of queries (ENGINE.md 5.1, 6.1), and what its success leads to (2.2 T2)."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from reference_server.engine import generic
from reference_server.engine.fleet import Fleet
from reference_server.engine.model import Phase, Stage, Step, Strategy, StrategyRequest
from reference_server.engine.planning import Plan, plan
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.words import Kind, PhaseName, Result, StageName, StepName

QUERIES: Mapping[Kind, tuple[StageName, tuple[StepName, ...]]] = {
    Kind.SW_PATCH: (
        StageName.PATCH_QUERY,
        (StepName.QUERY_ALARMS, StepName.QUERY_SW_PATCHES, StepName.QUERY_SW_PATCH_HOSTS),
    ),
    Kind.SW_UPGRADE: (
        StageName.UPGRADE_QUERY,
        (StepName.QUERY_ALARMS, StepName.QUERY_UPGRADE),
    ),
}
"""The build stage of each kind that is planned by rules. Its alarm query does not fail because of alarms: the build
rules look at them."""


def build_phase(request: StrategyRequest, fleet: Fleet, rules: Rulebook) -> Phase:
    """The build phase, not started yet."""
    if request.kind in rules.generic:
        return generic.build_phase(request, fleet, rules)
    stage_name, queries = QUERIES[request.kind]
    steps = tuple(Step(name, rules.step_timeouts[name]) for name in queries)
    return Phase(PhaseName.BUILD, (Stage(stage_name, steps),))


def plan_of_its_kind(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
    """The apply phase as the rules of the kind have it, or its tables."""
    planner = generic.plan if strategy.kind in rules.generic else plan
    return planner(strategy, fleet, rules)


def planned(
    strategy: Strategy,
    fleet: Fleet,
    rules: Rulebook,
    *,
    planner: Callable[[Strategy, Fleet, Rulebook], Plan] = plan_of_its_kind,
) -> Strategy:
    """The strategy with the apply stages that its answered queries lead to.

    A violated build rule turns the finished build phase into a failed one; its stage and steps stay successful, and
    stages made before the violation stay in the apply phase (quirk B9).
    """
    made = planner(strategy, fleet, rules)
    if made.reason is None:
        return replace(strategy, apply=replace(strategy.apply, stages=made.stages))
    stages = made.stages if rules.quirks.partial_stages_stay else ()
    build = replace(strategy.build, result=Result.FAILED, reason=made.reason)
    return replace(strategy, build=build, apply=replace(strategy.apply, stages=stages))
