"""Connections to the server and from clients, as an addon of mitmproxy: names, TLS, and what an operator must know."""

from collections.abc import Callable
from typing import Any, Final

from mitmproxy import tcp
from mitmproxy.proxy.server_hooks import ServerConnectionHookData
from mitmproxy.tls import TlsData

from proxy.gateway import trust
from proxy.gateway.guarded import never_raises
from proxy.gateway.said import Once

_CLIENT_GONE: Final = "client disconnected"  # mitmproxy's word for it


class Contact:
    """Watches over connections. `tls`: clients speak TLS; `say` is told once for each cause."""

    def __init__(self, say: Callable[[str], None], *, tls: bool) -> None:
        self._say, self._tls = Once(say), tls

    @never_raises
    def server_connect(self, data: ServerConnectionHookData) -> None:
        """The server is asked for by its own name, whatever name a client has for us.

        mitmproxy takes a server on this machine with our port for ourselves, whichever address it has.
        """
        data.server.error = None
        if data.server.address is not None:
            data.server.sni = data.server.address[0]

    @never_raises
    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        """The server cannot be reached; said once until it can. A client that does not wait says nothing of it."""
        if data.server.error == _CLIENT_GONE:
            return
        self._say.of("reach", f"the server cannot be reached: {data.server.error}; clients are cut off as it would")

    @never_raises
    def server_connected(self, data: ServerConnectionHookData) -> None:  # noqa: ARG002 - mitmproxy's signature
        """The server can be reached (again)."""
        self._say.over("reach", "the server can be reached again")

    @never_raises
    def tls_failed_server(self, data: TlsData) -> None:
        """The server does not speak TLS as we wish."""
        self._say.of("tls", trust.problem(data.conn.error or ""))

    @never_raises
    def tls_established_server(self, data: TlsData) -> None:  # noqa: ARG002 - mitmproxy's signature
        """The server is trusted (again)."""
        self._say.over("tls", "the certificate of the server is trusted now")

    @never_raises
    def server_disconnected(self, data: ServerConnectionHookData) -> None:
        """The server has ended TLS with an alert; said once, because the next handshake succeeds as well."""
        if data.server.tls_established and data.server.error is not None:
            self._say.of("alert", trust.problem(data.server.error))

    @never_raises
    def tls_start_client(self, data: TlsData) -> None:
        """Where no certificate was given for listening, nobody speaks TLS with us."""
        if not self._tls:
            data.ssl_conn = None

    @never_raises
    def tcp_message(self, flow: tcp.TCPFlow) -> None:
        """What follows an answer 101 is no HTTP and is not kept."""
        flow.messages.clear()

    def fail(self, data: Any, error: Exception) -> None:  # noqa: ARG002 - what every addon of ours is told
        """A fault of ours; the connection goes its way."""
        name = type(error).__name__
        self._say.of(f"fault {name}", f"a fault of the gateway itself: {name}")
