"""The Flask factory: a world, a release and a clock become a server. Nothing is shared between two apps."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from reference_server import control as control_blueprint
from reference_server import routes, statuspage, wire
from reference_server.auth import Auth
from reference_server.clock import Clock, VirtualClock
from reference_server.driver import Driver, Unavailable
from reference_server.refusals import NOT_WRITABLE, Refusal
from reference_server.rulebooks import Release, load_release
from reference_server.storage.store import Store
from reference_server.worlds.file import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_OF_THE_RELEASE = -1


def create_app(  # noqa: PLR0913 - each has a default, and a keyword
    world: World | None = None,
    release: str | Release = "published",
    *,
    clock: Clock | None = None,
    control: bool = True,
    control_token: str | None = None,
    body_limit: int | None = _OF_THE_RELEASE,
    seed: int = 0,
    store: Store | None = None,
    auth: Auth | None = None,
    status_page: bool = False,
    driver: type[Driver] = Driver,
) -> Flask:
    """Make the reference server, a WSGI application.

    Without arguments: the default world, the release `published`, a virtual clock, the control routes without a token.
    `release` is the name of a shipped release (LookupError for another) or one that was read from a rulebook file.
    `control_token` is what every control request has to carry.
    `body_limit` is in bytes, None for none; it replaces the release's own.
    The same seed gives the same uuids.
    A `store` keeps the strategy: what it holds is gone on with; StoreError when it does not fit.
    `auth` is asked first about every request, but not about those of the control routes and of the status page.
    `driver` is the class of its driver.
    """
    chosen = load_release(release) if isinstance(release, str) else release
    limit = chosen.wire.body_limit if body_limit == _OF_THE_RELEASE else body_limit
    driving = driver(world, chosen, clock or VirtualClock(), seed=seed, store=store)
    app = Flask("reference_server", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = limit
    if auth is not None:
        app.before_request(_guard(auth, {control_blueprint.PREFIX: control, statuspage.PREFIX: status_page}))
    wire.attach(app, wire.Vim(driving, chosen.wire, limit))
    routes.install(app, chosen.wire)
    if control:
        app.register_blueprint(control_blueprint.blueprint(control_token))
    if status_page:
        app.register_blueprint(statuspage.blueprint())
    app.before_request(wire.check_request)
    app.register_error_handler(Refusal, wire.refuse)
    app.register_error_handler(Unavailable, lambda _: wire.refuse(Refusal(503, NOT_WRITABLE)))
    app.register_error_handler(HTTPException, wire.refuse_http)
    if chosen.wire.loose_paths:
        app.wsgi_app = _LoosePaths(app.wsgi_app)  # type: ignore[method-assign] # Flask's own way of wrapping an app
    return app


def _guard(auth: Auth, own: Mapping[str, bool]) -> Callable[[], ResponseReturnValue | None]:
    """The question put to `auth` about every request but those below a path of `own` that is served."""
    prefixes = tuple(prefix for prefix, is_served in own.items() if is_served)

    def check() -> ResponseReturnValue | None:
        is_own = any(request.path == prefix or request.path.startswith(f"{prefix}/") for prefix in prefixes)
        return None if is_own else auth.check(request)

    return check


class _LoosePaths:
    """Understands doubled slashes, and the suffixes .json and .xml, which choose the form (RELEASES.md 2)."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app: Callable[..., Iterable[bytes]] = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        changed: dict[str, Any] = dict(environ)
        path = re.sub("/{2,}", "/", environ.get("PATH_INFO", ""))
        if match := re.search(r"\.(json|xml)$", path):
            path = path[: match.start()]
            changed["HTTP_ACCEPT"] = f"application/{match[1]}"
        changed["PATH_INFO"] = path
        return self._app(changed, start_response)
