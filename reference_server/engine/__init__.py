"""THE PURE HEART: strategies of every kind, planned and driven, as functions of values (ENGINE.md, ENGINE-8.0.md).

Lives here: the data model, the state machine, the behaviour of every step, and below `planning` the building of stages.
Never here: a clock, thread, randomness, uuid, log, file, server or contract. Moments come in as numbers, the fleet as a
snapshot, the release as a rulebook; wishes to the infrastructure go out as effects.

  words.py       the words of the wire
  fleet.py       hosts, instances, patches, upgrade, alarms as one snapshot
  rulebook.py    what differs between releases
  reasons.py     why a build or an alarm query fails
  model.py       strategy, phase, stage, step
  messages.py    commands and events in, effects out
  lifecycle.py   the tables: transitions, ends of phases, every request in every situation
  results.py     how results combine
  timing.py      percentages, timeouts, deadlines
  alarms.py      which alarms count
  steps.py       the table of step kinds;  behaviours/  what stands in its cells
  undo.py        what an abort has to undo
  building.py    the build phase and what follows from it
  course.py      one turn in the making: stages and steps started and ended until something waits
  machine.py     handle(strategy, message, now, fleet, rules);  deadline(strategy)
  notices.py     events and alarms that a turn brings
  restart.py     a strategy after a restart of the engine
  planning/      request + fleet snapshot -> stages
  generic.py     the same from tables, for kinds whose rules are not known
"""
