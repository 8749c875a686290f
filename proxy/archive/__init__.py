"""What is kept of the traffic: findings, evidence and captures, redacted, mode 600, rotated by size.

Lives here: what a stored line looks like, where it is stored, and what is taken out of it before. Never lives here:
what is a finding (`conformance/`), what is done about it (`proxy.policy`), how a report looks (`reports/`).

Everything is written by one process. Nothing here raises into the judging: what cannot be stored is counted and told.
"""

from proxy.archive.archive import Archive

__all__ = ["Archive"]
