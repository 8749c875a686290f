"""Fleets: what each target of many came to, and what all of them come to together. Pure.

Lives here: endings, what is kept of a report, the merged report. Never here: a target's own verdicts (`reports.model`),
a cluster, a file.

    asked.py     Asked: one target as it was asked for
    summary.py   Summary: what is kept of one target's report
    ending.py    End, Ending: what became of one target, and back from JSON
    merged.py    Merged: all of them together, its outcome and exit code
    outliers.py  who differs from those that were asked the same
"""
