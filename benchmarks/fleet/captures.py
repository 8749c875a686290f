"""Captures of many deployments, as their gateways would have made them, for whoever audits them on a cluster."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.audit import line_of, passages
from benchmarks.tape import make_tape
from proxy.archive import Archive
from proxy.traffic import Action, Passage

SIZE: Final = 15_000  # bytes of an answer, about
LOOKS: Final = 10  # a client that polls sees each document so often
HAR, LINES = "HAR", "JSON lines"


@dataclass(frozen=True, kw_only=True)
class Capture:
    """So many files, each with the traffic of so many deployments, so many exchanges each: lives that are polled.

    A HAR is that of a gateway, which stands before one deployment.
    """

    kind: str
    files: int
    deployments: int
    exchanges: int

    @property
    def total(self) -> int:
        """All exchanges."""
        return self.files * self.deployments * self.exchanges


@dataclass(frozen=True, slots=True)
class Made:
    """A capture that was written: its folder, and the bytes of its files together."""

    capture: Capture
    folder: Path
    size: int


def record(folder: Path, capture: Capture, seed: int) -> Made:
    """Write its files into a new folder, all alike but for their names."""
    folder.mkdir()
    first = folder / f"capture-0000.{'har' if capture.kind == HAR else 'jsonl'}"
    (_har if capture.kind == HAR else _lines)(first, capture, seed)
    for number in range(1, capture.files):
        shutil.copy(first, first.with_stem(f"capture-{number:04}"))
    return Made(capture, folder, first.stat().st_size * capture.files)


def _har(path: Path, capture: Capture, seed: int) -> None:
    place = path.with_suffix(".parts")
    with closing(Archive(place, har=True, flows=False, most_bytes=1 << 40)) as archive:
        for _, passage in _interleaved(capture, seed):
            archive.keep(passage, (), Action.PASS)
    (place / "capture.har").rename(path)
    shutil.rmtree(place)


def _lines(path: Path, capture: Capture, seed: int) -> None:
    with path.open("wb") as out:
        for session, passage in _interleaved(capture, seed):
            out.write(line_of(passage, session))


def _interleaved(capture: Capture, seed: int) -> Iterator[tuple[str, Passage]]:
    """The exchanges of all deployments of a file in the order of time, each with the name of its deployment."""
    tape = make_tape(SIZE, seed, changing=True, looks=LOOKS)
    number = 0
    for passage in passages(tape, capture.exchanges):
        for deployment in range(capture.deployments):
            number += 1
            name = f"subcloud-{deployment + 1}:4545"
            headers = (("Host", name), *passage.exchange.request_headers)
            yield name, replace(passage, number=number, exchange=replace(passage.exchange, request_headers=headers))
