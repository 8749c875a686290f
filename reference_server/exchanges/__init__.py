"""Recorded HTTP exchanges, sent again to a fresh server of ours, and what the two answers differ in.

Lives here: reading recorded lines, the table that says what deployment stood behind each, playing them in process, and
the pure comparison. Never here: how the outcome is told, or a rule of the server itself.

  lines.py       a recorded line: request, answer, session, note
  setups.py      the table of setups: world, preparation, tokens, what is excluded and what is known to differ;
                 setups.schema.json is its form
  deployment.py  a fresh server on a virtual clock that is asked in process
  comparison.py  what two answers differ in: status, media type, Allow, JSON shape
  moments.py     where a strategy stands, and which standings a poll may miss
  player.py      lines and histories -> outcomes
"""
