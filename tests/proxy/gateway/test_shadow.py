"""A second deployment is asked what clients have read, whatever it does, and no client ever notices."""

import asyncio
import json
import stat
import threading
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest

from conformance.exchange import Exchange
from conformance.targets.bounded import Bounds
from conformance.targets.overhttp import HttpTransport
from proxy.comparing.expecting import Releases
from proxy.judging.lifeline import Lifeline
from proxy.judging.messages import encode
from proxy.shadowing.asking import repeat
from proxy.shadowing.counts import Outcome, ShadowCounts
from proxy.shadowing.messages import AGENT, Close, Read, ShadowSettings, Tally, read_of, read_to_shadow
from proxy.shadowing.shadow import Shadow
from proxy.traffic import Mode

SCHEMA = json.loads((files("proxy.shadowing") / "shadow.schema.json").read_text(encoding="utf-8"))
TOKEN = "secret-token-of-a-client-0123456789"
MEGABYTE = 1 << 20
LIMIT = 120  # seconds that anything may take


def answer(value, status=200):
    """An answer with a JSON body, as bytes."""
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 {status} Well\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


def request(path="/api", method="GET", headers=""):
    """A request, as bytes."""
    return f"{method} {path} HTTP/1.1\r\nHost: h\r\nX-Auth-Token: {TOKEN}\r\n{headers}\r\n".encode()


def says(*pieces, heads=None, asked=None):
    """Reads a request, sends that, and closes."""

    def behave(wire):
        head = wire.head()
        if not head:
            return
        if heads is not None:
            heads.append(head)
        for piece in pieces:
            wire.send(piece)
        if asked is not None:
            asked.set()

    return behave


def settings(server, out, **more):
    """A shadow at that server or port."""
    port = server if isinstance(server, int) else server.port
    return ShadowSettings(**{"url": f"http://127.0.0.1:{port}", "out": str(out), "seconds": LIMIT, **more})


class Patient(Shadow):
    """A shadow that is given time to end; `told` is released with each read, after the client has its answer."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.told = threading.Semaphore(0)

    def tell(self, number, exchange):
        super().tell(number, exchange)
        self.told.release()

    async def finish(self, timeout=LIMIT):
        await super().finish(timeout)


def lines_of(folder):
    """The lines of the log, each held against the schema."""
    found = [json.loads(line) for line in (folder / "shadow.jsonl").read_text(encoding="utf-8").splitlines()]
    for each in found:
        jsonschema.validate(each, SCHEMA)
    return found


@pytest.mark.parametrize("mode", list(Mode))
def test_a_read_is_repeated_in_each_mode(mode, server, gateway, ask, tmp_path):
    """In some mode nothing is compared, or the client's answer is touched, or a token or a change goes along."""
    heads, asked = [], threading.Event()
    real = server(says(answer({"name": "nfv-vim", "links": []})))
    other = server(says(answer({"title": "nfv-vim", "links": []}), heads=heads, asked=asked))
    shadow = Patient(settings(other, tmp_path))
    running = gateway(real, mode, shadow=shadow)
    for method in ("POST", "DELETE", "PUT", "OPTIONS", "HEAD"):
        assert ask(running.port, request(method=method, headers="Content-Length: 0\r\n"))
    assert ask(running.port, request()) == ask(real.port, request())
    assert asked.wait(LIMIT)
    running.stop()
    (head,) = heads
    assert head.startswith(b"GET /api HTTP/1.1\r\n")
    assert TOKEN.encode() not in head
    header, *told, end = lines_of(tmp_path)
    assert (header["line"], end["outcomes"]) == ("header", {"different": 1})
    assert [(each["what"], each["path"]) for each in told] == [("member-gone", "/api"), ("member-new", "/api")]
    assert (shadow.counts.outcomes, shadow.counts.differences) == (
        {"different": 1},
        {"member-gone": 1, "member-new": 1},
    )
    assert "1 reads repeated (1 different), 2 differences" in shadow.counts.sentence
    assert stat.S_IMODE((tmp_path / "shadow.jsonl").stat().st_mode) == 0o600
    assert TOKEN not in (tmp_path / "shadow.jsonl").read_text(encoding="utf-8")


def test_no_client_waits_for_a_shadow_that_is_slow(server, gateway, ask, tmp_path):
    """A shadow that never answers holds up a client, or more waits for it than may."""
    came, over = threading.Event(), threading.Event()

    def behave(wire):
        wire.head()
        came.set()
        over.wait(LIMIT)

    real = server(says(answer({})))
    shadow = Patient(settings(server(behave), tmp_path, connections=1), most=3)
    running = gateway(real, shadow=shadow)
    wanted = ask(real.port, request())
    assert ask(running.port, request()) == wanted
    assert came.wait(LIMIT)
    assert [ask(running.port, request()) for _ in range(6)] == [wanted] * 6
    assert all(shadow.told.acquire(timeout=LIMIT) for _ in range(7))
    assert shadow.counts.outcomes == {"dropped": 4}
    over.set()
    running.stop()
    assert sum(shadow.counts.outcomes.values()) == 7


HOSTILE = {
    "no word": b"",
    "half a head": b"HTTP/1.1 2",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    "garbage": b"\x00\xff" * 100 + b"\r\n\r\n",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X-More: 1\r\n" * 2000,
    "no bodies in HTTP": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    "too many bytes": b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n" + b"x" * 3 * MEGABYTE,
}
READ = Exchange(
    "GET", "/api", 200, "", (("X-Auth-Token", TOKEN),), b"", (("Content-Type", "application/json"),), b'{"links": []}'
)


@pytest.mark.parametrize("pieces", HOSTILE.values(), ids=HOSTILE)
def test_a_shadow_that_misbehaves_is_a_failure_of_its_own(pieces, server):
    """What a shadow does raises, takes memory or time, or is taken for a difference."""
    transport = HttpTransport(f"http://127.0.0.1:{server(says(pieces)).port}", Bounds(2.0, MEGABYTE))
    came = repeat(READ, transport, {}, with_token=False)
    transport.close()
    assert (came.outcome, came.differences) == (Outcome.FAILED, ())
    assert came.why
    assert TOKEN not in came.why


@pytest.mark.parametrize(
    ("reply", "with_token", "outcome"),
    [
        (answer({"links": []}), False, Outcome.SAME),
        (answer({"links": []}), True, Outcome.SAME),
        (answer({}, 403), False, Outcome.DENIED),
        (answer({}, 403), True, Outcome.DIFFERENT),
        (answer({}, 500), False, Outcome.DIFFERENT),
        (answer({}, "302 Elsewhere\r\nLocation: /other\r\nX: "), True, Outcome.DIFFERENT),
    ],
    ids=["same", "same with token", "denied", "denied with token", "error", "redirect"],
)
def test_what_comes_of_a_read(reply, with_token, outcome, server):
    """A shadow that wants a token is taken for one that changed, or the token goes where it was not wished."""
    heads = []
    transport = HttpTransport(f"http://127.0.0.1:{server(says(reply, heads=heads)).port}", Bounds(LIMIT))
    assert repeat(READ, transport, {}, with_token=with_token).outcome is outcome
    transport.close()
    assert [TOKEN.encode() in head for head in heads] == [with_token]
    assert [AGENT.encode() in head for head in heads] == [True]


@pytest.mark.parametrize("name", ["X-Auth-Token", "Accept"])
def test_what_cannot_be_sent_is_a_failure_that_quotes_nothing(name, server):
    """A header that no client library sends is a fault of ours, or is quoted with the token that it holds."""
    transport = HttpTransport(f"http://127.0.0.1:{server(says(b'')).port}", Bounds(2.0))
    headers = [((name, f"\u00a0{TOKEN}\u2026"),), ((name, f"{TOKEN}\u2026"),)]
    came = [repeat(read(request_headers=each), transport, {}, with_token=True) for each in headers]
    transport.close()
    assert [each.outcome for each in came] == [Outcome.FAILED] * 2
    assert {each.why for each in came} == {
        "the read cannot be repeated: its path or a header holds signs that are not sent"
    }


def test_a_shadow_that_does_not_answer_does_not_agree():
    """The last line of a gateway whose shadow was never there says that nothing was different, and no more."""
    counts = ShadowCounts()
    counts.take({"failed": 3, "denied": 2, "same": 1}, {})
    counts.drop()
    assert counts.brief == "6 repeated at the shadow, 0 different, 2 denied, 3 failed, 1 dropped"


@pytest.mark.parametrize(
    "address",
    [
        {"query": "a=1&token=some-thing"},
        {"path": "/api/token/some-thing"},
        {"path": f"/api/{TOKEN}"},
        {"query": f"x={TOKEN}"},
    ],
    ids=["query", "path", "own token in the path", "own token in the query"],
)
def test_a_token_in_an_address_goes_nowhere_either(address, server):
    """A shadow is shown the token of a client who writes it into the path or the query."""
    heads = []
    transport = HttpTransport(
        f"http://127.0.0.1:{server(says(answer({'links': []}), heads=heads)).port}", Bounds(LIMIT)
    )
    came = [repeat(replace(READ, **address), transport, {}, with_token=wished) for wished in (False, True)]
    transport.close()
    assert ([each.outcome for each in came], len(heads)) == ([Outcome.DROPPED, Outcome.SAME], 1)


def test_what_the_releases_explain_is_expected(server):
    """An upgrade that does what its release says is counted as a difference, or its number is not told."""
    look = Exchange("GET", "/api/orchestration/sw-patch/strategy", 404, response_body=b'{"faultstring": "none"}')
    behave = says(answer({"strategy": None}))
    transport = HttpTransport(f"http://127.0.0.1:{server(behave).port}", Bounds(LIMIT))
    ways = [None, Releases("published", "stx-3.0")]
    came = [repeat(look, transport, {}, with_token=False, releases=way) for way in ways]
    transport.close()
    assert [each.outcome for each in came] == [Outcome.DIFFERENT, Outcome.EXPECTED]
    assert came[1].differences[0].numbers[0] == "D3-04"


def test_no_client_notices_what_a_shadow_does(server, gateway, ask, tmp_path):
    """A shadow that misbehaves in one way after the other changes a byte of what a client gets, or is lost count of."""
    came, told = [threading.Event() for _ in HOSTILE], []

    def behave(wire):
        number = int(wire.head().split()[1][1:])
        came[number].set()
        wire.send(list(HOSTILE.values())[number])

    real = server(says(answer({"links": []})))
    shadow = Patient(settings(server(behave), tmp_path, seconds=2.0, largest=MEGABYTE), say=told.append)
    running = gateway(real, Mode.ENFORCE, shadow=shadow)
    asked = [request(f"/{number}") for number in range(len(HOSTILE))]
    assert [ask(running.port, each) for each in asked] == [ask(real.port, each) for each in asked]
    assert all(each.wait(LIMIT) for each in came)
    running.stop()
    assert shadow.counts.outcomes == {"failed": len(HOSTILE)}
    assert told == ["the shadow gave no answer to a read; shadow.jsonl says why, and this is said once"]
    assert {each["line"] for each in lines_of(tmp_path)} == {"header", "failure", "end"}


def test_strategies_that_stand_otherwise_are_no_difference(server):
    """One deployment has a strategy, the other has none: that says nothing of the API."""
    path = "/api/orchestration/sw-patch/strategy"
    there = Exchange("GET", path, 200, response_body=b'{"strategy": {"state": "applied"}}')
    transport = HttpTransport(f"http://127.0.0.1:{server(says(answer({'strategy': None}))).port}", Bounds(LIMIT))
    assert repeat(there, transport, {}, with_token=False).outcome is Outcome.ELSEWHERE
    transport.close()


# --- the gateway's side alone


class Life:
    """Stands for a process: keeps what it is sent, says what it is told to say, and is lost when it is told to be."""

    def __init__(self):
        self.sent, self.heard, self.over, self.opened = [], None, None, 0

    async def open(self, heard, module):
        self.heard, self.opened = heard, self.opened + 1
        self.over = asyncio.get_running_loop().create_future()
        return self

    def write(self, pieces):
        self.sent += [piece for piece in pieces if len(piece) != 4]
        if any(b"Close" in piece for piece in pieces):
            self.over.set_result(0)

    def kill(self):
        if not self.over.done():
            self.over.set_result(-9)

    @property
    def reads(self):
        """The paths of the reads that it was sent, which are all but the settings and the end."""
        found = [read_to_shadow(piece) for piece in self.sent if b"Read" in piece or b"Close" in piece]
        return [each.path for each in found if not isinstance(each, Close)]


@pytest.fixture
def life(monkeypatch):
    """A process that is none."""
    made = Life()
    monkeypatch.setattr(Lifeline, "open", made.open)
    return made


def play(scene, **options):
    """Run a scene with a shadow; the shadow."""

    async def main():
        shadow = Shadow(settings(1, "/nowhere"), **options)
        await shadow.start()
        await scene(shadow)
        await shadow.finish()
        return shadow

    return asyncio.run(main())


def read(path="/api", **options):
    """A read."""
    return Exchange("GET", path, **{"status": 200, "response_body": b"{}", **options})


@pytest.mark.parametrize(
    ("exchange", "repeated", "dropped"),
    [
        (read(), 1, 0),
        (Exchange("POST", "/api", 200), 0, 0),
        (Exchange("HEAD", "/api", 200), 0, 0),
        (Exchange("get", "/api", 200), 0, 0),
        (read(request_body=b"{}"), 0, 0),
        (read(query="_method=DELETE"), 0, 0),
        (read(query="a=1&%5Fmethod=DELETE"), 0, 0),
        (read(status=304), 0, 0),
        (read(status=0), 0, 0),
        (read(request_headers=(("User-Agent", AGENT),)), 0, 0),
        (read(response_body=b"x" * (5 * MEGABYTE)), 0, 1),
        (None, 0, 1),
    ],
    ids=[
        "read",
        "change",
        "HEAD",
        "get",
        "body",
        "another method",
        "another in disguise",
        "304",
        "lost",
        "of a shadow",
        "large",
        "not kept",
    ],
)
def test_which_reads_are_repeated(life, exchange, repeated, dropped):
    """A change, or a request that some server takes for one, reaches the second deployment."""

    async def scene(shadow):
        shadow.tell(1, exchange)

    shadow = play(scene)
    assert (len(life.reads), shadow.counts.outcomes["dropped"] - repeated) == (repeated, dropped)


def test_what_waits_is_bounded(life):
    """Reads without end take memory without end, or what was handled makes no room."""

    async def scene(shadow):
        for number in range(5):
            shadow.tell(number, read(f"/{number}"))
        life.heard(encode(Tally(1, {"same": 1}, {})))
        shadow.tell(5, read("/5"))

    shadow = play(scene, most=2)
    assert life.reads == ["/0", "/1", "/5"]
    assert shadow.counts.outcomes == {"dropped": 3 + 2, "same": 1}


def test_a_process_that_is_lost_is_followed_by_another(life):
    """What a lost process had is waited for for ever, or nobody is told."""
    told = []

    async def scene(shadow):
        shadow.tell(1, read())
        life.kill()
        async with asyncio.timeout(LIMIT):
            while life.opened < 2:
                await asyncio.sleep(0)
        shadow.tell(2, read("/2"))

    shadow = play(scene, say=told.append)
    assert (shadow.counts.restarts, shadow.counts.outcomes["dropped"], life.reads[-1]) == (1, 2, "/2")
    assert told == ["the process of the shadow was lost (signal SIGKILL); it is started again"]


def test_nothing_that_goes_wrong_here_reaches_a_hook(life, monkeypatch):
    """A fault of ours blocks a client where nothing passes unjudged."""

    def fail(_):
        raise ValueError

    monkeypatch.setattr("proxy.shadowing.shadow._is_repeated", fail)

    async def scene(shadow):
        shadow.tell(1, read())

    assert play(scene).counts.outcomes == {}


def test_a_read_comes_through_whole():
    """What is told of a read is another one on the other side."""
    exchange = read(query="a=1", request_headers=(("Accept", "text/xml"),), response_headers=(("Allow", "GET"),))
    told = read_to_shadow(encode(read_of(7, exchange)))
    assert isinstance(told, Read)
    assert (told.number, told.exchange().query, told.exchange().response_headers) == (7, "a=1", (("Allow", "GET"),))
