"""What is judged, how a request reaches it, and its time.

Lives here: transports, the control of simulated targets, pace and patience. Never lives here: what to send
(`conformance.drivers`), whether an answer is right, a name or a behaviour of the reference server.

Map
    target.py     a server at a URL or a WSGI application in this process; opens it
    transport.py  what all ways to a target have in common, and the way into a WSGI application
    overhttp.py   the way to a server at a URL
    bounded.py    its answers, in bounded time and memory
    control.py    what a simulated target lets us do besides its API
    pace.py       how time passes: on a clock that obeys, or on the wall
    callers.py    the callers of a run, out of the environment
    identity.py   as whom a target is asked
    catalogue.py  where a Keystone says that it is, and who we are to it
    terms.py      how long, how often and how patiently a target is asked
    guard.py      holds a run to these terms
    budget.py     how many requests may be sent in a minute
    spent.py      how many were sent in all
"""
