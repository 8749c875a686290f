"""How each kind of step behaves: what it asks for when started, what an event does while it waits (ENGINE.md 4.2).

Here live pure functions of a step, an event and a scene (moment, fleet, rules, strategy). Nothing here knows stages,
phases or states; the one table that gives every step name its behaviour is `engine.steps`.

    progress.py    Scene, Progress, and the three ways a step can go on
    queries.py     alarms, patches, patch hosts, upgrade record
    hosts.py       lock, unlock, disable and enable services: wait for a state of hosts
    instances.py   migrate, evacuate hosts, stop, start
    software.py    install patches, upgrade hosts, activate and complete the upgrade
    generic.py     steps that are only known by their names
    waiting.py     swact, reboot: wait for ticks; system-stabilize, wait-data-sync, wait-alarms-clear
"""
