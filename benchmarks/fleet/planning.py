"""What a large fleet needs, computed from what a small one took: pure, and printed as the tables of docs/fleet.md."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from benchmarks.fleet.telling import Row, measured, number, table

WHOLE_CPU: Final = 35.0
"""CPU seconds of a whole certification at level oracle with one worker, as benchmarks/README.md has it."""

TIME_LIMIT: Final = 2.0
"""Hours that a target may take by default: `--target-timeout`."""

_HEAD: Final = ("formula", "with the figures", "comes to")
_GIB: Final = 1024.0  # MiB
_TB: Final = 1e12 / (1 << 20)  # MiB
_HOUR: Final = 3600.0
_CLEARLY: Final = 1.3


@dataclass(frozen=True, slots=True)
class Wanted:
    """A large fleet: so many targets, so many TB of captures, and the hours in which each is to be done."""

    targets: int = 10_000
    terabytes: float = 10.0
    hours: float = 24.0


@dataclass(frozen=True, slots=True)
class PerTarget:
    """What each target more takes: CPU seconds of workers and client, MiB; `base_mib` is the client without any."""

    worker_cpu: float
    client_cpu: float
    client_mib: float
    base_mib: float
    kept_mib: float
    answered_mib: float
    slot_mib: float


@dataclass(frozen=True, slots=True)
class Reading:
    """How captures of a kind are audited: MiB in a second of CPU, and how much of one worker each of several does."""

    kind: str
    mib_per_s: float
    efficiency: float
    worker_mib: float
    client_mib: float
    kept_share: float


def plan(figures: Mapping[str, Any], wanted: Wanted) -> str:
    """The tables for that fleet, in Markdown, of the figures that the benchmark wrote. Without a part: without it."""
    sections: Mapping[str, Sequence[Row]] = figures["sections"]
    tables = []
    if sections.get("growth"):
        rows = of_targets(per_target(sections["growth, its costs"]), wanted)
        tables.append(table((f"{wanted.targets:,} targets in {wanted.hours:g} h", *_HEAD), rows))
    for reading in readings(sections):
        rows = of_captures(reading, wanted)
        tables.append(table((f"{wanted.terabytes:g} TB of {reading.kind} in {wanted.hours:g} h", *_HEAD), rows))
    return "\n\n".join([_measured_on(figures), *measured(sections), *tables])


def per_target(growth: Sequence[Row]) -> PerTarget:
    """What a target more takes: the slope between the smallest and the largest fleet; of one fleet alone, its share."""
    small, large = growth[0], growth[-1]

    def slope(figure: str) -> float:
        more = large["targets"] - small["targets"]
        return float((large[figure] - small[figure]) / more if more else large[figure] / large["targets"])

    memory = max(0.0, slope("client_mib")) if len(growth) > 1 else 0.0
    return PerTarget(
        worker_cpu=slope("others_cpu_s"),
        client_cpu=slope("client_cpu_s"),
        client_mib=memory,
        base_mib=small["client_mib"] - memory * small["targets"],
        kept_mib=slope("kept_mib"),
        answered_mib=slope("answered_mib"),
        slot_mib=max(0.0, large["all_mib"] - large["client_mib"]) / large["workers"],
    )


def readings(sections: Mapping[str, Sequence[Row]]) -> list[Reading]:
    """How fast the captures of each kind are audited, once the cluster has started."""
    return [
        _reading(
            capture,
            [row for row in sections["captures audited"] if row["kind"] == capture["kind"]],
            [row for row in sections["captures audited, their costs"] if row["kind"] == capture["kind"]],
            {row["workers"]: row for row in sections["starting"]},
        )
        for capture in sections.get("captures", ())
    ]


def _reading(capture: Row, turns: Sequence[Row], costs: Sequence[Row], starts: Mapping[int, Row]) -> Reading:
    few, many = min(starts), max(starts)

    def work(rows: Sequence[Row], workers: int, figure: str) -> float:
        """What the runs of so many workers took without their start; one that is hardly longer is taken whole."""
        whole, start = median(row[figure] for row in rows if row["workers"] == workers), starts[workers][figure]
        return float(whole - start if whole > _CLEARLY * start else whole)

    return Reading(
        kind=capture["kind"],
        mib_per_s=capture["mib"] / work(costs, few, "others_cpu_s"),
        efficiency=work(turns, few, "seconds") * few / work(turns, many, "seconds") / many,
        worker_mib=max((cost["all_mib"] - cost["client_mib"]) / cost["workers"] for cost in costs),
        client_mib=max(cost["client_mib"] for cost in costs),
        kept_share=max(cost["kept_mib"] for cost in costs) / capture["mib"],
    )


def of_targets(each: PerTarget, wanted: Wanted) -> list[tuple[str, str, str, str]]:
    """What, by which formula, with which figures, comes to what: of targets."""
    count, hours = wanted.targets, wanted.hours
    small, whole = count * each.worker_cpu / _HOUR, count * WHOLE_CPU / _HOUR
    slots = math.ceil(count * TIME_LIMIT / hours)
    client = count * each.client_cpu / _HOUR
    kept, answered = count * each.kept_mib, count * each.answered_mib
    told = f"{count:,}"
    return [
        (
            "CPU of the workers, read at level wire",
            "T c",
            f"{told} x {number(each.worker_cpu)} s",
            _cores(small, hours),
        ),
        ("the same, each certified whole", "T C", f"{told} x {WHOLE_CPU:g} s", _cores(whole, hours)),
        (
            "targets at a time, when each takes its time limit",
            "T L / H",
            f"{told} x {TIME_LIMIT:g} h / {hours:g} h",
            f"{slots:,}",
        ),
        (
            "memory of the workers for these",
            "T L / H m",
            f"{slots:,} x {number(each.slot_mib)} MiB",
            f"{number(slots * each.slot_mib / _GIB)} GiB",
        ),
        ("CPU of client and scheduler", "T k", f"{told} x {number(each.client_cpu * 1000)} ms", _cores(client, hours)),
        (
            "memory of client and scheduler",
            "M + T n",
            f"{number(each.base_mib)} MiB + {told} x {number(each.client_mib * 1024)} KiB",
            f"{number((each.base_mib + count * each.client_mib) / _GIB)} GiB",
        ),
        ("disk of the client", "T d", f"{told} x {number(each.kept_mib)} MiB", f"{number(kept / _GIB)} GiB"),
        ("network, workers to client", "T d / H", f"{number(kept / _GIB)} GiB / {hours:g} h", _flow(kept, hours)),
        (
            "network, targets to workers, read at level wire",
            "T a / H",
            f"{told} x {number(each.answered_mib)} MiB / {hours:g} h",
            _flow(answered, hours),
        ),
    ]


def of_captures(reading: Reading, wanted: Wanted) -> list[tuple[str, str, str, str]]:
    """What, by which formula, with which figures, comes to what: of captures."""
    size, hours = wanted.terabytes * _TB, wanted.hours
    whole = size / reading.mib_per_s / _HOUR
    workers = math.ceil(whole / reading.efficiency / hours)
    rate = f"{number(reading.mib_per_s)} MiB/s"
    return [
        ("CPU of the workers", "B / r", f"{wanted.terabytes:g} TB / {rate}", f"{number(whole)} core-hours"),
        (
            "workers, a core each",
            "B / (r e H)",
            f"{number(whole)} h / ({number(reading.efficiency)} x {hours:g} h)",
            f"{workers:,}",
        ),
        (
            "memory of the workers",
            "W m",
            f"{workers:,} x {number(reading.worker_mib)} MiB",
            f"{number(workers * reading.worker_mib / _GIB)} GiB",
        ),
        ("memory of the client", "M", "the most that was seen", f"{number(reading.client_mib)} MiB"),
        ("network, shared files to workers", "B / H", f"{wanted.terabytes:g} TB / {hours:g} h", _flow(size, hours)),
        (
            "disk for what is kept",
            "B f",
            f"{wanted.terabytes:g} TB x {number(reading.kept_share * 100)} %",
            f"{number(size * reading.kept_share / _GIB)} GiB",
        ),
    ]


def _cores(core_hours: float, hours: float) -> str:
    return f"{number(core_hours)} core-hours: {number(core_hours / hours)} cores"


def _flow(mib: float, hours: float) -> str:
    return f"{number(mib / hours / _HOUR)} MiB/s"


def _measured_on(figures: Mapping[str, Any]) -> str:
    machine = figures["machine"]
    where = f"{machine['cpu']}, {machine['cpus']} CPUs, {machine['memory_gib']} GiB, {machine['system']}"
    load = f"at a load of {figures['load_before']} before and {figures['load_after']} after"
    busy = "; MEASURED: with other work on the machine, so that nothing but the order of magnitude holds"
    crowded = busy if (figures["load_before"] or 0) > machine["cpus"] / 2 else ""
    quick = "; a quick run, which shows nothing but that it runs" if figures["quick"] else ""
    return f"Measured on: {where}, Python {machine['python']}, {load}{quick}{crowded}."
