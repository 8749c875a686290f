"""The simulated infrastructure: what becomes of the engine's wishes, and what goes wrong with them.

Lives here: a world in motion (hosts, instances, patches, alarms, upgrade record), the faults it is scripted with, and
the moments at which things happen. It is driven from outside: the moment comes in as an argument.
Never here: a clock, a thread, randomness, a strategy, a rule of the engine about how steps end (ENGINE.md 4.2); the
engine sees what happens here as events and as the fleet of that moment, as it would see a real deployment (4.5).

  pace.py            what can be asked for, and how many seconds it takes
  faults.py          how actions end and what changes by itself: frozen values, read from and written to documents
  faultcheck.py      what is wrong with faults that their schema accepts
  infrastructure.py  everything at one moment as plain frozen data, to be kept and gone on from
  simulator.py       what is still to happen, and the next of it happening
  actions.py         what an action that has come to its end does to the fleet
  changes.py         what a change by itself does to the fleet
  watch.py           which step of a strategy waits
  placement.py       where an instance goes that has to move
"""
