"""The sequential model of a deployment, as `spec/lifecycle.yaml` allows it: one strategy, and every way it may go.

The law leaves things open (a strategy moves by itself, an abort may end in one of several states, an answer may be
lost), so the state of the model is the set of all situations that the deployment may be in. An answer rules out those
in which it could not have been given; an answer that rules out all of them is not lawful.

A change takes effect at one moment; the document of its answer may show any moment from then on until the answer, as
nothing says that a server has to render it before it lets others in.

An answer says nothing, and changes nothing, when it refuses the caller or the moment rather than the request; so does
a 409 while somebody else was changing something, because a server may ask its clients to try again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from conformance.histories.call import DELETES, READ, Answered, Asked, Call, History
from conformance.histories.checker import Operation, Verdict, check
from conformance.strategy import Phase, Strategy
from spec.law import ABSENT, Cause, Expectation, Law, Situation

_ANY: Final = "?"
_DEAD_ENDS: Final = 5_000  # of a search; a second or two
_CONFLICT: Final = 409
_NOT_FOUND: Final = 404
_SERVER_ERROR: Final = 500
_ACTIONS: Final = {
    "apply-all": Cause.APPLY,
    "apply-stage": Cause.APPLY,
    "abort": Cause.ABORT,
    "abort-stage": Cause.ABORT,
}
_GRANTED: Final = frozenset({Expectation.ACCEPTED, Expectation.EITHER})
_DENIED: Final = frozenset({Expectation.REFUSED, Expectation.EITHER})


class Place(NamedTuple):
    """One way in which the deployment may stand: `kind` empty is no strategy; `uuid` `?` is one that nobody has seen.

    `stage` is where the apply phase stands while the strategy waits, None where that is not known; `stop` the stage at
    which a run pauses, None when it goes to the end.
    """

    kind: str = ""
    uuid: str = ""
    situation: str = ABSENT
    stage: int | None = None
    stop: int | None = None


type Belief = frozenset[Place]

NOWHERE: Final = Place()


class Standing(NamedTuple):
    """What the search goes through: what may be, and the changes whose answers are still to be rendered."""

    belief: Belief
    unshown: frozenset[int] = frozenset()


class Ask(NamedTuple):
    """One step of the search: what was asked, and whether somebody else was changing something meanwhile.

    `number` belongs to the two steps of a change whose answer shows a document; `shows` is the second of them.
    """

    asked: Asked
    contended: bool
    number: int = -1
    shows: bool = False


def serial(history: History, law: Law) -> Verdict:
    """An order of the calls, in agreement with time, in which a lawful deployment answers as it did; or none."""
    model = _Model(law, still=history.still, lasting=history.lasting)
    steps = [step for number, call in enumerate(history.in_order) for step in _steps(number, call, history)]
    return check(steps, model.step, Standing(model.beginning(history)), limit=_DEAD_ENDS)


def _steps(number: int, call: Call, history: History) -> Iterator[Operation]:
    asked, answered = call.asked, call.answered
    if asked is None:
        return
    contended = history.is_contended(call)
    if asked.word == READ or answered.shown is None:
        yield Operation(Ask(asked, contended), answered, call.invoked, call.returned)
        return
    yield Operation(Ask(asked, contended, number), answered._replace(shown=None), call.invoked, call.returned)
    looks = Ask(Asked(READ, asked.kind), contended, number, shows=True)
    yield Operation(looks, answered, call.invoked, call.returned)


def one_at_a_time(history: History, *, reads: bool) -> Verdict:
    """An order of accepted creates and deletes (and of strategies that reads show) with one strategy at a time."""
    shown = [call for call in history.in_order if call.asked is not None and _is_about_presence(call, reads=reads)]
    calls = [Operation(call.asked, call.answered, call.invoked, call.returned) for call in shown]
    kept = _kept(history.kind, history.strategy.uuid) if history.strategy is not None else NOWHERE
    return check(calls, _presence, frozenset({kept}))


class _Model:
    """The model under one law."""

    def __init__(self, law: Law, *, still: bool, lasting: frozenset[str]) -> None:
        self._law = law
        self._still = still
        self._lasting = lasting if still else frozenset()

    def beginning(self, history: History) -> Belief:
        """What is there when the race begins."""
        if history.strategy is None:
            return frozenset({NOWHERE})
        there = self._shown(history.kind, history.strategy, self._law.situations)
        return frozenset(there) if self._still else self._drifted(there)

    def step(self, standing: Standing, ask: Ask, answered: Answered) -> Standing | None:
        """What may be after this call was answered so; None when it cannot have been."""
        if ask.shows and ask.number not in standing.unshown:
            return None
        after = frozenset(place for before in standing.belief for place in self._after(before, ask, answered))
        if not after:
            return None
        number = frozenset({ask.number} if ask.number >= 0 else ())
        unshown = standing.unshown - number if ask.shows else standing.unshown | number
        # On a clock that stands still a read shows where the strategy stays, unless a request is setting something off.
        stays = self._still and ask.asked.word == READ and not ask.shows and not ask.contended
        return Standing(after if stays else self._drifted(after), unshown)

    def _after(self, place: Place, ask: Ask, answered: Answered) -> Iterable[Place]:
        asked = ask.asked
        if asked.word == READ:
            return self._read(place, asked, answered)
        if asked.word not in self._law.success:
            return (place, *self._effect(place, asked, Expectation.EITHER))
        wanted = self._expected(place, asked)
        if 200 <= answered.status < 300 and not answered.nothing:  # noqa: PLR2004 - the class of success
            return self._effect(place, asked, wanted) if wanted in _GRANTED else ()
        if answered.status == 0 or answered.status >= _SERVER_ERROR:
            return (place, *(self._effect(place, asked, wanted) if wanted in _GRANTED else ()))
        return (place,) if self._may_refuse(wanted, ask, answered.status) else ()

    def _may_refuse(self, wanted: Expectation, ask: Ask, status: int) -> bool:
        if status == _CONFLICT and not ask.contended:
            return wanted in _DENIED
        if status == _NOT_FOUND and ask.asked.word != "create":
            return wanted is Expectation.MISSING
        return True

    def _read(self, place: Place, asked: Asked, answered: Answered) -> Iterable[Place]:
        if answered.nothing:
            return (place,) if place.kind != asked.kind else ()
        if answered.shown is None:
            return (place,)
        if place.kind != asked.kind or place.uuid not in (_ANY, answered.shown.uuid):
            return ()
        return self._shown(asked.kind, answered.shown, {place.situation: self._law.situations[place.situation]})

    def _expected(self, place: Place, asked: Asked) -> Expectation:
        here = place.situation if asked.word == "create" or place.kind == asked.kind else ABSENT
        return self._law.expected(asked.word, here, stage=asked.stage, current=place.stage)

    def _effect(self, place: Place, asked: Asked, wanted: Expectation) -> Iterable[Place]:
        """Where an accepted request leads."""
        if asked.word == "create":
            return (Place(asked.kind, _ANY, "building"),)
        if place.kind != asked.kind:
            return (place,)
        if asked.word in DELETES:
            return (NOWHERE,)
        stop = asked.stage + 1 if asked.word == "apply-stage" and asked.stage is not None else None
        return [place._replace(situation=name, stage=None, stop=stop) for name in self._next(place, asked, wanted)]

    def _next(self, place: Place, asked: Asked, wanted: Expectation) -> Iterable[str]:
        """The situations that an accepted action leads to; one that need not be accepted may change nothing."""
        cause = _ACTIONS.get(asked.word)
        if cause is None:
            return self._law.situations
        state = self._law.situations[place.situation].state
        following = self._law.states[state].following[cause] | ({state} if wanted is Expectation.EITHER else set())
        return [
            name for name, each in self._law.situations.items() if each.state in following and each.run != "stopped"
        ]

    def _shown(self, kind: str, strategy: Strategy, allowed: Mapping[str, Situation]) -> list[Place]:
        """The places that a document fits, of those that are allowed; any of them when the law knows no such state."""
        known = [each for each in self._law.situations.values() if _fits(each, strategy)]
        names = [each.name for each in known if each.name in allowed] if known else list(allowed)
        stop = strategy.apply.stop_at_stage if strategy.apply.stop_at_stage < strategy.apply.total_stages else None
        return [Place(kind, strategy.uuid, name, self._stage(name, strategy), stop) for name in names]

    def _stage(self, situation: str, strategy: Strategy) -> int | None:
        """The stage that is next, while nothing moves."""
        waits = self._law.drifts_to(situation) == {situation}
        return strategy.apply.current_stage if waits else None

    def _drifted(self, places: Iterable[Place]) -> Belief:
        return frozenset(after for place in places for after in self._drifts(place))

    def _drifts(self, place: Place) -> Iterator[Place]:
        yield place
        if place.kind and place.situation not in self._lasting:
            for name in self._law.drifts_to(place.situation) - {place.situation}:
                pauses = self._law.situations[name].run == "stopped"
                if not pauses or place.stop is not None:
                    yield place._replace(situation=name, stage=place.stop if pauses else None)


def _fits(situation: Situation, strategy: Strategy) -> bool:
    if (situation.state, situation.phase) != (strategy.state, strategy.current_phase):
        return False
    return situation.run is None or situation.phase != "apply" or situation.run == _run(strategy.apply)


def _run(apply: Phase) -> str:
    if apply.current_stage < apply.stop_at_stage:
        return "going"
    return "complete" if apply.current_stage >= apply.total_stages else "stopped"


# --- the smaller model: which strategy is there, and nothing else


def _is_about_presence(call: Call, *, reads: bool) -> bool:
    if call.asked is None or call.asked.word not in {READ, "create", *DELETES}:
        return False
    if call.asked.word == READ:
        return reads and call.answered.shown is not None
    unclear = call.answered.status == 0 or call.answered.status >= _SERVER_ERROR
    return call.accepted or unclear


def _kept(kind: str, uuid: str) -> Place:
    return Place(kind, uuid, _ANY)


def _presence(belief: Belief, asked: Asked, answered: Answered) -> Belief | None:
    after = frozenset(place for before in belief for place in _presence_after(before, asked, answered))
    return after or None


def _presence_after(place: Place, asked: Asked, answered: Answered) -> Iterator[Place]:
    unclear = answered.status == 0 or answered.status >= _SERVER_ERROR
    if unclear:
        yield place
    if asked.word == READ:
        if answered.shown is not None and place.kind == asked.kind and place.uuid in (_ANY, answered.shown.uuid):
            yield _kept(asked.kind, answered.shown.uuid)
    elif asked.word == "create":
        if not place.kind:
            yield _kept(asked.kind, answered.shown.uuid if answered.shown is not None else _ANY)
    elif place.kind == asked.kind or not place.kind:
        yield NOWHERE
    elif not unclear:
        yield place
