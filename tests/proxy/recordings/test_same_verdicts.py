"""Random sessions, judged live and out of every kind of recording: the findings are the same, one by one."""

import json
import random
from collections import Counter, defaultdict
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

import pytest

from conformance.targets.target import open_target
from proxy.archive import Archive
from proxy.audit import Terms, audit
from proxy.order import Order, is_change
from proxy.traffic import Action, Direction, Passage
from proxy.watch import Watch
from reports.model import Verdict

CLEAN = "wsgi:reference_server:create_app"
MUTANTS = (
    "percentage_as_text", "width_as_text", "create_201", "delete_200", "put_reads", "refused_action_200",
    "one_uuid_for_all", "absent_strategy_400", "strategy_as_html", "hidden_while_building", "percentage_rounded",
    "action_answer_as_text", "shown_once_more", "upgrade_conflict_500",
)  # fmt: skip
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
ODD_VALUES = (None, 7, "bogus", "", True, [], "sériál", "2")
TOGETHER = 4  # sessions that go on at the same time
DEPLOYMENTS = 50  # each has one session after the other, and nobody tells that it was set up anew between them
RACING = 0.15
SOME = 10  # deployments that are captured, each in a folder of its own


@dataclass(frozen=True)
class Timed:
    """An exchange with a deployment, and when it began."""

    deployment: int
    exchange: object
    started: float

    @property
    def site(self):
        return ("192.0.2.1", 4545 + self.deployment)


def asked(draw, kind):
    """A random request: method, path, query, body."""
    strategy, odd = f"/api/orchestration/{kind}/strategy", draw.choice(ODD_VALUES)
    create, unlike = BODIES[kind], BODIES[kind] | {draw.choice([*BODIES[kind], "unknown"]): odd}
    action = {"action": draw.choice(["apply-all", "apply-all", "abort", "apply-stage", "abort-stage", "bogus"])}
    return draw.choice(
        [
            *[("GET", strategy, "", None)] * 6,
            *[("POST", strategy, "", create)] * 3,
            *[("POST", strategy, "", unlike)] * 2,
            *[("POST", strategy + "/actions", "", action)] * 3,
            ("POST", strategy + "/actions", "", action | {"stage-id": draw.choice(["0", 0, "x", None])}),
            ("DELETE", strategy, "", None),
            ("DELETE", strategy, "", {"force": draw.choice([True, False, "yes"])}),
            (draw.choice(["PUT", "PATCH"]), strategy, "", create),
            ("GET", draw.choice(["/", "/api", "/api/", f"/api/orchestration/{kind}", "/api/none"]), "a=b", None),
        ]
    )


def play(number, target, draw, start):
    """A session: what was asked and answered, with random times, some of which overlap."""
    target.control.reset()
    ended, clock = start + draw.random(), 0
    kind = draw.choice(list(BODIES))
    for _ in range(draw.randint(3, 4)):
        if draw.random() < 0.3:
            target.control.advance(draw.choice([5, 60, 600]))
        method, path, query, body = asked(draw, kind if draw.random() < 0.9 else "sw-patch")
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = (("X-Auth-Token", "made-up"), *((("Content-Type", "application/json"),) if content else ()))
        sent = target.send(method, path, query=query, body=content, headers=headers)
        began = ended + draw.choice([0.05, 2.0, 30.0]) * (-1 if clock and draw.random() < RACING else 1)
        ended, clock = max(ended, began) + draw.choice([0.01, 0.1, 1.0]) + draw.random() / 1000, clock + 1
        yield Timed(number % DEPLOYMENTS, replace(sent, at=ended, request_headers=headers, origin=""), began)


def sessions(count, seed):
    """Random sessions with the clean server and faulty ones, in the order of their answers."""
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    with ExitStack() as opened:
        targets = [
            opened.enter_context(open_target(name))
            for name in (CLEAN, *(f"wsgi:reference_server.mutants:{each}" for each in MUTANTS))
        ]
        played = []
        for first in range(0, count, TOGETHER):
            start = 1_700_000_000.0 + first * 1000
            group = [play(each, draw.choice(targets), draw, start) for each in range(first, first + TOGETHER)]
            played += sorted((timed for one in group for timed in one), key=lambda timed: timed.exchange.at)
    return played


def told(passage, noticed, number=None):
    """What is compared of findings."""
    for each in noticed:
        found = each.finding
        yield (
            number or passage.number, each.direction, found.requirement, found.verdict, found.message, found.where,
            found.expected, found.actual, each.certain, passage.in_order,
        )  # fmt: skip


def passages(played):
    """What a gateway hears while the exchanges happen, one deployment beside the other: which, and the passage."""
    events = [(timed.exchange.at, 0, number, timed) for number, timed in enumerate(played, start=1)]
    events += [(timed.started, 1, number, timed) for number, timed in enumerate(played, start=1)]
    orders = defaultdict(Order)
    for _, begins, number, timed in sorted(events, key=lambda event: event[:3]):
        order = orders[timed.deployment]
        if begins:
            order.begin(number, changes=is_change(timed.exchange.method, timed.exchange.query))
        else:
            yield timed.deployment, Passage(number, timed.exchange, timed.started, in_order=order.end(number))


def live(played):
    """What is found live."""
    watches = defaultdict(Watch)
    return [
        each for deployment, passage in passages(played) for each in told(passage, watches[deployment].see(passage))
    ]


def recorded(file, numbers=None):
    """What is found in the recording; `numbers` says which exchange stands where."""
    found = []

    def hear(passage, noticed):
        found.extend(told(passage, noticed, numbers[passage.number - 1] if numbers else None))
        return noticed, ""

    audited = audit(file, Terms(), heard=hear)
    assert (audited.damages, audited.crashes, audited.unjudged, audited.foreign) == ([], {}, {}, 0)
    return found, audited


@pytest.fixture(scope="module", params=[60, pytest.param(1000, marks=pytest.mark.long)], ids=["few", "many"])
def played(request):
    """Every exchange of all sessions, in the order of the answers."""
    return sessions(request.param, 5)


@pytest.fixture(scope="module")
def expected(played):
    """What is found live."""
    return sorted(live(played))


def test_the_sessions_are_worth_it(played, expected):
    """They hold findings of every kind, about both sides, certain ones and others, in races too."""
    assert len(expected) > len(played) / 4
    assert {each[1] for each in expected} == set(Direction)
    assert {each[3] for each in expected} >= {Verdict.FAIL, Verdict.WARN}
    assert {each[8] for each in expected} == {True, False}
    assert {each[9] for each in expected} == {True, False}
    assert len({each[2] for each in expected}) >= 25
    assert min(Counter(timed.deployment for timed in played).values()) >= 3


def test_a_har_has_the_same_findings(played, expected, recording, writing):
    """In the order of the beginnings, as browsers write it."""
    numbers = sorted(range(1, len(played) + 1), key=lambda number: played[number - 1].started)
    flows = [
        writing.flow(timed.exchange, timed.started, timed.site) for timed in (played[number - 1] for number in numbers)
    ]
    found, audited = recorded(recording(writing.har(flows)), numbers)
    assert (sorted(found), audited.judged) == (expected, len(played))


def test_a_flow_file_has_the_same_findings(played, expected, recording, writing):
    """In the order of the answers, as mitmproxy writes it."""
    flows = [writing.flow(timed.exchange, timed.started, timed.site) for timed in played]
    found, audited = recorded(recording(writing.flows(flows)))
    assert (sorted(found), audited.judged) == (expected, len(played))


@pytest.mark.parametrize("played", [60], ids=["few"], indirect=True)
def test_json_lines_have_the_same_findings(played, expected, recording, writing):
    """With a session of the file for each deployment, and gzipped."""
    lines = [writing.line(timed.exchange, timed.started, f"deployment {timed.deployment}") for timed in played]
    found, audited = recorded(recording(writing.packed(b"".join(lines))))
    assert (sorted(found), audited.judged) == (expected, len(played))


@pytest.mark.parametrize("name", ["capture.har", "capture.flows"])
def test_captures_of_the_gateway_have_the_same_findings(played, expected, tmp_path, name):
    """Of each deployment, with the numbers that the gateway gave, although tokens are gone."""
    some = [timed for timed in played if timed.deployment < SOME]
    numbers = {number for number, timed in enumerate(played, start=1) if timed.deployment < SOME}
    with ExitStack() as open_ones:
        archives = {
            deployment: open_ones.enter_context(closing(Archive(tmp_path / str(deployment), har=True, flows=True)))
            for deployment in range(SOME)
        }
        for deployment, passage in passages(played):
            if deployment < SOME:
                archives[deployment].keep(passage, (), Action.PASS)
    came = [recorded(tmp_path / str(deployment) / name) for deployment in range(SOME)]
    assert sum(audited.judged for _, audited in came) == len(some)
    assert sorted(each for found, _ in came for each in found) == [each for each in expected if each[0] in numbers]
