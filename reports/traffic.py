"""What was seen of traffic, live or recorded, as frozen values: what was watched, what was found, strategies, coverage.

Times are seconds of Unix time. What is a text here may come from a client or a server: whoever writes or shows a
report redacts it first (`redacted`).
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

import jsonschema_rs
import msgspec

from reports.model import GraphEdge, Level, Strength
from reports.redact import redact_text, redact_url

FORMAT: Final = "vimgate-traffic"
VERSION: Final = 1


class TrafficReportError(Exception):
    """A report of traffic cannot be read; the text names the file and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A word and how often it was met; 0: not seen."""

    word: str
    times: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What was watched, by what and how.

    `upstream` is the URL of the service, or empty; `sources` are recordings that were read instead. `mode` is observe,
    annotate, enforce or audit. `unchecked` counts exchanges that nobody judged by reason, `faults` those of the judge
    by kind, `blocked` what was not let through by direction. `resumed`: the watch began with a strategy already there.
    """

    upstream: str
    sources: tuple[str, ...]
    release: str
    level: Level
    mode: str
    began: float
    ended: float
    exchanges: int
    judged: int
    unchecked: tuple[Counted, ...] = ()
    faults: tuple[Counted, ...] = ()
    restarts: int = 0
    blocked: tuple[Counted, ...] = ()
    resumed: bool = False
    contract_digest: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """Every finding of one requirement about one side: `direction` is request (a client) or response (the server).

    `uncertain` counts those that hold as the strategy was last seen, which may have moved on; `first` is when the first
    exchange of them ended and `number` that exchange's; `references` lead to the first of them in the findings log.
    Where recordings were judged, `recording` is the one that this exchange is of. The texts are those of the first
    finding. `clients` are addresses that sent such requests, or got such answers. `deviations` are those of a release
    that explain such findings, by number, with how many each; `explained` counts the findings that some do.
    """

    requirement: str
    direction: str
    verdict: str
    strength: Strength
    level: Level
    text: str
    source: str
    times: int
    uncertain: int
    blocked: int
    first: float
    last: float
    number: int
    message: str
    expected: str = ""
    actual: str = ""
    where: str = ""
    hint: str = ""
    references: tuple[str, ...] = ()
    clients: tuple[Counted, ...] = ()
    deviations: tuple[Counted, ...] = ()
    explained: int = 0
    recording: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A state in which a strategy was seen, and when for the first time after another one."""

    at: float
    state: str


@dataclass(frozen=True, slots=True)
class Part:
    """A phase, stage or step that ran, as far as it was seen.

    `part` is phase, stage or step; `phase` the phase that it belongs to; `stage` and `step` its place in it, from 0, or
    -1. `begin` and `end` are times of looks, so each is late by what lies between two looks; `end` is None while it
    runs. `before`: it had begun when it was first looked at. `start` and `finish` are the texts that the server gave.
    """

    part: str
    phase: str
    stage: int
    step: int
    name: str
    result: str
    begin: float
    end: float | None
    before: bool = False
    start: str = ""
    finish: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """A request that asked for a change: `asked` in the words of the contract, `status` 0 where no answer came."""

    at: float
    client: str
    asked: str
    status: int
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """What was found of one requirement on a strategy: when first and last, how often, and where first."""

    at: float
    last: float
    times: int
    requirement: str
    direction: str
    verdict: str
    number: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """One strategy from the first look to the last.

    `ended` is deleted, replaced, disappeared, or empty when it was still there; `left_out` counts parts, requests and
    findings beyond those that are kept.
    """

    kind: str
    uuid: str
    first: float
    last: float
    looks: int
    ended: str = ""
    states: tuple[Change, ...] = ()
    parts: tuple[Part, ...] = ()
    acts: tuple[Act, ...] = ()
    marks: tuple[Mark, ...] = ()
    clients: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Strategies that were seen and are not told of one by one, counted by kind, last state and end."""

    kind: str
    state: str
    ended: str
    times: int


@dataclass(frozen=True, slots=True)
class OperationCoverage:
    """One operation: requests, its documented statuses with how often each was seen, and other statuses that were."""

    operation: str
    method: str
    path: str
    requests: int
    statuses: tuple[Counted, ...]
    others: tuple[Counted, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberCoverage:
    """One member that holds one of a set of words, `side` request or answer: each word, and others that were seen."""

    side: str
    kind: str
    part: str
    member: str
    words: tuple[Counted, ...]
    others: tuple[Counted, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of the contract the traffic has touched; `strangers` are exchanges on no operation of the contract."""

    operations: tuple[OperationCoverage, ...] = ()
    members: tuple[MemberCoverage, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    strangers: int = 0


@dataclass(frozen=True, slots=True)
class TrafficReport:
    """Everything that is told of traffic."""

    watched: Watched
    charges: tuple[Charge, ...] = ()
    timelines: tuple[Timeline, ...] = ()
    forgotten: tuple[Forgotten, ...] = ()
    coverage: Coverage = Coverage()


def encode(report: TrafficReport) -> str:
    """The report as one JSON object on one line; the same report, the same bytes."""
    value = {"format": FORMAT, "version": VERSION} | asdict(report)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def decode(data: bytes, name: str) -> TrafficReport:
    """The report that `encode` wrote; `name` is that of the file. Raises TrafficReportError."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TrafficReportError(f"{name}: not JSON, or cut off: {error}; name a summary.json") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise TrafficReportError(f"{name}: no report of traffic; name a summary.json")
    if value.get("version") != VERSION:
        raise TrafficReportError(f"{name}: version {value.get('version')!r}; this program reads version {VERSION}")
    for wrong in _validator().iter_errors(value):
        where = "/".join(map(str, wrong.instance_path))
        raise TrafficReportError(f"{name}: damaged at /{where}: {wrong.message[:200]}")
    return msgspec.convert(value, TrafficReport)


def redacted(report: TrafficReport, secrets: Iterable[str] = ()) -> TrafficReport:
    """The report with every text that came from a client or a server redacted; twice gives the same as once.

    `secrets` are values that are taken out wherever they stand.
    """
    watched, known = report.watched, frozenset(secrets)
    clean: TrafficReport = _clean(report, known)
    return replace(
        clean,
        watched=replace(
            clean.watched,
            upstream=redact_url(watched.upstream, known),
            contract_digest=watched.contract_digest,
        ),
        charges=tuple(
            replace(shown, text=charge.text, source=charge.source)  # the ledger's own words
            for shown, charge in zip(clean.charges, report.charges, strict=True)
        ),
    )


def _clean(value: Any, known: frozenset[str]) -> Any:
    """Every text in a value of this file, field by field; words of our own have nothing that would be taken out."""
    if isinstance(value, str):
        return value if type(value) is not str else _text(value, known)
    if isinstance(value, tuple):
        return tuple(_clean(each, known) for each in value)
    if hasattr(value, "__dataclass_fields__"):
        changed = {name: _clean(getattr(value, name), known) for name in value.__dataclass_fields__}
        return type(value)(**changed)
    return value


@lru_cache(maxsize=4096)
def _text(text: str, known: frozenset[str]) -> str:
    return redact_text(text, known)


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    schema = json.loads((files("reports") / "traffic.schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.Draft202012Validator(schema)
