"""A watch over a deployment that is played: clients that ask the reference server or a mutant, on its virtual clock."""

import json
from dataclasses import replace

import pytest

from conformance.exchange import Exchange
from conformance.judge import Judge
from conformance.targets.target import open_target
from proxy.telling.coverage import Coverage
from proxy.telling.noted import Noted
from proxy.telling.summary import Facts
from proxy.telling.timelines import Timelines
from proxy.traffic import Action, Direction, Noticed, Passage
from reports.model import Level, Verdict
from spec.load import load_contract, load_law, load_ledger

PATCH = "/api/orchestration/sw-patch/strategy"
UPGRADE = "/api/orchestration/sw-upgrade/strategy"
CREATE = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "swift-apply-type": "ignore",
    "worker-apply-type": "parallel",
    "default-instance-action": "stop-start",
}
BEGAN = 1795370645.0


def as_last_seen(objection):
    """The finding of an objection; a warning when the strategy may have moved on."""
    return objection.finding if objection.certain else replace(objection.finding, verdict=Verdict.WARN)


class Play:
    """A watch, and the deployment that it watches; what is sent goes through both."""

    def __init__(self, target):
        self.target = target
        self.judge = Judge(load_contract(), load_ledger(), load_law())
        self.coverage = Coverage(load_contract(), load_law(), self.judge.edges)
        self.timelines = Timelines(load_contract())
        self.noted = Noted()
        self.number = 0
        self._began = target.control.now

    @property
    def now(self):
        """The time of the watch."""
        return BEGAN + self.target.control.now - self._began

    def send(self, method, path, body=None, *, client="192.0.2.7"):
        """Send a request as a client and watch it."""
        content = json.dumps(body).encode() if body is not None else b""
        headers = (("Content-Type", "application/json"),) if body is not None else ()
        exchange = self.target.send(method, path, body=content, headers=headers)
        self.see(replace(exchange, at=self.now), client)
        return exchange

    def block(self, method, path, body, *, client):
        """A request that the gateway refuses."""
        headers = (("Content-Type", "application/json"),)
        content = json.dumps(body).encode()
        exchange = Exchange(method, path, 0, request_headers=headers, request_body=content, at=self.now)
        self.see(exchange, client, blocked=True)

    def see(self, exchange, client="192.0.2.7", *, blocked=False, in_order=True):
        """Watch an exchange."""
        self.number += 1
        request = replace(exchange, status=0, response_headers=(), response_body=b"")
        noticed = [
            Noticed(Direction.REQUEST, as_last_seen(each), each.certain)
            for each in self.judge.objections(request, in_order=in_order)
        ]
        if blocked:
            exchange = request
        else:
            found = self.judge.judge(exchange, in_order=in_order)
            noticed += [Noticed(Direction.RESPONSE, each) for each in found]
        passage = Passage(self.number, exchange, exchange.at, in_order, client, blocked=blocked)
        self.coverage.see(passage, noticed)
        self.timelines.see(passage, noticed, self.judge.shown(passage.exchange))
        action = Action.BLOCK if blocked else Action.PASS
        self.noted.see(passage, noticed, action, f"findings.jsonl#{self.number}" if noticed else "")

    def wait(self, path, state, *, every=120.0, client="192.0.2.8", most=400):
        """Poll until the strategy is in that state."""
        for _ in range(most):
            exchange = self.send("GET", path, client=client)
            if exchange.response_json["strategy"]["state"] == state:
                return exchange
            self.target.control.advance(every)
        raise AssertionError(f"never {state}")

    def live_through(self):
        """An upgrade that is aborted and deleted, and a patch strategy with mistaken clients, which stays."""
        self.send("GET", "/")
        self.send("GET", UPGRADE)
        self.send("POST", UPGRADE, {"storage-apply-type": "serial", "worker-apply-type": "serial"})
        self.wait(UPGRADE, "ready-to-apply")
        self.send("POST", UPGRADE + "/actions", {"action": "apply-all"})
        for _ in range(4):
            self.target.control.advance(20)
            self.send("GET", UPGRADE, client="192.0.2.8")
        self.send("POST", UPGRADE + "/actions", {"action": "abort"})
        self.wait(UPGRADE, "aborted")
        self.send("DELETE", UPGRADE)
        self.target.control.advance(60)
        self.send("GET", PATCH)
        self.send("POST", PATCH, CREATE)
        self.send("POST", PATCH + "/actions", {"action": "apply-all"}, client="192.0.2.9")
        self.wait(PATCH, "ready-to-apply")
        self.send("POST", PATCH, CREATE, client="192.0.2.9")
        self.send("POST", PATCH + "/actions", {"action": "apply-stage", "stage-id": "first"}, client="192.0.2.9")
        self.send("POST", PATCH + "/actions", {"action": "apply-all"})
        for _ in range(5):
            self.send("GET", PATCH, client="192.0.2.8")
            self.target.control.advance(20)
        self.block("DELETE", PATCH, {"force": False}, client="192.0.2.9")
        self.wait(PATCH, "applied")

    def facts(self, **changes):
        """What the gateway would add."""
        facts = Facts(
            release="published",
            level=Level.ORCHESTRATION,
            mode="enforce",
            began=BEGAN,
            ended=self.now,
            exchanges=self.number + 3,
            judged=self.number,
            upstream="https://vim.example:4545",
            unchecked={"too large": 2, "slow": 1},
            faults={"slow": 1},
            contract_digest=load_contract().digest,
            versions=(("vimgate", "0.1.0"),),
        )
        return replace(facts, **changes)


@pytest.fixture(scope="session")
def played():
    """Makes a play on a server, by the text that names it; `world` is loaded first."""
    targets = []

    def make(text="wsgi:reference_server:create_app", world=None):
        target = open_target(text)
        targets.append(target)
        if world is not None:
            target.control.load(world)
        return Play(target)

    yield make
    for target in targets:
        target.close()


@pytest.fixture(scope="session")
def lived(played):
    """A play of a whole life, on a server that is sound; nobody changes it."""
    play = played()
    play.live_through()
    return play


@pytest.fixture(scope="session")
def broken(played):
    """The same on a server that counts its percentage wrongly and says so to everybody; nobody changes it."""
    play = played("wsgi:reference_server.mutants:percentage_of_stage")
    play.live_through()
    return play
