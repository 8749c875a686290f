"""The page and its address."""

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import Final

import jinja2
from flask import Blueprint, Response
from markupsafe import Markup

from reference_server.clock import Clock, SystemClock, VirtualClock
from reference_server.driver import Driver
from reference_server.statuspage.picture import draw
from reference_server.wire import current

PREFIX: Final = "/_status"
REFRESHED: Final = 2
"""Seconds between two looks of an open page."""


def blueprint() -> Blueprint:
    """The one route."""
    status = Blueprint("status", __name__)
    status.add_url_rule(PREFIX, "show", show, methods=["GET"], provide_automatic_options=False)
    return status


def show() -> Response:
    """The page as things stand."""
    response = Response(render(current().driver), content_type="text/html; charset=UTF-8")
    response.headers.update(_headers())
    return response


def render(driver: Driver) -> str:
    """The state of a driver as an HTML document."""
    strategy, clock, fleet = driver.current(), driver.clock, driver.fleet
    now = clock.now()
    style, script = _asset("page.css"), _asset("page.js")
    return _template().render(
        strategy=strategy,
        pictures=draw(strategy, now, clock.stamp) if strategy is not None else (),
        world=driver.world.name,
        release=driver.release.name,
        clock=_clock(clock),
        now=clock.stamp(now),
        hosts=len(fleet.hosts),
        locked=sum(host.locked for host in fleet.hosts),
        instances=len(fleet.instances),
        alarms=len(fleet.alarms),
        refreshed=REFRESHED,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
    )


def _clock(clock: Clock) -> str:
    if isinstance(clock, VirtualClock):
        return "virtual, moves when it is told to"
    speed = clock.speed if isinstance(clock, SystemClock) else 1
    told = "system, in real time" if speed == 1 else f"system, {speed:g} times as fast as real time"
    return f"{told}, frozen" if clock.frozen else told


@cache
def _headers() -> dict[str, str]:
    """The page may use its own style and script, and ask its own address; nothing else, and nobody may frame it."""
    policy = (
        f"default-src 'none'; style-src '{_hash(_asset('page.css'))}'; script-src '{_hash(_asset('page.js'))}'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_asset("page.html.j2"))


@cache
def _asset(name: str) -> str:
    return files("reference_server.statuspage").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
