"""ROOM 4, THE JUDGE: the one definition of conformance, and the runs that exercise it.

Lives here: exchanges as data, checks, the monitor of histories, the judge; targets, pace, scenarios, fuzzing and the
suite. Never lives here: the behaviour of a server, the law or the requirements themselves (`spec/`), how a report
looks (`reports/`).

Map: rooms, from the top to the bottom; each looks downwards only
    suite/         the tests of somebody else's server
    plugin.py      what they ask for, as fixtures of pytest, and what becomes of it
    runs/          a whole run: what it is asked, how it begins, what it comes to, how it leaves
    model/         sequences that are drawn, and shrunk when something fails
    drivers/       what makes exchanges: lifecycles, fuzzing, plans, crowds, hand-picked requests
    scenarios/     the lifecycles that are scripted, as data
    evidence/      what a judge was told, without secrets: recorded, stored, read, judged again
    judge.py       runs checks over exchanges, keeps histories
    sequences.py   the shortest sequence that shows a failure, and its finding
    calm.py        polls that repeat the last one
    alike.py       polls that ask what was asked before, and get another document
    findings/      what the judge saw: findings with evidence, tallies, results
    checks/        CHECKS: requirement id -> function; a subject per file
    deviations.py  which numbered deviations of a release a finding comes from
    histories/     what several clients asked at once: a sequential model and the search for an order
    fingerprint/   which release a deployment behaves like: signs, and what they come to
    predictions/   what the oracle predicts, and what differs from it
    targets/       what is judged, how a request reaches it, and its time

Map: the vocabulary and the monitor, which know none of these rooms
    exchange.py    Exchange: one request and its answer as frozen data
    strategy.py    a strategy document as typed values
    shape.py       takes these values out of JSON, once, where its members are of the right types
    reading.py     reads what did not change since the last document once
    layout.py      the text of a document taken apart, by comparing it with the last one
    known.py       what a history has shown so far; what a request asks for
    objections.py  what is wrong with a request that has not been answered
    monitor.py     follows one deployment through its exchanges
    circumstances.py  what excuses an answer: caller, moment, form of the request
    caller.py      who asks
    rights.py      what a caller who may only read was let do
    generic.py     the kinds whose plan is not judged
    roles.py       which operation of the contract does what to a strategy
    reproducer.py  requests as shell scripts that send them again
"""
