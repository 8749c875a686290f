"""Drawn sessions of clients with a deployment on a virtual clock: reads, changes, broken requests, and time between.

A seed draws the same session on a server that answers the same.
"""

import json

JSON = (("Content-Type", "application/json"),)
PAUSES = (0, 0, 1, 7, 40, 130, 900, 4000)
STAGES = (0, 1, 2, "0", "1", "2")
# What is asked, and how often beside the others.
WEIGHTS = {"read": 8, "create": 4, "apply": 5, "abort": 2, "delete": 3, "body": 5, "method": 1, "links": 1, "twice": 3}
LINKS = ("/", "/api", "/api/orchestration", "/api/orchestration/sw-patch")
METHODS = ("PUT", "PATCH", "TRACE")


class Session:
    """What is asked of one target; `draw` is a `random.Random`, `bodies` are bodies to send by operationId."""

    def __init__(self, draw, target, contract, bodies):
        self._draw = draw
        self._target = target
        self._bodies = {name: [(body.content, body.headers) for body in found] for name, found in bodies.items()}
        self._operations = {operation.operation_id: operation for operation in contract.operations}
        self._examples = {
            "sw-patch": contract.example("06-sw-patch-strategy-create-request"),
            "sw-upgrade": contract.example("12-sw-upgrade-strategy-create-request"),
        }
        self._last = ("GET", "/", b"", ())

    def pause(self):
        """Let some time pass, or none."""
        self._target.control.advance(self._draw.choice(PAUSES))

    def request(self):
        """The next request: method, path, body and headers."""
        word = self._draw.choices(list(WEIGHTS), WEIGHTS.values())[0]
        asked = self._last if word == "twice" else getattr(self, f"_{word}")()
        self._last = asked
        return asked

    def begun(self):
        """The requests that build a patch strategy and apply it."""
        path, body = self._path("sw-patch"), json.dumps(self._examples["sw-patch"]).encode()
        yield "POST", path, body, JSON
        self._target.control.advance(200)
        yield self.read("sw-patch")
        yield "POST", f"{path}/actions", b'{"action": "apply-all"}', JSON

    def read(self, kind):
        """A look at the strategy of a kind."""
        return "GET", self._path(kind), b"", ()

    def _path(self, kind):
        return f"/api/orchestration/{kind}/strategy"

    def _kind(self):
        return self._draw.choice(("sw-patch", "sw-patch", "sw-patch", "sw-upgrade"))

    def _read(self):
        return self.read(self._kind())

    def _create(self):
        kind = self._kind()
        body = dict(self._examples[kind])
        if self._draw.random() < 0.5:
            body |= {"worker-apply-type": "parallel", "max-parallel-worker-hosts": self._draw.randint(2, 10)}
        return "POST", self._path(kind), json.dumps(body).encode(), JSON

    def _apply(self):
        return self._action(self._draw.choice(("apply-all", "apply-stage", "apply-stage")))

    def _abort(self):
        return self._action(self._draw.choice(("abort", "abort-stage")))

    def _action(self, word):
        body = {"action": word}
        if word.endswith("-stage"):
            body["stage-id"] = self._draw.choice(STAGES)
        return "POST", f"{self._path(self._kind())}/actions", json.dumps(body).encode(), JSON

    def _delete(self):
        body = self._draw.choice((b"", b"", b'{"force": false}', b'{"force": true}'))
        return "DELETE", self._path(self._kind()), body, JSON if body else ()

    def _body(self):
        name = self._draw.choice(sorted(self._bodies))
        body, headers = self._draw.choice(self._bodies[name])
        return self._operations[name].method, self._operations[name].path, body, headers

    def _method(self):
        return self._draw.choice(METHODS), self._path(self._kind()), b"", ()

    def _links(self):
        return "GET", self._draw.choice(LINKS), b"", ()
