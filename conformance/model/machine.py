"""The state machine of Hypothesis: rules that are always allowed, so that a seed draws the same whatever is answered.

A rule with a condition would ask the target what may be drawn, and the same seed would draw otherwise on a server that
answers otherwise, or on a clock that runs by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import hypothesis
from hypothesis import HealthCheck, Phase, stateful
from hypothesis import strategies as st

from conformance.model.player import ROLLS, Player
from spec.contract import Contract
from spec.ledger import Ledger

_SEEDS: Final = st.integers(0, 2**20)
_ROLL: Final = st.sampled_from(range(ROLLS))
_ROLLS: Final = st.tuples(_ROLL, _ROLL, _ROLL)
_LISTED: Final = "listed_value_is_accepted"


@dataclass(frozen=True, slots=True)
class Extent:
    """What is drawn: `sequences` of at most `moves` moves each, all from one seed."""

    seed: int
    sequences: int
    moves: int


def run_machine(
    player: Player,
    bodies: st.SearchStrategy[Mapping[str, Any]],
    extent: Extent,
    done: Callable[[], None],
) -> None:
    """Draw and play sequences; `done` is called after each."""
    machine = hypothesis.seed(extent.seed)(_machine(player, bodies, done))
    settings = hypothesis.settings(
        max_examples=extent.sequences,
        stateful_step_count=extent.moves,
        derandomize=False,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    stateful.run_state_machine_as_test(machine, settings=settings)


def create_bodies(contract: Contract, ledger: Ledger) -> st.SearchStrategy[Mapping[str, Any]]:
    """Members of a create body with values that the ledger lists, of whichever kind has them."""
    creates = {operation.operation_id for operation in contract.operations if operation.method == "POST"}
    values: dict[str, dict[Any, None]] = {}
    for requirement in ledger.requirements:
        parameters = requirement.parameters
        if requirement.check == _LISTED and parameters.get("operation") in creates and "member" in parameters:
            values.setdefault(parameters["member"], {}).update(dict.fromkeys(parameters["values"]))
    listed = {member: st.sampled_from(list(row)) for member, row in sorted(values.items())}
    return st.fixed_dictionaries({}, optional=listed)


def _machine(  # noqa: C901 - a rule per move, each of one line
    player: Player, bodies: st.SearchStrategy[Mapping[str, Any]], done: Callable[[], None]
) -> type[stateful.RuleBasedStateMachine]:
    class Lifecycles(stateful.RuleBasedStateMachine):
        """Strategies of both kinds, one after the other and in each other's way."""

        def __init__(self) -> None:
            super().__init__()
            player.begin()

        @stateful.initialize(seed=_SEEDS)
        def world(self, seed: int) -> None:
            player.world(seed)

        @stateful.rule(rolls=_ROLLS, body=bodies)
        def ask(self, rolls: tuple[int, ...], body: Mapping[str, Any]) -> None:
            self._asking(rolls, body)

        @stateful.rule(roll=_ROLL, rolls=_ROLLS, body=bodies)
        def later(self, roll: int, rolls: tuple[int, ...], body: Mapping[str, Any]) -> None:
            player.later(roll)
            self._asking(rolls, body)

        @stateful.rule(roll=_ROLL, rolls=_ROLLS, body=bodies)
        def visit(self, roll: int, rolls: tuple[int, ...], body: Mapping[str, Any]) -> None:
            player.visit(roll)
            self._asking(rolls, body)

        @stateful.rule(roll=_ROLL, rolls=_ROLLS, body=bodies)
        def disturb(self, roll: int, rolls: tuple[int, ...], body: Mapping[str, Any]) -> None:
            player.disturb(roll)
            self._asking(rolls, body)

        @stateful.rule(rolls=_ROLLS, body=bodies)
        def restart(self, rolls: tuple[int, ...], body: Mapping[str, Any]) -> None:
            player.restart()
            self._asking(rolls, body)

        def _asking(self, rolls: tuple[int, ...], body: Mapping[str, Any]) -> None:
            for roll in rolls:
                player.ask(roll, body)

        def teardown(self) -> None:
            done()

    return Lifecycles
