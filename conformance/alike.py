"""Polls that ask what was asked before, of which only the document is another.

Some checks look at nothing of a poll but the question, the head of the answer, and what was known of callers, of links
and of which strategies are there (`conformance.checks.context.Looks.ASKED`). While that stays as it is they say what
they said.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from conformance.checks.context import Context
from conformance.exchange import Exchange, Headers
from conformance.known import Known, Role

_CLIENTS: Final = 8
"""So many polls that differ, by their headers say, are told apart."""
_OK: Final = 200

type _Key = tuple[str, str, str, Headers, bytes, str | None]


@dataclass(slots=True)
class Alike:
    """What was said of the polls of one history since something last happened that they depend on."""

    known: tuple[Any, ...] = ()
    said: dict[_Key, Any] = field(default_factory=dict)

    def find(self, context: Context) -> Any:
        """What was said of such a poll; None when nothing was, or when it is none that shows a strategy."""
        if not _is_poll(context):
            return None
        known = _besides(context.known)
        if known != self.known:
            self.known, self.said = known, {}
        return self.said.get(_key(context.exchange))

    def note(self, context: Context, said: Any) -> None:
        """This was said of it; to be told right after it was looked for."""
        if not _is_poll(context):
            return
        if len(self.said) >= _CLIENTS:
            self.said = {}
        self.said[_key(context.exchange)] = said


def _is_poll(context: Context) -> bool:
    return context.role is Role.READ and context.strategy is not None and context.exchange.status == _OK


def _key(exchange: Exchange) -> _Key:
    return (
        exchange.method,
        exchange.path,
        exchange.query,
        exchange.request_headers,
        exchange.request_body,
        exchange.response_header("Content-Type"),
    )


def _besides(known: Known) -> tuple[Any, ...]:
    """What was known beside documents."""
    there = [(kind, slot.presence, slot.deleted) for kind, slot in known.slots.items()]
    return there, known.links, known.reception
