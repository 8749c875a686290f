"""Evidence: all that the judges of a run were told, without secrets, so that each verdict can be recomputed from it.

Lives here: what is stored and in which form, how it is written and read, and how a judge is told it again. Never lives
here: what comes out of a run as a whole (`conformance.runs`), a rule for answers, a transport.

Map
    form.py        what stands in the lines: bodies, exchanges, events, tests, manifest
    recording.py   a judge that writes down what it is told
    spool.py       where that goes while the run goes on: a file for each test
    store.py       evidence.zip, written in one go
    reading.py     evidence.zip, read with distrust
    replay.py      tells a judge the events again
    cleaning.py    an exchange without secrets, and whether that may matter
    bodies.py      a body without secrets, whatever coding and character set it came in; pure
    carried.py     which secrets an exchange carries; pure
    evidence.schema.json   the public form, made of form.py
"""
