"""What a server may lawfully do and was once accused of: no finding, and what is really wrong beside it still is one."""

# ruff: noqa: E501 - a playbook is one line

import json

import pytest

from conformance.exchange import Exchange
from conformance.known import Presence

OURS, READER = "X-Auth-Token=***", "X-Auth-Token=***reader***"
LET_IN = f"GET / {OURS} -> 200 example:00-versions-root"
ASKED = f"read patch {OURS} -> 404\nread upgrade {OURS} -> 404\n"
NOTHING = "read patch -> 404\nread upgrade -> 404\n"
READY = "read patch -> 200 ready\n"
STEP = "/strategy/apply-phase/stages/2/steps/1"
VM = f'{STEP}/step-name = "stop-instances" ; {STEP}/entity-type = "instances" ; {STEP}/entity-uuids = ["a", "b"] ; {STEP}/entity-names = '
RESTART = "/strategy/build-phase/timeout = 0 ; "
HOSTS = f'{STEP}/entity-uuids = [] ; {STEP}/entity-names = ["compute-0"]'
DISPLACED = f'{STEP}/step-name = "migrate-instances-from-host" ; {STEP}/entity-type = "instances" ; {STEP}/entity-uuids = [] ; {STEP}/entity-names = []'
WORK = "/strategy/apply-phase/stages/2/steps/2"
# The build of the playbook ran from 12:00:00 to 12:03:00.
BACK = "/strategy/build-phase/end-date-time = "
# The apply of this moment failed at the third step of its first stage.
FAILED = "read patch -> 200 failed 0 2 | /strategy/apply-phase"
LOCK = "/strategy/apply-phase/stages/2/steps/1"
# A strategy that was predicted to become ready.
EXPECTED = "expect patch ready\nread patch -> 200 "
UNDONE = "expect patch failed 0 2\nread patch -> 200 failed 0 2 | /strategy/abort-phase/current-stage"
LINK = '{"href": "http://localhost/v2/", "rel": "docs"}'


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        ("VIM-LIFE-086", "begin still\ncreate patch -> 200 building 0\nread patch -> 200 ready\nread patch -> 200 ready"),
        ("VIM-LIFE-080", f"{READY}delete patch -> 204\nread patch Accept=application/xml -> 200 text:<result/>"),
        ("VIM-LIFE-086", "begin still\nread patch -> 200 ready\napply-all patch -> 202 running 0 0\nread patch -> 200 applied\nread patch -> 200 applied"),
        ("VIM-LIFE-058", f"begin still\n{NOTHING}create patch -> 200 building 0\napply-all patch -> 202 running 0 0"),
        ("VIM-LIFE-021", f'read patch -> 200 ready | {RESTART}{VM}["a"]'),
        ("VIM-LIFE-021", f"read patch -> 200 ready | {RESTART}{VM}[]"),
        ("VIM-LIFE-021", f"read patch -> 200 ready | {RESTART}{HOSTS}"),
        ("VIM-LIFE-019", f'read patch -> 200 ready | {STEP}/step-name = "wait-alarms-clear"'),
        ("VIM-LIFE-021", f"read patch -> 200 ready | {DISPLACED}"),
        ("VIM-LIFE-020", f"read patch -> 200 ready | {DISPLACED}"),
        ("VIM-LIFE-105", f'read patch -> 200 ready | {WORK}/entity-names = ["controller-1"]'),
        ("VIM-LIFE-086", READY + 'read patch -> 200 ready | /strategy/served-by = "b"'),
        ("VIM-LIFE-086", READY + 'read patch -> 200 ready | /strategy/apply-phase/served-by = "b"'),
        ("VIM-API-016", f'GET /api -> 200 json:{{"versions": [{{"status": "stable", "id": "v1", "links": [{{"href": "/api", "rel": "self"}}, {{"href": "/o", "rel": "orchestration"}}]}}, {{"status": "beta", "id": "v2", "links": [{LINK}]}}]}}'),
        ("VIM-API-016", 'GET /api -> 200 json:{"versions": [{"id": "v0"}, {"status": "stable", "id": "v1", "links": [{"href": "/api", "rel": "self"}, {"href": "/o", "rel": "orchestration"}]}]}'),
        ("VIM-ROOT-019", "GET / Host=192.168.204.2:4545 -> 200 example:00-versions-root"),
        ("VIM-ROOT-019", 'GET / Host=vim.example.com -> 200 example:00-versions-root | /links/0/href = "http://VIM.example.com:80/api/"'),
        ("VIM-LIFE-038", f'read patch -> 200 ready | {BACK}"2026-03-03 11:03:00" ; /strategy/build-phase/stages/0/end-date-time = "2026-03-03 11:03:00"'),
        ("VIM-LIFE-038", f'read patch -> 200 ready | {BACK}"2026-03-03 11:33:00" ; /strategy/build-phase/stages/0/end-date-time = "2026-03-03 11:33:00" ; /strategy/build-phase/stages/0/steps/2/end-date-time = "2026-03-03 11:33:00"'),
        ("VIM-LIFE-021", f'read patch -> 200 ready | {RESTART}{LOCK}/entity-uuids = ["b"]'),
        ("VIM-LIFE-092", f'{FAILED}/stages/0/steps/2/reason = ""'),
        ("VIM-LIFE-092", f'{FAILED}/stages/0/reason = "lock-hosts failed"'),
        ("VIM-LIFE-093", f'{FAILED}/reason = "stage 0: host lock failed"'),
        ("VIM-LIFE-127", "begin still\nread patch -> 200 paused 1\n+99999 read patch -> 200 paused 1"),
        ("VIM-LIFE-127", "begin still\nread patch -> 200 ready\n+99999 read patch -> 200 ready"),
        ("VIM-LIFE-127", "read patch -> 200 running 0 2\n+99999 read patch -> 200 running 0 2"),
        ("VIM-AUTH-001", f"GET / -> 401\n{NOTHING}"),
        ("VIM-AUTH-001", "read patch -> 401\ncreate patch -> 400\nread upgrade -> 503"),
        ("VIM-AUTH-001", "read patch X-Auth-Token=mine -> 403\nread patch -> 404"),
        ("VIM-AUTH-003", "read patch -> 401\nGET / -> 200 example:00-versions-root"),
        ("VIM-AUTH-004", "read patch X-Auth-Token=*** -> 200 ready\ndelete patch X-Auth-Token=*** -> 403\nread patch X-Auth-Token=*** -> 404"),
        ("VIM-AUTH-005", "GET / -> 401\nGET / X-Auth-Token=*** -> 200 example:00-versions-root\ncreate patch X-Auth-Token=*** -> 403\nread patch X-Auth-Token=*** -> 401"),
        ("VIM-AUTH-001", f"{LET_IN}\nread patch X-Auth-Token=vimgate-token-of-nobody -> 401\nread patch -> 404"),
        ("VIM-AUTH-004", f"{ASKED}read patch {OURS} -> 200 paused 1\nabort patch {READER} -> 403\nabort patch {OURS} -> 202 aborting 0 2\nread patch {OURS} -> 200 aborting 0 2"),
        ("VIM-AUTH-004", f"{ASKED}read patch {OURS} -> 200 ready\napply-all patch {READER} -> 403\napply-all patch {OURS} -> 202\nread patch {OURS} -> 200 running 0 0"),
        ("VIM-AUTH-006", f"read patch {OURS} -> 404\nread patch -> 404\nread patch X-Auth-Token=***expired*** -> 404"),
        # there are no roles, and a 403 is about the state
        ("VIM-AUTH-007", f"{ASKED}create patch {READER} -> 200 building 0\nread patch {OURS} -> 200 ready\ncreate patch {READER} -> 403\ndelete patch {OURS} -> 204\nread patch {OURS} -> 404\ncreate patch {OURS} -> 200 building 0\nread patch {READER} -> 200 ready"),
        # his token has ended meanwhile
        ("VIM-AUTH-007", f"{ASKED}create patch {READER} -> 200 building 0\nread patch {OURS} -> 200 ready\ndelete patch {READER} -> 401\ndelete patch {OURS} -> 204\nread patch {READER} -> 401"),
        # nobody is let do that
        ("VIM-AUTH-007", f"{ASKED}create patch {READER} -> 403\ncreate patch {OURS} -> 403\nread patch {OURS} -> 200 ready\ndelete patch {READER} -> 204\nread patch {OURS} -> 200 ready\ndelete patch {READER} -> 401\ndelete patch {OURS} -> 204"),
        # as the release stx-3.0 does, which turns him away from everything
        ("VIM-AUTH-007", f"{ASKED}create patch {READER} -> 403\ncreate patch {OURS} -> 200 building 0\nread patch {OURS} -> 200 ready\nread patch {READER} -> 403\ndelete patch {READER} -> 403\ndelete patch {OURS} -> 204"),
        ("VIM-AUTH-008", f"read patch {READER} -> 403\nread upgrade {READER} -> 403\nread patch {READER} -> 403"),
        ("VIM-AUTH-008", f"read patch {READER} -> 403\nread patch {READER} -> 200 ready"),
        ("VIM-AUTH-008", f"read patch {READER} -> 200 ready\nread upgrade {READER} -> 401\nread patch {READER} -> 401"),
        ("VIM-PACT-032", "begin still\nread patch -> 200 ready\napply-all patch -> 202 failed 0 0"),
        ("VIM-LIFE-130", f"{EXPECTED}ready | {RESTART}"),
        ("VIM-LIFE-130", f"{EXPECTED}build-timeout"),
        ("VIM-LIFE-103", f"{EXPECTED}build-timeout"),
        ("VIM-LIFE-110", f"{EXPECTED}build-timeout"),
        ("VIM-LIFE-131", f"{UNDONE} + -1 ; /strategy/abort-phase/stages/0/current-step + -1"),
    ],
)  # fmt: skip
def test_what_is_lawful_is_no_finding(bench, requirement, text):
    """The requirement is looked at, or has nothing to say; it never accuses."""
    assert requirement not in bench.play(text)
    assert bench.crashes() == []


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        ("VIM-LIFE-086", "begin still\ncreate patch -> 200 building 0\nread patch -> 200 building 0\nread patch -> 200 ready"),
        ("VIM-LIFE-086", READY + "read patch -> 200 ready | /strategy/max-parallel-worker-hosts = 3"),
        ("VIM-LIFE-058", "begin still\ncreate patch -> 200 building 0\nread patch -> 200 building 0\napply-all patch -> 202 running 0 0"),
        ("VIM-LIFE-021", f"read patch -> 200 ready | {VM}[]"),
        ("VIM-LIFE-021", f"read patch -> 200 ready | {HOSTS}"),
        ("VIM-LIFE-021", f'read patch -> 200 ready | {RESTART}{VM}["a", "b", "c"]'),
        ("VIM-LIFE-021", f'read patch -> 200 ready | {RESTART}{STEP}/entity-uuids = ["a", "b"]'),
        ("VIM-LIFE-021", f"read patch -> 200 ready | {RESTART}{STEP}/entity-uuids = [] ; {STEP}/entity-names = []"),
        ("VIM-API-016", 'GET /api -> 200 json:{"versions": [{"status": "stable", "id": "v1", "links": [{"href": "/api", "rel": "self"}]}]}'),
        ("VIM-LIFE-117", f"read patch -> 200 ready | {DISPLACED}"),
        ("VIM-LIFE-105", 'read patch -> 200 ready | /strategy/apply-phase/stages/1/steps/3/entity-names = ["controller-1"]'),
        ("VIM-API-016", 'GET /api -> 200 json:{"versions": [{"id": "v1"}]}'),
        ("VIM-ROOT-019", "GET / Host=vim.example.com:4545 -> 200 example:00-versions-root"),
        ("VIM-LIFE-038", f'read patch -> 200 ready | {BACK}"2026-03-03 10:59:59"'),
        ("VIM-LIFE-021", f'read patch -> 200 ready | {LOCK}/entity-uuids = ["b"]'),
        ("VIM-LIFE-021", f'read patch -> 200 ready | {LOCK}/entity-uuids = ["b", "b"] ; {LOCK}/entity-names = ["x", "y"]'),
        ("VIM-LIFE-092", f'{FAILED}/stages/0/reason = ""'),
        ("VIM-LIFE-093", f'{FAILED}/reason = ""'),
        ("VIM-PACT-032", "begin still\nread patch -> 200 ready\napply-all patch -> 202 aborted 0 0"),
        ("VIM-PACT-032", "begin still\nread patch -> 200 ready\napply-all patch -> 202 applied"),
        ("VIM-LIFE-130", f"begin still\n{EXPECTED}ready | {RESTART}"),
        ("VIM-LIFE-130", f"{EXPECTED}ready | /strategy/build-phase/timeout = 1"),
        ("VIM-LIFE-103", f"begin still\n{EXPECTED}build-timeout"),
        ("VIM-LIFE-103", f"{EXPECTED}build-failed"),
        ("VIM-LIFE-131", f"{UNDONE} + 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_beside_it_is_still_found(bench, requirement, text):
    """The excuse reaches no further than it must."""
    assert requirement in bench.play(text)


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        ("VIM-LIFE-058", "begin still\nread patch -> 200 building 0\napply-all patch -> 403"),
        ("VIM-LIFE-059", "begin still\nread patch -> 200 running 0 2\napply-all patch -> 403"),
        ("VIM-LIFE-060", "begin still\nread patch -> 200 applied\napply-all patch -> 403"),
        ("VIM-LIFE-061", "begin still\nread patch -> 200 aborted 0 2\napply-all patch -> 403"),
        ("VIM-LIFE-071", "begin still\nread patch -> 200 applied\nabort patch -> 403"),
        ("VIM-LIFE-072", "begin still\nread patch -> 200 aborted 0 2\nabort patch -> 403"),
        ("VIM-LIFE-078", "begin still\nread patch -> 200 running 0 2\ndelete patch -> 403"),
        ("VIM-LIFE-081", "read patch -> 200 ready\ncreate patch -> 403"),
        ("VIM-LIFE-082", "read patch -> 200 ready\ncreate upgrade -> 403"),
    ],
)
def test_a_refusal_with_403_is_a_refusal(bench, requirement, text):
    """403 is one of the codes that PUBLISHED.md allows for a refusal: it is looked at, and fine."""
    assert bench.play(text) == set()
    assert requirement in bench.looked_at()


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.parametrize("moment", ["ready", "paused 1"])
def test_an_integer_stage_id_binds_nobody(bench, moment, status):
    """The reference says xsd:string and shows an integer: a server may take either, and refuse the integer."""
    body = f'{{"stage-id": {moment.partition(" ")[2] or 0}}}'
    assert bench.play(f"begin still\nread patch -> 200 {moment}\napply-stage patch {body} -> {status}") == set()


def test_a_stage_id_of_digits_binds(bench):
    """Digit text is the stated type of a stage-id: refusing it where it is lawful is a finding."""
    text = "begin still\nread patch -> 200 ready\napply-stage 0 patch -> 400"
    assert "VIM-LIFE-056" in bench.play(text)


@pytest.mark.parametrize(
    "answer", ["text:<strategy nil='true'/>", "bare:", "json:[]", "json:{}", 'json:{"strategy": 5}']
)
@pytest.mark.parametrize(
    ("before", "presence"),
    [("", Presence.UNKNOWN), (NOTHING, Presence.ABSENT), (READY, Presence.PRESENT)],
    ids=["unknown", "absent", "present"],
)  # fmt: skip
def test_an_answer_that_shows_no_strategy_proves_nothing(bench, before, presence, answer):
    """A 200 without a JSON object that holds a strategy leaves what is known as it was."""
    bench.play(f"{before}GET /api/orchestration/sw-patch/strategy Accept=application/xml -> 200 {answer}")
    assert bench.monitor.known.slot("sw-patch").presence is presence


def test_an_answer_in_xml_is_followed_by_a_lawful_404(bench):
    """Nobody is told to show a strategy because it said in XML that there is none."""
    ask = "GET /api/orchestration/sw-patch/strategy Accept=application/xml -> 200 text:<strategy nil='true'/>"
    assert bench.play(f"{ask}\nread patch -> 404\ncreate patch -> 200 building 0") == set()


@pytest.mark.parametrize("moment", range(1, 10))
@pytest.mark.parametrize(("drop", "broken"), [(1, False), (1800, False), (3600, False), (3601, True), (90_000, True)])
def test_a_clock_may_be_set_back_once_by_an_hour(bench, set_back, moment, drop, broken):
    """Local time may go back by up to an hour on any day at any hour, wherever in the run that is."""
    bench.judge.judge(set_back([(moment, drop)]))
    assert ("VIM-LIFE-038" in bench.broken()) is broken


def test_a_clock_is_not_set_back_twice(bench, set_back):
    """A second step back in the same document is no change of the clocks."""
    bench.judge.judge(set_back([(2, 3600), (6, 3600)]))
    assert "VIM-LIFE-038" in bench.broken()


@pytest.fixture
def set_back(document):
    """A finished build whose eight or more events come at even times, the clock set back before some of them."""
    events = [
        ("", "start-date-time"),
        ("stages/0", "start-date-time"),
        *((f"stages/0/steps/{step}", end) for step in range(3) for end in ("start-date-time", "end-date-time")),
        ("stages/0", "end-date-time"),
        ("", "end-date-time"),
    ]

    def make(drops):
        value = document("sw-patch", "ready")
        for number, (place, member) in enumerate(events):
            seconds = 50_000 - sum(drop for moment, drop in drops if number >= moment)
            day, rest = divmod(seconds + 90_000, 86_400)
            text = f"2026-03-{day + 3:02} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
            holder = value["strategy"]["build-phase"]
            for part in filter(None, place.split("/")):
                holder = holder[int(part) if part.isdigit() else part]
            holder[member] = text
        return Exchange(
            "GET",
            "/api/orchestration/sw-patch/strategy",
            200,
            response_headers=(("Content-Type", "application/json"),),
            response_body=json.dumps(value).encode(),
        )

    return make


@pytest.mark.parametrize("stirred", [True, False])
def test_a_restart_is_no_moment_at_which_nothing_happens(bench, stirred):
    """On a clock that stands still a strategy may have moved on when the service was restarted, and only then."""
    bench.play("begin still\nread patch -> 200 running 0 2\nread patch -> 200 running 0 2")
    bench.judge.stir("main" if stirred else "another")
    assert ("VIM-LIFE-086" in bench.play("read patch -> 200 running 0 3")) is not stirred


@pytest.mark.parametrize("stirred", [True, False])
def test_a_restart_gives_a_step_its_full_time_again(bench, stirred):
    """A step that ran before a restart may run for its whole timeout after it, and only then."""
    bench.play("begin still\nread patch -> 200 running 0 2\n+800 read patch -> 200 running 0 2")
    bench.judge.stir("main" if stirred else "another")
    assert ("VIM-LIFE-127" in bench.play("+800 read patch -> 200 running 0 2")) is not stirred


def test_a_strategy_that_a_restart_loses_is_missed(bench):
    """After a restart everything else that was known holds."""
    bench.play("begin still\nread patch -> 200 ready")
    bench.judge.stir("main")
    assert "VIM-PGET-013" in bench.play("read patch -> 404")
