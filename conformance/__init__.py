"""ROOM 4, THE JUDGE: the one definition of conformance, and the runs that exercise it.

Lives here: exchanges as data, checks, the monitor of histories, the judge; targets, pace, scenarios, fuzzing and the
suite. Never lives here: the behaviour of a server, the law or the requirements themselves (`spec/`), how a report
looks (`reports/`).

Map
    exchange.py    Exchange: one request and its answer as frozen data
    circumstances.py  what excuses an answer: caller, moment, form of the request
    strategy.py    a strategy document as typed values, read once
    known.py       what a history has shown so far; what a request asks for
    monitor.py     follows one deployment through its exchanges
    histories/     what several clients asked at once: a sequential model and the search for an order
    checks/        CHECKS: requirement id -> function; a subject per file
    judge.py       runs checks over exchanges, keeps histories
    charges.py     from a deviation to a finding with evidence
    ruling.py      from the rows of a tally to results
    gallery.py     the strategies that were seen, bounded, for the report
    tally.py       counts and findings by requirement; mergeable, JSON-able
    edges.py       which edges of the state graph a history goes along
    reproducer.py  shell scripts that show a finding again
    pytestfile.py, claims.py                                the same as a test for pytest, and what it asserts
    model/         sequences that are drawn, and shrunk when something fails
    target.py, transport.py, control.py, pace.py            what is judged, and its time
    overhttp.py, bounded.py  answers of a server at a URL, in bounded time and memory
    terms.py, guard.py, budget.py  how often, how long and how patiently a target is asked
    changes.py, ownership.py  what a run may do, and whose strategy it is
    interruption.py  how a signal ends a run
    conversation.py, roles.py, lifecycle.py, scenarios/     scripted lifecycles
    worlds.py      fleets drawn at random
    faults.py      what goes wrong in a scenario, told for the target at hand
    fuzzchecks.py, probes.py  what Schemathesis says of an answer, and what it is told beyond the contract
    crowd.py       plays several clients at once
    caller.py, callers.py  who asks, and what strangers are answered
    fuzz.py, bodies.py, inputs.py, reads.py, glance.py      generated and hand-picked requests
    selection.py   which requirements are judged, and which tests can reach them
    again.py       one finding looked for again
    run.py, plugin.py, suite/, suite_order.py               the suite, run by pytest, and its order
    killing.py     what it means that a faulty server is killed
    preflight.py, options.py, collector.py, outcome.py      what a run is asked, collects and comes to
    campaign.py, cleanup.py, runfile.py  a whole run, how it leaves the target, what it notes for the next one
    forecast.py    what a run would send and do
    differ.py      strategy documents compared with predictions
    explain.py     what two plans differ in, in sentences
    oracle.py      asks the reference server what a world and a request lead to
    prediction.py, reordered.py, planning.py                what it predicts, and the plans that are compared with it
"""
