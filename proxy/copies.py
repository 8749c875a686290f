"""What passes through is copied for the judge, up to a limit, and unpacked up to the same limit; pure."""

import zlib
from typing import Final

_GZIP: Final = 16 + zlib.MAX_WBITS
_RAW: Final = -zlib.MAX_WBITS
_MOST_MEMBERS: Final = 32


class Copy:
    """A body as it passes: every piece goes on as it came. Above `most` bytes nothing of it is kept."""

    __slots__ = ("_most", "_pieces", "size")

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: list[bytes] = []
        self.size = 0

    def feed(self, piece: bytes) -> bytes:
        """The next piece, for whoever it was sent to; an empty one comes at the end."""
        self.size += len(piece)
        if self.size <= self._most:
            self._pieces.append(piece)
        elif self._pieces:
            self._pieces.clear()
        return piece

    @property
    def body(self) -> bytes | None:
        """What has passed so far; None when it was too much."""
        return b"".join(self._pieces) if self.size <= self._most else None


class NotUnpacked(ValueError):  # noqa: N818 - what it is
    """A body that cannot be unpacked: `reason` is `too large` or `encoding`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """The body without its content coding (RFC 9110, 8.4): gzip and deflate. Raises NotUnpacked, in bounded memory."""
    word = encoding.strip().lower()
    if not body or word in {"", "identity"}:
        return body
    if word in {"gzip", "x-gzip"}:
        return _members(body, most)
    if word == "deflate":
        # What RFC 9110 calls deflate has a header of zlib; servers that leave it out are as old as the rule.
        is_zlib = len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and (body[0] << 8 | body[1]) % 31 == 0
        return _stream(body, zlib.MAX_WBITS if is_zlib else _RAW, most)[0]
    raise NotUnpacked("encoding")


def _members(body: bytes, most: int) -> bytes:
    """A gzip file is one member after another; each costs a copy of all that comes after it, so there may be few."""
    pieces: list[bytes] = []
    room = most
    while body:
        if len(pieces) == _MOST_MEMBERS:
            raise NotUnpacked("encoding")
        piece, body = _stream(body, _GZIP, room)
        pieces.append(piece)
        room -= len(piece)
        body = body.lstrip(b"\0")
    return b"".join(pieces)


def _stream(body: bytes, window: int, most: int) -> tuple[bytes, bytes]:
    """One stream unpacked, and what came after it."""
    unpacker = zlib.decompressobj(window)
    try:
        piece = unpacker.decompress(body, most + 1)
    except zlib.error:
        raise NotUnpacked("encoding") from None
    if len(piece) > most:
        raise NotUnpacked("too large")
    if not unpacker.eof:
        raise NotUnpacked("encoding")
    return piece, unpacker.unused_data
