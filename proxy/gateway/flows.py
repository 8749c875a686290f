"""mitmproxy flow -> Exchange: text as the bytes were, bodies unpacked; says why where an exchange cannot be judged."""

from dataclasses import replace

from mitmproxy import http

from conformance.exchange import Exchange, Headers
from proxy.copies import NotUnpacked, unpacked

__all__ = ["NotUnpacked", "answered", "asked"]


def asked(request: http.Request, body: bytes, most: int, at: float = 0.0) -> Exchange:
    """The request as an exchange without an answer; `at` is when it had come. Raises NotUnpacked."""
    return as_it_came(request, _unpacked(request, body, most), at)


def as_it_came(request: http.Request, body: bytes, at: float = 0.0) -> Exchange:
    """The same with that body, whatever the head says of its coding: many servers do not look."""
    path, _, query = request.data.path.partition(b"?")
    return Exchange(
        method=_text(request.data.method),
        path=_text(path),
        status=0,
        query=_text(query),
        request_headers=_headers(request.data.headers),
        request_body=body,
        at=at,
        origin="proxy",
    )


def answered(request: Exchange, response: http.Response, body: bytes, most: int, at: float) -> Exchange:
    """The request with its answer, complete at `at`. Raises NotUnpacked."""
    return replace(
        request,
        status=response.status_code,
        response_headers=_headers(response.data.headers),
        response_body=_unpacked(response, body, most),
        at=at,
    )


def _unpacked(message: http.Message, body: bytes, most: int) -> bytes:
    return unpacked(body, message.headers.get("content-encoding", ""), most) if body else body


def _headers(headers: http.Headers) -> Headers:
    return tuple((_text(name), _text(value)) for name, value in headers.fields)


def _text(raw: bytes) -> str:
    """Each byte as one letter, as HTTP/1 reads them: nothing is lost, and nothing fails."""
    return raw.decode("latin-1")
