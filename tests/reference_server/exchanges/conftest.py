"""Recordings made by our own server, so that no test here needs a corpus."""

import gzip
import json

import pytest
import yaml

from reference_server.exchanges.deployment import Deployment
from reference_server.rulebooks import load_release
from reference_server.worlds.file import parse_world

STRATEGY = "/api/orchestration/sw-patch/strategy"
WORLD = {
    "hosts": [{"name": name, "personality": "controller"} for name in ("controller-0", "controller-1")],
    "patches": [{"name": "P"}],
}
CREATE = {f"{word}-apply-type": "serial" for word in ("controller", "storage", "worker")} | {
    "default-instance-action": "migrate"
}
JSON = {"Content-Type": "application/json"}


class Recorder:
    """Asks a deployment of ours and keeps what was asked and answered as recorded lines."""

    def __init__(self, world=WORLD):
        self._deployment = Deployment(parse_world(world, "test"), load_release("stx-3.0"))
        self.lines = []

    def ask(self, method, path=STRATEGY, body=None, *, headers=None, **line):
        """One line; `line` overrides its members."""
        headers = headers if headers is not None else (JSON if body is not None else {})
        text = body if isinstance(body, str | None) else json.dumps(body)
        answer = self._deployment.ask(method, path, headers, text.encode() if text is not None else None)
        request = {"method": method, "path": path, "headers": headers, "body": text}
        response = {"status": answer.status, "headers": list(map(list, answer.headers.items())), "body": answer.body}
        self.lines.append(
            {"session": "test", "history": False, "note": "", "at": 0, "request": request, "response": response} | line
        )
        return self.lines[-1]

    def history(self, *steps):
        """A whole history: `(method, path, body)` for a request; in between polls of all that happens, but queries."""
        for step in steps:
            self.ask(*step, history=True)
            while self._deployment.go_on():
                self.ask("GET", history=True, note="poll")
        return self.lines


@pytest.fixture
def recorder():
    """A deployment that records."""
    return Recorder


@pytest.fixture
def write(tmp_path):
    """Writes lines into a recording, and a table of setups beside it."""

    def write(lines, setups=None, *, name="recording.jsonl"):
        data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        table = {"worlds": {"two": WORLD}, "rules": [{"for": {}, "world": "two"}]} | (setups or {})
        (tmp_path / "setups.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
        return path, tmp_path / "setups.yaml"

    return write
