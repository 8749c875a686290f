"""Mutants that take what must be refused, refuse what must be taken, or take it for something else."""

from typing import Final

from reference_server.engine.words import Kind
from reference_server.mutants.layers import asking, ruled
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Asked

_NARROW: Final = {Kind.SW_PATCH: (2, 9), Kind.SW_UPGRADE: (2, 10)}


def _with_a_default_action(asked: Asked) -> Asked:
    if asked.role != "create" or asked.kind != "sw-patch" or "default-instance-action" in asked.members:
        return asked
    return asked.with_members(default_instance_action="stop-start") if asked.members else asked


INPUTS: Final = (
    Mutant(
        name="default-instance-action-optional",
        area="input",
        defect="A patch strategy without default-instance-action is created, as if it said stop-start.",
        breaks=("VIM-PPOST-039",),
        make=asking(_with_a_default_action),
    ),
    Mutant(
        name="ten-parallel-hosts-refused",
        area="input",
        defect="A max-parallel-worker-hosts of 10 is refused for patch strategies: the upper limit is one too low.",
        breaks=("VIM-PPOST-029",),
        make=ruled(wire={"max_parallel": _NARROW}),
    ),
)
