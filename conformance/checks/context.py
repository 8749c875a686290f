"""What a check is given beside the exchange, and what it yields."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import compress, count
from operator import is_not
from typing import Any, Final, NamedTuple

from conformance.exchange import NO_JSON, Exchange
from conformance.known import Known, Presence, Role, Slot, Wish, role_of, wish_of
from conformance.predictions.prediction import Compared
from conformance.reading import Reading
from conformance.shape import counts_with_fractions
from conformance.strategy import Phase, Placed, Stage, Step, Strategy, steps_of
from spec.contract import Contract, Operation, SchemaError
from spec.law import Law

ANY_ROLE: Final[frozenset[Role | None]] = frozenset({*Role, None})
_BUILD_FAILED: Final = "build-failed"
_INITIAL: Final = "initial"
_BUILD: Final = "build"
_SHOWN: Final = 160


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a request itself, said to whoever sent it and true whatever the server answers.

    `where` is a JSON pointer into its body, or `body`, `method`, `path` or the name of a header.
    """

    message: str
    expected: str = ""
    actual: str = ""
    where: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way in which an exchange is not as it must be; `where` is a JSON pointer, or a header or status in words.

    `flaw` is what is wrong with the request, where the server is to blame for not having refused it. `usual`: a defect
    of every deployment of the release, at worst a warning.
    """

    message: str
    expected: str = ""
    actual: str = ""
    where: str = ""
    hint: str = ""
    flaw: Flaw | None = None
    usual: bool = False


class Twins(NamedTuple):
    """The same parts of two documents, each with its place, as it was and as it is; what only one has is left out."""

    phases: Sequence[tuple[str, Phase, Phase]]
    stages: Sequence[tuple[str, Stage, Stage]]
    steps: Sequence[tuple[str, Step, Step]]


def _twins(before: Strategy, now: Strategy) -> Twins:
    pairs = zip(before.phases(), now.phases(), strict=True)
    phases = [(where, old, new) for (where, old), (_, new) in pairs if old is not new]
    stages = [
        (f"{where}/stages/{index}", one, other)
        for where, old, new in phases
        for index, (one, other) in _others(old.stages, new.stages)
    ]
    steps = [
        (f"{where}/steps/{index}", one, other)
        for where, old, new in stages
        for index, (one, other) in _others(old.steps, new.steps)
    ]
    return Twins(phases, stages, steps)


def _others[Part](old: Sequence[Part], new: Sequence[Part]) -> Iterator[tuple[int, tuple[Part, Part]]]:
    """The parts that are not the same objects in both, with their indices."""
    return ((at, (old[at], new[at])) for at in compress(count(), map(is_not, old, new)))


@dataclass(frozen=True)
class Context:
    """The exchange in its surroundings.

    `operation` is the documented operation of method and path, if there is one; `strategy` the document of the
    answer, if it has one of the right shape; `known` what the history showed before this exchange. `still` says that
    the clock of the target does not move by itself, so that nothing changes between two exchanges of the same `at`.
    `compared` is the strategy beside its prediction, where there is one and the moment has come. `reading` is how the
    document was read, where that is known.
    """

    exchange: Exchange
    contract: Contract
    law: Law
    operation: Operation | None = None
    strategy: Strategy | None = None
    known: Known = field(default_factory=Known)
    still: bool = False
    compared: Compared | None = None
    reading: Reading | None = None

    def is_of(self, *operations: str) -> bool:
        """The exchange addresses one of these operations (operationIds)."""
        return self.operation is not None and self.operation.operation_id in operations

    @property
    def kind(self) -> str:
        """The kind that the path addresses; empty for everything but strategies."""
        return (self.operation.kind or "") if self.operation else ""

    @property
    def state(self) -> str:
        """The state of the strategy that the answer shows, else of the one before; empty without one that is lawful."""
        shown = self.strategy or self.before
        return shown.state if shown is not None and shown.state in self.law.states else ""

    def of_workers(self, member: str) -> str:
        """A member about workers by the name that it has under the release: workers were computes once."""
        return member if member in self.law.progress.fixed["strategy"] else member.replace("worker-", "compute-")

    @cached_property
    def stillborn(self) -> bool:
        """The strategy failed before its build began, as those of some kinds may: nothing was planned, no time passed.

        Which phase it shows then differs between kinds and releases.
        """
        shown = self.strategy
        if shown is None or self.kind not in self.law.stillborn:
            return False
        if shown.state != _BUILD_FAILED or shown.build.stages:
            return False
        return shown.current_phase == _INITIAL or (shown.current_phase == _BUILD and not shown.build.start)

    @cached_property
    def role(self) -> Role | None:
        """What the operation does to a strategy."""
        return role_of(self.operation)

    @cached_property
    def wish(self) -> Wish | None:
        """What the request asks for."""
        return wish_of(self.exchange, self.role, self.law.null_stage)

    @cached_property
    def slot(self) -> Slot:
        """What was known of the strategy that the path addresses."""
        return self.known.slot(self.kind)

    @cached_property
    def before(self) -> Strategy | None:
        """The last document of the strategy that the path addresses, if it is still there as far as is known."""
        return self.slot.seen if self.slot.presence is Presence.PRESENT else None

    @cached_property
    def pair(self) -> tuple[Strategy, Strategy] | None:
        """The last document and this one, when both are of the same strategy and an answer shows what is there."""
        before, now, exchange = self.before, self.strategy, self.exchange
        if before is None or now is None or before.uuid != now.uuid or not exchange.succeeded:
            return None
        return (before, now) if self.role in (Role.READ, Role.ACT) else None

    @property
    def keeps_frame(self) -> bool:
        """The document was read as one that has the frame of the last one (`conformance.reading`)."""
        base = self.reading.base if self.reading is not None else None
        return base is not None and base.strategy is self.before

    @property
    def keeps_plan(self) -> bool:
        """And nothing that is planned is another: phases, stages and steps by name, timeout and entities."""
        return self.keeps_frame and self.reading is not None and not self.reading.replans

    @cached_property
    def twins(self) -> Twins:
        """The same parts of both documents of the pair, but for those that are the same objects."""
        return _twins(*self.pair) if self.pair is not None else Twins((), (), ())

    @cached_property
    def moved(self) -> bool:
        """The strategy may have moved on since the last document: time has passed, or work was due.

        The answer to a create or an action is rendered before what it set off is done (ENGINE.md 2.7), so on a clock
        that stands still only a read shows where the strategy stays.
        """
        return not self.still or self.exchange.at != self.slot.at or self.slot.role is not Role.READ

    @cached_property
    def fresh_phases(self) -> tuple[tuple[str, Phase], ...]:
        """The phases that a rule about single phases has to look at, with their places; see `fresh_stages`."""
        if self.reading is not None and self.reading.fresh is not None:
            return self.reading.fresh.phases
        return tuple(self.strategy.phases()) if self.strategy is not None else ()

    @cached_property
    def fresh_stages(self) -> tuple[Placed, ...]:
        """The stages that a rule about single stages has to look at: those that were not found in order before.

        A rule may look at these alone when nothing but the stage, its place, the state, the current phase and the
        members that never change decide. So it is with phases and steps.
        """
        if self.reading is not None and self.reading.fresh is not None:
            return self.reading.fresh.stages
        return tuple(self.strategy.stages()) if self.strategy is not None else ()

    @cached_property
    def fresh_steps(self) -> tuple[tuple[str, Stage, Step], ...]:
        """The steps that a rule about single steps has to look at, with their places; see `fresh_stages`."""
        if self.reading is not None and self.reading.fresh is not None:
            return self.reading.fresh.steps
        return self.steps_of_fresh_stages

    @cached_property
    def steps_of_fresh_stages(self) -> tuple[tuple[str, Stage, Step], ...]:
        """All steps of the fresh stages, with their places."""
        return tuple(steps_of(self.fresh_stages))

    @cached_property
    def fresh_parts(self) -> list[tuple[str, Phase | Stage | Step]]:
        """The fresh phases, stages and steps, in this order, with their places."""
        parts: list[tuple[str, Phase | Stage | Step]] = [*self.fresh_phases]
        parts += [(where, stage) for where, _, _, stage in self.fresh_stages]
        parts += [(where, step) for where, _, step in self.fresh_steps]
        return parts

    @cached_property
    def fresh_of_apply(self) -> list[tuple[int, Stage]]:
        """The fresh stages of the apply phase, with their indices."""
        apply = self.strategy.apply if self.strategy is not None else None
        return [(index, stage) for _, phase, index, stage in self.fresh_stages if phase is apply]

    @cached_property
    def settled_stages(self) -> tuple[Stage, ...]:
        """All the other stages."""
        if self.strategy is None or self.reading is None or self.reading.fresh is None:
            return ()
        fresh = {placed.where for placed in self.reading.fresh.stages}
        return tuple(placed.stage for placed in self.strategy.stages() if placed.where not in fresh)

    @cached_property
    def body_errors(self) -> list[SchemaError]:
        """Where the request body breaks the contract; a body that is no JSON is not looked at here."""
        if self.operation is None or self.operation.body == "none" or self.exchange.request_json is NO_JSON:
            return []
        return list(self.contract.body_errors(self.operation.operation_id, self.exchange.request_json))

    @cached_property
    def answer_errors(self) -> list[SchemaError]:
        """Where the answer breaks the schema of its status; an answer that is no JSON is not looked at here."""
        if self.operation is None or self.exchange.response_json is NO_JSON:
            return []
        exchange = self.exchange
        return [
            *self._errors_of_the_answer(self.operation.operation_id, exchange.status, exchange.response_json),
            *(
                _fractions(exchange.response_json)
                if self.strategy is not None and _may_hold_fractions(exchange.response_body)
                else ()
            ),
        ]

    def _errors_of_the_answer(self, operation: str, status: int, value: Any) -> list[SchemaError]:
        """What the contract has against the answer; what it had nothing against before is not asked about again."""
        if self.reading is None:
            return self.contract.answer_errors(operation, status, value)
        errors = self.reading.errors.get((operation, status))
        if errors is None:
            part = self.reading.without_what_is_known(operation, status)
            errors = self.contract.answer_errors(operation, status, part)
            if errors and part is not value:
                errors = self.contract.answer_errors(operation, status, value)
            self.reading.errors[operation, status] = errors
        return errors


type Function = Callable[..., Iterable[Deviation] | None]


class Scope(StrEnum):
    """Where a check may find something to look at, so that the judge asks no check in vain.

    `document`: the strategy document of an answer, and nothing else; the same document need not be looked at twice.
    `history`: requests for strategies, and what was known before. `operation`: exchanges of the operations that the
    requirement names; `nearby`: those, and exchanges of no operation. `anywhere`: any exchange. `concurrent`: what
    several clients asked at the same time; such a function is called with a history (`conformance.histories`) in the
    place of the exchange. `prediction`: a strategy that is compared with its prediction.
    """

    DOCUMENT = "document"
    HISTORY = "history"
    OPERATION = "operation"
    NEARBY = "nearby"
    ANYWHERE = "anywhere"
    CONCURRENT = "concurrent"
    PREDICTION = "prediction"


class Looks(StrEnum):
    """What a check looks at: for as long as that stays as it is, so does what the check says.

    `asked`: the question of a poll that shows a strategy (request, status, head of the answer, that there is one), and
    what was known of callers, of links and of which strategies are there. `plan`: of a document, the phases by name,
    the stages and steps by name, timeout and entities, and the frame (members that never change, and whether the
    service was restarted). `anything`: all there is.
    """

    ASKED = "asked"
    PLAN = "plan"
    ANYTHING = "anything"


class Where(NamedTuple):
    """Where a check may find something: exchanges in that scope with requests in these roles, and what it looks at."""

    scope: Scope = Scope.ANYWHERE
    roles: frozenset[Role | None] = ANY_ROLE
    looks: Looks = Looks.ANYTHING


@dataclass(frozen=True, slots=True)
class Check:
    """A function that decides a requirement, and where it may find something to look at.

    It is called with exchange, context and, by name, the parameters of the requirement. None: it does not apply to
    this exchange; otherwise it yields every deviation, and none when all is well.
    """

    function: Function
    scope: Scope = Scope.ANYWHERE
    roles: frozenset[Role | None] = ANY_ROLE
    looks: Looks = Looks.ANYTHING

    @property
    def name(self) -> str:
        """The name that the ledger knows the function by."""
        return self.function.__name__


def _may_hold_fractions(body: bytes) -> bool:
    return b"." in body and b".0" in body  # one letter is looked for much faster than two


def _fractions(document: Any) -> Iterator[SchemaError]:
    """Counts such as 12.0: integers as JSON Schema has it, but not as the reference's xsd:integer has it."""
    for where, value in counts_with_fractions(document):
        yield SchemaError(where, f"expected an integer, found {value}", "an integer", str(value))


def show(value: Any) -> str:
    """A JSON value as short text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=True, default=repr)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def listing(values: Iterable[Any]) -> str:
    """Alternatives as text: `a, b or c`."""
    words = [show(value) or "(empty)" for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else "nothing"
