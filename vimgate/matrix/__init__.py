"""The matrix of mutants: each judge on each faulty reference server, every trial in a process of its own.

Lives here: the running and the telling. Never here: what a kill is (`conformance.runs.killing`), or what a mutant does.

  warm.py      what a process has ready before it begins
  ours.py      a trial of the suite
  peer.py      a trial of plain Schemathesis
  work.py      which trials there are, and what becomes of them
  tables.py    the matrix on a terminal
  document.py  the matrix as JSON; its schema is matrix.schema.json
  rate.py      what a matrix came to, for the reports of the harness that it was made with: rate.json
"""
