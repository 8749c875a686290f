"""A child's result combined into its parent's: the same for step into stage and stage into phase (ENGINE.md 3)."""

from collections.abc import Mapping

from reference_server.engine.words import Result

# How grave a child's result is; a result that is not here never changes a parent.
CHILD_RANK: Mapping[Result, int] = {
    Result.INPROGRESS: 1,
    Result.SUCCESS:    2,
    Result.DEGRADED:   3,
    Result.FAILED:     4,
    Result.TIMED_OUT:  4,
    Result.ABORTED:    4,
}  # fmt: skip

# What a child must at least be to replace the parent's result; no row: nothing replaces it.
PARENT_RANK: Mapping[Result, int] = {
    Result.INITIAL:    0,
    Result.INPROGRESS: 1,
    Result.SUCCESS:    2,
    Result.DEGRADED:   3,
}  # fmt: skip

STOPPING = frozenset({Result.FAILED, Result.TIMED_OUT, Result.ABORTED})
"""A parent with one of these results runs no further child."""

FINISHED = frozenset({Result.SUCCESS, Result.DEGRADED, *STOPPING})
"""Results of a step that counts as done in the completion percentage (ENGINE.md 1.4)."""


def fold(parent: Result, reason: str, child: Result, child_reason: str) -> tuple[Result, str]:
    """The parent's result and reason after this child: the reason is replaced exactly when the result is."""
    if parent in PARENT_RANK and CHILD_RANK.get(child, 0) > PARENT_RANK[parent]:
        return child, child_reason
    return parent, reason
