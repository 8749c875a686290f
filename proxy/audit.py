"""Judges one recording, as the live gateway would have judged it: the same `Watch`, one for each deployment.

Memory is that of the deployments that are open at a time and of the exchanges whose turn has not come yet, however
long a recording is.
"""

import gc
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from conformance.exchange import Exchange
from proxy.archive.cleaning import Cleaning
from proxy.explained import Explained, explained
from proxy.order import is_change
from proxy.recordings.flowfile import read_flows
from proxy.recordings.har import read_har
from proxy.recordings.lines import read_lines
from proxy.recordings.recorded import Damage, Item, Recorded, Skipped
from proxy.recordings.sequence import Sequence
from proxy.recordings.source import Kind, Source
from proxy.telling.coverage import Coverage
from proxy.telling.noted import Noted
from proxy.telling.timelines import Timelines
from proxy.traffic import Noticed, Passage
from proxy.watch import Watch
from reports.model import Level
from spec.contract import Contract
from spec.load import load_contract, load_law

READERS: Final = {Kind.HAR: read_har, Kind.FLOWS: read_flows, Kind.LINES: read_lines}

MOST_DEPLOYMENTS: Final = 64
"""Deployments and sessions that are followed at a time; the one that was quiet for longest is closed first."""

_MOST_YOUNG: Final = 100_000  # objects that are made until the collector looks
_MOST_HELD: Final = 256  # exchanges of a site of which nobody knows yet whether it is a VIM
_MOST_DAMAGES: Final = 100
_MOST_NOTES: Final = 20
_TELLING: Final = 2  # segments of a path that is no other site's by chance; `/` and `/api` may be anybody's
_ROOT_NAME: Final = "nfv-vim"


@dataclass(frozen=True, slots=True)
class Terms:
    """How recordings are judged; `wanted` are the ids of requirements that count, None: all of them.

    `explained_by` is the release that the deployments are, whose deviations findings are told by; empty: `release`.
    """

    release: str = "published"
    level: Level = Level.ORCHESTRATION
    shared: bool = False
    wanted: frozenset[str] | None = None
    explained_by: str = ""


@dataclass(slots=True)
class Audited:
    """What came of a recording.

    `judged` are exchanges whose answer was judged; `foreign` those with sites that are no VIM; `unjudged` and `skipped`
    count the others by what they are. `silent` counts, by number, deviations on which the document is silent. `crashes`
    count faults of the judge by kind. `began` and `ended` are seconds of Unix time, 0 where the recording does not say.
    `stopped`: somebody wanted no more of it. `resumed`: it began with a strategy already there. `secrets` are values
    that were met, and must not be told.
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
    notes: list[str] = field(default_factory=list)
    coverage: dict[str, Any] = field(default_factory=dict)
    timelines: dict[str, Any] = field(default_factory=dict)
    resumed: bool = False
    stopped: bool = False
    secrets: frozenset[str] = frozenset()

    @property
    def incomplete(self) -> bool:
        """Something could not be read or judged, or nothing was there to be judged."""
        return bool(self.damages or self.crashes or self.stopped or not self.judged)


type Heard = Callable[[Passage, tuple[Noticed, ...]], tuple[tuple[Noticed, ...], str]]
type Goes = Callable[[int, int], bool]


class Unkept:
    """Hears what nobody keeps, and gives it without secrets; `secrets` are those that were met."""

    def __init__(self) -> None:
        self._cleaning = Cleaning()

    @property
    def secrets(self) -> frozenset[str]:
        """Values that must not be told."""
        return self._cleaning.known

    def __call__(self, passage: Passage, noticed: tuple[Noticed, ...]) -> tuple[tuple[Noticed, ...], str]:
        """What was noticed, without secrets; it is kept nowhere."""
        self._cleaning.learn(passage.exchange)
        return tuple(map(self._cleaning.finding, noticed)), ""


def audit(path: Path, terms: Terms, *, heard: Heard | None = None, goes: Goes = lambda _done, _n: True) -> Audited:
    """Judge the recording at `path`; never raises because of what it holds.

    Every passage is told to `heard`, with what was noticed; it gives that without secrets, and where it is kept, or
    nothing. None: it is kept nowhere. `goes` is told now and then how many bytes of the file and how many exchanges are
    done; when it says no, the rest is left.
    """
    unkept = Unkept()
    auditor = Auditor(terms, heard or unkept)
    audited = auditor.audited
    try:
        source = Source(path)
    except OSError as error:
        auditor.take(Damage("byte 0", f"cannot be read: {error.strerror or error}", ends=True))
        return audited
    with source, _seldom_tidied():
        audited.kind = source.kind()
        for item in items(source, audited.kind):
            auditor.take(item)
            if not goes(source.done, audited.exchanges):
                audited.stopped = True
                break
        auditor.finish()
    audited.secrets = unkept.secrets
    return audited


@contextmanager
def _seldom_tidied() -> Iterator[None]:
    """Let the collector look seldom: judging makes no rubbish that only it finds, and looking takes a tenth of it."""
    before = gc.get_threshold()
    gc.set_threshold(_MOST_YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def items(source: Source, kind: Kind | None) -> Iterator[Item]:
    """What the recording says, and at last what is wrong with its bytes."""
    stopped = False
    if kind in READERS:
        for item in READERS[kind](source):
            if isinstance(item, Damage) and item.ends:
                stopped = True
                yield Damage(item.where, source.problem or item.problem, ends=True)
            else:
                yield item
    elif kind is None and not source.problem:
        yield Damage("byte 0", "is no HAR, no flow file and no JSON lines of exchanges", ends=True)
    if source.problem and not stopped:
        yield Damage("after the last exchange", source.problem, ends=True)


class Auditor:
    """Takes in the items of one recording; `audited` is what came of them so far."""

    def __init__(self, terms: Terms, heard: Heard) -> None:
        self.audited = Audited()
        self._terms = terms
        self._heard = heard
        self._contract = load_contract(terms.release)
        self._coverage = Coverage(self._contract, load_law(terms.release))
        self._timelines = Timelines(self._contract)
        self._deployments: OrderedDict[tuple[str, str], _Deployment] = OrderedDict()

    def take(self, item: Item) -> None:
        """Take in the next item."""
        if isinstance(item, Skipped):
            self.audited.skipped[item.what] += 1
        elif isinstance(item, Damage):
            self._take_damage(item)
        else:
            self.audited.exchanges += 1
            self._take_exchange(item)

    def finish(self) -> None:
        """There is nothing more to come."""
        while self._deployments:
            self._close()
        self.audited.coverage = self._coverage.to_json()
        self.audited.timelines = self._timelines.to_json()

    def _take_damage(self, damage: Damage) -> None:
        """Tell of it; a change may have stood where nothing could be read, so nothing is known after it."""
        if len(self.audited.damages) < _MOST_DAMAGES:
            self.audited.damages.append(damage)
        else:
            self.audited.more_damages += 1
        for deployment in self._deployments.values():
            self._see_all(deployment, deployment.sequence.rest())
            deployment.forget()

    def _take_exchange(self, recorded: Recorded) -> None:
        key = (recorded.site, recorded.session)
        deployment = self._deployments.get(key)
        if deployment is None:
            if len(self._deployments) >= MOST_DEPLOYMENTS:
                self._close()
            deployment = self._deployments[key] = _Deployment(known=not recorded.site)
        self._deployments.move_to_end(key)
        if not deployment.known and not is_of_vim(recorded.exchange, self._contract):
            deployment.held.append(recorded)
            if len(deployment.held) > _MOST_HELD:
                deployment.held.pop(0)
                self.audited.foreign += 1
            return
        held, deployment.held, deployment.known = deployment.held, [], True
        for each in (*held, recorded):
            self._see_all(deployment, deployment.sequence.take(each))

    def _close(self) -> None:
        _, deployment = self._deployments.popitem(last=False)
        self.audited.foreign += len(deployment.held)
        self._see_all(deployment, deployment.sequence.rest())
        if deployment.judged:
            watch = deployment.watch(self._terms)
            self.audited.silent.update(deployment.silent)
            self._coverage.merge(watch.coverage)
            self._timelines.merge(watch.timelines)

    def _see_all(self, deployment: "_Deployment", turns: Iterator[tuple[Recorded, bool]]) -> None:
        for recorded, in_order in turns:
            self._see(deployment, recorded, in_order=in_order)

    def _see(self, deployment: "_Deployment", recorded: Recorded, *, in_order: bool) -> None:
        exchange, watch = recorded.exchange, deployment.watch(self._terms)
        if recorded.missing:
            self.audited.unjudged[recorded.missing] += 1
        if recorded.unasked:
            if is_change(exchange.method, exchange.query):
                deployment.forget()
            return
        passage = Passage(
            number=recorded.number,
            exchange=exchange,
            started=recorded.started,
            in_order=in_order and not recorded.alone,
            client=recorded.client,
            blocked=recorded.blocked,
            lost=bool(recorded.missing) and not recorded.blocked,
        )
        noticed = self._wanted(deployment.see(passage, self._terms))
        clean, reference = self._heard(passage, noticed)
        self.audited.noted.see(passage, clean, reference=reference)
        self._count(watch, passage)

    def _count(self, watch: Watch, passage: Passage) -> None:
        audited, at = self.audited, passage.exchange.at
        audited.judged += bool(passage.exchange.status)
        audited.ended = max(audited.ended, at)
        audited.began = min(audited.began or at, at)
        if watch.crash:
            audited.crashes[watch.crash] += 1
        audited.resumed = audited.resumed or watch.resumed
        for note in watch.take_notes():
            if len(audited.notes) < _MOST_NOTES and note not in audited.notes:
                audited.notes.append(note)

    def _wanted(self, noticed: tuple[Noticed, ...]) -> tuple[Noticed, ...]:
        wanted = self._terms.wanted
        return noticed if wanted is None else tuple(each for each in noticed if each.finding.requirement in wanted)


def is_of_vim(exchange: Exchange, contract: Contract) -> bool:
    """Whether an exchange shows that its site is a VIM: a path that nobody else has, or its name in the root."""
    if not contract.methods(exchange.path):
        return False
    if len(exchange.path.strip("/").split("/")) >= _TELLING:
        return True
    root = exchange.response_json
    return isinstance(root, dict) and root.get("name") == _ROOT_NAME


@dataclass(slots=True)
class _Deployment:
    """One deployment, or one session of it; `held` are its exchanges while it is not `known` to be a VIM."""

    known: bool
    held: list[Recorded] = field(default_factory=list)
    sequence: Sequence = field(default_factory=Sequence)
    _watch: Watch | None = None
    _explained: Explained | None = None

    @property
    def judged(self) -> bool:
        """Something of it was judged."""
        return self._watch is not None

    @property
    def silent(self) -> Counter[str]:
        """Deviations that showed, and on which the document is silent, by number."""
        return self._explained.silent if self._explained is not None else Counter()

    def watch(self, terms: Terms) -> Watch:
        """Whoever follows it; nobody before its first exchange is judged."""
        if self._watch is None:
            self._watch = Watch(terms.release, terms.level, shared=terms.shared)
            self._explained = explained(terms.release, terms.explained_by, terms.level, shared=terms.shared)
        return self._watch

    def see(self, passage: Passage, terms: Terms) -> tuple[Noticed, ...]:
        """Take in the next exchange; what was noticed, with the deviations that it comes from."""
        noticed = self.watch(terms).see(passage)
        return noticed if self._explained is None else self._explained.see(passage, noticed)

    def forget(self) -> None:
        """Nothing is known of its strategies any more."""
        for each in (self._watch, self._explained):
            if each is not None:
                each.forget()
