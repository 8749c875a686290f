"""Polls of a deployment where nothing happens: one that is answered as the last one was is judged as that was.

Why that is the same: what checks, monitor and edges look at is the exchange, what was known before it, and the law.
A poll is noted only when it has changed nothing that was known but the time at which the strategy was seen, and the
time is looked at nowhere unless the clock of the target stands still (then no poll is noted). So as long as nothing
else is judged in that history, the same request with the same answer meets the same knowledge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from conformance.checks.context import Context
from conformance.exchange import Exchange, Headers
from conformance.known import Known, Presence, Role
from conformance.reading import Reading

_CLIENTS: Final = 8
"""So many requests that differ, by their headers say, are told apart."""

type _Key = tuple[str, str, str, int, Headers, bytes]


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll that was judged: what the judge made of it, and whether its answer showed a strategy."""

    exchange: Exchange
    reading: Reading | None
    verdict: Any
    shows: bool


@dataclass(slots=True)
class Calm:
    """The polls of one history since something last happened in it; `known` is what they left known."""

    known: Known | None = None
    polls: dict[_Key, Poll] = field(default_factory=dict)

    def find(self, exchange: Exchange, known: Known) -> Poll | None:
        """The poll that this exchange repeats."""
        if self.known is not known:
            return None
        poll = self.polls.get(_key(exchange))
        return poll if poll is not None and _is_answered_alike(poll.exchange, exchange) else None

    def note(self, context: Context, reading: Reading | None, verdict: Any, after: Known) -> None:
        """An exchange was judged, and `after` is known now."""
        before, kind = context.known, context.kind
        if context.role is not Role.READ or context.still or not _is_the_same(before, after, kind):
            self.known, self.polls = None, {}
            return
        if self.known is not before or len(self.polls) >= _CLIENTS:
            self.polls = {}
        self.known = after
        shows = after.slot(kind).presence is Presence.PRESENT and after.slot(kind) is not before.slot(kind)
        self.polls[_key(context.exchange)] = Poll(context.exchange, reading, verdict, shows)

    def repeat(self, poll: Poll, kind: str, at: float) -> Known:
        """What is known after the poll was repeated at that time."""
        assert self.known is not None  # noqa: S101 - a poll was found
        if poll.shows:
            slots: Mapping[str, Any] = {**self.known.slots, kind: replace(self.known.slot(kind), at=at)}
            self.known = replace(self.known, slots=slots)
        return self.known


def _key(exchange: Exchange) -> _Key:
    return (
        exchange.method,
        exchange.path,
        exchange.query,
        exchange.status,
        exchange.request_headers,
        exchange.request_body,
    )


def _is_answered_alike(one: Exchange, other: Exchange) -> bool:
    """Of the headers of an answer checks look at the media type alone; others change with every answer."""
    if one.response_body != other.response_body:
        return False
    return one.response_headers == other.response_headers or (
        one.response_header("Content-Type") == other.response_header("Content-Type")
    )


def _is_the_same(before: Known, after: Known, kind: str) -> bool:
    """Nothing else is known than before, the time of the last look aside."""
    old, new = before.slot(kind), after.slot(kind)
    if old.seen is not new.seen:
        return False
    others = all(slot == before.slots[name] for name, slot in after.slots.items() if name != kind)
    return others and replace(old, at=new.at) == new and _rest(before) == _rest(after)


def _rest(known: Known) -> tuple[Any, ...]:
    return known.gone, known.taken, known.links, known.reception
