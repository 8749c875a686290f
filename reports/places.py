"""Where a secret stands in a text: behind which names its value begins, and where it ends; a table. Pure."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote

type _End = Callable[[str, re.Match[str]], int]

# A name and what stands between it and its value; the value begins where the match ends.
_MEMBER = re.compile(r"""(?P<quote>\\{0,15}["'])(?P<name>[^"'\n]{1,200}?)(?P=quote)\s*[:=]\s*""")
_PAIR = re.compile(r"""[(\[]\s*b?(?P<quote>["'])(?P<name>[^"'\n]{1,200}?)(?P=quote)\s*,\s*""")
_NAMED = re.compile(
    r"""(?:name|key)(?:\\{0,15}["'])?\s*[:=]\s*(?P<quote>\\{0,15}["'])(?P<name>[^"'\n]{1,200}?)(?P=quote)\s*"""
    r"""(?:,\s*|[^<>"'\n]{0,100}[ \t])(?:\\{0,15}["'])?value(?:\\{0,15}["'])?\s*[:=]\s*""",
    re.IGNORECASE,
)
_QUOTED_HEADER = re.compile(r"""(?P<quote>["'])(?P<name>[A-Za-z][\w.-]{0,99}):[ \t]*""")
_HEADER = re.compile(r"""(?<![\w.$'"-])(?P<name>[A-Za-z][\w.-]{0,99})[ \t]*:[ \t]*(?:\r?\n[ \t]+)?""")
_ARGUMENT = re.compile(r"""(?<![\w.$%-])(?P<name>[A-Za-z%][\w.%\[\]-]{0,99})[ \t]*=[ \t]*""")
_ELEMENT = re.compile(r"""<(?:[\w.-]{1,50}:)?(?P<name>[A-Za-z][\w.-]{0,99})(?:\s[^<>]{0,500})?(?<!/)>\s*""")
_SEGMENT = re.compile(r"""/(?P<name>[A-Za-z][\w.-]{0,99})/""")
_FORM_PART = re.compile(
    r"""form-data;[^\r\n]{0,200}?\bname=(?P<quote>"?)(?P<name>[^"\r\n;]{1,200})(?P=quote)[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n""",
    re.IGNORECASE,
)

# Where the value ends. '"'"' is how a shell script writes a single quote inside single quotes.
_STRING = {
    '"': re.compile(r""" "(?: '"'"' | [^"\\] | \\. )* (?: "|\\?\Z) """, re.VERBOSE | re.DOTALL),
    "'": re.compile(r""" '(?: '"'"' | [^'\\] | \\. )* (?: '|\\?\Z) """, re.VERBOSE | re.DOTALL),
}
_ESCAPED_QUOTE = re.compile(r"""\\{1,15}["']""")
_SCALAR = re.compile(r"[^\s,}\])&;]*")
_IN_QUOTES = {'"': re.compile(r'[^"\r\n]*'), "'": re.compile(r"""(?:'"'"'|[^'\r\n])*""")}
_LINE = re.compile(r"[^\r\n]*")
_ARGUMENT_VALUE = re.compile(r"""[^&\s;"'<>#]*""")
_CONTENT = re.compile(r"(?:<!\[CDATA\[.*?(?:\]\]>|\Z)|[^<])*", re.DOTALL)
_SEGMENT_VALUE = re.compile(r"""[^/?#&\s;"'<>\\]*""")
_PART = re.compile(r".*?(?=\r?\n--|\Z)", re.DOTALL)

_UNICODE_ESCAPE = re.compile(r"\\{1,15}u([0-9A-Fa-f]{4})")


class Place(NamedTuple):
    """What stands before the value, where the value ends, and whether what is cut is put in the quotes of the name."""

    names: re.Pattern[str]
    end: _End
    quoted: bool = False


def as_read(name: str) -> str:
    """The name as its reader sees it: without the escapes of JSON and URLs."""
    name = _UNICODE_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), name) if "\\" in name else name
    return unquote(name) if "%" in name else name


def cut(text: str, place: Place, secret: Callable[[str], bool], instead: str, kept: str) -> str:
    """Replace the value behind each name that is `secret`; a value that is `instead` or `kept` stays."""
    parts: list[str] = []
    done = 0
    for match, end in _found(text, place, secret):
        value = text[match.end() : end]
        if value and value.strip("\\\"'") not in (instead, kept):
            parts += (text[done : match.end()], _in_quotes(value, match, instead) if place.quoted else instead)
            done = end
    return "".join((*parts, text[done:]))


def values(text: str, place: Place, secret: Callable[[str], bool]) -> Iterator[str]:
    """The value behind each name that is `secret`, without its quotes."""
    for match, end in _found(text, place, secret):
        yield text[match.end() : end].strip("\\\"'")


def _found(text: str, place: Place, secret: Callable[[str], bool]) -> Iterator[tuple[re.Match[str], int]]:
    """Each name that is secret, and where its value ends."""
    at = 0
    while match := place.names.search(text, at):
        at = match.end()
        if secret(as_read(match["name"])):
            at = place.end(text, match)
            yield match, at
        elif place.names is _SEGMENT:
            at = match.end("name")


def _in_quotes(value: str, name: re.Match[str], instead: str) -> str:
    quote = name.groupdict().get("quote")
    if quote is None:
        opening = re.match(r"""\\{0,15}["']""", value)
        quote = opening[0] if opening else ""
    return f"{quote}{instead}{quote}"


def _member_end(text: str, name: re.Match[str]) -> int:
    """Where a JSON or Python value ends: at its closing quote or bracket; at the end of the text when it is cut off."""
    at = name.end() + (text[name.end() : name.end() + 2] in ("b'", 'b"'))
    if text[at : at + 1] in ("{", "["):
        try:
            return json.JSONDecoder().raw_decode(text, at)[1]
        except (ValueError, RecursionError):
            return len(text)
    return _string_end(text, at) or _end(_SCALAR, text, at)


def _string_end(text: str, at: int) -> int:
    """Where a string that begins there ends; 0 when none begins."""
    if string := _STRING.get(text[at : at + 1]):
        match = string.match(text, at)
        return match.end() if match else len(text)
    if escaped := _ESCAPED_QUOTE.match(text, at):
        closing = re.compile(r"(?<!\\)" + re.escape(escaped[0])).search(text, escaped.end())
        return closing.end() if closing else len(text)
    return 0


def _quoted_header_end(text: str, name: re.Match[str]) -> int:
    end = _end(_IN_QUOTES[name["quote"]], text, name.end())
    return name.end() + len(
        text[name.end() : end].rstrip("\\")
    )  # inside a JSON string a backslash belongs to the quote


def _argument_end(text: str, name: re.Match[str]) -> int:
    """At the closing quote when the value opens one; a quote that was open before the name ends the value."""
    at = name.end()
    opening = re.compile(r"""\\{0,15}["']""").match(text, at)
    if opening and not text.count(opening[0], text.rfind("\n", 0, name.start()) + 1, name.start()) % 2:
        return _string_end(text, at)
    return _end(_ARGUMENT_VALUE, text, at)


def _ending(value: re.Pattern[str]) -> _End:
    return lambda text, name: _end(value, text, name.end())


def _end(value: re.Pattern[str], text: str, at: int) -> int:
    match = value.match(text, at)
    return match.end() if match else at


MEMBER: Final = Place(_MEMBER, _member_end, quoted=True)
NAMED: Final = Place(_NAMED, _member_end, quoted=True)
ARGUMENT: Final = Place(_ARGUMENT, _argument_end, quoted=True)
ELEMENT: Final = Place(_ELEMENT, _ending(_CONTENT))
FORM_PART: Final = Place(_FORM_PART, _ending(_PART))
SEGMENT: Final = Place(_SEGMENT, _ending(_SEGMENT_VALUE))

PLACES: Final = (
    MEMBER,
    Place(_PAIR, _member_end, quoted=True),
    NAMED,
    Place(_QUOTED_HEADER, _quoted_header_end),
    Place(_HEADER, _ending(_LINE)),
    ARGUMENT,
    ELEMENT,
    SEGMENT,
    FORM_PART,
)  # fmt: skip
