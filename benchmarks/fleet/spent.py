"""What a command took with all processes that it starts: time, CPU, memory. Linux alone.

python -m benchmarks.fleet.spent COMMAND... runs it, and prints the figures as JSON on stderr's last line. It is a
process of its own, to which every process of the command falls that lost its parent: none is left uncounted.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.processes import below

VIMGATE: Final = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()")
_ROOT: Final = Path(__file__).parents[2]
_SELF: Final = "import sys; sys.path.append({root!r}); from benchmarks.fleet.spent import main; main()"
_SUBREAPER: Final = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
_PARENT_DEATH: Final = 1  # PR_SET_PDEATHSIG
_LOOK: Final = 0.1  # seconds between two looks at the memory of the command
_LOOK_AT_ALL: Final = 10  # such looks between two at the memory of all processes: that one costs time


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took.

    `cpu_seconds` and `peak_bytes` are of the command's own process, `all_cpu_seconds` and `all_peak_bytes` of it and
    all that it started, memory that they share counted once. `largest_bytes` is the largest of these processes.
    """

    code: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    all_cpu_seconds: float
    all_peak_bytes: int
    largest_bytes: int


def spent(
    command: Sequence[str], *, codes: Sequence[int] = (0,), environment: Mapping[str, str] | None = None
) -> Spent:
    """Run a command. Raises AssertionError, with what it said, when it ends with another code than these."""
    done = subprocess.run(  # noqa: S603 - commands of our own
        [sys.executable, "-P", "-c", _SELF.format(root=str(_ROOT)), *command],
        env=os.environ | dict(environment or {}),
        capture_output=True,
        text=True,
        check=True,
    )
    *said, last = done.stderr.splitlines()
    found = Spent(**json.loads(last))
    if found.code not in codes:
        raise AssertionError(f"{' '.join(command[-8:])} ended with {found.code}: {said[-8:]} {done.stdout[-500:]}")
    return found


def main() -> None:
    """Run the command of the arguments, and tell what it took."""
    system = ctypes.CDLL(None)

    def end_with_parent() -> None:
        system.prctl(_PARENT_DEATH, signal.SIGTERM, 0, 0, 0)

    end_with_parent()
    system.prctl(_SUBREAPER, 1, 0, 0, 0)
    begun = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], preexec_fn=end_with_parent)  # noqa: S603, PLW1509 - our own; one thread
    peak, all_peak, looks = 0, 0, 0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        peak = max(peak, _high_water(process.pid))
        if looks % _LOOK_AT_ALL == 0:
            all_peak = max(all_peak, sum(map(_share, below(os.getpid()))))
        looks += 1
        time.sleep(_LOOK)
    seconds, own = time.perf_counter() - begun, cpu_seconds(process.pid)
    code = process.wait()
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    of_all = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = Spent(
        code=code,
        seconds=seconds,
        cpu_seconds=own,
        peak_bytes=peak,
        all_cpu_seconds=of_all.ru_utime + of_all.ru_stime,
        all_peak_bytes=all_peak,
        largest_bytes=of_all.ru_maxrss * 1024,
    )
    print(f"\n{json.dumps(asdict(told))}", file=sys.stderr)


def cpu_seconds(process: int) -> float:
    """The CPU time of a process itself, also of one that has ended and was not waited for."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _high_water(process: int) -> int:
    return _kib(f"/proc/{process}/status", "VmHWM:") * 1024


def _share(process: int) -> int:
    return _kib(f"/proc/{process}/smaps_rollup", "Pss:") * 1024


def _kib(path: str, name: str) -> int:
    """A line of one of the system's tables; 0 when the process has gone meanwhile."""
    with suppress(OSError):
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0
