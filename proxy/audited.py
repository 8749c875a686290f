"""What came of a recording, or of some of its histories; parts of one recording add up to what it says as a whole.

Nothing of it depends on the order in which histories were judged: counts are sums, examples the earliest, and of what
is told up to a number those come first that have an order of their own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from proxy.recordings.recorded import Damage
from proxy.recordings.source import Kind
from proxy.telling.coverage import Coverage
from proxy.telling.noted import Noted
from proxy.telling.timelines import Timelines
from reports.redact import redact_text
from spec.load import load_contract, load_law

MOST_DAMAGES: Final = 100
_MOST_NOTES: Final = 20
_COUNTERS: Final = ("unjudged", "skipped", "crashes", "silent")
_SUMS: Final = ("exchanges", "judged", "foreign", "more_damages", "closed_early")
_PLAIN: Final = ("began", "ended", "resumed", "stopped")


@dataclass(slots=True)
class Audited:
    """What came of a recording.

    `judged` are exchanges whose answer was judged; `foreign` those with sites that are no VIM; `unjudged` and `skipped`
    count the others by what they are. `silent` counts, by number, deviations on which the document is silent. `crashes`
    count faults of the judge by kind. `began` and `ended` are seconds of Unix time, 0 where the recording does not say.
    `remarks` are what there is to be said beside findings, each with the time and number of the exchange. `stopped`:
    somebody wanted no more of it. `resumed`: it began with a strategy already there. `closed_early` counts histories
    that went on after too many others had been open beside them. `secrets` are values that were met, and must not be
    told.
    """

    kind: Kind | None = None
    exchanges: int = 0
    judged: int = 0
    foreign: int = 0
    began: float = 0.0
    ended: float = 0.0
    unjudged: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    noted: Noted = field(default_factory=Noted)
    damages: list[Damage] = field(default_factory=list)
    more_damages: int = 0
    remarks: dict[str, tuple[float, int]] = field(default_factory=dict)
    coverage: dict[str, Any] = field(default_factory=dict)
    timelines: dict[str, Any] = field(default_factory=dict)
    resumed: bool = False
    stopped: bool = False
    closed_early: int = 0
    secrets: frozenset[str] = frozenset()

    @property
    def incomplete(self) -> bool:
        """Something could not be read or judged, or nothing was there to be judged."""
        return bool(self.damages or self.crashes or self.stopped or not self.judged)

    @property
    def notes(self) -> list[str]:
        """The remarks, the earliest first."""
        return sorted(self.remarks, key=lambda text: (self.remarks[text], text))

    def remark(self, text: str, at: float, number: int) -> None:
        """Take down what is to be said beside findings; of many remarks the earliest are kept."""
        self.remarks[text] = min(self.remarks.get(text, (at, number)), (at, number))
        if len(self.remarks) > _MOST_NOTES:
            del self.remarks[self.notes[-1]]

    def damage(self, damage: Damage) -> None:
        """Take down what could not be read; what is beyond a number is counted."""
        if len(self.damages) < MOST_DAMAGES:
            self.damages.append(damage)
        else:
            self.more_damages += 1

    def spans(self, began: float, ended: float) -> None:
        """It covers that time as well, in seconds; 0 where that is not known."""
        if began:
            self.began = min(self.began or began, began)
        self.ended = max(self.ended, ended)

    def to_json(self) -> dict[str, Any]:
        """Everything but the secrets as a JSON value, which holds none of them."""
        value = {
            "kind": self.kind.value if self.kind is not None else None,
            **{name: getattr(self, name) for name in (*_SUMS, *_PLAIN)},
            **{name: dict(sorted(getattr(self, name).items())) for name in _COUNTERS},
            "noted": self.noted.to_json(),
            "damages": [[each.where, each.problem, each.ends] for each in self.damages],
            "remarks": [[text, *self.remarks[text]] for text in self.notes],
            "coverage": self.coverage,
            "timelines": self.timelines,
        }
        clean: dict[str, Any] = _without(self.secrets, value)
        return clean

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What `to_json` told."""
        made = cls(
            kind=Kind(value["kind"]) if value["kind"] is not None else None,
            noted=Noted.from_json(value["noted"]),
            damages=[Damage(*each) for each in value["damages"]],
            remarks={text: (at, number) for text, at, number in value["remarks"]},
            coverage=value["coverage"],
            timelines=value["timelines"],
        )
        for name in (*_SUMS, *_PLAIN):
            setattr(made, name, value[name])
        for name in _COUNTERS:
            setattr(made, name, Counter(value[name]))
        return made


def together(parts: Iterable[Audited], release: str) -> Audited:
    """The parts of one recording as one; `release` is that by which they were judged."""
    contract, law = load_contract(release), load_law(release)
    whole, coverage, timelines = Audited(), Coverage(contract, law), Timelines(contract)
    for part in parts:
        whole.kind = whole.kind or part.kind
        for name in _SUMS:
            setattr(whole, name, getattr(whole, name) + getattr(part, name))
        for name in _COUNTERS:
            getattr(whole, name).update(getattr(part, name))
        whole.spans(part.began, part.ended)
        whole.noted.merge(part.noted)
        for damage in part.damages:
            whole.damage(damage)
        for text, (at, number) in part.remarks.items():
            whole.remark(text, at, number)
        if part.coverage:
            coverage.merge(Coverage.from_json(part.coverage, contract, law))
        if part.timelines:
            timelines.merge(Timelines.from_json(part.timelines, contract))
        whole.resumed = whole.resumed or part.resumed
        whole.stopped = whole.stopped or part.stopped
        whole.secrets |= part.secrets
    whole.coverage, whole.timelines = coverage.to_json(), timelines.to_json()
    return whole


def _without(secrets: frozenset[str], value: Any) -> Any:
    """The JSON value with every text redacted."""
    if isinstance(value, str):
        return redact_text(value, secrets)
    if isinstance(value, Mapping):
        return {redact_text(str(name), secrets): _without(secrets, each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without(secrets, each) for each in value]
    return value
