"""The shadow: a second deployment that is asked what clients have read, and answers nobody.

Lives here: which reads are repeated there, how much may wait, and what is logged of other answers. Never lives here:
what is a difference (`proxy.comparing`); anything that a client waits for.

A process of its own, as the judge has one: it reads documents, compares and writes, and waits for a deployment of which
nobody knows how it behaves. The gateway tells it and forgets.

    shadow.py    the gateway's side: tells, bounded; starts the process, and starts it again
    messages.py  what the two say to each other; its settings
    counts.py    what became of reads
    desk.py      the process: takes reads, keeps workers, reports
    asking.py    one read, repeated and compared
    log.py       shadow.jsonl (shadow.schema.json): differences and failures, thinned, redacted, mode 600, rotated
"""
