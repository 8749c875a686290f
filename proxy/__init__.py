"""ROOM 5, THE WATCHMAN: judges traffic that it did not make, live between clients and a VIM, or from recordings.

Lives here: how an exchange comes out of mitmproxy or a file, in which order exchanges are judged, what is let through
or blocked, what is kept of it. Never lives here: what conformance is (`conformance/`), how a report looks (`reports/`).

Two processes. The gateway (mitmproxy's event loop) moves bytes and asks; the judge sits in a process of its own, so
that what befalls it (a crash, an endless loop, no memory left) befalls no client. What is stored is stored there too.

Map, from the top; a room looks downwards only
    addon.py       what `mitmdump -s` loads: absolute imports, nothing else
    sharing.py     the histories of a recording, shared out over parts that are judged apart
    audit.py       judges a recording, or the part of one
    audited.py     what came of it; parts add up to the whole
    explained.py   names the deviations of a release that findings of a recording come from; sans-io
    gateway/       the hop between clients and the server, in mitmproxy
    shadowing/     a second deployment that is asked what clients have read
    judging/       the judge's process, and the line to it
    watch.py       judges the traffic of one deployment, whoever brings it; sans-io
    recordings/    exchanges out of HAR, flow files and JSON lines
    archive/       findings, evidence, captures: redacted, mode 600, rotated
    deciding/      finding x direction x mode -> action, and what the gateway itself answers
    comparing/     what changed for clients between two deployments; pure
    telling/       what is told while traffic goes by, and at the end
    standing.py    where the strategies stood when they were last looked at, for a freeze
    order.py       which exchanges have an order that can be told
    aliases.py     what a lenient server takes a request for, so that a freeze holds
    copies.py      bodies, copied and unpacked up to a limit
    traffic.py     one exchange on its way, and what was noticed about it, as frozen values
"""
