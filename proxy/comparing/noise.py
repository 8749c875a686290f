"""Texts and paths without what is another in each deployment or run: uuids, times, places, tokens, hosts, order."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_UUID: Final = re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b|\b[0-9a-fA-F]{32}\b")
_HTTP_DATE: Final = r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
_TIME: Final = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?|{_HTTP_DATE}"
)
_BASE: Final = re.compile(r"\bhttps?://[^/\s\"'<>]+")
_ADDRESS: Final = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\blocalhost(?::\d+)?")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{40,}={0,2}")
_ITEM: Final = r"[bu]?['\"]?[\w-]+(?:\.[\w-]+)*['\"]?"
_LIST: Final = re.compile(rf"(?<=: ){_ITEM}(?:, {_ITEM})+|{_ITEM}(?:, {_ITEM}){{2,}}")

_REPLACED: Final = ((_UUID, "{uuid}"), (_TIME, "{time}"), (_BASE, "{base}"), (_ADDRESS, "{address}"))
_TAG: Final = re.compile(r"<[^<>]*>")
_NAME_OF_TAG: Final = re.compile(r"<([A-Za-z_][\w.-]*)")

LONGEST: Final = 2000
"""Letters of a text that are looked at."""


def plain(text: str, names: Iterable[str] = ()) -> str:
    """The text without noise; each of the `names` becomes `{host}`, and lists of words stand in one order."""
    text = " ".join(text[:LONGEST].split())
    for pattern, word in _REPLACED:
        text = pattern.sub(word, text)
    text = _TOKEN.sub("{token}", text)
    for name in sorted(names, key=lambda each: (-len(each), each)):
        if name in text:
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "{host}", text)
    return _LIST.sub(lambda found: ", ".join(sorted(found[0].split(", "))), text)


def plain_path(path: str) -> str:
    """The path of a request with each uuid as `{uuid}`."""
    return _UUID.sub("{uuid}", path)


def plain_href(href: str) -> str:
    """Where a link leads, without the deployment that it leads to."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return plain(href)
    return plain_path(parts.path) + (f"?{parts.query}" if parts.query else "")


def plain_page(text: str) -> str:
    """What a page of HTML says."""
    return plain(_TAG.sub(" ", text[:LONGEST]))


def elements(text: str) -> str:
    """The names of the elements of an XML text, in the order of the alphabet."""
    return " ".join(sorted(set(_NAME_OF_TAG.findall(text))))
