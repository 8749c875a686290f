"""Model-based lifecycles: sequences that Hypothesis draws, steered by the law to what was not seen yet, and shrunk.

Map
    explore.py    one group of sequences on one target, and what became of what failed
    machine.py    the state machine of Hypothesis: rules without conditions, so that a seed draws the same everywhere
    player.py     turns what was drawn into requests, by the situation that the law knows and the edges not seen yet
    ways.py       ready ways to situations, and faults, taken from the scenarios
    recording.py  a sequence as the requests that were sent, the control's among them; played and judged again
    shrink.py     the shortest sequence that still fails; pure
    failures.py   from a requirement that failed to its shortest sequence, and the scripts of it
"""
