"""What all pages share: one offline document, no network, no font, no file beside it; templates filled and escaped.

A page forbids itself everything but its own style and script (by hash), so that a text that slipped through could
still not run.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape

from reports import coverage
from reports.model import Verdict
from reports.render.pictures.graph import CARD
from reports.render.pictures.lanes import LANE, look
from reports.render.words import HEADLINES, LABELS, SIGNS, duration, printable

# A shape beside each word, so that colour is never the only sign.
MARKS: Final = {
    Verdict.PASS:           "✓",
    Verdict.WARN:           "!",
    Verdict.FAIL:           "✗",
    Verdict.UNTESTABLE:     "?",
    Verdict.HARNESS_ERROR:  "*",
    Verdict.NOT_APPLICABLE: "–",  # noqa: RUF001 - a dash for "nothing to see"
}  # fmt: skip

_CODE: Final = re.compile("`([^`\n]+)`")


def fill(
    template: str,
    *,
    styles: Iterable[str],
    scripts: Iterable[str],
    filters: Mapping[str, Callable[..., Any]],
    **values: Any,
) -> str:
    """The page of a template of this room. The policy of the page allows these styles and scripts alone."""
    style = "".join(asset(f"styles/{name}.css") for name in styles)
    script = "".join(asset(f"scripts/{name}.js") for name in scripts)
    page = _environment(tuple(filters.items())).get_template(f"pages/{template}.html.j2")
    return page.render(
        values,
        marks=MARKS,
        labels=LABELS,
        signs=SIGNS,
        headlines=HEADLINES,
        lane_height=LANE,
        card_size=CARD,
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
def _environment(filters: tuple[tuple[str, Callable[..., Any]], ...]) -> jinja2.Environment:
    """One for each page: it keeps its templates compiled."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters |= {"edge": coverage.told, "duration": duration, "look": look, "prose": _prose, **dict(filters)}
    return environment


def _prose(text: str) -> Markup:
    """The text with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", escape(printable(text))))  # noqa: S704 - escaped before


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
