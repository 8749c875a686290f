"""TLS that ends with an alert, after its handshake: with TLS 1.3 a server refuses a certificate of ours so late.

mitmproxy 12.2.3 takes such an end for one that it has told of, and leaves the client to wait for ever. `install` puts
that right for the whole process (ADR 0021).
"""

from typing import Any, Final

from mitmproxy.proxy import commands, layer
from mitmproxy.proxy.layers.tls import TLSLayer
from mitmproxy.proxy.tunnel import TunnelLayer
from OpenSSL import SSL

type Commands = layer.CommandGenerator[None]

_LOGGED: Final = "TLS Error: "  # mitmproxy's word for what OpenSSL makes of an alert
_receive = TLSLayer.receive_data


def install() -> None:
    """From now on every connection with TLS of this process ends where an alert ends it, and keeps why as its error."""
    TLSLayer.receive_data = _received  # type: ignore[method-assign,assignment]
    TLSLayer.receive_close = _closed  # type: ignore[method-assign,assignment]


def _received(secured: TLSLayer, content: bytes) -> Commands:
    for command in _receive(secured, content):
        if isinstance(command, commands.Log) and command.message.startswith(_LOGGED):
            secured.conn.error = _why(command.message)
        yield command


def _closed(secured: TLSLayer) -> Commands:
    tls: Any = secured.tls
    try:
        tls.recv(1)
    except SSL.ZeroReturnError:  # an orderly end, and told
        return
    except SSL.Error:
        pass
    yield from TunnelLayer.receive_close(secured)


def _why(logged: str) -> str:
    """The last text of what OpenSSL says: `tlsv13 alert certificate required`."""
    return logged.removeprefix(_LOGGED).rstrip("])'\" ").rpartition("'")[2] or "an alert"
