"""What is told of processes, while they come and go."""

import subprocess
import sys

import pytest

from benchmarks.processes import below, cpu_seconds, resident

CHURN = """
import subprocess, threading

def start():
    while True:
        subprocess.run(["true"], check=True)

for _ in range(2):
    threading.Thread(target=start, daemon=True).start()
subprocess.Popen(["cat"])
print(flush=True)
while True:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
"""


@pytest.fixture
def churning():
    """A process that starts processes and threads that end at once, and one that waits for its input to end."""
    process = subprocess.Popen([sys.executable, "-c", CHURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    yield process.pid
    process.kill()
    process.communicate()


def test_what_ends_between_two_looks_is_left_out(churning):
    """A thread or a process that ended between being listed and being read ends the measurement."""
    found = [below(churning) for _ in range(100)]
    assert len(set.intersection(*map(set, found))) == 1  # the one that waits
    for _ in range(500):
        assert cpu_seconds(churning) > 0
    assert resident(churning) > 1


def test_a_process_that_has_gone_has_nothing():
    """The figures of a process that was waited for cannot be asked for."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert (below(process.pid), cpu_seconds(process.pid), resident(process.pid)) == ([], 0.0, 0.0)
