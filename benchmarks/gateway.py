"""The speed of the gateway: a client and a server with nothing, mitmdump, vimgate, or something else between them.

python -m benchmarks.gateway --json gateway.json
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from benchmarks.measuring import percentile
from benchmarks.report import Report, Target
from benchmarks.rider import Rider
from benchmarks.tape import Entry, Tape, make_tape
from benchmarks.ways import JUDGED, MODES, NAMES, NotHereError, Way, opened

SIZES: Final = {"1k": 1_000, "15k": 15_000, "150k": 150_000, "1.5m": 1_500_000}
LOOKS: Final = {"unchanged": 0, "polled": 10, "changing": 1}  # how often each document of a life is read; 0: one alone
KINDS: Final = tuple(LOOKS)
QUICK: Final = 0.2  # seconds of each way in a cell of a quick run
TURN: Final = 0.5  # seconds of a way's turn; a cell has many of them
MEMORY_SIZE: Final = 15_000  # bytes of the answers of the memory run
MEMORY_FIRST: Final = 10_000  # exchanges after which memory is first looked at, or a tenth
_SETTLING: Final = 600.0  # seconds that a judge may take to come to the end of what it has
_LOOK: Final = 0.02
_UNMEASURED: Final = 3  # exchanges before each turn: a connection is opened, what was idle wakes up


@dataclass
class Trip:
    """What a client met on one way, with one tape: seconds of each exchange, and of all of them together.

    `cpu` are seconds of CPU time of the way's process while it was asked, and of the judge until everything was judged.
    """

    way: Way
    rider: Rider
    entries: Iterator[Entry]
    last: Entry
    times: list[float] = field(default_factory=list)
    exchanges: int = 0
    unlike: int = 0
    backlog: float = 0.0
    cpu: list[float] = field(default_factory=lambda: [0.0, 0.0])
    ridden: int = 0
    before: Mapping[str, int] | None = None


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the worlds.")
@click.option("--quick", is_flag=True, help="Small answers, short turns: shows that it runs, not how fast.")
@click.option(
    "--seconds", type=click.FloatRange(min=0.01), default=10, show_default=True, help="Of each way in a cell."
)
@click.option("--sizes", default=",".join(SIZES), show_default=True, help="Sizes of answers.")
@click.option("--ways", default=",".join(NAMES), show_default=True, help="What stands between client and server.")
@click.option("--prism", help="The command of Stoplight Prism.  [default: the one on the path]")
@click.option("--memory", type=click.IntRange(min=10), help="Look at memory over so many exchanges, and do that alone.")
def main(  # noqa: PLR0913, PLR0917 - options of a command
    file: Path | None, seed: int, quick: bool, seconds: float, sizes: str, ways: str, prism: str | None,  # noqa: FBT001
    memory: int | None,
) -> None:  # fmt: skip
    """Measure what a gateway costs, one client, with answers that stay, that change, and that are polled.

    \b
    Example:
      python -m benchmarks.gateway --json gateway.json
      python -m benchmarks.gateway --seconds 3 --sizes 15k --ways bare,observe
      python -m benchmarks.gateway --memory 100000
    """  # noqa: D301 - click reads \b as "do not wrap"
    wanted = [SIZES[each] for each in _listed("--sizes", sizes, tuple(SIZES))]
    names = _listed("--ways", ways, NAMES)
    report = Report("gateway", seed, quick)
    with _in_words(), tempfile.TemporaryDirectory(prefix="vimgate-bench-") as folder:
        if memory is not None:
            report.add("memory", resident(memory, seed, Path(folder), [each for each in names if each in MODES]))
        else:
            cells = [(size, kind) for size in (wanted[:1] if quick else wanted) for kind in KINDS]
            rates(report, cells, names, seconds=QUICK if quick else seconds, folder=Path(folder), prism=prism)
            report.targets = [] if quick else targets(report.sections)
    report.finish(file)


@contextmanager
def _in_words() -> Iterator[None]:
    """A way that does not start, or breaks off, is told in one line."""
    try:
        yield
    except (NotHereError, TimeoutError, ConnectionError) as error:
        raise click.ClickException(str(error)) from error


def _listed(option: str, text: str, known: tuple[str, ...]) -> list[str]:
    words = [each for each in text.split(",") if each]
    if unknown := [each for each in words if each not in known]:
        raise click.BadParameter(f"{', '.join(unknown)}: write some of {', '.join(known)}", param_hint=option)
    return words


# Rates ----------------------------------------------------------------------------------------------------------------


def rates(  # noqa: PLR0913 - a benchmark has as many knobs
    report: Report, cells: list[tuple[int, str]], names: list[str], *, seconds: float, folder: Path, prism: str | None
) -> None:
    """A section for each cell, with a row for each way; then what was judged, and what could not be measured."""
    tapes = [make_tape(size, report.seed, changing=LOOKS[kind] > 0, looks=LOOKS[kind] or 1) for size, kind in cells]
    judging: list[dict[str, Any]] = []
    with ExitStack() as stack:
        ports, begin = stack.enter_context(_upstream(tapes, len(names), folder))
        ways, missing = _ways(stack, names, ports, folder, prism)
        for number, tape in enumerate(tapes):
            begin(number)
            trips = _cell(tape, ways, seconds)
            report.add(_named(tape), _speeds(trips))
            report.add(f"{_named(tape)}, CPU", _costs(trips))
            judging += _judging(tape, trips)
    report.add("judging", judging)
    if missing:
        report.add("not here", missing)


def _ways(
    stack: ExitStack, names: list[str], ports: list[int], folder: Path, prism: str | None
) -> tuple[list[Way], list[dict[str, str]]]:
    """The ways, opened, and those that cannot be gone here, each with the reason."""
    ways, missing = [], []
    for name, port in zip(names, ports, strict=True):
        try:
            ways.append(stack.enter_context(opened(name, port, folder, prism=prism)))
        except NotHereError as error:
            missing.append({"way": name, "why": str(error)})
    return ways, missing


def _cell(tape: Tape, ways: list[Way], seconds: float) -> list[Trip]:
    """All ways in turn, several times, so that no busy moment hits one alone."""
    trips = [_trip(tape, way) for way in ways]
    turns = max(2, round(seconds / TURN))
    for _ in range(turns):
        for trip in trips:
            _turn(trip, seconds / turns)
    for trip in trips:
        _run_out(tape, trip)
        _settle(trip)
        trip.rider.close()
    return trips


def _turn(trip: Trip, seconds: float) -> None:
    """Ask for so long, and wait for the judge; the CPU time of both, without that of being asked for counts."""
    before, asked = trip.way.cpu_seconds(), trip.exchanges
    _ride(trip, seconds)
    ridden = trip.way.cpu_seconds()
    trip.backlog = max(trip.backlog, _settle(trip))
    trip.cpu[0] += ridden[0] - before[0]
    trip.cpu[1] += trip.way.cpu_seconds()[1] - before[1]
    trip.ridden += trip.exchanges - asked


def _trip(tape: Tape, way: Way) -> Trip:
    entries = _played(tape)
    trip = Trip(way, Rider(way.port), entries, next(entries), before=way.counts())
    for _ in tape.opening:
        _step(trip)
    return trip


def _played(tape: Tape) -> Iterator[Entry]:
    yield from tape.opening
    while True:
        yield from tape.repeated


def _step(trip: Trip) -> float:
    """One exchange; the seconds that it took."""
    entry = trip.last
    try:
        took, status, size = trip.rider.send(trip.rider.request(entry))
    except OSError as error:
        raise ConnectionError(f"{trip.way.name}: {error}") from error
    trip.unlike += (status, size) != (entry.status, len(entry.answer))
    trip.exchanges += 1
    trip.last = next(trip.entries)
    return took


def _ride(trip: Trip, seconds: float) -> None:
    trip.rider.renew()
    for _ in range(_UNMEASURED):
        _step(trip)
    end = time.perf_counter() + seconds
    trip.times.append(_step(trip))  # one at least, should the turn be over before it has begun
    while time.perf_counter() < end:
        trip.times.append(_step(trip))


def _run_out(tape: Tape, trip: Trip) -> None:
    """Bring the strategy to its end where somebody remembers it, so that the next cell begins with none."""
    if trip.way.name not in JUDGED:
        return
    trip.rider.renew()
    if tape.changing:
        while trip.last is not tape.repeated[0]:
            _step(trip)
        return
    for entry in tape.closing:
        trip.last = entry
        _step(trip)


def _settle(trip: Trip) -> float:
    """Wait until everything was judged; the seconds that it took."""
    begun = time.perf_counter()
    while (counts := _since(trip)) is not None and time.perf_counter() < begun + _SETTLING:
        if counts["judged"] + counts["unchecked"] >= trip.exchanges:
            break
        time.sleep(_LOOK)
    return time.perf_counter() - begun


def _since(trip: Trip) -> dict[str, int] | None:
    """What a gateway has counted on this trip; None for a way that counts nothing."""
    counts = trip.way.counts() if trip.way.name in JUDGED else None
    if counts is None or trip.before is None:
        return None
    return {name: counts[name] - trip.before[name] for name in counts}


def _speeds(trips: list[Trip]) -> Iterator[dict[str, Any]]:
    """How fast each way was, and how that compares with bare mitmdump, where that was measured."""
    figures = {trip.way.name: _figures(trip) for trip in trips}
    bare = figures.get("bare")
    for trip in trips:
        own = figures[trip.way.name]
        yield {
            "way": trip.way.name,
            "per_s": own["per_s"],
            "of_bare": own["per_s"] / bare["per_s"] if bare else None,
            "p50_ms": own["p50_ms"],
            "p99_ms": own["p99_ms"],
            "p99_added_ms": own["p99_ms"] - bare["p99_ms"] if bare else None,
        }


def _costs(trips: list[Trip]) -> Iterator[dict[str, Any]]:
    """CPU time of an exchange, by process; less depends on what else is running than of the time that passes.

    `judge_core` is the share of a core that the judge needs to keep up with this traffic.
    """
    costs = {trip.way.name: [1000 * each / trip.ridden for each in trip.cpu] for trip in trips}
    bare = costs.get("bare")
    for trip in trips:
        own, judge = costs[trip.way.name]
        if not own:
            continue
        yield {
            "way": trip.way.name,
            "cpu_ms": own,
            "of_bare": own / bare[0] if bare and bare[0] else None,
            "judge_cpu_ms": judge if trip.way.name in JUDGED else None,
            "judge_core": judge / 1000 * len(trip.times) / sum(trip.times) if trip.way.name in JUDGED else None,
        }


def _judging(tape: Tape, trips: list[Trip]) -> Iterator[dict[str, Any]]:
    """What became of the exchanges; `unlike` counts answers that were not those of the server."""
    for trip in trips:
        counts = _since(trip) or {}
        yield {
            "cell": f"{_named(tape)}, {trip.way.name}",
            "exchanges": trip.exchanges,
            "unlike": trip.unlike,
            "judged": counts.get("judged"),
            "unchecked": counts.get("unchecked"),
            "findings": counts.get("findings"),
            "backlog_s": trip.backlog if counts else None,
        }


def _figures(trip: Trip) -> dict[str, float]:
    return {
        "per_s": len(trip.times) / sum(trip.times),
        "p50_ms": 1000 * percentile(trip.times, 0.5),
        "p99_ms": 1000 * percentile(trip.times, 0.99),
    }


def _named(tape: Tape) -> str:
    size = next(name for name, wanted in SIZES.items() if wanted == tape.wanted)
    return f"{size} {_kind(tape)}"


def _kind(tape: Tape) -> str:
    return next(kind for kind, looks in LOOKS.items() if looks == tape.looks)


def targets(sections: Mapping[str, list[dict[str, Any]]]) -> list[Target]:
    """The targets of the gateway: each mode, with every kind of answers."""
    found = [
        target
        for size, share, added in (("15k", 0.92, 3.0), ("1.5m", 0.60, 20.0))
        for kind in KINDS
        for row in sections.get(f"{size} {kind}", ())
        if row["way"] in MODES
        for target in (
            Target(f"{size} {kind}, {row['way']}: throughput / bare", row["of_bare"], at_least=share),
            Target(f"{size} {kind}, {row['way']}: p99 added, ms", row["p99_added_ms"], at_most=added),
        )
    ]
    own = [row for row in sections["judging"] if row["judged"] is not None]
    left = sum(row["exchanges"] - row["judged"] for row in own)
    return [*found, Target("exchanges that were not judged", left if own else None, at_most=0)]


# Memory ---------------------------------------------------------------------------------------------------------------


def resident(exchanges: int, seed: int, folder: Path, modes: list[str]) -> list[dict[str, Any]]:
    """The memory of the gateway and of its judge, after a tenth of the exchanges at most and after all of them."""
    tape = make_tape(MEMORY_SIZE, seed, changing=True)
    rows: list[dict[str, Any]] = []
    with _upstream([tape], len(modes), folder) as (ports, begin):
        begin(0)
        for mode, port in zip(modes, ports, strict=True):
            with opened(mode, port, folder) as way:
                trip = _trip(tape, way)
                for wanted in (min(MEMORY_FIRST, exchanges // 10), exchanges):
                    while trip.exchanges < wanted:
                        _step(trip)
                    _settle(trip)
                    rows.append({"mode": mode, "exchanges": trip.exchanges, **way.resident(), **(_since(trip) or {})})
                trip.rider.close()
    return rows


# What they share ------------------------------------------------------------------------------------------------------


@contextmanager
def _upstream(tapes: list[Tape], ports: int, folder: Path) -> Iterator[tuple[list[int], Callable[[int], None]]]:
    """A server in a process of its own: its ports, and how a tape is begun on all of them."""
    file = folder / "tapes"
    file.write_bytes(msgspec.msgpack.encode(tapes))
    command = [sys.executable, "-m", "benchmarks.upstream", str(file), str(ports)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        if process.stdin is None or process.stdout is None:
            raise AssertionError("pipes were asked for")
        reader, writer = process.stdout, process.stdin

        def begin(number: int) -> None:
            writer.write(f"{number}\n")
            writer.flush()
            reader.readline()

        yield [int(each) for each in reader.readline().split()], begin
        writer.close()


if __name__ == "__main__":
    main()
