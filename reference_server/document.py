"""A strategy as the document of the wire (ENGINE.md 1.1 to 1.3); members in the order of the reference's examples.

`render` makes the whole document. `Pages` makes the bytes of an answer, and renders only what has changed since the
last one: strategies, phases, stages and steps are frozen, so what is the same object is the same text
(docs/adr/0009-cached-bytes.md).
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Any

import msgspec

from reference_server.engine.model import Phase, Stage, Step, Strategy
from reference_server.engine.timing import completion_percentage, finished_steps
from reference_server.engine.words import PhaseName

Document = dict[str, Any]
Stamp = Callable[[float], str]
"""How a moment is written, for example `clock.VirtualClock().stamp`."""


def render(strategy: Strategy, *, named: bool, stamp: Stamp) -> Document:
    """The strategy object of an answer; `named` says whether this release writes the member `name` for this kind."""
    return _strategy(strategy, {phase.name: _whole_phase(phase, stamp) for phase in _phases(strategy)}, named=named)


# Bytes, rendered once -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fragment:
    """One stage as it was last written, with a digest of that; `finished` counts its finished steps."""

    stage: Stage
    text: msgspec.Raw
    digest: bytes
    finished: int


type _Fragments = Mapping[PhaseName, tuple[_Fragment, ...]]


@dataclass(frozen=True)
class Page:
    """The answer `{"strategy": {...}}` of one frozen strategy; `outline` is all of it that is not in the fragments."""

    strategy: Strategy
    body: bytes
    outline: bytes
    fragments: _Fragments

    @cached_property
    def etag(self) -> str:
        """A strong validator, without quotes: the same for the same body, another for another one.

        It is a digest of the outline, which says how many stages there are, and of the digests of the stages.
        """
        digests = (fragment.digest for fragments in self.fragments.values() for fragment in fragments)
        return hashlib.sha256(self.outline + b"".join(digests)).hexdigest()[:32]


class Pages:
    """Makes pages, and keeps the last one; its memory is that of one strategy, however many there were.

    May be used by several threads: a page is never changed, and the last one is replaced as a whole.
    """

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._last: Page | None = None

    def page(self, strategy: Strategy, *, named: bool) -> Page:
        """The page of this strategy; `named` as for `render`."""
        last = self._last
        if last is not None and last.strategy is strategy:
            return last
        known = last.fragments if last is not None else {}
        try:
            page = self._page(strategy, known, named=named)
        except UnicodeEncodeError:  # half of a surrogate pair in a name: JSON can escape it, UTF-8 cannot write it
            whole = render(strategy, named=named, stamp=self._stamp)
            body = json.dumps({"strategy": whole}).encode()
            page = Page(strategy, body, body, {})
        self._last = page
        return page

    def _page(self, strategy: Strategy, known: _Fragments, *, named: bool) -> Page:
        phases = _phases(strategy)
        fragments = {phase.name: self._fragments(phase.stages, known.get(phase.name, ())) for phase in phases}
        filled = {phase.name: self._phase(phase, fragments[phase.name]) for phase in phases}
        bare = {name: document | {"stages": []} for name, document in filled.items()}
        body, outline = (
            msgspec.json.encode({"strategy": _strategy(strategy, documents, named=named)})
            for documents in (filled, bare)
        )
        return Page(strategy, body, outline, fragments)

    def _fragments(self, stages: tuple[Stage, ...], known: tuple[_Fragment, ...]) -> tuple[_Fragment, ...]:
        """The fragments of a phase: the known one of each place, if it is of the same stage, else a new one."""
        pairs = enumerate(zip_longest(known[: len(stages)], stages))
        return tuple(
            [
                kept if kept is not None and kept.stage is stage else self._fragment(index, stage)
                for index, (kept, stage) in pairs
            ]
        )

    def _fragment(self, index: int, stage: Stage) -> _Fragment:
        text = msgspec.json.encode(_stage(index, stage, self._stamp))
        return _Fragment(stage, msgspec.Raw(text), hashlib.sha256(text).digest(), finished_steps(stage))

    def _phase(self, phase: Phase, fragments: tuple[_Fragment, ...]) -> Document:
        percentage = completion_percentage(phase, sum(fragment.finished for fragment in fragments))
        return _phase(phase, [fragment.text for fragment in fragments], percentage, self._stamp)


# The members ----------------------------------------------------------------------------------------------------------


def _phases(strategy: Strategy) -> tuple[Phase, Phase, Phase]:
    return strategy.build, strategy.apply, strategy.abort


def _strategy(strategy: Strategy, phases: Mapping[PhaseName, Document], *, named: bool) -> Document:
    request = strategy.request
    name: Document = {"name": str(strategy.kind)} if named else {}
    current = phases.get(strategy.current_phase)
    return {
        "uuid": strategy.uuid,
        **name,
        "controller-apply-type": str(request.controller_apply_type),
        "storage-apply-type": str(request.storage_apply_type),
        "swift-apply-type": str(request.swift_apply_type),
        "worker-apply-type": str(request.worker_apply_type),
        "max-parallel-worker-hosts": request.max_parallel_worker_hosts,
        "default-instance-action": str(request.default_instance_action),
        "alarm-restrictions": str(request.alarm_restrictions),
        "state": str(strategy.state),
        "current-phase": str(strategy.current_phase),
        "current-phase-completion-percentage": 0 if current is None else current["completion-percentage"],
        "build-phase": phases[PhaseName.BUILD],
        "apply-phase": phases[PhaseName.APPLY],
        "abort-phase": phases[PhaseName.ABORT],
    }


def _whole_phase(phase: Phase, stamp: Stamp) -> Document:
    stages = [_stage(index, stage, stamp) for index, stage in enumerate(phase.stages)]
    return _phase(phase, stages, completion_percentage(phase), stamp)


def _phase(phase: Phase, stages: list[Document] | list[msgspec.Raw], percentage: int, stamp: Stamp) -> Document:
    return {
        "phase-name": str(phase.name),
        "timeout": phase.timeout,
        "total-stages": len(phase.stages),
        "current-stage": phase.current_stage,
        "stop-at-stage": phase.stop_at_stage,
        "stages": stages,
        "inprogress": phase.inprogress,
        "completion-percentage": percentage,
        "result": str(phase.result),
        "reason": phase.reason,
        "start-date-time": _moment(phase.started, stamp),
        "end-date-time": _moment(phase.ended, stamp),
    }


def _stage(index: int, stage: Stage, stamp: Stamp) -> Document:
    return {
        "stage-id": index,
        "stage-name": str(stage.name),
        "timeout": stage.timeout,
        "total-steps": len(stage.steps),
        "current-step": stage.current_step,
        "steps": [_step(number, step, stamp) for number, step in enumerate(stage.steps)],
        "inprogress": stage.inprogress,
        "result": str(stage.result),
        "reason": stage.reason,
        "start-date-time": _moment(stage.started, stamp),
        "end-date-time": _moment(stage.ended, stamp),
    }


def _step(index: int, step: Step, stamp: Stamp) -> Document:
    return {
        "step-id": index,
        "step-name": str(step.name),
        "timeout": step.timeout,
        "entity-type": str(step.entity_type),
        "entity-uuids": list(step.entity_uuids),
        "entity-names": list(step.entity_names),
        "result": str(step.result),
        "reason": step.reason,
        "start-date-time": _moment(step.started, stamp),
        "end-date-time": _moment(step.ended, stamp),
    }


def _moment(moment: float | None, stamp: Stamp) -> str:
    return "" if moment is None else stamp(moment)
