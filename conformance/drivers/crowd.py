"""Several clients at once: each a thread with connections of its own; all send their next request at the same moment.

A race is played alone first, one client after the other. What breaks the law then has nothing to do with several
clients and is charged to other requirements: nothing is played at once on such a target. What is asked is drawn from
one seed; which calls meet is up to chance, so only races are counted, never exchanges.
"""

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from itertools import count
from typing import Any, Final

from conformance.drivers.conversation import JSON, Conversation
from conformance.drivers.glance import dumped
from conformance.exchange import Exchange
from conformance.histories.call import AFTER, NEVER, READ, Asked, Call, History
from conformance.histories.races import LENGTH, SETTINGS, Race
from conformance.histories.specification import serial
from conformance.shape import read_strategy
from conformance.strategy import Strategy
from conformance.targets.target import Target
from conformance.targets.transport import Unreachable, Unsendable
from spec.contract import Operation
from spec.law import Law

_NAMES: Final = "abcdefgh"
MOST_CLIENTS: Final = len(_NAMES)

# Seconds until a client that waits for the others goes on without them.
_PATIENCE: Final = 30.0
# A client of a server in this process gives way to the others after so many of the server's calls and returns.
_LINES: Final = (1, 400)

_BODIES: Final = {
    "apply-all": {"action": "apply-all"},
    "apply-stage": {"action": "apply-stage", "stage-id": "0"},
    "abort": {"action": "abort"},
    "delete": {"force": False},
    "delete-force": {"force": True},
}


def play_races(all_races: Sequence[Race], conversation: Conversation, law: Law) -> str | None:
    """Play the races that can be begun; None when there was one, else why not.

    Raises Unreachable, NotCleared, ControlError.
    """
    crowd = _Crowd(conversation, law)
    with conversation:
        begun = [race for race in all_races if crowd.rehearse(race)]
        if crowd.reason:
            return crowd.reason
        for race in begun:
            crowd.play(race)
    return None if begun else "the target could not be brought to where a race begins"


class _Crowd:
    """The clients of one conversation."""

    def __init__(self, conversation: Conversation, law: Law) -> None:
        self._talk = conversation
        self._law = law
        self._lasting: set[str] = set()
        self.reason = ""

    def rehearse(self, race: Race) -> bool:
        """Play a race with one client at a time; whether it can be begun. `reason` is set where races mean nothing."""
        prepared = self._prepared(race) if not self.reason else None
        if prepared is None:
            return False
        self._learn(race, prepared[1])
        ticks = count()
        calls = []
        for turn in range(LENGTH):
            self._pass(race, turn)
            for name, plan in zip(_NAMES, race.plans, strict=False):
                calls.append(self._ask(self._talk.send, name, plan[turn], ticks))
        if not serial(self._history(race, prepared, calls), self._law).linearizable:
            self.reason = "one client alone is answered against the law already, so that several would show nothing new"
        return True

    def _learn(self, race: Race, strategy: Strategy | None) -> None:
        """Where an apply was accepted and a look at it shows that it runs, it runs on until time passes."""
        if strategy is not None and SETTINGS[race.setting][-1] == "apply-all" and strategy.apply.running:
            self._lasting.add(race.kind)

    def _pass(self, race: Race, turn: int) -> None:
        if race.steps and self._talk.simulated:
            for seconds in race.steps[turn]:
                self._talk.pace.nudge(seconds)

    def _history(self, race: Race, prepared: tuple[str, Strategy | None], calls: list[Call], **more: Any) -> History:
        still = self._talk.pace.still and not race.steps
        lasting = frozenset({"running"}) if still and race.kind in self._lasting else frozenset[str]()
        return History(tuple(calls), *prepared, still=still, lasting=lasting, **more)

    def play(self, race: Race) -> None:
        """Play a race with all clients at once and have its history judged."""
        prepared = self._prepared(race)
        if prepared is None:
            return
        before = self._talk.recent
        with self._talk.apart() as target, ExitStack() as open_:
            targets = [open_.enter_context(target.beside()) for _ in range(len(race.plans) + 1)]
            ticks, start = count(), threading.Barrier(len(race.plans) + bool(race.steps))

            def live(client: Target, name: str, plan: tuple[Asked, ...]) -> list[Call]:
                with _giving_way(f"{race.name} {name}") if client.in_process else nullcontext():
                    return [self._ask_together(start, client, name, asked, ticks) for asked in plan]

            with ThreadPoolExecutor(len(race.plans)) as pool:
                played = [pool.submit(live, *each) for each in zip(targets[1:], _NAMES, race.plans, strict=False)]
                for turn in range(len(race.steps)):
                    _wait_for_the_others(start)
                    self._pass(race, turn)
            calls = [call for each in played for call in each.result()]
            calls += [self._ask(targets[0].send, AFTER, Asked(READ, kind), ticks) for kind in self._talk.kinds]
        if any(call.exchange is None for call in calls if call.client == AFTER):
            raise Unreachable(f"{self._talk.target.name} gave no answer after {len(race.plans)} clients at once")
        if any(call.exchange is not None and self._talk.is_foreign(call.exchange) for call in calls):
            return  # somebody else took part, of whose requests nothing is known; the next look ends the run
        name = f"{self._talk.history}/{race.name}"
        self._talk.judge_history(self._history(race, prepared, calls, before=before, name=name))

    def _ask_together(
        self, start: threading.Barrier, client: Target, name: str, asked: Asked, ticks: "count[int]"
    ) -> Call:
        """Ask when all clients are ready to ask; without the others when one of them is not heard of any more."""
        _wait_for_the_others(start)
        return self._ask(client.send, name, asked, ticks)

    def _prepared(self, race: Race) -> tuple[str, Strategy | None] | None:
        """Bring the target to where the race begins: the kind and the strategy that are there; None: it cannot be."""
        self._talk.clear()
        for word in SETTINGS[race.setting]:
            operation, body = self._request(Asked(word, race.kind))
            self._talk.send(operation.method.upper(), operation.path, body=body, headers=JSON)
            if word == "create":
                self._talk.wait(race.kind, lambda seen: seen.get("state") == "ready-to-apply")
        found = {kind: read_strategy({"strategy": self._talk.strategy(kind)}) for kind in self._talk.kinds}
        there = {kind: strategy for kind, strategy in found.items() if strategy is not None}
        if not SETTINGS[race.setting]:
            return None if there else ("", None)
        if set(there) != {race.kind} or there[race.kind].state == "building":
            return None
        return race.kind, there[race.kind]

    def _request(self, asked: Asked) -> tuple[Operation, bytes]:
        if asked.word == READ:
            return self._talk.operation("get", asked.kind), b""
        if asked.word == "create":
            operation = self._talk.operation("create", asked.kind)
            return operation, dumped(self._talk.example(operation))
        role = "delete" if asked.word.startswith("delete") else "act"
        return self._talk.operation(role, asked.kind), dumped(_BODIES[asked.word])

    def _ask(self, send: Callable[..., Exchange], client: str, asked: Asked, ticks: "count[int]") -> Call:
        operation, body = self._request(asked)
        invoked = next(ticks)
        try:
            exchange = send(operation.method.upper(), operation.path, body=body, headers=JSON if body else ())
        except (Unreachable, Unsendable):
            return Call(client, operation, operation.method.upper(), operation.path, body, None, invoked, NEVER)
        return Call(client, operation, operation.method.upper(), operation.path, body, exchange, invoked, next(ticks))


def _wait_for_the_others(start: threading.Barrier) -> None:
    with suppress(threading.BrokenBarrierError):
        start.wait(_PATIENCE)


@contextmanager
def _giving_way(seed: str) -> Iterator[None]:
    """Let this thread give way to the others now and then, between two lines of a server in this process.

    A window of some lines is then as real as it is between machines. What was drawn does not decide who comes next.
    """
    draw, before = random.Random(seed), sys.getprofile()  # noqa: S311 - reproducible on purpose
    left = draw.randrange(*_LINES)

    def give_way(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            left = draw.randrange(*_LINES)
            time.sleep(0)

    sys.setprofile(give_way)
    try:
        yield
    finally:
        sys.setprofile(before)
