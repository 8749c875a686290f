"""What a command took: nothing that it started is left out, and its own share is told apart."""

import sys

import pytest

from benchmarks.fleet.spent import spent

BUSY = """
import time
held = bytearray({mib} << 20)
until = time.process_time() + {seconds}
while time.process_time() < until:
    pass
"""
LEFT_BEHIND = BUSY.format(mib=100, seconds=0.5)
COMMAND = f"""
import os, re, subprocess, sys
subprocess.Popen([sys.executable, "-c", {LEFT_BEHIND!r}])
{BUSY.format(mib=40, seconds=0.1)}

def pauses():  # of whoever measures: one after each look at this process
    with open(f"/proc/{{os.getppid()}}/status") as status:
        return int(re.search(r"voluntary_ctxt_switches:\\s+(\\d+)", status.read())[1])

seen = pauses() + 3
while pauses() < seen:
    time.sleep(0.01)
"""


def test_a_process_that_outlives_its_parent_is_counted():
    """The work and the memory of workers is left out, or counted as the command's own."""
    took = spent([sys.executable, "-c", COMMAND])
    others = took.all_cpu_seconds - took.cpu_seconds
    assert 0.05 < took.cpu_seconds < 0.5 <= others + 0.02, took  # the system counts in hundredths
    assert 40 << 20 < took.peak_bytes < 100 << 20 < took.largest_bytes, took
    assert took.all_peak_bytes > 0


def test_a_command_that_ends_otherwise_is_no_measure():
    """The figures of a command that failed are taken for those of its work."""
    with pytest.raises(AssertionError, match=r"ended with 3: .*oh dear"):
        spent([sys.executable, "-c", "import sys; print('oh dear', file=sys.stderr); sys.exit(3)"])
