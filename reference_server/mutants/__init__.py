"""Mutants: faulty variants of the reference server, each with one defect, by which a judge is measured.

Lives here: what each one does wrong, and which requirements of the ledger that breaks.
Never here: whether anybody notices; nothing of `conformance`, `reports` or `vimgate`.

Each is a WSGI target of its own: the name with underscores, for example
`wsgi:reference_server.mutants:percentage_as_text`.

  mutant.py    what a mutant is
  table.py     all of them, joined by hand
  traffic.py   requests and answers as values, to be edited
  layers.py    where a mutant differs from the clean server: answers, requests, driver, engine, release
  shape.py     documents of another shape
  words.py     documents with other words
  inputs.py    requests that are taken, refused or understood wrongly
  status.py    other codes than the documented ones
  links.py     link documents that lead elsewhere
  errors.py    errors told as successes, and successes as errors
  presence.py  strategies that are lost, kept, or shown where they are not
  actions.py   actions that are taken, refused or carried out wrongly
  auth.py      strangers that are let in, and callers that are kept out
  persistence.py  strategies that a restart does harm to
  historic.py  what real releases were seen to do on the wire
  variant.py   a server with another engine, as one value: course, planner, rulebook, driver, deployment
  deployments.py  worlds in which a defect of planning shows
  states.py    strategies that get stuck, skip a state, or show one in which they are not
  progress.py  percentages, indices and ends of runs that are counted wrongly
  dates.py     wrong dates
  timing.py    timeouts that are added up wrongly, are others, or are not kept
  results.py   results and reasons that do not follow from one another
  plans.py     plans that break rules of every deployment
  hosts.py     stages that touch the wrong hosts, do not do their work, or end otherwise than the world says
  grouping.py  the wrong hosts in one stage
  ordering.py  hosts in the wrong order, and rules of a build looked at wrongly
  aborts.py    what is undone, in which order, when, and what is said about it
  races.py     who looks first and acts later
  kinds.py     the two kinds of strategy mixed up
  releases.py  what engines of real releases were seen to do
"""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from reference_server.mutants.mutant import AREAS, Mutant
from reference_server.mutants.table import MUTANTS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["AREAS", "MUTANTS", "Mutant", "create", "find"]


def create(name: str) -> "WSGIApplication":
    """A fresh application of the mutant of that name. LookupError, which names near ones, when there is none."""
    return find(name).make()


def find(name: str) -> Mutant:
    """The mutant of that name. LookupError, which names near ones, when there is none."""
    if name in MUTANTS:
        return MUTANTS[name]
    near = get_close_matches(name, MUTANTS, 3)
    advice = f"did you mean {' or '.join(near)}?" if near else "`vimgate mutants list` shows all names"
    raise LookupError(f"there is no mutant {name!r}; {advice}")


def __getattr__(name: str) -> object:
    """The factory of a mutant, by its name with underscores."""
    mutant = MUTANTS.get(name.replace("_", "-"))
    if mutant is None or mutant.factory != name:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return mutant.make
