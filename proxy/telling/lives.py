"""What is remembered of one strategy while it is followed, and how two memories of it are joined."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, compress, count
from operator import is_not
from typing import Final, NamedTuple

from conformance.strategy import Phase, Stage, Step, Strategy
from proxy.traffic import Noticed, Passage
from reports.model import Verdict
from reports.traffic import Act, Change, Mark, Part, Timeline

_STATES: Final = 100
_PARTS: Final = 1000  # phases and stages together, and as many steps
_ACTS: Final = 200
_MARKS: Final = 200
_CLIENTS: Final = 20
_HOSTS: Final = 20

type Place = tuple[str, int, int]
"""A phase, the place of a stage in it or -1, and of a step in that or -1."""


class _Shown(NamedTuple):
    """A part as a document shows it; see `reports.traffic.Part`."""

    part: str
    name: str
    result: str
    start: str
    finish: str
    running: bool
    hosts: tuple[str, ...]


@dataclass(slots=True)
class _Run:
    """A part that has begun, as it was last shown."""

    shown: _Shown
    begin: float
    before: bool
    end: float | None = None


class Life:
    """One strategy. Parts, requests and findings are kept up to a number, and counted beyond it."""

    def __init__(self, kind: str, uuid: str, at: float) -> None:
        self.kind = kind
        self.uuid = uuid
        self.ended = ""
        self._first = self._last = self._looked = at
        self._looks = 0
        self._fresh = True
        self._states: list[Change] = []
        self._runs: dict[Place, _Run] = {}
        self._phases: dict[str, Phase] = {}
        self._acts: list[Act] = []
        self._marks: dict[tuple[str, str], Mark] = {}
        self._clients: dict[str, None] = {}
        self._counted = [0, 0]
        self._left_out = 0

    def look(self, passage: Passage) -> None:
        """Somebody was shown the strategy."""
        self._looks += 1
        self._last = max(self._last, passage.exchange.at)
        if passage.client and len(self._clients) < _CLIENTS:
            self._clients.setdefault(passage.client)

    def show(self, passage: Passage, strategy: Strategy, *, born: bool) -> None:
        """The strategy as it was shown; what began and ended since the look before.

        `born`: this answers the request that made it, so nothing had begun before.
        """
        at = passage.exchange.at
        self._fresh = self._fresh and not born
        known = {change.state for change in self._states}
        if not self._states or (
            self._states[-1].state != strategy.state and (passage.in_order or strategy.state not in known)
        ):
            self._keep(self._states, Change(at, strategy.state), _STATES)
        for _, phase in strategy.phases():
            seen = self._phases.get(phase.name)
            if seen != phase and (passage.in_order or seen is None or phase.percentage >= seen.percentage):
                self._show_phase(phase, seen, at)
                self._phases[phase.name] = phase
        self._fresh = False
        self._looked = at

    def act(self, act: Act) -> None:
        """A request that asked for a change."""
        self._keep(self._acts, act, _ACTS)
        self._last = max(self._last, act.at)
        if act.client and len(self._clients) < _CLIENTS:
            self._clients.setdefault(act.client)

    def mark(self, at: float, noticed: Noticed, number: int) -> None:
        """A finding; of one requirement about one side there is one mark."""
        finding = noticed.finding
        key = finding.requirement, noticed.direction.value
        known = self._marks.get(key)
        if known is not None:
            word = max(Verdict.from_word(known.verdict), finding.verdict).word
            self._marks[key] = replace(known, last=max(known.last, at), times=known.times + 1, verdict=word)
        elif len(self._marks) < _MARKS:
            self._marks[key] = Mark(at, at, 1, *key, finding.verdict.word, number)
        else:
            self._left_out += 1

    def end(self, how: str, at: float) -> None:
        """It is there no more."""
        self.ended, self._last = how, max(self._last, at)
        self._phases.clear()

    def revive(self) -> None:
        """It is there again, against expectation."""
        self.ended = ""

    def told(self) -> Timeline:
        """Everything that is kept."""
        return Timeline(
            self.kind,
            self.uuid,
            self._first,
            self._last,
            self._looks,
            self.ended,
            tuple(self._states),
            tuple(_part(place, run) for place, run in sorted(self._runs.items(), key=_in_time)),
            tuple(self._acts),
            tuple(self._marks.values()),
            tuple(self._clients),
            self._left_out,
        )

    def _show_phase(self, phase: Phase, before: Phase | None, at: float) -> None:
        if phase.stages or phase.inprogress or phase.start:
            self._run("phase", (phase.name, -1, -1), phase, (), at)
        earlier = before.stages if before is not None else ()
        others = compress(count(), map(is_not, earlier, phase.stages))
        for index in chain(others, range(len(earlier), len(phase.stages))):
            seen, stage = earlier[index] if index < len(earlier) else None, phase.stages[index]
            if seen != stage:
                self._show_stage((phase.name, index, -1), stage, seen, at)

    def _show_stage(self, place: Place, stage: Stage, before: Stage | None, at: float) -> None:
        self._run("stage", place, stage, stage.steps, at)
        earlier = before.steps if before is not None else ()
        for number, step in enumerate(stage.steps):
            if number >= len(earlier) or earlier[number] != step:
                self._run("step", (*place[:2], number), step, (step,), at)

    def _run(self, part: str, place: Place, seen: Phase | Stage | Step, steps: tuple[Step, ...], at: float) -> None:
        """Begin, go on with or end a part; one that began and ended since the look before began at that look."""
        running, over = _is_running(seen), bool(seen.end)
        if not (seen.start or running or over):
            return
        run = self._runs.get(place)
        if run is None and self._counted[part == "step"] >= _PARTS:
            self._left_out += over  # a part ends once
            return
        shown = _Shown(part, seen.name, seen.result, seen.start, seen.end, running, _hosts(steps))
        if run is None:
            self._counted[part == "step"] += 1
            run = self._runs[place] = _Run(shown, self._looked if over else at, self._fresh)
        run.shown = shown
        if over and run.end is None:
            run.end = at

    def _keep[Row](self, rows: list[Row], row: Row, most: int) -> None:
        if len(rows) < most:
            rows.append(row)
        else:
            self._left_out += 1


def joined(first: Timeline, second: Timeline) -> Timeline:
    """What two watches saw of the same strategy, as one."""
    early, late = sorted((first, second), key=lambda each: (each.first, each.last))
    parts = {_place(part): part for part in early.parts}
    for part in late.parts:
        known = parts.get(_place(part))
        parts[_place(part)] = (
            part if known is None else replace(part, begin=min(known.begin, part.begin), before=known.before)
        )
    return Timeline(
        early.kind,
        early.uuid,
        early.first,
        max(early.last, late.last),
        early.looks + late.looks,
        late.ended,
        tuple(_changes([*early.states, *late.states])),
        tuple(sorted(parts.values(), key=lambda part: (part.begin, *_place(part)))),
        tuple(sorted([*early.acts, *late.acts], key=lambda act: act.at))[:_ACTS],
        tuple(_marks([*early.marks, *late.marks]))[:_MARKS],
        tuple(dict.fromkeys([*early.clients, *late.clients]))[:_CLIENTS],
        early.left_out + late.left_out,
    )


def _changes(changes: list[Change]) -> Iterator[Change]:
    """Without those that repeat the state before."""
    last = ""
    for change in sorted(changes, key=lambda each: each.at):
        if change.state != last:
            yield change
        last = change.state


def _marks(marks: list[Mark]) -> Iterator[Mark]:
    """One of each requirement and side, in the order of time."""
    found: dict[tuple[str, str], Mark] = {}
    for mark in sorted(marks, key=lambda each: each.at):
        key = mark.requirement, mark.direction
        known = found.get(key)
        last = (
            mark if known is None else replace(known, last=max(known.last, mark.last), times=known.times + mark.times)
        )
        found[key] = last
    yield from found.values()


def _place(part: Part) -> Place:
    return part.phase, part.stage, part.step


def _in_time(item: tuple[Place, _Run]) -> tuple[float, Place]:
    return item[1].begin, item[0]


def _part(place: Place, run: _Run) -> Part:
    shown, (phase, stage, step) = run.shown, place
    return Part(
        part=shown.part,
        phase=phase,
        stage=stage,
        step=step,
        name=shown.name,
        result=shown.result,
        begin=run.begin,
        end=run.end,
        before=run.before,
        start=shown.start,
        finish=shown.finish,
        hosts=shown.hosts,
    )


def _is_running(seen: Phase | Stage | Step) -> bool:
    return seen.result == "wait" if isinstance(seen, Step) else seen.inprogress


def _hosts(steps: Iterable[Step]) -> tuple[str, ...]:
    """The names of the hosts that the steps are about, each once."""
    names = dict.fromkeys(name for step in steps if step.entity_type == "hosts" for name in step.entity_names)
    return tuple(names)[:_HOSTS]
