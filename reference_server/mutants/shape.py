"""Mutants whose documents have another shape: members that are missing, null, renamed or of another type."""

from typing import Final

from reference_server.mutants.layers import answering
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked


def _percentage_as_text(asked: Asked, answer: Answer) -> Answer:  # noqa: ARG001 - an edit is given both
    return answer.with_strategy(
        lambda strategy: {
            **strategy,
            "current-phase-completion-percentage": str(strategy["current-phase-completion-percentage"]),
        }
    )


SHAPE: Final = (
    Mutant(
        name="percentage-as-text",
        area="shape",
        defect="The percentage of the current phase is a string in every document.",
        breaks=("VIM-PGET-020", "VIM-PPOST-054"),
        make=answering(_percentage_as_text),
    ),
)
