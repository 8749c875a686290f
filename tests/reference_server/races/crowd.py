"""Many clients of one server on real loopback HTTP, and the history of what they asked and were answered."""

import http.client
import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

from waitress import wasyncore
from waitress.server import create_server

CLIENTS = 16
PATIENCE = 180.0  # seconds until a silent server is an error
BODIES = {
    "sw-patch": {
        "controller-apply-type": "serial", "storage-apply-type": "serial", "swift-apply-type": "ignore",
        "worker-apply-type": "serial", "default-instance-action": "stop-start",
    },
    "sw-upgrade": {"storage-apply-type": "serial", "worker-apply-type": "serial"},
}  # fmt: skip
ENOUGH = 1_000_000  # seconds, in which everything ends


@contextmanager
def served(app):
    """The port of this app on the loopback interface, for as long as the context lasts."""
    sockets = {}
    server = create_server(app, host="127.0.0.1", port=0, threads=CLIENTS, map=sockets)
    ending = threading.Event()

    def serve():
        while not ending.is_set():
            wasyncore.loop(timeout=0.02, map=sockets, count=1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        ending.set()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets)


class Client:
    """One connection."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def send(self, method, path, value=...):
        """Status and JSON value (None for no body) of the answer."""
        body, headers = (None, {}) if value is ... else (json.dumps(value), {"Content-Type": "application/json"})
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data else None

    def close(self):
        """End the connection."""
        self._connection.close()


def request_of(asked):
    """Method, path and body of an operation of the sequential model."""
    name, *rest = asked
    if name == "advance":
        return "POST", "/_control/clock", {"advance": ENOUGH}
    kind, *rest = rest
    path = f"/api/orchestration/{kind}/strategy"
    if name == "create":
        return "POST", path, BODIES[kind]
    if name == "get":
        return "GET", path, ...
    if name == "delete":
        return "DELETE", path, {"force": rest[0]}
    stage = rest[0]
    body = (
        {"action": f"{name}-all" if name == "apply" else name}
        if stage is None
        else {"action": f"{name}-stage", "stage-id": stage}
    )
    return "POST", f"{path}/actions", body


def operations(rng, number, *, time_moves):
    """So many random operations, mostly on one kind of strategy, so that they meet."""
    names = ["create", "apply", "apply", "abort", "delete", "delete", "get", *(["advance"] if time_moves else [])]
    return [_operation(rng, rng.choice(names)) for _ in range(number)]


def _operation(rng, name):
    if name == "advance":
        return (name,)
    kind = rng.choice(["sw-patch", "sw-patch", "sw-patch", "sw-upgrade"])
    rest = {
        "apply": lambda: [rng.choice([None, None, 0, 0, 1, 2])],
        "abort": lambda: [rng.choice([None, None, 0, 1])],
        "delete": lambda: [rng.random() < 0.4],
    }
    return (name, kind, *rest.get(name, list)())


class Crowd:
    """Clients that begin at the same moment; each does its operations one after the other."""

    def __init__(self, port, operation, seen):
        self._clients = [Client(port) for _ in range(CLIENTS)]
        self._operation = operation
        self._seen = seen

    def prepare(self, world, *asked):
        """Load a world and do something in it, one after the other."""
        client = self._clients[0]
        assert client.send("PUT", "/_control/world", world)[0] == 200
        for each in asked:
            client.send(*request_of(each))

    def play(self, *plans):
        """The history of these plans, one for each client."""
        ticks, start = count(), threading.Barrier(len(plans))
        with ThreadPoolExecutor(len(plans)) as pool:
            played = [
                pool.submit(self._live, client, plan, ticks, start)
                for client, plan in zip(self._clients, plans, strict=False)
            ]
            return [operation for each in played for operation in each.result()]

    def rush(self, seed, number, *, time_moves=False):
        """The history of random plans of so many operations for every client."""
        rng = random.Random(seed)  # noqa: S311 - reproducible on purpose
        return self.play(*(operations(rng, number, time_moves=time_moves) for _ in self._clients))

    def _live(self, client, plan, ticks, start):
        start.wait(PATIENCE)
        return [self._ask(client, asked, ticks) for asked in plan]

    def _ask(self, client, asked, ticks):
        invoked = next(ticks)
        status, value = client.send(*request_of(asked))
        returned = next(ticks)
        answered = (status, None) if asked == ("advance",) else self._seen(status, value)
        return self._operation(asked, answered, invoked, returned)

    def close(self):
        """End all connections."""
        for client in self._clients:
            client.close()
