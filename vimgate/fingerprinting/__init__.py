"""The fingerprint of a deployment: what is asked of it, or read of recordings of it, and how what comes out is told.

Lives here: the asking and the telling. Never here: which signs there are, or what they come to
(`conformance.fingerprint`).

  asking.py    the questions, put to a target
  recorded.py  the exchanges of a recording
  progress.py  how far the asking or the reading is, on a terminal
  showing.py   a fingerprint on a terminal
  document.py  a fingerprint as JSON; its schema is fingerprint.schema.json
"""
