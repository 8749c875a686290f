"""What the gateway and the process of the shadow say to each other: msgpack frames, the settings before all others."""

from typing import Final

import msgspec

from conformance.exchange import Exchange, Headers

SAFE: Final = "GET"
"""The one method that is ever sent to a shadow."""

AGENT: Final = "vimgate-shadow"
"""The User-Agent of requests to a shadow; a gateway repeats none of them, or two would ask each other for ever."""


class ShadowSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Who the shadow is, and what it may take.

    `url` is `scheme://host:port`, `upstream` the server whose answers clients get. Differences that `release` and
    `shadow_release` (empty: the same) explain are expected. `with_token`: the token of the caller goes along.
    `connections` is how many reads are under way at a time, `seconds` and `largest` (bytes) what one answer may take;
    `memory` the bytes that the process may have, 0 for no limit.
    """

    url: str
    out: str
    upstream: str = ""
    release: str = "published"
    shadow_release: str = ""
    ca: str = ""
    with_token: bool = False
    connections: int = 2
    seconds: float = 10.0
    largest: int = 4 << 20
    rotate_bytes: int = 16 << 20
    rotate_files: int = 8
    memory: int = 1 << 30


class Read(msgspec.Struct, tag=True, array_like=True):
    """A read with the answer that its client got."""

    number: int
    path: str
    query: str
    headers: Headers
    status: int
    answer_headers: Headers
    body: bytes
    at: float

    def exchange(self) -> Exchange:
        """The read and its answer."""
        return Exchange(
            SAFE,
            self.path,
            self.status,
            self.query,
            self.headers,
            b"",
            self.answer_headers,
            self.body,
            self.at,
            "traffic",
        )


class Close(msgspec.Struct, tag=True, array_like=True):
    """Ask nothing more, write what there is to write, and end."""


class Tally(msgspec.Struct, tag=True, array_like=True):
    """What was done since the last one: how many reads were `handled`, what became of them, and what differed."""

    handled: int
    outcomes: dict[str, int]
    differences: dict[str, int]


class Said(msgspec.Struct, tag=True, array_like=True):
    """One line for whoever runs the gateway."""

    text: str


type ToShadow = Read | Close
type FromShadow = Tally | Said

read_from_shadow: Final = msgspec.msgpack.Decoder(FromShadow.__value__).decode
read_to_shadow: Final = msgspec.msgpack.Decoder(ToShadow.__value__).decode


def read_of(number: int, exchange: Exchange) -> Read:
    """What is told of an exchange."""
    return Read(
        number,
        exchange.path,
        exchange.query,
        exchange.request_headers,
        exchange.status,
        exchange.response_headers,
        exchange.response_body,
        exchange.at,
    )
