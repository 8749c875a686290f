"""Looks for texts in bytes, however they are spelled there: packed, in base64 or hex, escaped, percent-encoded."""

import base64
import binascii
import html
import re
import zlib
from urllib.parse import unquote_to_bytes

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")
_ESCAPE = re.compile(rb"\\+u([0-9a-fA-F]{4})")
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
DEPTH = 3


def found(parts, data):
    """Those of the parts that the data show in any reading."""
    readings = all_readings(data)
    return {part for part in parts if any(part in reading for reading in readings)}


def all_readings(data):
    """The data, and all that can be read in them, and in that, and so on."""
    known = {data}
    news = [data]
    for _ in range(DEPTH):
        news = [reading for each in news for reading in readings_of(each) if reading and reading not in known]
        known.update(news)
    return known


def readings_of(data):
    """What the data say to somebody who knows one way of spelling more."""
    yield b"\n".join(unpacked(data))
    yield b"\n".join(decoded(run, at) for run in _BASE64.findall(data) for at in range(4))
    yield b"\n".join(binascii.unhexlify(run[: len(run) // 2 * 2]) for run in _HEX.findall(data))
    yield unquote_to_bytes(data) if b"%" in data else b""
    yield unescaped(data)
    yield html.unescape(data.decode("latin-1")).encode("latin-1", "replace") if b"&" in data else b""
    yield data.replace(b"\0", b"") if b"\0" in data else b""
    yield data.replace(b"+", b" ") if b"+" in data else b""


def unpacked(data):
    """Whatever inflates from where a packed stream could begin."""
    for match in _PACKED.finditer(data):
        try:
            yield zlib.decompressobj(47).decompress(data[match.start() :])
        except zlib.error:
            continue


def decoded(run, at):
    """What a run of letters says in base64 from that letter on."""
    code = run[at:].replace(b"-", b"+").replace(b"_", b"/")
    return base64.b64decode(code[: len(code) // 4 * 4])


def unescaped(data):
    """The data as a reader of JSON understands them."""
    if b"\\" not in data:
        return b""
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "replace"), data)
    return re.sub(rb"\\(.)", rb"\1", text)
