"""All that a run came to as its tests told it, and the results that follow: at its end, and again from its evidence.

Everything in it can be stored; what is told by exchanges alone is in the evidence of each test.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Self

import msgspec

from conformance.evidence.recording import RecordingJudge
from conformance.findings.gallery import Gallery
from conformance.findings.tally import Tally
from conformance.judge import Judge
from conformance.runs.cleanup import Departure
from conformance.runs.collector import COUNT, DOUBT, EDGES, GALLERY, NOTES, TALLY, Collector
from conformance.runs.options import Options
from conformance.runs.outcome import SHOWN, Measured, measured, with_departure
from reports.redact import redact_finding, redact_text, redact_value

type Handed = Mapping[str, str]

# Options that say how a run was carried out, or on what, not what it judges.
_NOT_ASKED: Final = frozenset({"target", "workers", "terms", "finished", "evidence", "world", "tests"})


@dataclass(frozen=True)
class Account:
    """What a run was asked, what each test handed over, and what else became of it.

    `handed` is by node id; `reasons` say why tests were skipped, `faults` what went wrong in the harness, `broken` why
    the run ended early; `notes` were told before the suite. `departure` is how the target was left, `remedy` what to do
    when something was.
    """

    options: Options
    handed: Mapping[str, Handed] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    broken: str = ""
    notes: tuple[str, ...] = ()
    departure: Departure | None = None
    remedy: str = ""

    @classmethod
    def of(cls, options: Options, collector: Collector, broken: str, notes: tuple[str, ...]) -> Self:
        """What a collector has taken."""
        faults = {name: text[-SHOWN:] for name, text in collector.faults.items()}
        return cls(options, collector.handed, collector.reasons, faults, broken, notes)

    @property
    def measured(self) -> Measured:
        """What the run came to."""
        collector = Collector(lambda _: None, reasons=dict(self.reasons), faults=dict(self.faults))
        for nodeid, handed in self.handed.items():
            for what, value in handed.items():
                collector.take(nodeid, what, value)
        came = measured(self.options, collector, self.broken)
        came = replace(came, notes=(*self.notes, *came.notes))
        return with_departure(came, self.departure, self.remedy) if self.departure is not None else came

    def without(self, secrets: Iterable[str]) -> "Account":
        """The same without secrets."""
        known = frozenset(secrets)

        def clean(text: str) -> str:
            return redact_text(text, known)

        departure = self.departure and Departure(tuple(map(clean, self.departure.told)), clean(self.departure.left))
        return replace(
            self,
            handed={nodeid: clean_handed(handed, known) for nodeid, handed in self.handed.items()},
            reasons={nodeid: clean(text) for nodeid, text in self.reasons.items()},
            faults={nodeid: clean(text) for nodeid, text in self.faults.items()},
            broken=clean(self.broken),
            notes=tuple(map(clean, self.notes)),
            departure=departure,
            remedy=clean(self.remedy),
        )


def asked(options: Options) -> dict[str, Any]:
    """The options that decide what is judged, as JSON values."""
    told: dict[str, Any] = json.loads(options.to_json())
    return {name: value for name, value in told.items() if name not in _NOT_ASKED}


def options_of(told: Mapping[str, Any]) -> Options:
    """The options of such values. Raises ValueError when they are none."""
    known = {each.name for each in fields(Options)} - _NOT_ASKED
    if strange := told.keys() - known:
        raise ValueError(f"{min(strange)} is no option that decides what is judged")
    return msgspec.convert(dict(told), Options)


def handed_by(judge: Judge) -> dict[str, str]:
    """What a test hands over of its judge; of one that writes down what it is told, without the secrets in that."""
    parts = {TALLY: judge.tally.to_json(), GALLERY: judge.gallery.to_json(), EDGES: judge.edges.to_json()}
    told = {what: json.dumps(part) for what, part in parts.items()} | {COUNT: str(judge.judged)}
    if not isinstance(judge, RecordingJudge):
        return told
    doubt = {DOUBT: judge.doubt} if judge.doubt else {}
    return (clean_handed(told, judge.secrets) if judge.secrets else told) | doubt


def clean_handed(handed: Handed, known: frozenset[str]) -> dict[str, str]:
    """What a test handed over, without secrets."""
    return {what: _CLEAN.get(what, _clean_text)(value, known) for what, value in handed.items()}


def _as_it_is(value: str, _: frozenset[str]) -> str:
    return value


def _clean_tally(value: str, known: frozenset[str]) -> str:
    """Findings are redacted as they are made: only what a run knows beside is left to take out."""
    if not known:
        return value
    tally = Tally.from_json(json.loads(value))
    for row in tally.rows.values():
        row.findings = [redact_finding(each, known) for each in row.findings]
        row.by_chance = [redact_finding(each, known) for each in row.by_chance]
    return json.dumps(tally.to_json())


def _clean_gallery(value: str, known: frozenset[str]) -> str:
    gallery = Gallery.from_json(json.loads(value))
    gallery.pictures = {
        digest: replace(
            each, text=json.dumps(redact_value(json.loads(each.text), known)), origin=redact_text(each.origin, known)
        )
        for digest, each in gallery.pictures.items()
    }
    return json.dumps(gallery.to_json())


def _clean_notes(value: str, known: frozenset[str]) -> str:
    return json.dumps([redact_text(each, known) for each in json.loads(value)])


def _clean_text(value: str, known: frozenset[str]) -> str:
    return redact_text(value, known)


_CLEAN: Final = {TALLY: _clean_tally, GALLERY: _clean_gallery, NOTES: _clean_notes, EDGES: _as_it_is, COUNT: _as_it_is}
