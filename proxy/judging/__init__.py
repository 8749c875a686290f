"""The judge's process, and the line between it and the gateway.

Lives here: how exchanges get to a judge that may be lost, and what it stores. Never here: mitmproxy, or a verdict.

On the side of the gateway
    courier.py     tells and forgets, or asks within a budget
    outbox.py      what is sent and not judged yet, bounded; slots.py: bodies that are not sent again
    tickets.py     who waits for an answer, and for how long
    keeper.py      starts the process, watches over it, starts it again; patience.py: when
    lifeline.py    one process, and the line to it
    aside.py       how such a process stands aside
On both
    settings.py    what the judge's process has to know
    messages.py    what the two processes say to each other
    counts.py      what the judge's process has done so far
On the side of the judge
    desk.py        a loop over messages; `python -m proxy.judging.desk`
    line.py        the line to the gateway
    making.py      the watch that the settings want, warm
    progress.py    what was done since the gateway was told last
    books.py       what is stored and counted
"""
