"""Which deployment a URL is about, and what it asks there. Pure."""

from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443}


class Address(NamedTuple):
    """A URL in the parts that matter: `site` is `scheme://host:port`; `path` and `query` are as they were sent."""

    scheme: str
    site: str
    path: str
    query: str


@lru_cache(maxsize=1024)
def address_of(url: str) -> Address:
    """The parts of a URL, without userinfo and fragment. Raises ValueError where it cannot be read."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return Address(scheme, site_of(scheme, parts.hostname or "", parts.port), parts.path or "/", parts.query)


def site_of(scheme: str, host: str, port: int | None) -> str:
    """The deployment at a host and port, the usual one of the scheme where it is None."""
    bracketed = f"[{host}]" if ":" in host else host
    return f"{scheme}://{bracketed}:{port or _PORTS.get(scheme, 0)}"
