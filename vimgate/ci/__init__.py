"""A run within the job of a CI system: which one it is, what it reads, and how that is handed over.

Lives here: words and files that a CI system expects. Never here: what a report comes to, or a verdict: the exit code is
the same whether anything of this could be written or not.

    systems.py   the table: by which variables a system is known, and what it is given; pure
    handed.py    the texts of the files that only one system reads; pure
    job.py       detects, prints and writes
"""
