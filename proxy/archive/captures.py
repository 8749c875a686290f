"""Captures of every exchange: a HAR, and a flow file of mitmproxy."""

import io
import os
from pathlib import Path
from typing import Final

from mitmproxy import http
from mitmproxy.io import FlowWriter

from proxy.archive.cleaning import Clean
from proxy.archive.flowing import flow_of
from proxy.archive.har import har_entry, har_form
from proxy.archive.rotated import Form, Rotated
from proxy.archive.troubles import Troubles

HAR_NAME: Final = "capture.har"
FLOWS_NAME: Final = "capture.flows"


class Captures:
    """Writes every exchange into the captures that are wanted; memory does not grow with them."""

    def __init__(  # noqa: PLR0913 - where, what and how much
        self,
        folder: Path,
        version: str,
        most_bytes: int,
        most_files: int,
        troubles: Troubles,
        *,
        har: bool,
        flows: bool,
    ) -> None:
        limits = (most_bytes, most_files, troubles)
        self._har = Rotated(folder / HAR_NAME, har_form(version), *limits) if har else None
        self._flows = Rotated(folder / FLOWS_NAME, flows_form(), *limits) if flows else None
        for capture in (self._har, self._flows):
            if capture is not None:
                capture.append(b"")

    def keep(self, clean: Clean) -> None:
        """Write the exchange."""
        flow = flow_of(clean)
        if self._har is not None:
            self._har.append(har_entry(clean, flow))
        if self._flows is not None:
            self._flows.append(flow_record(flow))

    def close(self) -> None:
        """Let go of the files."""
        for capture in (self._har, self._flows):
            if capture is not None:
                capture.close()


def flow_record(flow: http.HTTPFlow) -> bytes:
    """The flow as mitmproxy's flow files hold it."""
    buffer = io.BytesIO()
    FlowWriter(buffer).add(flow)
    return buffer.getvalue()


def flows_form() -> Form:
    """A file of flows, one behind the other."""
    return Form(opening=bytes, resume=_resume_flows)


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
