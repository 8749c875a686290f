"""A HAR 1.2 document that is whole after each of its entries; readers of HAR read it while it grows."""

import base64
import os
from typing import Any, Final

from mitmproxy import http
from mitmproxy.addons.savehar import SaveHar

from conformance.evidence.bodies import Body
from proxy.archive.cleaning import Clean
from proxy.archive.flowing import told_of
from proxy.archive.lines import line
from proxy.archive.rotated import Form

_START: Final = b'{"log":{"version":"1.2","creator":{"name":"vimgate","version":"'
_ENTRIES: Final = b'"},"pages":[],"entries":['
_END: Final = b"\n]}}\n"
_BLOCK: Final = 1024 * 1024


def har_form(version: str) -> Form:
    """A HAR 1.2 document; each entry is on a line of its own, and the end is written again behind each."""
    return Form(
        opening=lambda: _START + version.encode() + _ENTRIES + b"\n",
        resume=_resume_har,
        between=b",\n",
        closing=_END,
    )


def har_entry(clean: Clean, flow: http.HTTPFlow) -> bytes:
    """One entry of a HAR, as mitmproxy writes it, with what it leaves out: bodies of any method, and of no answer."""
    entry: dict[str, Any] = SaveHar().flow_entry(flow, set())
    _add_request_body(entry["request"], clean.request, flow)
    answer = entry["response"]
    answer["content"] = _content(clean.response, flow) if clean.passage.exchange.status else _NO_CONTENT
    entry["_client"] = clean.passage.client
    entry["_vimgate"] = told_of(clean)
    return line(entry).rstrip(b"\n")


_NO_CONTENT: Final = {"size": 0, "mimeType": "x-unknown"}


def _add_request_body(request: dict[str, Any], body: Body, flow: http.HTTPFlow) -> None:
    request.pop("postData", None)
    request["bodySize"] = body.size
    if body.data:
        told = {"mimeType": flow.request.headers.get("Content-Type", ""), "params": []}
        request["postData"] = told | _text(body.data, told["mimeType"], "_encoding")


def _content(body: Body, flow: http.HTTPFlow) -> dict[str, Any]:
    mime = flow.response.headers.get("Content-Type", "") if flow.response else ""
    if body.omitted:
        return {"size": body.size, "mimeType": mime, "comment": body.omitted}
    return {"size": len(body.data), "mimeType": mime} | _text(body.data, mime, "encoding")


def _text(data: bytes, mime: str, name: str) -> dict[str, str]:
    """The bytes as text where every reader gets them back, or in base64, which the member `name` says."""
    if data.isascii() or "charset" not in mime.lower() or "utf-8" in mime.lower():
        try:
            return {"text": data.decode("utf-8")}
        except UnicodeDecodeError:
            pass
    return {"text": base64.b64encode(data).decode("ascii"), name: "base64"}


def _resume_har(file: int, size: int) -> tuple[int, bool] | None:
    """Behind the last whole entry; an entry that a kill has cut off goes. None for a HAR that is not ours."""
    if os.pread(file, len(_START), 0) != _START:
        return None
    end = size
    if os.pread(file, len(_END), size - len(_END)) == _END:
        end -= len(_END)
    else:
        end = _last_newline(file, size)
        if end < 0:
            return None
        if os.pread(file, 1, end - 1) == b",":
            end -= 1
        else:
            end += 1  # behind the opening line
        os.ftruncate(file, end)
    return end, os.pread(file, 1, end - 1) == b"}"


def _last_newline(file: int, size: int) -> int:
    end = size
    while end > 0:
        start = max(0, end - _BLOCK)
        at = os.pread(file, end - start, start).rfind(b"\n")
        if at >= 0:
            return start + at
        end = start
    return -1
