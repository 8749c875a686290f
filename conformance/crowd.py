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
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from conformance.conversation import JSON, Conversation
from conformance.exchange import Exchange
from conformance.glance import dumped
from conformance.histories.call import AFTER, NEVER, READ, Asked, Call, History
from conformance.histories.specification import serial
from conformance.strategy import Strategy, read_strategy
from conformance.target import Target
from conformance.transport import Unreachable, Unsendable
from spec.contract import Operation
from spec.law import Law

_NAMES: Final = "abcdefgh"
MOST_CLIENTS: Final = len(_NAMES)

# Seconds until a client that waits for the others goes on without them.
_PATIENCE: Final = 30.0
# A client of a server in this process gives way to the others after so many of the server's calls and returns.
_LINES: Final = (1, 400)

# What is there when a race begins, and what is asked then (a word twice is asked twice as often).
_SETTINGS: Final = {
    "nothing": (),
    "ready": ("create",),
    "running": ("create", "apply-all"),
}
_WORDS: Final = {
    "nothing": ("create", "create", "create", "delete", "delete-force", READ, READ),
    "ready": ("apply-all", "apply-all", "apply-stage", "abort", "delete", "delete", "create", READ, READ),
    "running": ("abort", "abort", "delete", "delete-force", "apply-all", "create", READ, READ, READ),
}
# What the clients ask first, in turn, in the first races of a setting: what has to exclude each other, and who sees it.
_OPENINGS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "nothing": (("create",),),
    "ready": (
        ("delete", "apply-all", READ, "apply-all"),
        ("apply-all", "abort", READ, "abort"),
        ("apply-all", "apply-all", "apply-all", READ),
    ),
    "running": (),
}
_BODIES: Final = {
    "apply-all": {"action": "apply-all"},
    "apply-stage": {"action": "apply-stage", "stage-id": "0"},
    "abort": {"action": "abort"},
    "delete": {"force": False},
    "delete-force": {"force": True},
}
_OTHER_KIND: Final = 0.3


@dataclass(frozen=True, slots=True)
class Race:
    """What is there at the beginning (a row of the settings, of one kind), and what each client asks in turn."""

    name: str
    setting: str
    kind: str
    plans: tuple[tuple[Asked, ...], ...]


def races(kinds: Sequence[str], *, seed: int, clients: int, rounds: int, length: int) -> Iterator[Race]:
    """Races of so many clients with so many calls each; the first ones of a setting begin with its openings."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    for number in range(rounds):
        setting = list(_SETTINGS)[number % len(_SETTINGS)]
        turn = number // len(_SETTINGS)
        kind = kinds[turn % len(kinds)]
        openings = _OPENINGS[setting]
        plans = tuple(
            _opening(openings[turn], client, kind, kinds)
            if turn < len(openings)
            else tuple(_asked(draw, setting, kind, kinds) for _ in range(length))
            for client in range(clients)
        )
        yield Race(f"{number}-{setting}-{kind}", setting, kind, plans)


def _opening(words: Sequence[str], client: int, kind: str, kinds: Sequence[str]) -> tuple[Asked, ...]:
    """What a client asks in an opening, and a look at what came of it; creates are of both kinds."""
    word = words[client % len(words)]
    return Asked(word, kinds[client % len(kinds)] if word == "create" else kind), Asked(READ, kind)


def _asked(draw: random.Random, setting: str, kind: str, kinds: Sequence[str]) -> Asked:
    word = draw.choice(_WORDS[setting])
    other = draw.random() < _OTHER_KIND and word in ("create", READ)
    return Asked(word, draw.choice(kinds) if other else kind, 0 if word == "apply-stage" else None)


def play_races(all_races: Sequence[Race], conversation: Conversation, law: Law) -> str | None:
    """Play the races; None when they could be played, else why not.

    Raises Unreachable, NotCleared, ControlError.
    """
    crowd = _Crowd(conversation, law)
    with conversation:
        for race in all_races:
            reason = crowd.rehearse(race)
            if reason is not None:
                return reason
        for race in all_races:
            crowd.play(race)
    return None


class _Crowd:
    """The clients of one conversation."""

    def __init__(self, conversation: Conversation, law: Law) -> None:
        self._talk = conversation
        self._law = law

    def rehearse(self, race: Race) -> str | None:
        """Play a race with one client at a time; why races mean nothing on this target, or None."""
        prepared = self._prepared(race)
        still = self._talk.pace.still
        if prepared is None:
            return f"the target could not be brought to where a race begins: {race.setting}, {race.kind}"
        ticks = count()
        turns = max(map(len, race.plans))
        calls = [
            self._ask(self._talk.send, name, plan[turn], ticks)
            for turn in range(turns)
            for name, plan in zip(_NAMES, race.plans, strict=False)
            if turn < len(plan)
        ]
        if serial(History(tuple(calls), *prepared, still=still), self._law).linearizable:
            return None
        return "one client alone is answered against the law already, so that several would show nothing new"

    def play(self, race: Race) -> None:
        """Play a race with all clients at once and have its history judged."""
        prepared = self._prepared(race)
        if prepared is None:
            return
        before = self._talk.recent
        with self._talk.apart() as target, ExitStack() as open_:
            targets = [open_.enter_context(target.beside()) for _ in range(len(race.plans) + 1)]
            ticks, start = count(), threading.Barrier(len(race.plans))

            def live(client: Target, name: str, plan: tuple[Asked, ...]) -> list[Call]:
                with _giving_way(f"{race.name} {name}") if client.in_process else nullcontext():
                    return [self._ask_together(start, client, name, asked, ticks) for asked in plan]

            with ThreadPoolExecutor(len(race.plans)) as pool:
                played = [pool.submit(live, *each) for each in zip(targets[1:], _NAMES, race.plans, strict=False)]
            calls = [call for each in played for call in each.result()]
            calls += [self._ask(targets[0].send, AFTER, Asked(READ, kind), ticks) for kind in self._talk.kinds]
        if any(call.exchange is None for call in calls if call.client == AFTER):
            raise Unreachable(f"{self._talk.target.name} gave no answer after {len(race.plans)} clients at once")
        name = f"{self._talk.history}/{race.name}"
        history = History(tuple(calls), *prepared, still=self._talk.pace.still, before=before, name=name)
        self._talk.judge_history(history)

    def _ask_together(
        self, start: threading.Barrier, client: Target, name: str, asked: Asked, ticks: "count[int]"
    ) -> Call:
        """Ask when all clients are ready to ask; without the others when one of them is not heard of any more."""
        with suppress(threading.BrokenBarrierError):
            start.wait(_PATIENCE)
        return self._ask(client.send, name, asked, ticks)

    def _prepared(self, race: Race) -> tuple[str, Strategy | None] | None:
        """Bring the target to where the race begins: the kind and the strategy that are there; None: it cannot be."""
        self._talk.clear()
        for word in _SETTINGS[race.setting]:
            operation, body = self._request(Asked(word, race.kind))
            self._talk.send(operation.method.upper(), operation.path, body=body, headers=JSON)
            if word == "create":
                self._talk.wait(race.kind, lambda seen: seen.get("state") == "ready-to-apply")
        found = {kind: read_strategy({"strategy": self._talk.strategy(kind)}) for kind in self._talk.kinds}
        there = {kind: strategy for kind, strategy in found.items() if strategy is not None}
        if not _SETTINGS[race.setting]:
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
