"""Time, memory and the machine that they were measured on."""

import gc
import os
import platform
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@contextmanager
def quiet_collector() -> Iterator[None]:
    """The garbage collector works as in a server, but does not walk what was there before."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds that a work took, and those of them on the CPU: on a quiet machine nearly all."""

    seconds: float
    cpu_seconds: float


def took(work: Callable[[], object]) -> Took:
    """How long the work takes."""
    with quiet_collector():
        begun, cpu_begun = time.perf_counter(), time.process_time()
        work()
        return Took(time.perf_counter() - begun, time.process_time() - cpu_begun)


def side_by_side[K](works: Mapping[K, Callable[[], object]], repetitions: int) -> dict[K, Took]:
    """The best times of each work: all of them in turn, then all again, so that no busy moment hits one alone."""
    found: dict[K, list[Took]] = {key: [] for key in works}
    for _ in range(repetitions):
        for key, work in works.items():
            found[key].append(took(work))
    return {
        key: Took(min(each.seconds for each in times), min(each.cpu_seconds for each in times))
        for key, times in found.items()
    }


def peak_bytes(work: Callable[[], object]) -> int:
    """The most memory that the work held at a time, in bytes; not for measuring time at once."""
    gc.collect()
    tracemalloc.start()
    try:
        kept = work()
        peak = tracemalloc.get_traced_memory()[1]
        del kept
        return peak
    finally:
        tracemalloc.stop()


def percentile(values: list[float], share: float) -> float:
    """The value that this share (0 to 1) of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def resident_bytes() -> int | None:
    """The memory of this process as the system sees it; None where it does not say."""
    status = Path("/proc/self/statm")
    if not status.is_file():
        return None
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def machine() -> dict[str, Any]:
    """The class of this machine: nothing that says which one it is."""
    cpus = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), None)
    return {
        "cpu": cpus[0].partition(":")[2].strip() if cpus else platform.machine(),
        "cpus": os.cpu_count(),
        "memory_gib": round(int(memory) / 2**20) if memory else None,
        "system": platform.system(),
        "python": platform.python_version(),
    }


def load() -> float | None:
    """Processes that wanted to run in the last minute, on average; None where the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.is_file() else []
