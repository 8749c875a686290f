"""What a run would send and do, without sending anything: the scripted part is rehearsed on the reference server.

The rehearsal plays what the run would play, each part on a fresh fleet with work left to do, but without a reset in
between, as real deployments have none. So its figures are the most that the scripted part comes to on such a fleet.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from conformance.drivers.callers import play_callers
from conformance.drivers.changes import EVERY, Change, changes_around, changes_of
from conformance.drivers.conversation import Conversation, Leave
from conformance.drivers.inputs import play_inputs
from conformance.drivers.lifecycle import play, read_scenarios
from conformance.drivers.reads import play_methods, play_reads
from conformance.exchange import Exchange
from conformance.findings.edges import Edges
from conformance.findings.selection import Reach, reach_of
from conformance.generic import programmes
from conformance.histories.races import LENGTH, ROUNDS_IN_REAL_TIME
from conformance.model.explore import explore
from conformance.model.machine import Extent
from conformance.predictions.reference import reference_server
from conformance.roles import operations_with_bodies
from conformance.runs.options import Options
from conformance.targets.pace import VirtualPace
from conformance.targets.target import EMBEDDED, Target, check_text, shown
from spec.load import load_contract, load_law, load_ledger

MOST_COVERED: Final = 120
"""How many boundary cases the generator finds for one operation of the contract, at most."""

_AROUND: Final = 4  # requests that a generated one needs around it, at most
_LOOK_EVERY: Final = 5.0  # seconds: the longest step of a wait in real time
_AT_ONCE: Final = 10  # looks of a wait before its steps are that long
_CLOCK: Final = frozenset({"clock"})


@dataclass(slots=True)
class Part:
    """What one part of the run comes to: requests by method, accepted changes, seconds, and why it is left out."""

    name: str
    requests: Counter[str] = field(default_factory=Counter)
    done: Counter[Change] = field(default_factory=Counter)
    waits: int = 0
    seconds: float = 0.0
    reason: str | None = None


class _Silent:
    """Stands where the judge does: in a rehearsal nobody is judged."""

    def __init__(self) -> None:
        self.edges = Edges()

    def begin(self, *_: Any, **__: Any) -> None:
        """Nothing is followed."""

    judge = stir = begin


class _Rehearsal(Conversation):
    """A conversation that counts."""

    def __init__(self, target: Target, options: Options) -> None:
        self.part = Part("")
        self._waiting = False
        pace = VirtualPace(target.control) if target.control is not None else None
        leave = Leave(options.allowed)
        judge: Any = _Silent()
        super().__init__(
            target, judge, load_contract(options.release), "", changes=options.may_change, pace=pace, leave=leave
        )

    def send(self, method: str, path: str, *, body: bytes = b"", **parts: Any) -> Exchange:
        exchange = super().send(method, path, body=body, **parts)
        self.part.requests[method] += not self._waiting
        if exchange.succeeded:
            self.part.done.update(changes_of(self.contract, method, path, body))
        return exchange

    def wait(
        self, kind: str, holds: Callable[[dict[str, Any]], bool], *, closely: bool = True
    ) -> dict[str, Any] | None:
        self._waiting = True
        self.part.waits += 1
        try:
            return super().wait(kind, holds, closely=closely)
        finally:
            self._waiting = False

    def play(self, name: str, script: Callable[[Conversation], Any]) -> Part:
        """What one script comes to on a fresh fleet."""
        control = self.target.control
        if control is not None:
            control.reset()
        self.part, begun = Part(name), self.target.now()
        self.part.reason = script(self)
        self.part.seconds = self.target.now() - begun
        return self.part


def forecast(options: Options) -> str:
    """What a run with these options would do, as text for people; nothing is sent to the target. Raises TargetError."""
    check_text(options.target)
    return "\n".join(_lines(options, list(_parts(options))))


def _parts(options: Options) -> Iterator[Part]:
    with reference_server(options.release, EMBEDDED) as target:
        target.look_for_control(None)
        if target.control is not None and not options.target.startswith("wsgi:"):
            target.control.offers &= _CLOCK
        talk = _Rehearsal(target, options)
        yield talk.play("documents", play_reads)
        if target.has_token:
            yield talk.play("strangers", play_callers)
        if not options.may_change:
            return
        yield talk.play("methods", play_methods)
        if not _reach(options).takes_in({}, strategies=True):
            return
        for operation in operations_with_bodies(talk.contract):
            yield talk.play(
                f"bodies of {operation.operation_id}", partial(play_inputs, operation, load_ledger(options.release))
            )
        for scenario in read_scenarios(programmes=programmes(talk.contract, load_law(options.release))):
            yield talk.play(scenario.id, partial(play, scenario))
        if options.sequences:
            yield talk.play("drawn sequences", partial(_draw, options))


def _reach(options: Options) -> Reach:
    """What the run has to exercise: all of it, unless --only and --skip leave little."""
    ledger = load_ledger(options.release)
    return reach_of(options.wanted(ledger), ledger, load_contract(options.release))


def _draw(options: Options, talk: Conversation) -> None:
    """The sequences that a target without reset is tried with; one with reset is tried with more."""
    norm = load_law(options.release), load_ledger(options.release)
    explore(talk, *norm, Extent(options.seed * 1000, 1, options.moves), shrink=False)


def _lines(options: Options, parts: list[Part]) -> Iterator[str]:
    yield f"Dry run for {shown(options.target)}: nothing was sent to it, and nothing was changed."
    allowed = [change for change in Change if change in options.allowed]
    yield f"Changes      {', '.join(allowed) or 'none: only GET requests are sent'}"
    requests = sum((part.requests for part in parts), Counter[str]())
    by_method = ", ".join(f"{count} {method}" for method, count in sorted(requests.items()))
    yield f"Scripted     at most about {requests.total()} requests: {by_method}"
    seconds = sum(part.seconds for part in parts)
    looks = _looks(options, parts)
    yield f"Looks        about {looks} GET requests while strategies are waited for"
    generated = _generated(options)
    yield f"Generated    at most about {generated} requests (--fuzz-examples {options.examples})"
    drawn = _drawn(options)
    yield f"Drawn        at most about {drawn} requests in sequences and races"
    done = sum((part.done for part in parts), Counter[Change]())
    if allowed:
        told = ", ".join(f"{done[change]} x {change}" for change in allowed)
        yield f"Accepted     about {told}, and what generated and drawn requests lead to"
    yield f"Duration     {_duration(options, requests.total() + looks + generated + drawn, seconds)}"
    if options.shard is not None:
        yield f"Shard        {options.shard}: about 1/{options.shard.of} of all this"
    yield from _scenarios(parts)


def _looks(options: Options, parts: list[Part]) -> int:
    """Looks in real time: a few when something changes, and one every few seconds while nothing does."""
    every = max(_LOOK_EVERY, options.terms.poll_interval)
    return round(sum(part.waits * _AT_ONCE + part.seconds / every for part in parts))


def _generated(options: Options) -> int:
    if not options.examples:
        return 0
    contract = load_contract(options.release)
    reach = _reach(options)
    operations = [
        each
        for each in contract.operations
        if options.allowed.issuperset(changes_around(each))
        and reach.takes_in({"generated_operation": each.operation_id})
    ]
    around = _AROUND if options.may_change else 0
    chained = options.allowed == EVERY and reach.takes_in({}, strategies=True)
    chains = options.chain_groups * options.chains * options.steps if chained else 0
    return (len(operations) * (options.examples + MOST_COVERED) + chains) * (1 + around)


def _drawn(options: Options) -> int:
    """Moves of drawn sequences, and calls of races, with what brings the target to where they begin."""
    if options.allowed != EVERY or not _reach(options).takes_in({}, strategies=True):
        return 0
    calls = ROUNDS_IN_REAL_TIME * 2 * LENGTH * options.clients if options.clients > 1 else 0
    return (options.sequences * options.moves + calls) * (1 + _AROUND)


def _duration(options: Options, requests: int, seconds: float) -> str:
    """How long it takes, as far as can be said: at a budget, and with waits as long as those of the rehearsal."""
    per_minute = options.terms.requests_per_minute
    paced = (
        f", and at least {_spoken(requests / per_minute * 60)} at {per_minute:g} requests a minute"
        if per_minute
        else ""
    )
    ends = f"; ends after {_spoken(options.terms.deadline)} (--deadline)" if options.terms.deadline else ""
    ends += f"; ends after {most} requests (--most-requests)" if (most := options.terms.most_requests) else ""
    if not seconds:
        return f"seconds to minutes{paced}{ends}"
    return f"about {_spoken(seconds)} of waiting, with the pace of the reference server's fleet{paced}{ends}"


def _spoken(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _scenarios(parts: list[Part]) -> Iterator[str]:
    applied = [part for part in parts if part.done[Change.APPLY]]
    if applied:
        yield "Strategies that are applied, in whole or in part (on a fleet like the reference server's):"
    for part in applied:
        yield f"  {part.name}: {part.done[Change.APPLY]} x apply, about {_spoken(part.seconds)}"
    reasons = Counter(part.reason for part in parts if part.reason is not None and not part.requests)
    if reasons:
        yield "Scenarios that are left out:"
    for reason, count in reasons.most_common():
        yield f"  {count}: {reason}"
