"""What clients of later releases send passes server, judge and gateway, and what they need is in the answers."""

import json
import os
from pathlib import Path

import pytest
import yaml

from conformance.exchange import Exchange
from proxy.deciding.policyfile import default_policy
from proxy.traffic import Action, Direction, Mode, Passage
from proxy.watch import Watch
from reference_server import create_app, wire
from reference_server.clock import VirtualClock
from spec.load import load_ledger

LATER = yaml.safe_load(Path(__file__).with_name("later.yaml").read_text(encoding="utf-8"))
CASES = [(release, kind) for release, kinds in LATER["creates"].items() for kind in kinds]
RECORDING = Path(os.environ.get("VIMGATE_CORPUS", os.devnull), "client-requests.jsonl")


class Watched:
    """A server of one release, and a watch of another or the same one that judges whatever is sent to it.

    `blocked` are the requirements for which a gateway in enforce would have held a request or an answer back; `found`
    those that an answer has broken, and `against` what there was to be said of requests.
    """

    def __init__(self, release, headers=None):
        self._clock = VirtualClock()
        app = create_app(release=release, clock=self._clock)
        self._client, self._driver = app.test_client(), wire.serving(app).driver
        self._watch, self._policy = Watch(release), default_policy(load_ledger(release))
        self._headers = {"Accept": "application/json", "X-Auth-Token": "gAAAAABtoken", **(headers or {})}
        self.blocked, self.found, self.against, self.number = [], [], [], 0

    def send(self, method, path, body=None, headers=None):
        """Send it as the client does, and judge both sides; the answer."""
        sent = headers or self._headers | ({"Content-Type": "application/json"} if body is not None else {})
        content = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        answer = self._client.open(path, method=method, headers=sent, data=content)
        asked = Exchange(
            method, path, 0, request_headers=tuple(sent.items()), request_body=content.encode(), at=self._now
        )
        exchange = Exchange(
            method,
            path,
            answer.status_code,
            request_headers=asked.request_headers,
            request_body=asked.request_body,
            response_headers=tuple(answer.headers.items()),
            response_body=answer.data,
            at=self._now,
        )
        self._judge(asked, exchange)
        return answer

    @property
    def _now(self):
        return float(self._clock.now())

    def _judge(self, asked, exchange):
        self.number += 1
        against = self._watch.ask(asked)
        noticed = self._watch.see(Passage(self.number, exchange, started=exchange.at))
        for side, each in ((Direction.REQUEST, against), (Direction.RESPONSE, noticed)):
            names = [one.finding.requirement for one in each if one.direction is side]
            (self.against if side is Direction.REQUEST else self.found).extend(names)
            if self._policy.decide(Mode.ENFORCE, side, each) is Action.BLOCK:
                self.blocked += [(exchange.method, exchange.path, names)]
        assert self._watch.crash == ""

    def until(self, path, *states):
        """Look, and let time pass, until the strategy is in one of those states; all that was seen."""
        seen = [self.send("GET", path).json["strategy"]]
        while seen[-1]["state"] not in states:
            self._clock.advance(max(self._driver.next_event() - self._clock.now(), 0))
            seen.append(self.send("GET", path).json["strategy"])
        return seen


def path_of(kind):
    """Where strategies of a kind are."""
    return f"/api/orchestration/{kind}/strategy"


@pytest.fixture(scope="session")
def lacking(missing):
    """What a client of a release looks for in a strategy in vain."""

    def look(release, strategy):
        wanted = LATER["demanded"][release].get(strategy["name"], ())
        return missing(strategy) | {("strategy", *names) for names in wanted if not strategy.keys() & set(names)}

    return look


@pytest.mark.parametrize(("release", "kind"), CASES)
def test_a_client_works_through_a_strategy(lacking, release, kind):
    """From create to delete nothing is found or would be blocked, and every document has what the client needs."""
    vim, path, create = Watched(release, LATER["headers"][release]), path_of(kind), LATER["creates"][release][kind]
    assert vim.send("GET", path).json == {"strategy": None}
    created = vim.send("POST", path, create)
    assert (created.status_code, created.json["strategy"]["state"]) == (200, "building")  # distcloud wants no other
    seen = [created.json["strategy"], *vim.until(path, "ready-to-apply", "build-failed")]
    if seen[-1]["state"] == "ready-to-apply":
        applied = vim.send("POST", f"{path}/actions", {"action": "apply-stage", "stage-id": "0"})
        aborted = vim.send("POST", f"{path}/actions", {"action": "abort-stage", "stage-id": None})
        assert (applied.status_code, aborted.status_code) == (202, 202)
        seen += [applied.json["strategy"], aborted.json["strategy"], *vim.until(path, "aborted")]
    deleted = vim.send("DELETE", path, {"force": False})
    assert (deleted.status_code, deleted.data, vim.send("GET", path).json) == (204, b"", {"strategy": None})
    assert (vim.found, vim.blocked, vim.against) == ([], [], [])
    assert set().union(*(lacking(release, strategy) for strategy in seen)) == set()


def test_a_missing_member_is_missed(lacking):
    """A client of 12.0.0 misses `release`; one of the development makes do with `release-id`."""
    bare = {"name": "sw-upgrade", **{f"{phase}-phase": {"stages": []} for phase in ("build", "apply", "abort")}}
    named = bare | {"release-id": "a"}
    assert [("strategy", "release") in lacking("stx-12.0", each) for each in (bare, named)] == [True, True]
    assert ("strategy", "release", "release-id") in lacking("stx-master", bare)
    assert ("strategy", "release", "release-id") not in lacking("stx-master", named)


SKEW = [
    *(("stx-12.0", kind, LATER["creates"]["stx-master"][kind]) for kind in ("sw-upgrade", "kube-upgrade")),
    ("stx-12.0", "kube-rootca-update", LATER["creates"]["stx-master"]["kube-rootca-update"]),
    ("stx-8.0", "kube-upgrade", LATER["creates"]["stx-master"]["kube-upgrade"]),
    ("stx-3.0", "sw-upgrade", LATER["creates"]["stx-12.0"]["sw-upgrade"]),
]


@pytest.mark.parametrize(("release", "kind", "body"), SKEW, ids=[f"{kind} to {release}" for release, kind, _ in SKEW])
def test_a_newer_client_is_refused_and_no_server_is_to_blame(release, kind, body):
    """What an older server does not know passes the gateway and is refused in JSON, which the client reads."""
    vim = Watched(release, LATER["headers"]["stx-master"])
    answer = vim.send("POST", path_of(kind), body)
    assert (answer.status_code, bool(answer.json["faultstring"])) == (400, True)
    assert (vim.found, vim.blocked) == ([], [])


@pytest.mark.parametrize("release", ["stx-10.0", "stx-11.0", "stx-12.0"])
def test_a_rollback_of_distcloud_fails_to_build_and_nobody_broke_the_contract(release):
    """A rollback with delete false is taken and fails at once; that is how these releases are."""
    body = LATER["creates"]["stx-12.0"]["sw-upgrade"] | {"release": None, "rollback": True, "delete": False}
    vim = Watched(release, LATER["headers"]["stx-12.0"])
    answer = vim.send("POST", path_of("sw-upgrade"), body)
    assert (answer.status_code, answer.json["strategy"]["state"]) == (200, "build-failed")
    assert (vim.found, vim.blocked) == ([], [])


# --- all that was recorded


def recorded(*clients):
    """The requests that clients were seen to send."""
    lines = RECORDING.read_text(encoding="utf-8").splitlines() if RECORDING.is_file() else ()
    return [each for each in map(json.loads, lines) if each["client"] in clients]


RECORDED = [
    ("8", "stx-8.0"),
    ("distcloud-8.0.0", "stx-8.0"),
    ("m", "stx-master"),
    ("distcloud-HEAD", "stx-12.0"),
]


def bring(vim, path, lines):
    """Have a strategy of that kind, or of the client's first, wait to be applied, created as the client does it."""
    creates = [each for each in lines if "create" in each["argv"]]
    made = next((each for each in creates if each["path"] == path), creates[0])
    vim.send("POST", made["path"], made["body"], dict(made["headers"]))
    vim.until(made["path"], "ready-to-apply", "build-failed")


@pytest.mark.long
@pytest.mark.skipif(not RECORDING.is_file(), reason="VIMGATE_CORPUS names no folder with recorded requests of clients")
@pytest.mark.parametrize("there", [False, True], ids=["nothing there", "a strategy there"])
@pytest.mark.parametrize(("client", "release"), RECORDED)
def test_recorded_requests_find_nothing_wrong_with_the_server(client, release, there, lacking):
    """With and without a strategy no answer is found fault with, and only what the server refuses would be blocked."""
    lines, wrong = recorded(client), []
    for each in lines:
        vim = Watched(release)
        if there:
            bring(vim, each["path"].removesuffix("/actions"), lines)
        answer = vim.send(each["method"], each["path"], each["body"] or None, dict(each["headers"]))
        refused = answer.status_code >= 400
        wrong += [(each["argv"], "found", vim.found)] if vim.found else []
        wrong += [(each["argv"], "blocked", vim.blocked)] if vim.blocked and not refused else []
        wrong += [(each["argv"], "says nothing")] if refused and not answer.json["faultstring"] else []
        shown = answer.json["strategy"] if answer.status_code < 300 and answer.data else None
        if shown and not each["path"].startswith(path_of("current-strategy")):
            wrong += [(each["argv"], "lacks", lacking(release, shown))] if lacking(release, shown) else []
    assert (wrong, bool(lines)) == ([], True)
