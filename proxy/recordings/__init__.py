"""Recordings: exchanges out of the files that others wrote, one after the other and never a whole file at once.

Lives here: what a file says, and where it stops making sense. Never here: what is wrong with an exchange.

  reading.py    the items of a file, or of several that are one recording
  series.py     which files are: those into which the gateway rotated a capture
  recorded.py   what a reader yields: an exchange, something passed over, or damage
  source.py     the bytes of a file, unpacked, and which kind of recording they are
  har.py        HAR 1.1 and 1.2, of browsers, of mitmproxy and of the gateway
  entry.py      one entry of a HAR as an exchange
  flowfile.py   flow files of mitmproxy
  lines.py      exchange JSON lines, also the evidence of the gateway
  sites.py      which deployment a URL is about
  sequence.py   in which order the answers came, and of which of them that can be told
"""
