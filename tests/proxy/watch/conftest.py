"""A deployment that a watch follows: the reference server in this process, whose answers a test may spoil."""

import json
from dataclasses import replace

import pytest

from conformance.exchange import Exchange
from conformance.targets.target import open_target
from proxy.traffic import Passage
from proxy.watch import Watch

CREATE = {
    "sw-patch": {
        "controller-apply-type": "serial",
        "storage-apply-type": "serial",
        "swift-apply-type": "ignore",
        "worker-apply-type": "serial",
        "default-instance-action": "stop-start",
    },
    "sw-upgrade": {"storage-apply-type": "serial", "worker-apply-type": "serial"},
}
JSON = (("Content-Type", "application/json"),)


class Deployment:
    """Sends requests, on a clock that moves as told, and gives each exchange as a passage to the watch."""

    def __init__(self, target, watch):
        self.target = target
        self.watch = watch
        self.number = 0
        self.now = 1_700_000_000.0
        self.last = None

    def exchange(self, method, kind, body=None, tail=""):
        """One request to the server and its answer, of which nobody is told."""
        content = b"" if body is None else json.dumps(body).encode()
        path = f"/api/orchestration/{kind}/strategy{tail}"
        sent = self.target.send(method, path, body=content, headers=JSON if content else ())
        self.now += 0.01
        return replace(sent, at=self.now)

    def show(self, exchange, **how):
        """Tell the watch; the requirement ids of what it noticed, by direction."""
        self.number += 1
        passage = Passage(self.number, exchange, started=exchange.at - 0.005, **how)
        self.last = self.watch.see(passage)
        return {(each.direction.value, each.finding.requirement) for each in self.last}

    def read(self, kind="sw-patch", spoil=None, **how):
        """Look at the strategy; `spoil` changes the document before the watch sees it."""
        exchange = self.exchange("GET", kind)
        if spoil is not None:
            document = json.loads(exchange.response_body)
            spoil(document["strategy"])
            exchange = replace(exchange, response_body=json.dumps(document).encode())
        return self.show(exchange, **how)

    def create(self, kind="sw-patch", **how):
        return self.show(self.exchange("POST", kind, CREATE[kind]), **how)

    def act(self, action, kind="sw-patch", stage=None, **how):
        body = {"action": action} | ({} if stage is None else {"stage-id": str(stage)})
        return self.show(self.exchange("POST", kind, body, "/actions"), **how)

    def delete(self, kind="sw-patch", force=None, **how):
        return self.show(self.exchange("DELETE", kind, None if force is None else {"force": force}), **how)

    def advance(self, seconds):
        """Time passes, on both clocks."""
        self.now += seconds
        answer = self.target.send_json("POST", "/_control/clock", {"advance": seconds})
        assert answer.status == 200, answer.response_body

    def until(self, state, kind="sw-patch", step=20):
        """Poll until the strategy is in that state; everything that was noticed meanwhile."""
        found = set()
        for _ in range(500):
            found |= self.read(kind)
            if self.watch.situation.state == state:
                return found
            self.advance(step)
        raise AssertionError(f"never {state}: {self.watch.situation}")


@pytest.fixture
def watch():
    """A watch that has seen nothing."""
    return Watch()


@pytest.fixture
def deployment(watch):
    """A deployment without a strategy, that the watch follows."""
    with open_target("wsgi:reference_server:create_app") as target:
        yield Deployment(target, watch)


@pytest.fixture
def request_of():
    """Makes a request that has not been answered."""

    def make(method, path, body=None, at=0.0):
        content = b"" if body is None else json.dumps(body).encode()
        return Exchange(method, path, 0, request_headers=JSON if content else (), request_body=content, at=at)

    return make
