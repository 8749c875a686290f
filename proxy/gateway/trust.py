"""Whom the gateway trusts over TLS: what is wrong with a server's certificate, in words and as an answer."""

import json
from typing import Final

from mitmproxy import http

from proxy.deciding.answers import MEDIA_TYPE, Answer

_NOT_VERIFIED: Final = "certificate verify failed"
_OUR_CERTIFICATE: Final = (
    "certificate required",
    "alert bad certificate",
    "alert unknown ca",
    "alert certificate",
    "alert unsupported certificate",
)
"""Alerts of a server that has something against the certificate of its client, or the lack of one."""


def is_not_trusted(error: str) -> bool:
    """The handshake failed because of the server's certificate, by mitmproxy's words."""
    return _NOT_VERIFIED in error.lower()


def problem(error: str) -> str:
    """What is wrong, and what to do, in one line."""
    if is_not_trusted(error):
        return (
            f"the certificate of the server is not trusted: {_cause(error)}; requests are answered 502. "
            "Name the file of its authority with --ca, or use --insecure"
        )
    if any(alert in error.lower() for alert in _OUR_CERTIFICATE):
        return f"the server wants another certificate of us: {error}; clients are cut off. Name one with --client-cert"
    return f"TLS with the server fails: {error}; clients are cut off"


def refusal_of(flow: http.HTTPFlow) -> Answer | None:
    """502, where a server was not asked because its certificate is not trusted; None for any other error."""
    error = flow.error.msg if flow.error is not None else ""
    if not is_not_trusted(error):
        return None
    detail = f"Not forwarded: the certificate of the server is not trusted ({_cause(error)})."
    document = {
        "type": "urn:vimgate:problem:server-not-trusted",
        "title": "The server is not trusted",
        "status": 502,
        "detail": detail,
        "forwarded": False,
        "faultcode": "Server",
        "faultstring": detail,
        "debuginfo": None,
    }
    body = json.dumps(document).encode()
    headers = (("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store"), ("Connection", "close"))
    return Answer(502, headers, body)


def _cause(error: str) -> str:
    """What OpenSSL has against it."""
    return error.partition(":")[2].strip() or "it does not verify"
