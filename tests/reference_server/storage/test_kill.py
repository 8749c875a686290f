"""Kill -9: whenever the process of a server is killed, what comes back is a state that it passed through."""

import http.client
import json
import multiprocessing
import os
import random
import select
from pathlib import Path

import pytest

from reference_server import create_app
from reference_server.engine.restart import restart
from reference_server.rulebooks import load_release
from reference_server.storage.examination import examine
from reference_server.worlds.file import parse_world

pytestmark = pytest.mark.long

RUNS, KILLS = 25, 8
RELEASE = "stx-3.0"
LIMIT = 180  # seconds that a server may take to start, to answer or to be gone
STRATEGY = "/api/orchestration/{}/strategy"
CREATES = {
    "sw-patch": {
        "controller-apply-type": "serial",
        "storage-apply-type": "serial",
        "worker-apply-type": "parallel",
        "default-instance-action": "migrate",
    },
    "sw-upgrade": {"storage-apply-type": "serial", "worker-apply-type": "serial", "complete-upgrade": True},
}
FAULTS = [
    {"step": "lock-hosts", "ends": "fails", "times": 1},
    {"step": "unlock-hosts", "ends": "never", "times": 1},
    {"step": "query-alarms", "ends": "never", "times": 1},
    {"change": "alarm-raised", "alarm": {"alarm_id": "300.001"}, "when": {"seconds": 200}},
]

APPLYING = [
    ("POST", "/_control/reset", None),
    ("POST", STRATEGY.format("sw-patch"), CREATES["sw-patch"]),
    ("POST", "/_control/clock", {"advance": 5}),
    ("POST", f"{STRATEGY.format('sw-patch')}/actions", {"action": "apply-all"}),
]
"""Brings a patch strategy to where a long advance changes much."""


def random_request(rng):
    """Method, path and body of one request: mostly right, sometimes too early or too late."""
    kind = rng.choice(["sw-patch", "sw-patch", "sw-upgrade"])
    path = STRATEGY.format(kind)
    action = rng.choice(["apply-all", "apply-all", "apply-all", "apply-stage", "abort"])
    stage = {"stage-id": rng.randrange(3)} if action == "apply-stage" else {}
    seconds = rng.choice([0.5, 2, 2, 10, 40, 150, 600, 5_000])
    return rng.choice([
        ("POST", path, CREATES[kind]),
        ("POST", path, CREATES[kind] | ({"default-instance-action": "stop-start"} if kind == "sw-patch" else {})),
        ("POST", f"{path}/actions", {"action": action} | stage),
        ("POST", f"{path}/actions", {"action": action} | stage),
        ("DELETE", path, {"force": rng.random() < 0.5}),
        ("GET", path, None),
        ("POST", "/_control/faults", {"faults": [rng.choice(FAULTS)]}),
        ("POST", "/_control/clock", {"advance": seconds}),
        ("POST", "/_control/clock", {"advance": seconds}),
        ("POST", "/_control/clock", {"advance": seconds}),
    ])  # fmt: skip


class Memory:
    """A store that keeps every state in memory."""

    def __init__(self, stored=None):
        self.states = []
        self._stored = stored

    def load(self):
        return self._stored

    def save(self, snapshot):
        self.states.append(snapshot)


class Prediction:
    """The same server in this process, without a file: what it answers, and the states that it passes through."""

    def __init__(self, world, seed, stored=None):
        self.memory = Memory(stored)
        self.app = create_app(world, RELEASE, seed=seed, store=self.memory)
        self.client = self.app.test_client()

    @property
    def states(self):
        return self.memory.states

    def send(self, method, path, body):
        """Status and body of the answer."""
        answer = self.client.open(path, method=method, **({} if body is None else {"json": body}))
        return answer.status_code, answer.data


class Victim:
    """A server in a process of its own, over the file."""

    def __init__(self, context, serve, path, seed, statement=None):
        ours, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(str(path), seed, theirs, statement))
        self.process.start()
        theirs.close()
        with ours:
            assert ours.poll(LIMIT), "the server does not start"
            self.connection = http.client.HTTPConnection("127.0.0.1", ours.recv(), timeout=LIMIT)

    def begin(self, method, path, body):
        """Send a request, and do not wait for the answer."""
        data = None if body is None else json.dumps(body)
        self.connection.request(method, path, data, {"Content-Type": "application/json"})

    def answer(self):
        """Status and body of the answer; None when there is none any more."""
        try:
            response = self.connection.getresponse()
            return response.status, response.read()
        except (http.client.HTTPException, OSError):
            return None

    def has_answered(self):
        return bool(select.select([self.connection.sock], [], [], 0)[0])

    def kill(self):
        self.process.kill()
        self.process.join(LIMIT)
        assert self.process.exitcode == -9
        self.process.close()


class Run:
    """One file, and the servers that live and die over it."""

    def __init__(self, context, serve, path, seed):
        self.rng = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self.seed = seed
        self.start = lambda statement=None: Victim(context, serve, path, seed, statement)
        self.path = path
        self.world = parse_world(serve.__globals__["WORLD"], "world")
        self.prediction = Prediction(self.world, seed)
        self.oldest = 0
        self.kinds = []

    def lives(self, number):
        """So many servers, one after the other."""
        for _ in range(number):
            self.one_life()

    def one_life(self):
        """Start a server, talk to it, kill it, and look at what it left."""
        way = self.rng.choice(["idle", "in flight", "in flight", "at a statement", "at a statement"])
        victim = self.start(self.rng.randrange(8, 600) if way == "at a statement" else None)
        try:
            self._talk(victim, way)
        finally:
            victim.kill()
            victim.connection.close()
        self._look(way)

    def _talk(self, victim, way):
        """Some requests, of which the last one may be the end of the server."""
        requests = [random_request(self.rng) for _ in range(self.rng.randrange(2, 10))]
        if way == "at a statement":
            requests += [*APPLYING, ("POST", "/_control/clock", {"advance": 50_000})]
        if not all(self._request(victim, request) for request in requests):
            self.kinds.append(way)
            return
        self.kinds.append("idle")
        if way == "in flight":
            self._interrupt(victim)

    def _request(self, victim, request):
        """Send one request to both; whether the server has answered, as predicted, or is gone."""
        predicted = self.prediction.send(*request)
        try:
            victim.begin(*request)
        except (http.client.HTTPException, OSError):
            return False
        answer = victim.answer()
        if answer is None:
            return False
        assert answer == predicted, f"seed {self.seed}: {request}"
        self.oldest = len(self.prediction.states) - 1
        return True

    def _interrupt(self, victim):
        """Let the server be killed while it works: after so many looks, however far it has come by then."""
        request = random_request(self.rng)
        if self.rng.random() < 0.8:
            for each in APPLYING:
                self._request(victim, each)
            request = ("POST", "/_control/clock", {"advance": self.rng.choice([600, 5_000, 50_000])})
        self.prediction.send(*request)
        looks = self.rng.choice([0, 10, 100, 1_000, 3_000, 10_000])
        victim.begin(*request)
        while looks and not victim.has_answered():
            looks -= 1
        if victim.has_answered():
            self.oldest = len(self.prediction.states) - 1
        else:
            self.kinds[-1] = "in flight"

    def _look(self, way):
        """What is in the file is a state that the prediction passed through; go on from there, there as here."""
        _, found = examine(Path(self.path))
        allowed = self.prediction.states[self.oldest :]
        assert found in allowed, f"seed {self.seed}, killed {way}: what came back was not passed through"
        if found != allowed[-1] and found != allowed[0]:
            self.kinds[-1] += ", between"
        before = next(state for state in allowed if state == found)
        self.prediction = Prediction(None, self.seed, before)
        self.oldest = 0
        self._check_restart(before)

    def _check_restart(self, before):
        """The prediction itself goes on as the engine says."""
        after = self.prediction.states[0]
        if before.strategy is None:
            assert after.strategy is None
            return
        rules = load_release(RELEASE).rulebook
        turn = restart(before.strategy, before.moment, before.infrastructure.fleet, rules)
        assert after.strategy == turn.strategy, f"seed {self.seed}"

    def end(self):
        """A last server goes on to the same end."""
        victim = self.start()
        try:
            for method, path, body in [
                *[("GET", STRATEGY.format(kind), None) for kind in CREATES],
                ("POST", "/_control/clock", {"advance": 1_000_000}),
                *[("GET", STRATEGY.format(kind), None) for kind in CREATES],
                ("GET", "/_control/world", None),
                ("GET", "/_control/events", None),
            ]:
                predicted = self.prediction.send(method, path, body)
                victim.begin(method, path, body)
                assert victim.answer() == predicted, f"seed {self.seed}: {path} after the end"
        finally:
            victim.kill()
            victim.connection.close()


@pytest.fixture
def start_run(tmp_path, monkeypatch):
    """Begins a run of a seed. Servers are forked from one process that has everything imported already."""
    folder = str(Path(__file__).parent)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])]))
    from killed_server import serve  # noqa: PLC0415 - its folder is no package

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killed_server"])
    return lambda seed: Run(context, serve, tmp_path / "state.db", seed)


@pytest.mark.parametrize("seed", range(RUNS))
def test_kill(start_run, seed):
    """Eight times in each run a server is killed; nothing that was answered is lost, and nothing is half written."""
    run = start_run(seed)
    run.lives(KILLS)
    run.end()
    print(*run.kinds, sep="; ")
