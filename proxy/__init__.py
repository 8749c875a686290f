"""ROOM 5, THE WATCHMAN: judges traffic that it did not make, live between clients and a VIM, or from recordings.

Lives here: how an exchange comes out of mitmproxy or a file, in which order exchanges are judged, what is let through
or blocked, what is kept of it. Never lives here: what conformance is (`conformance/`), how a report looks (`reports/`).

Two processes. The gateway (mitmproxy's event loop) moves bytes and asks; the judge sits in a process of its own, so
that what befalls it (a crash, an endless loop, no memory left) befalls no client. What is stored is stored there too.

Map
    traffic.py     one exchange on its way, and what was noticed about it, as frozen values
    order.py       which exchanges have an order that can be told
    watch.py       judges the traffic of one deployment, whoever brings it; sans-io
    aliases.py     what a lenient server takes a request for, so that a freeze holds
    policy.py      finding x direction x mode -> action, a pure table; policyfile.py: its YAML, shipped and given
    answers.py     what the gateway itself answers or adds
    addon.py       what `mitmdump -s` loads: absolute imports, nothing else
    gateway.py     short hooks: flow -> exchange -> judge -> policy
    contact.py     connections: names, TLS, what an operator must know; guarded.py: hooks that never raise
    crossing.py    what is remembered of an exchange while it is under way
    flows.py       mitmproxy flow -> Exchange; copies.py: bodies, copied and unpacked up to a limit
    wire.py        HTTP/1 as a hop that nobody notices speaks it
    embedding.py   mitmproxy inside this process: options and addons
    running.py     the gateway as something that runs: start, signals, drain, end
    addresses.py   where to listen, and where the server is
    certificates.py  the files of TLS, looked at first; trust.py: a server that is not trusted
    said.py        what an operator is told, a line for each cause
    settings.py    what the judge's process has to know
    messages.py    what the two processes say to each other
    counts.py      what the judge's process has done so far
    courier.py     the gateway's side: tells and forgets, or asks within a budget
    lifeline.py    one process of the judge, and the line to it
    patience.py    when a judge that was lost is started again
    desk.py        the judge's side: a loop over messages
    books.py       what the judge's process stores and counts
    archive/       findings, evidence, captures: redacted, mode 600, rotated
    recordings/    exchanges out of HAR, flow files and JSON lines
    audit.py       judges recordings, one process per file
    coverage.py    what of the contract the traffic has touched
    timelines.py   the strategies that were seen, over time; lives.py: what is remembered of one
    noted.py       everything that was noticed, counted
    summary.py     what is told at the end, and its files
    metrics.py     the gauges and counters of a running gateway
    live.py        the terminal view
"""
