"""What is told at the end of a watch, live or of recordings: a report of traffic, and its files in a folder."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final, Protocol

from proxy.telling.coverage import Coverage
from proxy.telling.noted import Noted
from proxy.telling.timelines import Timelines
from reports import traffic
from reports.model import Level
from reports.render import traffic as page
from reports.render import traffictext
from reports.stream import replace_file
from reports.traffic import Counted, TrafficReport, Watched
from spec.ledger import Ledger

FILES: Final = ("summary.json", "summary.txt", "summary.html")


class Sightings(Protocol):
    """What a watch has gathered; a `Watch` has it, and so has an audit that merged several."""

    @property
    def coverage(self) -> Coverage:
        """What of the contract was touched."""

    @property
    def timelines(self) -> Timelines:
        """The strategies that were seen."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the watch itself does not know: see `reports.traffic.Watched`."""

    release: str
    level: Level
    mode: str
    began: float
    ended: float
    exchanges: int
    judged: int
    upstream: str = ""
    sources: tuple[str, ...] = ()
    unchecked: Mapping[str, int] = field(default_factory=dict)
    faults: Mapping[str, int] = field(default_factory=dict)
    restarts: int = 0
    resumed: bool = False
    contract_digest: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def summary_of(watch: Sightings, noted: Noted, facts: Facts, ledger: Ledger) -> TrafficReport:
    """The report of everything that was seen; `ledger` is that of the release."""
    return TrafficReport(
        watched=Watched(
            upstream=facts.upstream,
            sources=facts.sources,
            release=facts.release,
            level=facts.level,
            mode=facts.mode,
            began=facts.began,
            ended=facts.ended,
            exchanges=facts.exchanges,
            judged=facts.judged,
            unchecked=_counted(facts.unchecked),
            faults=_counted(facts.faults),
            restarts=facts.restarts,
            blocked=_counted(noted.blocked),
            resumed=facts.resumed,
            contract_digest=facts.contract_digest,
            versions=facts.versions,
            notes=facts.notes,
        ),
        charges=noted.charges(ledger),
        timelines=watch.timelines.told(),
        forgotten=watch.timelines.forgotten(),
        coverage=watch.coverage.tables(),
    )


def write_summary(folder: Path | str, report: TrafficReport, secrets: Iterable[str] = (), *, old: int = 0) -> None:
    """Write the report as JSON, text and page, redacted, mode 600; the JSON comes last. Raises OSError.

    `secrets` are values that are taken out wherever they stand. So many `old` ones that are there are kept, the
    youngest as `summary.1.html` and so on.
    """
    clean = traffic.redacted(report, secrets)
    texts = (traffic.encode(clean), traffictext.render(clean), page.render(clean))
    _put_aside(Path(folder), old)
    for name, text in reversed(tuple(zip(FILES, texts, strict=True))):
        replace_file(Path(folder) / name, text)


def _put_aside(folder: Path, old: int) -> None:
    for stem, _, ending in (name.partition(".") for name in FILES):
        names = [f"{stem}.{ending}", *(f"{stem}.{age}.{ending}" for age in range(1, old + 1))]
        for younger, older in reversed(tuple(pairwise(names))):
            with suppress(FileNotFoundError):
                (folder / younger).replace(folder / older)


def _counted(counts: Mapping[str, int]) -> tuple[Counted, ...]:
    return tuple(Counted(word, times) for word, times in sorted(counts.items()) if times)
