"""Histories: what several clients asked at the same time, and whether a server that is right could have answered so.

Pure: no thread, clock or connection. Who plays the clients is `conformance.drivers.crowd`; which requirements a history
can break is in `conformance.checks.concurrent`; strengths come from the ledger.

call.py            one call of one client, with its moments of invocation and return; a history is all calls of a race
checker.py         is there an order of the calls that a sequential model allows? Wing and Gong's search with a memory
specification.py   the sequential model: one deployment as `spec/lifecycle.yaml` allows it, with all that it leaves open
races.py           what is there when a race begins, and what each client asks
evidence.py        a history as text, and as a shell script that asks the same again
"""
