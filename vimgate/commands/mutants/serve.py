"""`vimgate mutants serve`: one faulty server on a port, until somebody stops it."""

import hmac
import secrets
from collections.abc import Iterable
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import click
from waitress import create_server
from werkzeug.test import Client

from reference_server.accesslog import AccessLog
from reference_server.auth.gate import TOKEN_HEADER
from reference_server.control.admission import TOKEN_HEADER as CONTROL_HEADER
from reference_server.control.admission import is_control
from reference_server.mutants import Mutant
from vimgate import completing, serving
from vimgate.commands.mutants.listing import found

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_BODY_LIMIT = 1 << 20  # bytes, that of the release `published`


@click.command(epilog="Example: vimgate mutants serve second-apply-accepted --port 4545")
@click.argument("name", shell_complete=completing.mutants)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=0,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 picks a free one.",
)
def command(name: str, host: str, port: int) -> None:
    """Run the faulty server NAME until Ctrl-C or SIGTERM.

    The first line of the output is the address, the second says what is served, the third is the token of the control
    routes, and further ones are the tokens of the API where the server wants one. Its clock is virtual: it moves by
    POST /_control/clock alone.
    """
    mutant = found(name)
    lines, token = serving.Lines(), secrets.token_urlsafe(24)
    log = serving.PlainLog(lines)
    with suppress(KeyboardInterrupt), serving.listen(host, port) as listener:
        serving.stop_on_signals()
        app = mutant.make()
        service = _service(mutant, app)
        server = create_server(
            AccessLog(_Door(app, token), log.request), sockets=[listener], **serving.settings(_BODY_LIMIT)
        )
        with closing(server):
            log.start(serving.address_of(listener), service, token)
            for whose, token in (("", mutant.token), (" of a reader", mutant.reader), (", expired", mutant.expired)):
                if token:
                    lines.write(f"{TOKEN_HEADER}{whose}: {token}")
            server.run()  # until a signal; its threads have ended then
    log.stop()


def _service(mutant: Mutant, app: "WSGIApplication") -> serving.Service:
    """What is said about the server when it starts."""
    standing = Client(app).get("/_control").json or {}
    return serving.Service(
        world=str(standing.get("world", "default")),
        release=f"{standing.get('release', 'published')} with the defect {mutant.name}",
        clock="virtual",
        auth=f"token ({1 + bool(mutant.reader)} known)" if mutant.token else "none",
        state="in memory",
        seed=0,
    )


class _Door:
    """Lets those in to the control routes who have the token; everything else is the application's affair."""

    def __init__(self, app: "WSGIApplication", token: str) -> None:
        self._app = app
        self._token = token

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        given = environ.get(f"HTTP_{CONTROL_HEADER.upper().replace('-', '_')}", "")
        if not is_control(environ.get("PATH_INFO", "")) or hmac.compare_digest(given.encode(), self._token.encode()):
            return self._app(environ, start_response)
        text = f"The header {CONTROL_HEADER} is missing or wrong; the token was printed when the server started.\n"
        start_response("401 Unauthorized", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
        return [text.encode()]
