import json

import pytest

from reference_server import create_app
from reference_server.clock import SystemClock
from spec.load import load_control


class Held:
    """A client of the control routes that holds every answer against `spec/control.yaml`."""

    def __init__(self, caller):
        self.caller = caller
        self.contract = load_control()

    def send(self, method, path, body=..., **options):
        """Send a request; the answer is one that the document describes."""
        answer = self.caller.send(method, path, body, **options)
        complaints = self.complaints(method, path.partition("?")[0], answer)
        assert not complaints, f"{method} {path} {answer.status}: {complaints}"
        return answer

    def complaints(self, method, path, answer):
        """What the document has against an answer."""
        if answer.headers["Content-Type"] != "application/json":
            return [f"the media type {answer.headers['Content-Type']}"]
        operation = self.contract.match(method, path)
        if operation is None:
            return [*self.contract.schema_errors("Refusal", answer.value), *self.misplaced(path, answer)]
        if answer.status not in operation.statuses:
            return [f"{operation.operation_id} has no answer {answer.status}"]
        return self.contract.answer_errors(operation.operation_id, answer.status, answer.value)

    def misplaced(self, path, answer):
        """What is wrong with the status or the Allow of an answer to what is no operation."""
        if answer.status in (401, 403):
            return []
        known = sorted(self.contract.methods(path))
        expected = (405, ", ".join(known)) if known else (404, None)
        found = (answer.status, answer.headers.get("Allow"))
        return [] if found == expected else [f"expected {expected}, found {found}"]

    def get(self, path, **options):
        """The value of a GET that is answered with 200."""
        return self._done(self.send("GET", path, **options))

    def post(self, path, body=..., **options):
        """The value of a POST that is answered with 200."""
        return self._done(self.send("POST", path, body, **options))

    def put(self, path, body, **options):
        """The value of a PUT that is answered with 200."""
        return self._done(self.send("PUT", path, body, **options))

    def _done(self, answer):
        assert answer.status == 200, answer.data
        return answer.value

    def seen(self):
        """All that can be seen of the server, as text, but for snapshots."""
        documents = [self.caller.get(kind).data.decode() for kind in ("sw-patch", "sw-upgrade")]
        paths = ("/_control", "/_control/world", "/_control/faults", "/_control/events")
        return json.dumps([*documents, *map(self.get, paths)])

    def whole(self):
        """The same with a snapshot: what is refused must not change it."""
        return self.seen() + json.dumps(self.get("/_control/snapshot"))


@pytest.fixture
def held_of(caller_of):
    """Makes a client of the control routes of an app; `caller` is one of its API."""
    return lambda app: Held(caller_of(app))


@pytest.fixture
def control(world, held_of):
    """A client of the control routes, on a virtual clock."""
    return held_of(create_app(world))


@pytest.fixture
def running(world, held_of):
    """The same on a clock that runs by itself."""
    return held_of(create_app(world, clock=SystemClock()))
