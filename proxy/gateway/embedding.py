"""mitmproxy inside this process: its DumpMaster with the options that a gateway needs and the addons that it uses."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.options import Options
from mitmproxy.tools.dump import DumpMaster

from proxy.gateway.addresses import Listen, Upstream
from proxy.gateway.certificates import Files
from proxy.traffic import Mode

IDLE: Final = 86_400
"""Seconds without a byte after which mitmproxy closes a connection: as good as never, that is the server's affair."""

# The other thirty of mitmproxy's addons do nothing here, for each event; one (block) turns away clients with public
# addresses, one (update_alt_svc) and one (disable_h2c) change headers.
_KEPT: Final = frozenset({"proxyserver", "nextlayer", "tlsconfig"})


def needed(mode: Mode, largest: int) -> dict[str, Any]:
    """The options that a gateway needs, wherever it runs.

    Lazy connections: a server that is down is an error of a request. No HTTP/2: its heads are not those that were
    sent. Only a mode that blocks refuses heads that can be read in two ways: elsewhere the server says what it thinks
    of them, and a connection is never shared. What follows an answer 101 is not judged, so it passes in no mode that
    blocks.
    """
    enforcing = mode is Mode.ENFORCE
    return {
        "connection_strategy": "lazy",
        "http2": False,
        "http3": False,
        "websocket": False,
        "rawtcp": not enforcing,
        "keep_host_header": True,
        "validate_inbound_headers": enforcing,
        "tcp_timeout": IDLE,
        "stream_large_bodies": None if mode is Mode.OBSERVE else str(largest),
    }


def build(  # noqa: PLR0913 - what a listener is made of
    upstream: Upstream, listen: Listen, files: Files, confdir: Path, wanted: dict[str, Any], *, insecure: bool
) -> DumpMaster:
    """A master that listens when it is run; to be called in a running loop. `confdir` is for keys of its own."""
    options = Options(
        listen_host=listen.host,
        listen_port=listen.port,
        mode=[f"reverse:{upstream}"],
        confdir=str(confdir),
        ssl_insecure=insecure,
        ssl_verify_upstream_trusted_ca=str(files.authorities) if files.authorities else None,
        client_certs=str(files.client) if files.client else None,
        certs=[f"*={files.listening}"] if files.listening else [],
    )
    master = DumpMaster(options, with_termlog=False, with_dumper=False)
    master.addons.get("errorcheck").finish()
    options.update(**wanted)
    master.addons.chain = [each for each in master.addons.chain if type(each).__name__.lower() in _KEPT]
    return master


def server_of(master: DumpMaster) -> Proxyserver:
    """The part that listens."""
    found = master.addons.get("proxyserver")
    if not isinstance(found, Proxyserver):
        raise TypeError("mitmproxy without its proxyserver")
    return found


class Faults(logging.Handler):
    """Hears when mitmproxy fails, and tells the kind of error alone: its texts quote what was sent."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._say = say
        self._logger = logging.getLogger("mitmproxy")

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        kind = record.exc_info[0] if record.exc_info else None
        if kind is not None:
            self._say(f"mitmproxy failed on a connection: {kind.__name__}")

    def __enter__(self) -> Self:
        self._before = self._logger.propagate, self._logger.level
        self._logger.addHandler(self)
        self._logger.propagate = False
        self._logger.setLevel(logging.ERROR)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate, level = self._before
        self._logger.setLevel(level)
