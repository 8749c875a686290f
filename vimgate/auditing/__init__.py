"""`vimgate audit`: many recordings at a time, each in a process of its own, and what is said of them.

Lives here: the choosing, the running and the telling. Never here: how a recording is read or judged (`proxy.audit`).

  choosing.py   which files are recordings, and which are one together
  meter.py      how far the processes are, and whether they should go on: memory that they share
  work.py       one recording in a process of its own
  telling.py    what came of it all: lines, a table, the verdict, JSON, the files of a folder
  printing.py   the same on the terminal and in the folder, for all commands that audit
"""
