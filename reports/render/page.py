"""What all pages share: one offline document, no network, no font, no file beside it; templates filled and escaped.

A page forbids itself everything but its own style and script (by hash), so that a text that slipped through could
still not run.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import jinja2
from markupsafe import Markup

from reports import coverage
from reports.model import Verdict
from reports.render.words import LABELS, printable

# A shape beside each word, so that colour is never the only sign.
MARKS: Final = {
    Verdict.PASS:           "✓",
    Verdict.WARN:           "!",
    Verdict.FAIL:           "✗",
    Verdict.UNTESTABLE:     "?",
    Verdict.HARNESS_ERROR:  "*",
    Verdict.NOT_APPLICABLE: "–",  # noqa: RUF001 - a dash for "nothing to see"
}  # fmt: skip


def fill(
    template: str, *, style: str, script: str = "", filters: Mapping[str, Callable[..., Any]], **values: Any
) -> str:
    """The page of a template of this room. The policy of the page allows this style and this script alone."""
    page = _environment().overlay()
    page.filters = {**page.filters, **filters}
    return page.get_template(template).render(
        values,
        marks=MARKS,
        labels=LABELS,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


@cache
def asset(name: str) -> str:
    """The text of a file of this room."""
    return (files("reports.render") / name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters |= {"edge": coverage.told}
    return environment


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
