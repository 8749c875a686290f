"""What strategies tell of the deployment that they were planned for: documents -> a world file with its reasons.

Lives here: what can be concluded from planned stages (ENGINE.md 5 and 6 read backwards), and what has to be guessed so
that the same requests lead to the same stages again. Never lives here: a report, a server, the planning itself.

Map
    plans.py     strategy documents as typed values; what is no strategy is left out
    sightings.py what the stages of all plans say of hosts and instances
    apart.py     groups that keep hosts apart as the stages of a parallel plan did
    guess.py     from sightings to the lists of a world, each entry with why it is there
    text.py      a world file with a comment behind each guess
"""

from collections.abc import Iterable

from reference_server.worlds.surmise.guess import surmised
from reference_server.worlds.surmise.plans import read_plans
from reference_server.worlds.surmise.text import world_text

__all__ = ["world_of"]


def world_of(strategies: Iterable[tuple[str, object]], source: str) -> str | None:
    """A world file for these strategies (kind and document each); `source` says in it where they come from.

    None when no strategy has a planned stage.
    """
    plans = read_plans(strategies)
    return world_text(surmised(plans), source) if plans else None
