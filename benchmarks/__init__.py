"""How fast the oracle and the judge are, and how much they need: programs that are run by hand.

Lives here: what is measured, the worlds it is measured in, and README.md with the figures. Never here: a test, and
anything that the product imports; none of it is in the wheel.

  engine.py     python -m benchmarks.engine: planning at scale, and a world of 2,000 hosts
  server.py     python -m benchmarks.server: answers from cached bytes, changes made visible, memory
  certify.py    python -m benchmarks.certify: a whole certification, with one worker and with two
  fleet/        python -m benchmarks.fleet: many targets, and their captures, on a cluster of this machine
  worlds.py     the worlds: workers, instances, anti-affinity groups, aggregates
  callers.py    clients of an app: in this process, and over HTTP
  measuring.py  time, memory, the machine
  processes.py  what the system says of other processes
  report.py     the table, the JSON file, the targets
"""
