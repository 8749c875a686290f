"""Fleets on one machine: what certifying them and auditing their captures takes, and what a large one needs by that.

__main__.py  python -m benchmarks.fleet: what is measured
spent.py     what a command took, with all processes that it starts
planning.py  the tables of what a large fleet needs
captures.py  the captures
sites.py     starts many reference servers, some of them faulty, and says what each one saw
serving.py   the process that serves them
figures.json what docs/fleet.md tells
"""
