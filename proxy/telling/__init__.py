"""What is told of traffic: while it goes by, and at the end.

coverage.py    what of the contract the traffic has touched
timelines.py   the strategies that were seen, over time; lives.py: what is remembered of one
noted.py       everything that was noticed, counted
bounded.py     counts of words that others make up, up to a number of them
summary.py     what is told at the end, and its files
metrics.py     the gauges and counters of a running gateway
live.py        the terminal view
"""
