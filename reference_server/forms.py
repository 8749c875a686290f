"""The forms of an answer other than plain JSON: XML, and the pages of the web framework itself. Pure: no Flask here."""

import json
from html import escape
from http import HTTPStatus
from typing import Final
from xml.etree import ElementTree as ET

JSON: Final = "application/json"
_HTML: Final = """<html>
 <head>
  <title>{heading}</title>
 </head>
 <body>
  <h1>{heading}</h1>
  {text}<br /><br />

 </body>
</html>"""
_SPACED_OTHERWISE: Final = frozenset({405, 406})  # text pages that WebOb ends in another way


def page(status: int, text: str, accept: str, *, is_head: bool) -> tuple[str, str]:
    """The web framework's own answer to `accept`, and its Content-Type: HTML, JSON, or else text (RELEASES.md 5)."""
    title = HTTPStatus(status).phrase
    if "text/html" in accept or is_head:
        return _HTML.format(heading=f"{status} {title}", text=escape(text)), "text/html; charset=UTF-8"
    if JSON in accept:
        return json.dumps({"code": status, "description": "", "title": title}), JSON
    end = " \n\n " if status in _SPACED_OTHERWISE else "\n\n   "
    return f"{status} {title}\n\n{text}{end}", "text/plain; charset=UTF-8"


def xml(payload: object, name: str = "result") -> bytes:
    """The XML form of a JSON value: members as elements, entries as `item`, null as `nil="true"` (REAL-VIM.md 2)."""
    return ET.tostring(_element(name, payload), short_empty_elements=True)


def _element(name: str, value: object) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, dict):
        element.extend(_element(key, member) for key, member in value.items())
    elif isinstance(value, list):
        element.extend(_element("item", member) for member in value)
    elif value is None:
        element.set("nil", "true")
    else:
        element.text = value if isinstance(value, str) else json.dumps(value)
    return element
