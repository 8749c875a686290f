"""What the gateway and the judge's process say to each other: msgpack frames behind a length of four bytes."""

import msgspec


class Ask(msgspec.Struct, tag=True, array_like=True):
    """Judge a request that has not been forwarded; answered by Told."""

    number: int
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: float


class See(msgspec.Struct, tag=True, array_like=True):
    """Take in an exchange; answered by Told when `reply`.

    `body` of an answer is None when it is the same as the last body of that path: the judge remembers it.
    """

    number: int
    method: str
    path: str
    query: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    status: int
    response_headers: tuple[tuple[str, str], ...]
    body: bytes | None
    started: float
    at: float
    in_order: bool
    client: str
    blocked: bool
    lost: bool
    reply: bool
