"""Request and fleet snapshot -> stages: the pure building rules of both kinds (ENGINE.md 5, 6, 7).

Lives here: every check of a build, the grouping of hosts into stages, the turning of recipes into steps.
Never here: running a step (engine.steps, engine.machine), what a recipe says (reference_server.rulebooks), files, time.

  outcome.py    Plan; the exception by which a rule ends a build
  inventory.py  checks of the host table that both kinds share
  firstfit.py   the near-linear first-fit packing
  grouping.py   storage and worker host lists
  recipes.py    recipe lines and their conditions -> stage
  patch.py      sw-patch;  upgrade.py  sw-upgrade
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from reference_server.engine.fleet import Fleet, QueriedData
from reference_server.engine.model import Stage, Strategy, StrategyRequest
from reference_server.engine.planning.outcome import Plan, RuleBrokenError
from reference_server.engine.planning.patch import patch_stages
from reference_server.engine.planning.upgrade import upgrade_stages
from reference_server.engine.reasons import Reason
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.words import Kind

__all__ = ["Plan", "plan"]

type _Stages = Callable[[StrategyRequest, QueriedData, Fleet, Rulebook], Iterator[Sequence[Stage]]]

_RULES: Final[dict[Kind, tuple[_Stages, Reason]]] = {
    Kind.SW_PATCH:   (patch_stages,   Reason.NOTHING_TO_PATCH),
    Kind.SW_UPGRADE: (upgrade_stages, Reason.NOTHING_TO_UPGRADE),
}  # fmt: skip


def plan(strategy: Strategy, fleet: Fleet, rules: Rulebook) -> Plan:
    """The apply phase of a strategy whose queries have been answered, or why it cannot be built (ENGINE.md 5.2, 6.2).

    Reads the answers kept in `strategy.queried` and the fleet as it is now; changes nothing.
    """
    stages_of, nothing_to_do = _RULES[strategy.request.kind]
    stages: list[Stage] = []
    try:
        for batch in stages_of(strategy.request, strategy.queried, fleet, rules):
            stages += batch
    except RuleBrokenError as broken:
        return Plan(tuple(stages), rules.told(broken.reason, broken.names))
    return Plan(tuple(stages), None if stages else rules.told(nothing_to_do, {}))
