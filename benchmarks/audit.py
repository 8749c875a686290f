"""How fast recordings are read and judged, by kind: answers of 15 KB, polled again and again or all of them changed.

python -m benchmarks.audit --json audit.json
"""

import json
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.measuring import side_by_side
from benchmarks.report import Report, Target
from benchmarks.tape import RELEASE, Entry, Tape, make_tape
from conformance.exchange import Exchange

with warnings.catch_warnings():  # mitmproxy's bounds let in libraries that are newer than the code that imports them
    warnings.simplefilter("ignore", DeprecationWarning)
    import mitmproxy.addons  # noqa: F401

from proxy.archive import Archive
from proxy.audit import Terms, audit
from proxy.recordings.reading import READERS
from proxy.recordings.source import Source
from proxy.traffic import Action, Passage

WANTED: Final = 15_000  # bytes of an answer
EXCHANGES: Final = 1_000
QUICK: Final = 120
REPETITIONS: Final = 2
PER_CORE: Final = 2_000
"""Exchanges that are to be audited in a second, on one core."""

_HEADERS: Final = (("Content-Type", "application/json"),)
_MIXES: Final = {"polling": False, "all changed": True}
_FILES: Final = {"HAR": "capture.har", "flow file": "capture.flows", "JSON lines": "lines.jsonl"}


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the worlds behind the answers.")
@click.option("--quick", is_flag=True, help="Short recordings: shows that it runs, not how fast.")
def main(file: Path | None, seed: int, quick: bool) -> None:  # noqa: FBT001 - a flag of the command
    """Measure how many exchanges of a recording are read, and how many are audited, in a second on one core.

    \b
    Example:
      python -m benchmarks.audit --json audit.json
    """  # noqa: D301 - click reads \b as "do not wrap"
    report = Report("audit", seed, quick)
    count, repetitions = (QUICK, 1) if quick else (EXCHANGES, REPETITIONS)
    with tempfile.TemporaryDirectory() as folder:
        files = {mix: record(Path(folder) / mix, seed, count, changing=each) for mix, each in _MIXES.items()}
        report.add("recordings", [row for mix, made in files.items() for row in _sizes(mix, made, count)])
        for section, work in (("reading", read), ("auditing", judge)):
            works = {(mix, kind): partial(work, path) for mix, made in files.items() for kind, path in made.items()}
            best = side_by_side(works, repetitions)
            rows = [_row(*key, count, took.cpu_seconds) for key, took in best.items()]
            report.add(section, rows)
    if not quick:
        report.targets += [
            Target(f"{row['recording']}, {row['kind']}: audited per second and core", row["per_s"], at_least=PER_CORE)
            for row in report.sections["auditing"]
        ]
    report.finish(file)


def record(folder: Path, seed: int, count: int, *, changing: bool) -> dict[str, Path]:
    """So many exchanges as a HAR, a flow file and JSON lines; the path of each, by kind."""
    folder.mkdir()
    tape = make_tape(WANTED, seed, changing=changing)
    most = count * tape.size * 4  # so that no file is rotated
    lines = folder / _FILES["JSON lines"]
    with closing(Archive(folder, har=True, flows=True, most_bytes=most)) as archive, lines.open("wb") as out:
        for passage in passages(tape, count):
            archive.keep(passage, (), Action.PASS)
            out.write(line_of(passage))
    return {kind: folder / name for kind, name in _FILES.items()}


def passages(tape: Tape, count: int) -> Iterator[Passage]:
    """The exchanges of a tape, again and again, a second apart."""
    for number, entry in enumerate(islice(_entries(tape), count), start=1):
        exchange = Exchange(
            entry.method, entry.path, entry.status, request_headers=_HEADERS, request_body=entry.body,
            response_headers=_HEADERS, response_body=entry.answer, at=1_700_000_000.0 + number,
        )  # fmt: skip
        yield Passage(number, exchange, started=exchange.at - 0.01)


def _entries(tape: Tape) -> Iterator[Entry]:
    """Every round of a changing tape is a life of its own: its strategy has another uuid."""
    yield from tape.opening
    for turn in range(1_000_000):
        for entry in tape.repeated:
            yield entry if not tape.changing else _of_turn(entry, turn)


def _of_turn(entry: Entry, turn: int) -> Entry:
    if entry.cut is None:
        return entry
    answer = entry.answer[: entry.cut] + f"{turn:08x}".encode() + entry.answer[entry.cut + 8 :]
    return Entry(entry.method, entry.path, entry.body, entry.status, answer, entry.cut)


def line_of(passage: Passage, session: str = "one") -> bytes:
    """An exchange as a line of JSON, in the history of that session."""
    exchange = passage.exchange
    value = {
        "session": session,
        "history": True,
        "at": exchange.at,
        "request": {
            "method": exchange.method,
            "path": exchange.path,
            "headers": dict(_HEADERS),
            "body": exchange.request_body.decode() or None,
        },
        "response": {"status": exchange.status, "headers": _HEADERS, "body": exchange.response_body.decode() or None},
    }
    return json.dumps(value).encode() + b"\n"


def read(path: Path) -> None:
    """Read a recording, and judge nothing."""
    with Source(path) as source:
        kind = source.kind()
        if kind is None:
            raise AssertionError(f"{path.name} is no recording")
        for _ in READERS[kind](source):
            pass


def judge(path: Path) -> None:
    """Audit a recording, in which nothing is wrong."""
    audited = audit(path, Terms(RELEASE))
    if audited.incomplete or audited.judged != audited.exchanges or audited.noted.to_json()["rows"]:
        raise AssertionError(f"{path.name}: {audited.judged} of {audited.exchanges} judged, {audited.noted.to_json()}")


def _sizes(mix: str, made: dict[str, Path], count: int) -> Iterator[dict[str, Any]]:
    for kind, path in made.items():
        yield {"recording": mix, "kind": kind, "exchanges": count, "bytes_each": os.stat(path).st_size // count}


def _row(mix: str, kind: str, count: int, seconds: float) -> dict[str, Any]:
    return {"recording": mix, "kind": kind, "per_s": count / seconds, "ms_each": seconds / count * 1000}


if __name__ == "__main__":
    main()
