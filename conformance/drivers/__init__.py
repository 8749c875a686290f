"""The drivers: what makes exchanges with a target, and the manners in which it does so.

Lives here: the conversation that every request goes through, and all that is sent by hand, by script or by chance; the
sequences that are drawn have a room of their own, `conformance.model`. Never lives here: what is right (every exchange
goes to the judge), how a run begins, ends and is told (`conformance.runs`).

Map
    conversation.py   one history of exchanges with a target; every driver speaks through it
    glance.py         what a wait has to know of a strategy, tolerant of every shape
    changes.py        what a run may do, and which of it a request asks for
    ownership.py      whose strategy it is
    interruption.py   how a signal ends a run
    lifecycle.py      plays the scripts of `scenarios/`
    faults.py         what goes wrong in a scenario, told for the target at hand
    planning.py       strategies of every shape, built and held against their predictions
    worlds.py         fleets drawn at random
    crowd.py          several clients at once
    callers.py        what strangers are answered
    readers.py        what a caller is answered who may only read
    roles.py          asks as callers of a role, where a release names roles
    reads.py          plain requests that need no strategy
    inputs.py         sends the bodies where they count
    bodies.py         bodies right and wrong, of what the ledger says
    samples.py        a body that must be taken, for every operation of a release
    fuzz.py           generated requests, by Schemathesis
    fuzzchecks.py     what its own checks say of an answer
    probes.py         what it is told beyond the contract
"""
