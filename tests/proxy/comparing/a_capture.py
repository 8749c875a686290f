"""A deployment that was captured: a lifecycle, creates that are refused, and reads, on the reference server."""

import json
import random
import re
from dataclasses import replace
from functools import cache

from conformance.exchange import NO_JSON
from conformance.targets.control import detect
from conformance.targets.target import Target
from conformance.targets.transport import WsgiTransport
from proxy.comparing.gathered import Gathered, words_of
from proxy.comparing.holding import between
from reference_server import create_app
from reference_server.worlds.file import parse_world
from reference_server.worlds.shipped import world_source
from spec.documents import parse
from spec.load import load_contract, load_law

PATCH = "/api/orchestration/sw-patch/strategy"
JSON = (("Content-Type", "application/json"), ("X-Auth-Token", "secret-token-of-the-capture"))
REQUEST = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "swift-apply-type": "ignore",
    "worker-apply-type": "parallel",
    "default-instance-action": "migrate",
    "alarm-restrictions": "relaxed",
}
WORDS = words_of(load_contract(), load_law())
CREATES = [
    REQUEST,
    {**REQUEST, "worker-apply-type": "nonsense"},
    {name: value for name, value in REQUEST.items() if name != "storage-apply-type"},
    {**REQUEST, "max-parallel-worker-hosts": 1},
]


def _play(target, seconds):
    """The exchanges of one session, polled every so many seconds."""
    heard = []
    target.heard = heard.append

    def send(method, path, value=None, query=""):
        body = b"" if value is None else json.dumps(value).encode()
        return target.send(method, path, body=body, headers=JSON, query=query)

    def until(states):
        for _ in range(4000):
            shown = send("GET", PATCH).response_json["strategy"]["state"]
            if shown in states:
                return
            target.control.advance(seconds)
        raise AssertionError(shown)

    for path in ("/", "/api", "/api/orchestration", "/api/orchestration/sw-patch", PATCH, "/api/nothing"):
        send("GET", path)
    send("PUT", PATCH, {})
    send("GET", PATCH, query="odd=1")
    for body in reversed(CREATES):
        send("POST", PATCH, body)
    send("POST", PATCH, REQUEST)
    until({"ready-to-apply", "build-failed"})
    send("POST", f"{PATCH}/actions", {"action": "abort"})
    send("POST", f"{PATCH}/actions", {"action": "apply-all"})
    until({"applied", "aborted"})
    send("DELETE", PATCH)
    send("GET", PATCH)
    return tuple(each for each in heard if not each.path.startswith("/_control"))


@cache
def captured(seed=0, seconds=400, *, turned=False, prefix=""):
    """What such a session was; `turned`: hosts are listed the other way round; `prefix`: their names begin so."""
    value = parse(world_source("standard"), "standard")
    if prefix:
        text = json.dumps(value)
        for name in sorted((each["name"] for each in value["hosts"]), key=len, reverse=True):
            text = text.replace(f'"{name}"', f'"{prefix}{name}"')
        value = json.loads(text)
    if turned:
        value["hosts"] = value["hosts"][::-1]
    application = create_app(parse_world(value, "standard"), seed=seed)
    target = Target(WsgiTransport(application), "captured", in_process=True)
    target.control = detect(target.send, None)
    return _play(target, seconds)


def changed(exchanges, change, *, method="GET", path=None, status=None):
    """The exchanges with the JSON values of those answers changed by `change`, which changes them in place."""

    def one(exchange):
        fits = exchange.method == method and path in (None, exchange.path) and status in (None, exchange.status)
        value = exchange.response_json
        if not fits or not isinstance(value, dict):
            return exchange
        value = json.loads(exchange.response_body)
        change(value)
        return replace(exchange, response_body=json.dumps(value).encode())

    return tuple(map(one, exchanges))


def side(exchanges):
    """One side that has shown these exchanges."""
    gathered = Gathered(frozenset(WORDS))
    for exchange in exchanges:
        gathered.take(exchange)
    return gathered


def compared(old, new):
    """Two lists of exchanges held against each other."""
    return between(side(old), side(new), WORDS)


def noisy(exchanges, seed):
    """The same exchanges with other uuids, times, ports, percentages, names of hosts, headers and orders."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    uuids, shift = {}, draw.randrange(1, 27)
    site = f"{draw.choice(['10.0.0.7', 'controller', '127.0.0.1'])}:{draw.randrange(1024, 60000)}"

    def uuid(found):
        return uuids.setdefault(found[0], f"{draw.getrandbits(32):08x}-1234-4abc-8def-{draw.getrandbits(48):012x}")

    def turned(value):
        if isinstance(value, dict):
            names = list(value)
            draw.shuffle(names)
            return {
                name: draw.randrange(100) if name == "current-phase-completion-percentage" else turned(value[name])
                for name in names
            }
        if isinstance(value, list):
            items = list(map(turned, value))
            if items and (isinstance(items[0], str) or "rel" in items[0]):
                draw.shuffle(items)
            return items
        return value

    def one(exchange):
        text = exchange.response_body.decode()
        if exchange.response_json is not NO_JSON:
            text = json.dumps(turned(json.loads(text)))
        text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", uuid, text)
        text = re.sub(r"\b\d{4}-\d\d-\d\d (\d\d)", lambda found: f"2031-05-{shift:02} {found[1]}", text)
        text = re.sub(r"http://[^/\"]+", f"http://{site}", text)
        text = re.sub(r"\b(controller|storage|worker|compute)-(\d)\b", rf"site{shift}-\1-\2", text)
        extra = (("Date", f"Mon, {shift:02} Nov 2026 12:38:09 GMT"), ("Server", f"WSGIServer/0.{shift}"))
        return replace(
            exchange,
            response_body=text.encode(),
            response_headers=(*exchange.response_headers, *extra),
            at=exchange.at + shift,
        )

    return tuple(map(one, exchanges))
