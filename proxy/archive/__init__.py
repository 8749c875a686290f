"""What is kept of the traffic: findings, evidence and captures, redacted, mode 600, rotated by size.

Lives here: what a stored line looks like, where it is stored, and what is taken out of it before. Never lives here:
what is a finding (`conformance/`), what is done about it (`proxy.deciding.policy`), how a report looks (`reports/`).

Everything is written by one process. Nothing here raises into the judging: what cannot be stored is counted and told.

Map
    archive.py     one call per exchange: what is kept of it, and where the log tells of it
    cleaning.py    exchanges and findings without secrets; remembers those that were seen
    findings.py, thinning.py   the findings log, and which findings are told
    evidence.py    the exchanges that broke something, each body once
    captures.py, har.py, flowing.py   every exchange as HAR and as a flow of mitmproxy, on demand
    lines.py       files of JSON lines, numbered over files and runs
    rotated.py     a file that is rotated, for its owner alone, whole after every record
    troubles.py    what could not be stored
    findings.schema.json, evidence.schema.json   the public formats of the lines
"""

from proxy.archive.archive import Archive

__all__ = ["Archive"]
