"""Holds each JSON answer against the compiled schema of its operation and status: one parse, one validation."""

import json
import os
from collections.abc import Callable
from typing import Any

import jsonschema_rs
from mitmproxy import http

from spec.load import load_contract

COUNTS = os.environ.get("VIMGATE_BENCH_COUNTS", "")
"""A file for the number of answers that were looked at, and of those that are wrong."""


class Naive:
    """Judges in the hook, while the client waits."""

    def __init__(self) -> None:
        self._contract = load_contract()
        self._document = self._contract.document
        self._valid: dict[tuple[str, int], Callable[[Any], bool] | None] = {}
        self.judged = self.wrong = 0

    def response(self, flow: http.HTTPFlow) -> None:
        """Judge one answer."""
        operation = self._contract.match(flow.request.method, flow.request.path)
        if operation is None or flow.response is None:
            return
        key = (operation.operation_id, flow.response.status_code)
        if key not in self._valid:
            self._valid[key] = self._validator(operation.path, operation.method.lower(), str(key[1]))
        valid = self._valid[key]
        self.judged += 1
        if valid is not None and not valid(json.loads(flow.response.content or b"null")):
            self.wrong += 1

    def done(self) -> None:
        """Say how much was judged."""
        if COUNTS:
            with open(COUNTS, "w", encoding="utf-8") as file:
                json.dump({"judged": self.judged, "wrong": self.wrong}, file)

    def _validator(self, path: str, method: str, status: str) -> Callable[[Any], bool] | None:
        """Whether a value is valid; None where the contract has no schema for the answer."""
        content = self._document["paths"][path][method]["responses"].get(status, {}).get("content", {})
        if "application/json" not in content:
            return None
        schema = {**content["application/json"]["schema"], "components": self._document["components"]}
        return jsonschema_rs.Draft202012Validator(schema).is_valid


addons = [Naive()]
