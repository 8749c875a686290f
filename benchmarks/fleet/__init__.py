"""A fleet on one machine, and what certifying it and auditing its captures takes.

sites.py   starts N reference servers in one process, some of them faulty, and says what each of them saw
serving.py that process
"""
