"""The state graph of the law: every edge that may be seen, computed from the tables of `lifecycle.yaml` alone.

An edge begins at a situation of one kind of strategy (or at `absent`), has a cause, and ends at a situation. The cause
is `itself`, or the word of a request with what became of it: `apply-all accepted`, `delete refused`, `abort missing`.
A request for a stage has two words: `apply-stage` is for the stage at which the apply phase stands, and
`apply-another-stage` for any other one; likewise `abort-stage`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from spec.law import ABSENT, Cause, Expectation, Law

ITSELF: Final = Cause.ITSELF.value
ACCEPTED: Final = Expectation.ACCEPTED.value
REFUSED: Final = Expectation.REFUSED.value
MISSING: Final = Expectation.MISSING.value

ANOTHER: Final = {"apply-stage": "apply-another-stage", "abort-stage": "abort-another-stage"}
"""The word of a request for a stage other than the current one, by the word of the law."""


class Edge(NamedTuple):
    """One edge: `kind` of strategy, situation `before`, `cause`, situation `after`."""

    kind: str
    before: str
    cause: str
    after: str

    @property
    def request(self) -> str:
        """The word of the request; empty for what a strategy does by itself."""
        return "" if self.cause == ITSELF else self.cause.rpartition(" ")[0]

    @property
    def outcome(self) -> str:
        """What became of the request; empty for what a strategy does by itself."""
        return "" if self.cause == ITSELF else self.cause.rpartition(" ")[2]


@dataclass(frozen=True)
class Graph:
    """The lawful edges in the order of the law, each with the name of its choice.

    The edges of one choice exclude each other: which of them a server has is up to it, and one of them is enough.
    """

    choices: Mapping[Edge, str]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Every lawful edge, kind by kind and situation by situation."""
        return tuple(self.choices)

    @cached_property
    def size(self) -> int:
        """How many choices there are: the edges that one server can have."""
        return len(set(self.choices.values()))


def cause_of(request: str, outcome: str) -> str:
    """The cause of an edge that a request makes."""
    return f"{request} {outcome}"


def graph_of(law: Law) -> Graph:
    """Every lawful edge of every kind."""
    return Graph({edge: choice for kind in law.kinds for edge, choice in _of_kind(law, kind)})


def _of_kind(law: Law, kind: str) -> Iterator[tuple[Edge, str]]:
    for situation, row in law.requests.items():
        for request in row:
            current, other = law.words_for(request, situation)
            yield from _of_cell(law, Edge(kind, situation, request, ""), request, current)
            if request in ANOTHER and situation != ABSENT:
                yield from _of_cell(law, Edge(kind, situation, ANOTHER[request], ""), request, other)
        if situation == ABSENT:
            # While a strategy of the other kind is there, this kind is absent and a create is refused.
            crowded = Edge(kind, ABSENT, cause_of("create", REFUSED), ABSENT)
            yield crowded, " ".join(crowded)
        else:
            drifts = law.situations[situation].drifts
            for after in (name for name in law.situations if name in drifts):  # a set has another order every time
                edge = Edge(kind, situation, ITSELF, after)
                yield edge, " ".join(edge)


def _of_cell(law: Law, begun: Edge, request: str, word: Expectation) -> Iterator[tuple[Edge, str]]:
    """The edges of one cell of the request table; they are one choice."""
    choice = f"{begun.kind} {begun.before} {begun.cause}"
    if word in (Expectation.ACCEPTED, Expectation.EITHER):
        for after in sorted(law.effects_of(request, begun.before)):
            yield begun._replace(cause=cause_of(begun.cause, ACCEPTED), after=after), choice
    if word is not Expectation.ACCEPTED:
        outcome = MISSING if word is Expectation.MISSING else REFUSED
        yield begun._replace(cause=cause_of(begun.cause, outcome), after=begun.before), choice
