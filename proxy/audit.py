"""Judges one recording, as the live gateway would have judged it: the same `Watch`, one for each deployment.

Memory is that of the deployments that are open at a time and of the exchanges whose turn has not come yet, however
long a recording is.
"""

import gc
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Final

from conformance.exchange import Exchange
from proxy.archive.cleaning import Cleaning
from proxy.audited import Audited
from proxy.explained import Explained, explained
from proxy.order import is_change
from proxy.recordings.reading import items_of
from proxy.recordings.recorded import Damage, Item, Recorded, Skipped
from proxy.recordings.sequence import Sequence as Turns
from proxy.telling.coverage import Coverage
from proxy.telling.timelines import Timelines
from proxy.traffic import Noticed, Passage
from proxy.watch import Watch
from reports.model import Level
from spec.contract import Contract
from spec.load import load_contract, load_law

MOST_DEPLOYMENTS: Final = 64
"""Deployments and sessions that are followed at a time; the one that was quiet for longest is closed first."""

_MOST_YOUNG: Final = 100_000  # objects that are made until the collector looks
_MOST_HELD: Final = 256  # exchanges of a site of which nobody knows yet whether it is a VIM
_MOST_CLOSED: Final = 100_000  # histories that were closed early and are remembered, so that it is told
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


type History = tuple[str, str]
"""One deployment, by its site, and one session of it."""

type Heard = Callable[[Passage, tuple[Noticed, ...]], tuple[tuple[Noticed, ...], str]]
type Goes = Callable[[int, int], bool]
type Passing = Callable[[Exchange], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Some histories of a recording, each with the place of its last exchange among the items, from 1.

    `leads`: it also counts what belongs to no history, such as damage. `foreign` are exchanges with sites that are no
    VIM, which are in none of the histories and counted already.
    """

    ends: Mapping[History, int]
    leads: bool = True
    foreign: int = 0


class Unkept:
    """Hears what nobody keeps, and gives it without secrets; `secrets` are those that were met."""

    def __init__(self) -> None:
        self._cleaning = Cleaning()

    @property
    def secrets(self) -> frozenset[str]:
        """Values that must not be told."""
        return self._cleaning.known

    def learn(self, exchange: Exchange) -> None:
        """Remember the secrets of an exchange that others judge."""
        self._cleaning.learn(exchange)

    def __call__(self, passage: Passage, noticed: tuple[Noticed, ...]) -> tuple[tuple[Noticed, ...], str]:
        """What was noticed, without secrets; it is kept nowhere."""
        self._cleaning.learn(passage.exchange)
        return tuple(map(self._cleaning.finding, noticed)), ""


def audit(  # noqa: PLR0913 - of what, how, and who is told
    files: Path | Sequence[Path],
    terms: Terms,
    *,
    heard: Heard | None = None,
    passing: Passing | None = None,
    part: Part | None = None,
    goes: Goes = lambda _done, _n: True,
) -> Audited:
    """Judge a recording, one file or several in the order of time; never raises because of what it holds.

    Every passage is told to `heard`, with what was noticed; it gives that without secrets, and where it is kept, or
    nothing. None: it is kept nowhere. Of a `part` only its histories are judged, and the others told to `passing`.
    `goes` is told now and then how many bytes of the files and how many exchanges are done; when it says no, the rest
    is left.
    """
    unkept = Unkept()
    auditor = Auditor(terms, heard or unkept, part, passing or (unkept.learn if heard is None else None))
    audited = auditor.audited
    with _seldom_tidied():
        for kind, item, done in items_of(files):
            audited.kind = audited.kind or kind
            if item is not None:
                auditor.take(item)
            if not goes(done, audited.exchanges):
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


class Auditor:
    """Takes in the items of one recording; `audited` is what came of them so far, of its `part` or of everything."""

    def __init__(self, terms: Terms, heard: Heard, part: Part | None = None, passing: Passing | None = None) -> None:
        self.audited = Audited()
        self._terms = terms
        self._heard = heard
        self._part = part
        self._passing = passing
        self._taken = 0
        self._contract = load_contract(terms.release)
        self._coverage = Coverage(self._contract, load_law(terms.release))
        self._timelines = Timelines(self._contract)
        self._deployments: OrderedDict[History, _Deployment] = OrderedDict()
        self._closed: set[History] = set()

    def take(self, item: Item) -> None:
        """Take in the next item."""
        self._taken += 1
        leads = self._part is None or self._part.leads
        if isinstance(item, Skipped):
            self.audited.skipped.update([item.what] if leads else [])
        elif isinstance(item, Damage):
            self._take_damage(item, told=leads)
        else:
            self._take_recorded(item)

    def finish(self) -> None:
        """There is nothing more to come."""
        while self._deployments:
            self._close(next(iter(self._deployments)))
        if self._part is not None:
            self.audited.exchanges += self._part.foreign
            self.audited.foreign += self._part.foreign
        self.audited.coverage = self._coverage.to_json()
        self.audited.timelines = self._timelines.to_json()

    def _take_damage(self, damage: Damage, *, told: bool) -> None:
        """Tell of it; a change may have stood where nothing could be read, so nothing is known after it."""
        if told:
            self.audited.damage(damage)
        for deployment in self._deployments.values():
            self._see_all(deployment, deployment.turns.rest())
            deployment.forget()

    def _take_recorded(self, recorded: Recorded) -> None:
        key = (recorded.site, recorded.session)
        end = self._part.ends.get(key, 0) if self._part is not None else inf
        if end:
            self.audited.exchanges += 1
            self._take_exchange(key, recorded)
        elif self._passing is not None:
            self._passing(recorded.exchange)
        if end == self._taken:
            self._close(key)

    def _take_exchange(self, key: History, recorded: Recorded) -> None:
        deployment = self._deployments.get(key)
        if deployment is None:
            deployment = self._open(key, known=not recorded.site)
        self._deployments.move_to_end(key)
        if not deployment.known and not is_of_vim(recorded.exchange, self._contract):
            deployment.held.append(recorded)
            if len(deployment.held) > _MOST_HELD:
                deployment.held.pop(0)
                self.audited.foreign += 1
            return
        held, deployment.held, deployment.known = deployment.held, [], True
        for each in (*held, recorded):
            self._see_all(deployment, deployment.turns.take(each))

    def _open(self, key: History, *, known: bool) -> "_Deployment":
        if len(self._deployments) >= MOST_DEPLOYMENTS:
            quiet = next(iter(self._deployments))
            if len(self._closed) < _MOST_CLOSED:
                self._closed.add(quiet)
            self._close(quiet)
        self.audited.closed_early += key in self._closed
        self._closed.discard(key)
        self._deployments[key] = _Deployment(known=known)
        return self._deployments[key]

    def _close(self, key: History) -> None:
        deployment = self._deployments.pop(key)
        self.audited.foreign += len(deployment.held)
        self._see_all(deployment, deployment.turns.rest())
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
        audited.spans(at, at)
        if watch.crash:
            audited.crashes[watch.crash] += 1
        audited.resumed = audited.resumed or watch.resumed
        for note in watch.take_notes():
            audited.remark(note, at, passage.number)

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
    turns: Turns = field(default_factory=Turns)
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
