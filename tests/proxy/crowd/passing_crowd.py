"""Several clients of one deployment on a drawn timetable: what meets what is drawn, and what the server does is right.

Each exchange has three moments: the gateway forwards it, the server acts, the answer is complete. They are drawn, so
that exchanges overlap in every way; the order of the calls is what a gateway would have seen. One thread, no waiting.
"""

import heapq
import itertools
import json
import random
from dataclasses import dataclass, field, replace

from conformance.exchange import Exchange
from proxy.order import Order, is_change
from proxy.traffic import Direction, Passage
from reports.model import Verdict

KINDS = ("sw-patch", "sw-upgrade")
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
LOST = 0.02  # share of exchanges whose answer nobody gets, where clients go away
DROPPED = 0.05  # share of answers that the judge is not told of, where it is overrun


def path_of(kind, tail=""):
    """The path of the strategy of that kind, and what follows it."""
    return f"/api/orchestration/{kind}/strategy{tail}"


@dataclass
class Call:
    """A request under way."""

    number: int
    method: str
    path: str
    query: str
    headers: tuple
    body: bytes
    began: float
    against: tuple = ()
    sent: Exchange | None = None
    lost: bool = False
    told: object = None


@dataclass
class Crowd:
    """Clients, a server (a WSGI application), and the watch that follows; `pace` is the time of the server per second.

    `accusations` are what was noticed and ought not to be: anything about an answer, and what was certain about a
    request that the server has accepted. `leaves`, `overruns`, `restarts`, `forgets`, `denies`, `beside`: clients go
    away, the judge misses exchanges, the server is restarted, the judge is, callers are turned away, others change the
    deployment, now and then. `lawful`: nobody asks for what is wrong, so whatever is noticed is an accusation.
    `renews`: the fleet is as at the beginning after a delete, so that there is something to do for the next strategy.
    """

    app: object
    watch_of: object
    seed: object
    pace: float = 20.0
    leaves: bool = False
    overruns: bool = False
    restarts: bool = False
    forgets: bool = False
    denies: bool = False
    beside: bool = False
    lawful: bool = False
    renews: bool = True
    accusations: list = field(default_factory=list)
    exchanges: int = 0
    statuses: dict = field(default_factory=dict)

    def __post_init__(self):
        self.draw = random.Random(self.seed)  # noqa: S311 - reproducible on purpose
        self.client = self.app.test_client()
        self.watch = self.watch_of()
        self.order = Order()
        self.now = 1_700_000_000.0
        self.numbers = itertools.count(1)
        self.events = []
        self.ties = itertools.count()
        self.seen = dict.fromkeys(KINDS, ("unknown", 0))
        self.in_order = 0
        self.history = []

    def at(self, seconds, what, *arguments):
        heapq.heappush(self.events, (self.now + seconds, next(self.ties), what, arguments))

    def run(self, clients, exchanges):
        """Let the clients act until so many exchanges are over; the accusations."""
        for client in clients:
            self.at(self.draw.random(), self.turn, client(self))
        if self.restarts:
            self.at(self.draw.uniform(1, 10), self.restart)
        if self.forgets:
            self.at(self.draw.uniform(1, 10), self.forget)
        if self.beside:
            self.at(self.draw.uniform(1, 3), self.change_beside)
        while self.events and self.exchanges < exchanges:
            moment, _, what, arguments = heapq.heappop(self.events)
            self.client.post("/_control/clock", json={"advance": max(0.0, moment - self.now) * self.pace})
            self.now = moment
            what(*arguments)
        return self.accusations

    # --- what happens

    def turn(self, client, answer=None):
        """The client goes on: it yields how long it waits, and what it asks for then."""
        try:
            wait, request = client.send(answer)
        except StopIteration:
            return
        self.at(wait, self.begin, client, request)

    def begin(self, client, request):
        method, path, body, headers = request
        path, _, query = path.partition("?")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = (("Content-Type", "application/json"), *headers) if content else headers
        call = Call(next(self.numbers), method, path, query, tuple(headers), content, self.now)
        in_order = self.order.begin(call.number, changes=is_change(method, query))
        call.against = self.watch.ask(self._asked(call), in_order=in_order)
        slow = self.draw.choice((0.01, 0.05, 0.4))
        if self.leaves and self.draw.random() < LOST:
            call.lost = True
            self.at(self.draw.uniform(0, slow), self.lose, call, client)
        self.at(self.draw.uniform(0, slow), self.act, call, client)

    def _asked(self, call):
        return Exchange(call.method, call.path, 0, call.query, call.headers, call.body, at=call.began)

    def act(self, call, client):
        """The server does what it is asked."""
        if self.denies and self.draw.random() < 0.1:
            status, headers, body = self.draw.choice((401, 403, 503)), (), b""
        else:
            answer = self.client.open(
                call.path, method=call.method, query_string=call.query, headers=list(call.headers), data=call.body
            )
            status, headers, body = answer.status_code, tuple(answer.headers.items()), answer.data
            if self.renews and call.method == "DELETE" and status == 204 and self.is_empty():
                self.client.post("/_control/reset", json={})  # there is something to do again
        if not call.lost:
            call.sent = replace(
                self._asked(call), status=status, response_headers=headers, response_body=body, at=self.now
            )
            self.at(self.draw.uniform(0, self.draw.choice((0.01, 0.2))), self.end, call, client)

    def is_empty(self):
        """The server has no strategy."""
        answers = [self.client.get(path_of(kind)) for kind in KINDS]
        return not any(each.status_code == 200 and b'"uuid"' in each.data for each in answers)

    def lose(self, call, client):
        in_order = self.order.end(call.number)
        self.see(Passage(call.number, replace(self._asked(call), at=self.now), call.began, in_order, lost=True))
        self.turn_soon(client, None)

    def turn_soon(self, client, answer):
        self.at(self.draw.choice((0.0, 0.001, 0.3)), self.turn, client, answer)

    def end(self, call, client):
        in_order = self.order.end(call.number)
        self.in_order += in_order
        self.exchanges += 1
        exchange = replace(call.sent, at=self.now)
        self.statuses[exchange.status] = self.statuses.get(exchange.status, 0) + 1
        self.history.append((self.now, call.began, exchange, in_order))
        if exchange.succeeded and in_order:
            self.accuse("blocked", exchange, call.against)
        if self.overruns and self.draw.random() < DROPPED:
            if is_change(exchange.method, exchange.query):
                self.watch.forget()
        else:
            self.see(Passage(call.number, exchange, call.began, in_order))
        self.turn_soon(client, exchange)

    def see(self, passage):
        noticed = self.watch.see(passage)
        assert not self.watch.crash, self.watch.crash
        answers = [each for each in noticed if each.direction is Direction.RESPONSE]
        self.accuse("answer", passage.exchange, noticed if self.lawful else answers, always=True)
        if passage.exchange.succeeded:
            self.accuse("request", passage.exchange, [each for each in noticed if each not in answers])

    def accuse(self, what, exchange, noticed, *, always=False):
        for each in noticed:
            if always or (each.certain and each.finding.verdict is Verdict.FAIL):
                self.accusations.append((what, exchange, each))

    def restart(self):
        self.client.post("/_control/restart", json={})
        self.at(self.draw.uniform(1, 20), self.restart)

    def forget(self):
        self.watch = self.watch_of()
        self.at(self.draw.uniform(1, 10), self.forget)

    def change_beside(self):
        kind = self.draw.choice(KINDS)
        method, tail, body = self.draw.choice(
            (
                ("POST", "", CREATE[kind]),
                ("DELETE", "", {"force": True}),
                ("POST", "/actions", {"action": "apply-all"}),
            )
        )
        self.client.open(path_of(kind, tail), method=method, json=body)
        self.at(self.draw.uniform(0.2, 5), self.change_beside)


# --- clients


def poller(kind, period):
    """Looks again and again."""

    def client(crowd):
        while True:
            yield crowd.draw.uniform(0.5, 1.5) * period, ("GET", path_of(kind), None, ())

    return client


def state_of(answer):
    """The state that an answer shows, if it shows one."""
    try:
        return json.loads(answer.response_body)["strategy"]["state"] if answer and answer.status == 200 else ""
    except (ValueError, TypeError, KeyError):
        return ""


STYLES = ((0.0, 0.0), (1.0, 0.0), (0.0, 0.5), (0.5, 0.0), (1.0, 0.2))


def is_paused(answer):
    """Between two stages that are applied one by one, while the state is still `applying`."""
    if state_of(answer) != "applying":
        return False
    stages = json.loads(answer.response_body)["strategy"]["apply-phase"]["stages"]
    return not any(stage["inprogress"] for stage in stages)


def operator(kind, form=lambda body: body, styles=()):
    """Creates, waits, applies stage by stage or at once, aborts now and then, waits, deletes."""

    def client(crowd):
        draw = crowd.draw
        for number in itertools.count():
            answer = yield draw.uniform(0, 1), ("POST", path_of(kind), form(CREATE[kind]), ())
            patience = 80
            by_stage, aborts = (
                styles[number % len(styles)]
                if styles
                else (draw.choice((0.0, 0.5, 1.0)), draw.choice((0.0, 0.0, 0.03, 0.1)))
            )
            while patience:
                patience -= 1
                answer = yield draw.choice((0.1, 0.5, 1.0)), ("GET", path_of(kind), None, ())
                state = state_of(answer)
                if state == "ready-to-apply" or is_paused(answer):
                    stages = json.loads(answer.response_body)["strategy"]["apply-phase"]
                    one = {"action": "apply-stage", "stage-id": stages["current-stage"]}
                    body = one if draw.random() < by_stage else {"action": "apply-all"}
                    if draw.random() < aborts:
                        body = {"action": "abort"}
                    yield 0.1, ("POST", path_of(kind, "/actions"), body, ())
                elif state == "applying" and draw.random() < aborts:
                    body = draw.choice(({"action": "abort"}, {"action": "abort-stage", "stage-id": 0}))
                    yield 0.1, ("POST", path_of(kind, "/actions"), body, ())
                elif (
                    state
                    in {
                        "applied",
                        "aborted",
                        "apply-failed",
                        "build-failed",
                        "apply-timeout",
                        "abort-failed",
                        "build-timeout",
                        "abort-timeout",
                    }
                    or not state
                ):
                    break
            force = draw.choice((None, {"force": False}, {"force": True}))
            yield 0.1, ("DELETE", path_of(kind), force, ())

    return client


def rash(crowd):
    """Asks for anything at any time, also what is no sense."""
    draw = crowd.draw
    while True:
        kind = draw.choice(KINDS)
        yield (
            draw.uniform(0, 2),
            draw.choice(
                (
                    ("POST", path_of(kind), CREATE[kind], ()),
                    ("POST", path_of(kind), CREATE[kind], ()),
                    ("DELETE", path_of(kind), None, ()),
                    ("DELETE", path_of(kind), {"force": True}, ()),
                    ("POST", path_of(kind, "/actions"), {"action": "apply-all"}, ()),
                    ("POST", path_of(kind, "/actions"), {"action": "abort"}, ()),
                    ("POST", path_of(kind, "/actions"), {"action": "apply-stage", "stage-id": draw.randrange(4)}, ()),
                    ("GET", path_of(kind), None, ()),
                )
            ),
        )


def odd(crowd):
    """Other spellings, methods and forms, right and wrong."""
    draw = crowd.draw
    while True:
        kind = draw.choice(KINDS)
        yield (
            draw.uniform(0, 1),
            draw.choice(
                (
                    ("HEAD", path_of(kind), None, ()),
                    ("OPTIONS", path_of(kind), None, ()),
                    ("GET", path_of(kind) + "/", None, ()),
                    ("GET", path_of(kind) + "?x=1", None, ()),
                    ("GET", path_of(kind) + ".json", None, ()),
                    ("GET", "/" + path_of(kind), None, ()),
                    ("GET", path_of(kind), None, (("Accept", "application/xml"),)),
                    ("GET", path_of(kind), None, (("Accept-Encoding", "gzip"),)),
                    ("PUT", path_of(kind), {}, ()),
                    ("PATCH", path_of(kind), {}, ()),
                    ("POST", path_of(kind) + "?_method=DELETE", {}, ()),
                    ("GET", path_of(kind) + "?_method=DELETE", None, ()),
                    ("POST", path_of(kind) + "/", CREATE[kind], ()),
                    ("DELETE", path_of(kind) + "/", None, ()),
                    ("POST", path_of(kind), b"{", ()),
                    ("POST", path_of(kind), {}, ()),
                    ("POST", path_of(kind), {**CREATE[kind], "x": 1}, ()),
                    ("POST", path_of(kind, "/actions"), {"action": "x"}, ()),
                    ("POST", path_of(kind, "/actions"), {"action": "apply-stage"}, ()),
                    ("POST", path_of(kind, "/actions"), {"action": "apply-stage", "stage-id": "0"}, ()),
                    ("GET", "/", None, ()),
                    ("GET", "/api", None, ()),
                    ("GET", "/api/orchestration", None, ()),
                    ("GET", f"/api/orchestration/{kind}", None, ()),
                    ("GET", "/nowhere", None, ()),
                    ("DELETE", "/api", None, ()),
                )
            ),
        )


def of_release_3(kind):
    """What `sw-manager` of 3.0.0 sends, command by command, to a strategy that is ready for it."""
    create = {
        "sw-patch": {**CREATE["sw-patch"], "alarm-restrictions": "strict", "max-parallel-worker-hosts": 2},
        "sw-upgrade": {**CREATE["sw-upgrade"], "alarm-restrictions": "strict", "complete-upgrade": True},
    }[kind]
    headers = (("Accept-Encoding", "identity"), ("Accept", "application/json"), ("Connection", "close"))

    def client(crowd):
        for number in itertools.count():
            yield 0.2, ("POST", path_of(kind), create, headers)
            state, looks = "building", 0
            while state in {"building", "ready-to-apply", "applying", "aborting"}:
                answer = yield 0.5, ("GET", path_of(kind), None, headers)
                state, looks = state_of(answer), looks + 1
                if state == "ready-to-apply" or is_paused(answer):
                    stage = json.loads(answer.response_body)["strategy"]["apply-phase"]["current-stage"]
                    one = {"action": "apply-stage", "stage-id": str(stage)}
                    yield (
                        0.1,
                        ("POST", path_of(kind, "/actions"), one if number % 2 else {"action": "apply-all"}, headers),
                    )
                elif state == "applying" and looks == 4 and number % 3 == 2:
                    abort = {"action": "abort-stage", "stage-id": None}
                    yield 0.1, ("POST", path_of(kind, "/actions"), abort, headers)
            yield 0.1, ("DELETE", path_of(kind), {"force": bool(number % 2)}, headers)

    return client
