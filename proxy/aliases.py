"""What a server that is lenient takes a request for: other methods, and spellings of paths, than those that were sent.

The contract knows one spelling, so nothing here is a reason for a finding about it; but what an operator holds back
shall not come through because a client writes it in another way. Known of WSGI frameworks: `_method` in the query,
methods in any case, slashes that are doubled or come after dots, parameters and an extension behind the last segment.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, unquote

from conformance.exchange import Exchange

_PARAMETERS: Final = re.compile(r";[^/]*")
_EXTENSION: Final = re.compile(r"\.\w{1,5}/*$")
_LONGEST: Final = 4096  # letters of a path or query; no server routes by more


def aliases(request: Exchange) -> Iterator[tuple[str, str]]:
    """Method and path as they were sent, then as they may be taken."""
    yield request.method, request.path
    methods = {request.method.upper(): None}
    if "_method" in unquote(request.query[:_LONGEST]):
        named = parse_qsl(request.query[:_LONGEST])
        methods |= {value.upper(): None for name, value in named if name == "_method"}
    path = _plain(request.path[:_LONGEST])
    for method in methods:
        yield method, path
        yield method, _EXTENSION.sub("", path)


def _plain(path: str) -> str:
    return posixpath.normpath("/" + _PARAMETERS.sub("", unquote(path)).lstrip("/")).lower()
