import json
from typing import Any, NamedTuple

import pytest

from reference_server import create_app
from reference_server.worlds.file import parse_world

ORCHESTRATION = "/api/orchestration"
BODIES = {
    "sw-patch": {
        "controller-apply-type": "serial",
        "storage-apply-type": "serial",
        "swift-apply-type": "ignore",
        "worker-apply-type": "serial",
        "default-instance-action": "stop-start",
    },
    "sw-upgrade": {"storage-apply-type": "serial", "worker-apply-type": "serial"},
}
WORLD = {
    "local_host_name": "controller-1",
    "hosts": [
        {"name": "controller-0", "personality": "controller"},
        {"name": "controller-1", "personality": "controller", "software_load": "2"},
        {"name": "compute-0", "personality": "worker"},
    ],
    "patches": [{"name": "P1"}],
    "upgrade": {"state": "upgrading-controllers", "from_release": "1", "to_release": "2"},
}


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Any
    data: bytes

    @property
    def value(self):
        """The JSON value of the body."""
        return json.loads(self.data)

    @property
    def fault(self):
        """The text of the fault."""
        return self.value["faultstring"]


class Caller:
    """A client of one app that knows the paths, and how to bring a strategy into a situation by the control routes."""

    def __init__(self, app):
        self.app = app
        self.client = app.test_client()

    def send(self, method, path, body=..., **options):
        """Send a request, with a JSON body if there is one."""
        if body is not ...:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        if path.startswith("//"):  # the test client takes it for a host
            options["environ_overrides"] = {"PATH_INFO": path}
        response = self.client.open(path, method=method, **options)
        return Answer(response.status_code, response.headers, response.data)

    def get(self, kind):
        """GET the strategy."""
        return self.send("GET", f"{ORCHESTRATION}/{kind}/strategy")

    def state(self, kind):
        """The state of the strategy."""
        return self.get(kind).value["strategy"]["state"]

    def create(self, kind, **members):
        """POST a create with the smallest body and these members."""
        return self.send("POST", f"{ORCHESTRATION}/{kind}/strategy", BODIES[kind] | members)

    def act(self, kind, action, stage_id=...):
        """POST an action."""
        body = {"action": action} | ({} if stage_id is ... else {"stage-id": stage_id})
        return self.send("POST", f"{ORCHESTRATION}/{kind}/strategy/actions", body)

    def delete(self, kind, body=...):
        """DELETE the strategy."""
        return self.send("DELETE", f"{ORCHESTRATION}/{kind}/strategy", body)

    def advance(self, seconds):
        """Let time pass."""
        return self.send("POST", "/_control/clock", {"advance": seconds})

    def wait(self, kind, done):
        """Let time pass, event by event, until the strategy is as wanted; at most a thousand events."""
        for _ in range(1000):
            strategy = self.get(kind).value["strategy"]
            if done(strategy):
                return strategy
            control = self.send("GET", "/_control").value
            assert control["next"] is not None, f"nothing more happens, and the state is {strategy['state']}"
            self.advance(max(control["next"] - control["now"], 0))
        raise AssertionError(f"after a thousand events the state is {strategy['state']}")

    def bring(self, kind, situation):
        """A strategy of that kind in that situation; its document."""
        for step in SITUATIONS[situation]:
            step(self, kind)
        return self.get(kind).value["strategy"]


def _loads(**changes):
    return lambda caller, _: caller.send("PUT", "/_control/world", WORLD | changes)


def _creates(caller, kind):
    assert caller.create(kind).status == 200


def _acts(action, stage_id=...):
    return lambda caller, kind: caller.act(kind, action, stage_id)


def _waits(*states):
    return lambda caller, kind: caller.wait(kind, lambda strategy: strategy["state"] in states)


def _pauses(caller, kind):
    def paused(strategy):
        phase = strategy["apply-phase"]
        return phase["current-stage"] == phase["stop-at-stage"] == 1

    caller.wait(kind, paused)


_READY = (_creates, _waits("ready-to-apply"))
_PAUSED = (*_READY, _acts("apply-stage", 0), _pauses)
SITUATIONS = {
    "building": (_creates,),
    "build-failed": (_loads(patches=[], patch_hosts=[], upgrade=None), _creates, _waits("build-failed")),
    "ready-to-apply": _READY,
    "applying, stage 0 running": (*_READY, _acts("apply-all")),
    "applying, paused after stage 0": _PAUSED,
    "applied": (*_READY, _acts("apply-all"), _waits("applied")),
    "aborting, stage 0 still running": (*_READY, _acts("apply-all"), _acts("abort")),
    "aborted while paused": (*_PAUSED, _acts("abort")),
    "aborted": (*_READY, _acts("apply-all"), _acts("abort"), _waits("aborted")),
}


@pytest.fixture
def world():
    """Two controllers, one of them upgraded, and a worker."""
    return parse_world(WORLD, "world")


@pytest.fixture
def published(world):
    """A client of a server under `published`, with two controllers and a worker to patch or upgrade."""
    return Caller(create_app(world))


@pytest.fixture
def stx(world):
    """The same under `stx-3.0`."""
    return Caller(create_app(world, "stx-3.0"))


@pytest.fixture
def caller_of():
    """Makes a client of an app."""
    return Caller
