"""What the system says of processes: whom they started, time on a CPU, memory. What has gone has none."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def below(process: int) -> list[int]:
    """All processes that descend from this one."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(path.read_text(encoding="utf-8").rpartition(") ")[2].split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    found, waiting = [], [process]
    while waiting:
        started = children.get(waiting.pop(), [])
        found += started
        waiting += started
    return found


def cpu_seconds(process: int) -> float:
    """Time on a CPU so far, of all threads that still run, by the system's nanoseconds."""
    spent = 0
    for file in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with suppress(OSError):
            spent += int(file.read_text(encoding="utf-8").split()[0])
    return spent / 1e9


def resident(process: int) -> float:
    """MiB in memory."""
    with suppress(OSError):
        return int(Path(f"/proc/{process}/statm").read_text(encoding="utf-8").split()[1]) * _PAGE / 2**20
    return 0.0
