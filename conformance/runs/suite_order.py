"""In which order the tests of the suite are run: a table. Pure.

The name of a test is its history: `lifecycle/apply-all-sw-patch`. The first row that its name begins with is its place;
within one place the order of collection stays.
"""

from typing import Final

# A target that is new for each test cannot wear out: what is cheap and tells much comes first, so that a run that stops
# at its first finding stops early.
TELLING_FIRST: Final = (
    "reads/",
    "inputs/methods",
    "callers/",
    "plans/",
    "lifecycle/apply-all-",
    "inputs/",
    "lifecycle/abort-with-undo-",
    "lifecycle/every-request-ready-",
    "lifecycle/twice-",
    "lifecycle/stage-by-stage-",
    "lifecycle/restart-sw",
    "lifecycle/build-fails-alarm-",
    "lifecycle/step-fails-alarm-",
    "lifecycle/every-request-paused-sw-patch",
    "lifecycle/every-request-running-sw-patch",
    "lifecycle/every-request-aborting-sw-patch",
    "lifecycle/every-request-applied-sw-patch",
    "lifecycle/abort-moved-sw-patch",
    "histories/",
    "lifecycle/build-fails-",
    "lifecycle/step-fails-",
    "lifecycle/every-request-",
    "lifecycle/",
    "worlds/",
    "model/",
    "",
    "fuzz/",
)

# A target that cannot be reset wears out: from harmless to whatever a generator thinks of, and the scenarios in their
# own order, in which those that use up the work come last.
HARMLESS_FIRST: Final = (
    "reads/",
    "callers/",
    "plans/",
    "inputs/",
    "lifecycle/",
    "worlds/",
    "model/",
    "",
    "histories/",
    "fuzz/",
)


def place(name: str, order: tuple[str, ...]) -> int:
    """The place of a test in an order: its most particular row."""
    return order.index(max((row for row in order if name.startswith(row)), key=len))
