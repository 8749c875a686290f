"""What a server keeps: everything that is true of it at one moment, as a value, as a document, and in a file.

Lives here: the snapshot, how it is taken apart and put together again, and the one file that it is kept in.
Never here: what a restart means (engine, driver), a clock, a request, an answer.

  state.py        the snapshot: everything that is true of a server at one moment
  snapshot.py     its document: encode, decode
  parts.py        a snapshot taken apart, so that what did not change need not be written again
  store.py        the file: written change by change, by one server at a time
  examination.py  whether a file is one of ours and whole, found out without touching it
  fitting.py      whether a stored state is the one that was asked for
  layout.py       what the file looks like
"""
