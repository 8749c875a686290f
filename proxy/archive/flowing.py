"""A passage without secrets as a flow of mitmproxy, for captures that its tools and others read."""

from typing import Any, Final

from mitmproxy import connection, flow, http
from mitmproxy.net import encoding
from mitmproxy.net.http import status_codes

from conformance.evidence.bodies import Body
from conformance.exchange import Headers
from proxy.archive.cleaning import Clean

_HOST: Final = "vim"  # where the request does not say to which host it went
_LOCAL: Final = ("127.0.0.1", 0)


def flow_of(clean: Clean) -> http.HTTPFlow:
    """The flow. What mitmproxy has no place for is in its metadata, under `vimgate`."""
    passage, exchange = clean.passage, clean.passage.exchange
    client = connection.Client(
        peername=(passage.client or _LOCAL[0], 0), sockname=_LOCAL, timestamp_start=passage.started
    )
    made = http.HTTPFlow(client, connection.Server(address=None))
    content = _coded(clean.request)
    made.request = http.Request(
        host=exchange.request_header("Host") or _HOST,
        port=80,
        method=_bytes(exchange.method),
        scheme=b"http",
        authority=b"",
        path=_bytes(exchange.path + ("?" + exchange.query if exchange.query else "")),
        http_version=b"HTTP/1.1",
        headers=_headers(exchange.request_headers, clean.request, content),
        content=content,
        trailers=None,
        timestamp_start=passage.started,
        timestamp_end=passage.started,
    )
    if exchange.status:
        content = _coded(clean.response)
        made.response = http.Response(
            http_version=b"HTTP/1.1",
            status_code=exchange.status,
            reason=_bytes(status_codes.RESPONSES.get(exchange.status, "")),
            headers=_headers(exchange.response_headers, clean.response, content),
            content=content,
            trailers=None,
            timestamp_start=passage.started,
            timestamp_end=exchange.at,
        )
    else:
        made.error = flow.Error("blocked by the gateway" if passage.blocked else "no answer came", exchange.at)
    made.metadata["vimgate"] = told_of(clean)
    return made


def told_of(clean: Clean) -> dict[str, Any]:
    """What only the gateway knows of the exchange."""
    passage = clean.passage
    return {
        "number": passage.number,
        "in_order": passage.in_order,
        "client": passage.client,
        "blocked": passage.blocked,
        "lost": passage.lost,
        "started": passage.started,
        "at": passage.exchange.at,
        "omitted": clean.request.omitted or clean.response.omitted,
    }


def _headers(headers: Headers, body: Body, content: bytes | None) -> http.Headers:
    """The headers; a length that was right is right again when the body has become another one."""
    length = str(body.size), str(len(content)) if content is not None else str(body.size)
    return http.Headers(
        (_bytes(name), _bytes(length[1] if name.lower() == "content-length" and value == length[0] else value))
        for name, value in headers
    )


def _bytes(text: str) -> bytes:
    """The bytes that came, also where they were no UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _coded(body: Body) -> bytes | None:
    """The body in the coding in which it came, so that headers and body agree; None when it was not kept."""
    if body.omitted:
        return None
    data = body.data
    for each in body.coding.split(",") if body.coding else ():
        coded = encoding.encode(data, each.strip())
        data = coded if isinstance(coded, bytes) else coded.encode()
    return data
