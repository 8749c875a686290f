"""Where events, exchanges and bodies are read from: lines that were indexed before, each checked as it is read."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final, NamedTuple

from conformance.evidence.form import EXCHANGE, NOTHING, AnyEvent, StoredExchange, body_of, digest_of, exchange_of
from conformance.exchange import Exchange

_KEPT: Final = 64 << 20  # bytes of bodies that are held in memory


class Place(NamedTuple):
    """Where a line is in a file, without its end."""

    file: BinaryIO
    start: int
    length: int


class Missing(KeyError):  # noqa: N818 - the name says what happened
    """Something is named that is not there."""


class Source:
    """The events of one test, and what they name."""

    def __init__(
        self, places: Mapping[str, Place], events: Callable[[], Iterator[AnyEvent]], close: Callable[[], None]
    ) -> None:
        self._places = places
        self.events = events
        self.close = close
        self._bodies: dict[str, bytes] = {NOTHING: b""}
        self._held = 0

    def line(self, digest: str) -> bytes:
        """The line of an exchange or a body. Raises Missing."""
        place = self._places.get(digest)
        if place is None:
            raise Missing(digest)
        place.file.seek(place.start)
        return place.file.read(place.length)

    def stored(self, digest: str) -> StoredExchange:
        """An exchange as it is stored. Raises Missing, ValueError."""
        line = self.line(digest)
        if digest_of(line) != digest:
            raise ValueError(f"the exchange {digest} is another one")
        return EXCHANGE.decode(line)

    def exchange(self, digest: str) -> Exchange:
        """An exchange with its bodies. Raises Missing, ValueError."""
        stored = self.stored(digest)
        bodies = {name: self.body(name) for name in (stored.request_body, stored.response_body)}
        return exchange_of(stored, bodies)

    def body(self, digest: str) -> bytes:
        """A body. Raises Missing, ValueError."""
        known = self._bodies.get(digest)
        if known is not None:
            return known
        body = body_of(self.line(digest))
        if digest_of(body) != digest:
            raise ValueError(f"the body {digest} is another one")
        self._held += len(body)
        if self._held > _KEPT:
            self._bodies, self._held = {NOTHING: b""}, len(body)
        self._bodies[digest] = body
        return body

    def document(self, digest: str) -> Any:
        """The JSON value of a body. Raises Missing, ValueError."""
        return json.loads(self.body(digest))
