"""ROOM 3, THE ORACLE: a server that behaves as the API reference, or a real release, does. It does not judge.

Lives here: the Flask shell, the driver with its clock and simulated world, and below `engine` the pure engine.
Never here: a verdict, a check of its own answers, anything of `conformance`, `reports` or `vimgate`.
It may look at `spec` only.

  app.py         create_app(): a world, a release and a clock become a WSGI application
  routes.py      which path and method is which operation
  operations.py  one function per operationId
  wire.py        the bytes of answers; what is looked at before an operation runs
  forms.py       XML, and the web framework's own pages
  refusals.py    what is said when it does not do what it was asked
  bodies.py      bytes of a body -> JSON value
  requests.py    JSON value -> request
  readings.py    how each member of a body is read
  memberrules.py what a release takes in the members of create bodies
  wirerules.py   what a release does on the wire, as frozen values
  control/       the control routes: time, worlds, faults, events, snapshots
  auth/          who may call: tokens and roles
  accesslog.py   one line, or one JSON object, per request
  statuspage/    the page to look at: the strategy as a timeline
  driver.py      the one mutable object: lock, clock, effects out, events in, deadlines
  keeping.py     changes that are written before they are over, or have not happened
  pulse.py       lets a driver whose clock runs work while nobody calls
  clock.py       system clock and virtual clock
  grid.py        when audits and looks at the timers come round
  identity.py    the uuids of strategies
  journal.py     events and alarms that the engine has told
  storage/       everything at one moment, as a document and in a file
  simulation/    what becomes of the effects in a simulated world, and what goes wrong there
  document.py    a strategy as the document of the wire
  worlds/        world files and what they say: ready ones, their schema, checks, guesses from strategies
  rulebooks/     what differs between releases, as data
  instant.py     a build at one moment: what `plan` and the replays of strategies print and compare
  recordings.py  files of one JSON value per line
  replay.py      builds the cases of a corpus
  exchanges/     sends recorded exchanges again, and compares the answers
  mutants/       faulty variants of the server, each with one defect, for whoever judges a judge
  engine/        the pure heart
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference_server.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    """`create_app`, imported when it is asked for: the engine and the planner are used without Flask."""
    if name == "create_app":
        from reference_server.app import create_app  # noqa: PLC0415 - see above

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
