"""Holds each answer against the contract by openapi-core as it comes, as its documentation shows."""

import json
import os

from mitmproxy import http
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from spec.load import own_file

COUNTS = os.environ.get("VIMGATE_BENCH_COUNTS", "")
"""A file for the number of answers that were looked at, and of those that are wrong."""


class Naive:
    """Judges in the hook, while the client waits."""

    def __init__(self) -> None:
        self._api = OpenAPI.from_file_path(str(own_file("openapi.yaml")))
        self.judged = self.wrong = 0

    def response(self, flow: http.HTTPFlow) -> None:
        """Judge one answer."""
        if flow.response is None:
            return
        asked = MockRequest("http://127.0.0.1:4545", flow.request.method.lower(), flow.request.path)
        answered = MockResponse(
            flow.response.content or b"",
            status_code=flow.response.status_code,
            content_type=flow.response.headers.get("Content-Type", "application/json"),
        )
        self.judged += 1
        if any(True for _ in self._api.iter_response_errors(asked, answered)):
            self.wrong += 1

    def done(self) -> None:
        """Say how much was judged."""
        if COUNTS:
            with open(COUNTS, "w", encoding="utf-8") as file:
                json.dump({"judged": self.judged, "wrong": self.wrong}, file)


addons = [Naive()]
