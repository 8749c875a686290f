"""Captures of many deployments, as their gateways would have made them, for whoever audits them on a cluster."""

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
KINDS: Final = ("HAR", "JSON lines")


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


def record(folder: Path, capture: Capture, seed: int) -> int:
    """Write its files into a new folder; their bytes together."""
    folder.mkdir()
    for number in range(capture.files):
        (_har if capture.kind == "HAR" else _lines)(folder / f"capture-{number:03}", capture, seed)
    return sum(each.stat().st_size for each in folder.iterdir())


def _har(path: Path, capture: Capture, seed: int) -> None:
    with closing(Archive(path, har=True, flows=False, most_bytes=1 << 40)) as archive:
        for _, passage in _interleaved(capture, seed):
            archive.keep(passage, (), Action.PASS)
    (path / "capture.har").rename(path.with_suffix(".har"))
    for each in path.iterdir():
        each.unlink()
    path.rmdir()


def _lines(path: Path, capture: Capture, seed: int) -> None:
    with path.with_suffix(".jsonl").open("wb") as out:
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
