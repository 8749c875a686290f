"""Mutants that take actions where the state does not allow them, refuse those that it allows, or do something else."""

from typing import Final

from reference_server.driver import Driver
from reference_server.engine.model import Strategy
from reference_server.engine.words import Kind, State
from reference_server.mutants.layers import driving
from reference_server.mutants.mutant import Mutant


class _DeafWhileApplying(Driver):
    """Says yes to an apply while another one runs, and does nothing."""

    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        found = self.find(kind)
        if found is not None and found.state is State.APPLYING:
            return found
        return super().apply(kind, stage_id)


ACTIONS: Final = (
    Mutant(
        name="second-apply-accepted",
        area="actions",
        defect="An apply while another one is running is accepted, and does nothing.",
        breaks=("VIM-LIFE-059", "VIM-LIFE-060"),
        make=driving(_DeafWhileApplying),
    ),
)
