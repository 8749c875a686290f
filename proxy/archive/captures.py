"""Captures of every exchange: a HAR that is whole after each of its entries, and a flow file of mitmproxy."""

import base64
import io
import json
import os
from typing import Any, Final

from mitmproxy import http
from mitmproxy.addons.savehar import SaveHar
from mitmproxy.io import FlowWriter

from proxy.archive.bodies import Body
from proxy.archive.cleaning import Clean
from proxy.archive.flowing import told_of
from proxy.archive.rotated import Form

HAR_NAME: Final = "capture.har"
FLOWS_NAME: Final = "capture.flows"

_HAR_START: Final = b'{"log":{"version":"1.2","creator":{"name":"vimgate","version":"'
_HAR_ENTRIES: Final = b'"},"pages":[],"entries":['
_HAR_END: Final = b"\n]}}\n"
_BLOCK: Final = 1024 * 1024


def har_form(version: str) -> Form:
    """A HAR 1.2 document; each entry is on a line of its own, and the end is written again behind each."""
    return Form(
        opening=lambda: _HAR_START + version.encode() + _HAR_ENTRIES + b"\n",
        resume=_resume_har,
        between=b",\n",
        closing=_HAR_END,
    )


def har_entry(clean: Clean, flow: http.HTTPFlow) -> bytes:
    """One entry of a HAR, as mitmproxy writes it, with what it leaves out: bodies of any method, and of no answer."""
    entry: dict[str, Any] = SaveHar().flow_entry(flow, set())
    _add_request_body(entry["request"], clean.request, flow)
    answer = entry["response"]
    answer["content"] = _content(clean.response, flow) if clean.passage.exchange.status else _NO_CONTENT
    entry["_client"] = clean.passage.client
    entry["_vimgate"] = told_of(clean)
    return json.dumps(entry).encode()


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
    """The bytes as text where every reader gets the same bytes back, or in base64; `name` is the member that says so."""
    if data.isascii() or "charset" not in mime.lower() or "utf-8" in mime.lower():
        try:
            return {"text": data.decode("utf-8")}
        except UnicodeDecodeError:
            pass
    return {"text": base64.b64encode(data).decode("ascii"), name: "base64"}


def flow_record(flow: http.HTTPFlow) -> bytes:
    """The flow as mitmproxy's flow files hold it."""
    buffer = io.BytesIO()
    FlowWriter(buffer).add(flow)  # type: ignore[no-untyped-call]
    return buffer.getvalue()


def flows_form() -> Form:
    """A file of flows, one behind the other."""
    return Form(opening=bytes, resume=_resume_flows)


def _resume_har(file: int, size: int) -> tuple[int, bool] | None:
    """Behind the last whole entry; an entry that a kill has cut off goes. None for a HAR that is not ours."""
    if os.pread(file, len(_HAR_START), 0) != _HAR_START:
        return None
    end = size
    if os.pread(file, len(_HAR_END), size - len(_HAR_END)) == _HAR_END:
        end -= len(_HAR_END)
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


def _resume_flows(file: int, size: int) -> tuple[int, bool] | None:
    """Behind the last whole flow; one that a kill has cut off goes. None for a file of something else."""
    end = 0
    while end < size:
        digits, colon, _ = os.pread(file, 16, end).partition(b":")
        if not colon or not digits.isdigit():
            break
        after = end + len(digits) + 1 + int(digits) + 1
        if after > size or os.pread(file, 1, after - 1) != b"}":
            break
        end = after
    if not end and os.pread(file, 1, 0).isdigit() is False:
        return None
    os.ftruncate(file, end)
    return end, end > 0
