"""Where the gateway listens, and where the server is, as a person writes them; pure."""

from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

_PORTS: Final = {"http": 80, "https": 443}


class AddressError(ValueError):
    """What was written is no address; the text says what to write."""


class Upstream(NamedTuple):
    """The server: `http` or `https`, its name or address without brackets, its port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{bracketed(self.host)}:{self.port}"


class Listen(NamedTuple):
    """Where to listen; port 0 picks a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"


def bracketed(host: str) -> str:
    """A host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def read_upstream(text: str) -> Upstream:
    """The server of a URL. Raises AddressError, which never repeats a password."""
    parts = _split(text.strip(), "write a URL such as https://vim.example.com:4545 or http://[::1]:4545")
    if parts.username is not None or parts.password is not None:
        raise AddressError(
            "the URL of the server holds a user name or a password; leave it out, clients send their own"
        )
    if parts.scheme not in _PORTS or not parts.hostname:
        raise AddressError("that is no URL of a server; write one such as https://vim.example.com:4545")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise AddressError("the URL of the server has a path; clients send theirs, so write it without")
    port = _port(parts, "a port is a number from 1 to 65535")
    if port == 0:
        raise AddressError("on port 0 nothing can listen; write the port of the server")
    return Upstream(parts.scheme, parts.hostname, port or _PORTS[parts.scheme])


def read_listen(text: str) -> Listen:
    """HOST:PORT, [HOST]:PORT or PORT. Raises AddressError."""
    stripped = text.strip()
    wanted = (
        f"{stripped!r} is no address to listen on; write HOST:PORT such as 127.0.0.1:4546 or [::1]:4546, "
        "with a port from 0 to 65535"
    )
    parts = _split(f"//127.0.0.1:{stripped}" if stripped.isdigit() else f"//{stripped}", wanted)
    port = _port(parts, wanted)
    if not parts.hostname or port is None or parts.path or parts.query or parts.fragment or "@" in stripped:
        raise AddressError(wanted)
    return Listen(parts.hostname, port)


def _split(text: str, wanted: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise AddressError(wanted) from None


def _port(parts: SplitResult, wanted: str) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise AddressError(wanted) from None
