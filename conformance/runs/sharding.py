"""Which tests of the suite a shard plays. Pure: the same tests, in the same order, are shared out alike everywhere.

A test goes, the most costly first, to the shard that has least to do. What a test costs is a table of relative figures,
measured once on the embedded server; where they are wrong the shards end at other times, and nothing else.
"""

from collections.abc import Sequence
from typing import Final

from conformance.runs.suite_order import place
from reports.model import Shard

# Relative cost of one test, by the beginning of its history; the most particular row counts.
COSTS: Final = (
    ("",                                   5),
    ("reads/",                            10),
    ("callers/",                           1),
    ("plans/",                             7),
    ("inputs/",                            6),
    ("inputs/createSwPatchStrategy",      15),
    ("lifecycle/",                         5),
    ("lifecycle/apply-all-",              14),
    ("lifecycle/restart-sw",              13),
    ("lifecycle/stage-by-stage-",         22),
    ("lifecycle/every-request-",           8),
    ("lifecycle/every-request-applied-",  35),
    ("histories/",                        50),
    ("worlds/",                           32),
    ("model/",                            32),
    ("fuzz/",                             40),
    ("fuzz/get",                           6),
    ("fuzz/delete",                       20),
)  # fmt: skip
_ROWS: Final = tuple(name for name, _ in COSTS)


def cost(history: str) -> int:
    """What the test that makes this history costs, compared with others."""
    return COSTS[place(history, _ROWS)][1]


def share(histories: Sequence[str], shard: Shard) -> tuple[int, ...]:
    """The places of the shard's tests among all tests, in their order."""
    loads = [0] * shard.of
    mine = []
    for index in sorted(range(len(histories)), key=lambda each: (-cost(histories[each]), each)):
        least = loads.index(min(loads))
        loads[least] += cost(histories[index])
        if least == shard.number - 1:
            mine.append(index)
    return tuple(sorted(mine))
