"""The control API under `/_control`: it makes a simulated deployment move, fail and restart. It is not published.

Lives here: its routes, who may call them, and what a wrong body is told. `spec/control.yaml` is its norm, in words that
another vendor can follow; the two are held together by a test.
Never here: a rule of the engine, of the simulation or of a release; every route asks the driver, in a few lines.

Present under `create_app()` without arguments, absent (404) where control is off. Only callers on this machine are
heard, else 403; where a token was set, every request carries it in the header `X-Control-Token`, else 401. What is
wrong with a request is said in a fault. A request that is refused has changed nothing.

  blueprint.py   the table of routes, and the blueprint made of it
  admission.py   who is let in: loopback, token; unknown paths and methods
  bodies.py      what all the bodies have in common
  standing.py    what is offered and how things stand; the clock; reset; restart
  worlds.py      the world as it is now; another one in its place
  faults.py      faults in force, added and cleared
  events.py      events and alarms that the engine raised (ENGINE.md 7.5)
  snapshots.py   everything at one moment, and back to it
"""

from reference_server.control.admission import PREFIX, TOKEN_HEADER
from reference_server.control.blueprint import blueprint
from reference_server.control.bodies import LARGEST_BODY
from reference_server.control.standing import OFFERS, VERSION

__all__ = ["LARGEST_BODY", "OFFERS", "PREFIX", "TOKEN_HEADER", "VERSION", "blueprint"]
