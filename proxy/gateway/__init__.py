"""The gateway: the hop between clients and the server, in mitmproxy's event loop.

Lives here: what touches a flow or a connection. Never here: what is wrong with an exchange; nothing waits for the judge
but what was told to.

    hooks.py       short hooks: flow -> exchange -> judge -> policy; guarded.py: hooks that never raise
    terms.py       how exchanges are treated, and whom the gateway works with
    crossing.py    what is remembered of an exchange while it is under way
    reading.py     what is made of a flow; flows.py: mitmproxy flow -> Exchange
    wire.py        HTTP/1 as a hop that nobody notices speaks it
    alerts.py      TLS that a server ends after the handshake
    contact.py     connections: names, TLS, what an operator must know; trust.py: a server that is not trusted
    running.py     the gateway as something that runs: start, signals, drain, end
    embedding.py   mitmproxy inside this process: options and addons
    addresses.py   where to listen, and where the server is
    certificates.py  the files of TLS, looked at first
    said.py        what an operator is told, a line for each cause
"""
