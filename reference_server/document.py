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
from types import MappingProxyType
from typing import Any

import msgspec

from reference_server.engine.model import Phase, Stage, Step, Strategy
from reference_server.engine.timing import completion_percentage, finished_steps
from reference_server.engine.words import Kind, PhaseName
from reference_server.wirerules import WireRules

Document = dict[str, Any]
Stamp = Callable[[float], str]
"""How a moment is written, for example `clock.VirtualClock().stamp`."""


@dataclass(frozen=True, slots=True)
class Form:
    """What the documents of a release have besides what all of them have, and how it spells them (RELEASES.md 4).

    `named` are the kinds with a member `name`, `further` the further members by kind, each with the option that it
    shows; `spellings` are other words for members and names of stages.
    """

    named: frozenset[Kind] = frozenset(Kind)
    response: bool = False
    further: Mapping[Kind, Mapping[str, str]] = MappingProxyType({})
    spellings: Mapping[str, str] = MappingProxyType({})

    def spelled(self, name: str) -> str:
        """The name as this release writes it."""
        return self.spellings.get(name, name)


def form_of(wire: WireRules) -> Form:
    """The form of a release."""
    return Form(frozenset(wire.named_kinds), wire.phase_response, wire.strategy_members, wire.spellings)


def render(strategy: Strategy, *, form: Form, stamp: Stamp) -> Document:
    """The strategy object of an answer in the form of a release."""
    return _strategy(strategy, {phase.name: _whole_phase(phase, form, stamp) for phase in _phases(strategy)}, form)


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

    def __init__(self, form: Form, stamp: Stamp) -> None:
        self._form = form
        self._stamp = stamp
        self._last: Page | None = None

    def page(self, strategy: Strategy) -> Page:
        """The page of this strategy."""
        last = self._last
        if last is not None and last.strategy is strategy:
            return last
        known = last.fragments if last is not None else {}
        try:
            page = self._page(strategy, known)
        except UnicodeEncodeError:  # half of a surrogate pair in a name: JSON can escape it, UTF-8 cannot write it
            whole = render(strategy, form=self._form, stamp=self._stamp)
            body = json.dumps({"strategy": whole}).encode()
            page = Page(strategy, body, body, {})
        self._last = page
        return page

    def _page(self, strategy: Strategy, known: _Fragments) -> Page:
        phases = _phases(strategy)
        fragments = {phase.name: self._fragments(phase.stages, known.get(phase.name, ())) for phase in phases}
        filled = {phase.name: self._phase(phase, fragments[phase.name]) for phase in phases}
        bare = {name: document | {"stages": []} for name, document in filled.items()}
        body, outline = (
            msgspec.json.encode({"strategy": _strategy(strategy, documents, self._form)})
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
        text = msgspec.json.encode(_stage(index, stage, self._form, self._stamp))
        return _Fragment(stage, msgspec.Raw(text), hashlib.sha256(text).digest(), finished_steps(stage))

    def _phase(self, phase: Phase, fragments: tuple[_Fragment, ...]) -> Document:
        percentage = completion_percentage(phase, sum(fragment.finished for fragment in fragments))
        texts = [fragment.text for fragment in fragments]
        return _phase(phase, texts, percentage, self._form, self._stamp)


# The members ----------------------------------------------------------------------------------------------------------


def _phases(strategy: Strategy) -> tuple[Phase, Phase, Phase]:
    return strategy.build, strategy.apply, strategy.abort


def _strategy(strategy: Strategy, phases: Mapping[PhaseName, Document], form: Form) -> Document:
    request = strategy.request
    name: Document = {"name": str(strategy.kind)} if strategy.kind in form.named else {}
    current = phases.get(strategy.current_phase)
    members: Document = {
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
    for member, option in form.further.get(strategy.kind, {}).items():
        members[member] = request.option(option)
    return {form.spelled(member): value for member, value in members.items()} if form.spellings else members


def _whole_phase(phase: Phase, form: Form, stamp: Stamp) -> Document:
    stages = [_stage(index, stage, form, stamp) for index, stage in enumerate(phase.stages)]
    return _phase(phase, stages, completion_percentage(phase), form, stamp)


def _phase(
    phase: Phase, stages: list[Document] | list[msgspec.Raw], percentage: int, form: Form, stamp: Stamp
) -> Document:
    response: Document = {"response": ""} if form.response else {}
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
        **response,
        "start-date-time": _moment(phase.started, stamp),
        "end-date-time": _moment(phase.ended, stamp),
    }


def _stage(index: int, stage: Stage, form: Form, stamp: Stamp) -> Document:
    return {
        "stage-id": index,
        "stage-name": form.spelled(str(stage.name)),
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
