"""The table of all mutants: the tuples of the area files, joined by hand."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reference_server.mutants.aborts import ABORTS
from reference_server.mutants.actions import ACTIONS
from reference_server.mutants.auth import AUTH
from reference_server.mutants.dates import DATES
from reference_server.mutants.errors import ERRORS
from reference_server.mutants.grouping import GROUPING
from reference_server.mutants.historic import HISTORIC
from reference_server.mutants.hosts import HOSTS
from reference_server.mutants.inputs import INPUTS
from reference_server.mutants.kinds import KINDS
from reference_server.mutants.links import LINKS
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.ordering import ORDERING
from reference_server.mutants.persistence import PERSISTENCE
from reference_server.mutants.plans import PLANS
from reference_server.mutants.presence import PRESENCE
from reference_server.mutants.progress import PROGRESS
from reference_server.mutants.races import RACES
from reference_server.mutants.releases import RELEASES
from reference_server.mutants.results import RESULTS
from reference_server.mutants.shape import SHAPE
from reference_server.mutants.states import STATES
from reference_server.mutants.status import STATUS
from reference_server.mutants.timing import TIMING
from reference_server.mutants.words import WORDS

_TUPLES: Final = (
    SHAPE,
    WORDS,
    INPUTS,
    STATUS,
    LINKS,
    ERRORS,
    PRESENCE,
    ACTIONS,
    AUTH,
    PERSISTENCE,
    HISTORIC,
    STATES,
    PROGRESS,
    DATES,
    TIMING,
    RESULTS,
    PLANS,
    HOSTS,
    GROUPING,
    ORDERING,
    ABORTS,
    RACES,
    KINDS,
    RELEASES,
)


def joined(tuples: tuple[tuple[Mutant, ...], ...]) -> Mapping[str, Mutant]:
    """The mutants by their names, in the order of the tuples. Raises ValueError when two have one name."""
    table: dict[str, Mutant] = {}
    for mutant in (each for mutants in tuples for each in mutants):
        if mutant.name in table:
            raise ValueError(f"there are two mutants {mutant.name!r}; give one of them another name")
        table[mutant.name] = mutant
    return MappingProxyType(table)


MUTANTS: Final = joined(_TUPLES)
