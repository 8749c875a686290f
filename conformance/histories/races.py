"""Races: what is there when they begin, and what each client asks in turn; all of it drawn from one seed.

In every setting the first races are duels, in which all clients ask what must not be accepted twice and look what came
of it; the later ones ask whatever the setting has words for.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.histories.call import READ, Asked

LENGTH: Final = 4

# A race on a system that lives in real time takes minutes: the first two settings are enough there.
ROUNDS: Final = 20
ROUNDS_IN_REAL_TIME: Final = 2
"""Calls of one client."""

SETTINGS: Final = {
    "nothing": (),
    "ready": ("create",),
    "running": ("create", "apply-all"),
    "moving": ("create", "apply-all"),  # time passes meanwhile, where the clock of the target obeys
}
"""What is done before a race begins."""

_BESIDE: Final = ("delete", "apply-all", READ, "apply-all")
# In turn: what the clients ask for, one after the other and over again.
_DUELS: Final = {
    "nothing": (("create",), ("create", "delete-force")),
    "ready": (("apply-all", "apply-all", "apply-all", READ), _BESIDE, ("apply-all", "abort", READ, "abort"), _BESIDE),
    "running": (("abort",), ("abort", "delete-force")),
    "moving": (("abort", READ, READ, READ), ("abort", READ), ("abort", READ, READ, READ)),
}
# A word twice is asked twice as often.
_WORDS: Final = {
    "nothing": ("create", "create", "create", "delete", "delete-force", READ, READ),
    "ready": ("apply-all", "apply-all", "apply-stage", "abort", "delete", "delete", "create", READ, READ),
    "running": ("abort", "abort", "delete", "delete-force", "apply-all", "create", READ, READ, READ),
    "moving": ("abort", "abort", "delete", "apply-all", READ, READ, READ),
}
# With each turn time passes in so many steps of so many seconds, so that one of them meets the middle of a request.
_STEPS: Final = 8
_SECONDS: Final = (1.0, 20.0, 90.0, 300.0)
_MOVING: Final = "moving"
_OTHER_KIND: Final = 0.3


@dataclass(frozen=True, slots=True)
class Race:
    """A setting, of one kind, and what each client asks in turn.

    `steps` are the seconds that pass with each turn on a clock that obeys, one after the other; empty: none do.
    """

    name: str
    setting: str
    kind: str
    plans: tuple[tuple[Asked, ...], ...]
    steps: tuple[tuple[float, ...], ...] = ()


def races(kinds: Sequence[str], *, seed: int, clients: int, rounds: int) -> Iterator[Race]:
    """Races of so many clients, the settings one after the other."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    for number in range(rounds):
        setting, turn = list(SETTINGS)[number % len(SETTINGS)], number // len(SETTINGS)
        kind = kinds[turn % len(kinds)]
        duels = _DUELS[setting]
        plans = tuple(
            _duel(duels[turn], client, kind, kinds)
            if turn < len(duels)
            else tuple(_any(draw, setting, kind, kinds) for _ in range(LENGTH))
            for client in range(clients)
        )
        turns = range(LENGTH if setting == _MOVING else 0)
        steps = tuple(tuple(draw.choice(_SECONDS) for _ in range(_STEPS)) for _ in turns)
        yield Race(f"{number}-{setting}-{kind}", setting, kind, plans, steps)


def _duel(words: Sequence[str], client: int, kind: str, kinds: Sequence[str]) -> tuple[Asked, ...]:
    word = words[client % len(words)]
    wanted = kinds[client % len(kinds)] if word == "create" else kind
    return (_asked(word, wanted), Asked(READ, kind), _asked(word, wanted), Asked(READ, kind))


def _any(draw: random.Random, setting: str, kind: str, kinds: Sequence[str]) -> Asked:
    word = draw.choice(_WORDS[setting])
    other = draw.random() < _OTHER_KIND and word in ("create", READ)
    return _asked(word, draw.choice(kinds) if other else kind)


def _asked(word: str, kind: str) -> Asked:
    return Asked(word, kind, 0 if word == "apply-stage" else None)
