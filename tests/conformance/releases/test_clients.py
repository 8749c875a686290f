"""What the clients of 3.0.0 send (sw-manager, distcloud): no objection under stx-3.0, but to what is no stage-id."""

import json
from collections import Counter

import pytest

from conformance.exchange import Exchange

CLIENTS = ("3", "3py3", "distcloud-3.0.0")
HEADERS = (
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
    ("Accept", "application/json"),
    ("X-Auth-Token", "masked"),
    ("Host", "127.0.0.1:4545"),
    ("User-Agent", "Python-urllib/2.7"),
)
JSON = ("Content-Type", "application/json")
PATCH, UPGRADE = "/api/orchestration/sw-patch/strategy", "/api/orchestration/sw-upgrade/strategy"


def request(method, path, body=""):
    """A request of a client that nobody has answered yet."""
    headers = (*HEADERS, JSON) if body else HEADERS
    return Exchange(method, path, 0, request_headers=headers, request_body=body.encode())


def objected(judge, asked):
    """The requirements that speak against a request while nothing is known of the deployment."""
    judge.begin("client")
    objections = judge.objections(asked, "client")
    assert [error for row in judge.tally.rows.values() for error in row.errors] == []
    return {each.finding.requirement for each in objections}


# A shape of a request, and what speaks against it under `published` and under stx-3.0.
PATCH_WORDS = (
    '"controller-apply-type": "serial", "storage-apply-type": "serial", "worker-apply-type": "serial", '
    '"default-instance-action": "stop-start", "alarm-restrictions": "strict"'
)
UPGRADE_WORDS = '"worker-apply-type": "serial", "alarm-restrictions": "strict", "storage-apply-type": "serial"'
SHAPES = {
    "show": (("GET", PATCH), set(), set()),
    "create": (("POST", PATCH, f'{{{PATCH_WORDS}, "swift-apply-type": "ignore"}}'), set(), set()),
    "create of 100": (
        ("POST", PATCH, f'{{{PATCH_WORDS}, "swift-apply-type": "ignore", "max-parallel-worker-hosts": 100}}'),
        set(),
        set(),
    ),
    "create of 100 without swift": (("POST", PATCH, f"{{{PATCH_WORDS}}}"), {"VIM-PPOST-034"}, set()),
    "upgrade create": (("POST", UPGRADE, f"{{{UPGRADE_WORDS}}}"), set(), set()),
    "complete-upgrade": (
        ("POST", UPGRADE, f'{{{UPGRADE_WORDS}, "complete-upgrade": true}}'),
        {"VIM-UPOST-034"},
        set(),
    ),
    "apply": (("POST", f"{PATCH}/actions", '{"action": "apply-all"}'), set(), set()),
    "apply of a stage": (("POST", f"{PATCH}/actions", '{"action": "apply-stage", "stage-id": "0"}'), set(), set()),
    "apply of what is no stage": (
        ("POST", f"{PATCH}/actions", '{"action": "apply-stage", "stage-id": "notanumber"}'),
        {"VIM-PACT-019"},
        {"VIM-PACT-019"},
    ),
    "abort": (
        ("POST", f"{PATCH}/actions", '{"action": "abort-stage", "stage-id": null}'),
        {"VIM-PACT-018"},
        set(),
    ),
    "upgrade abort": (
        ("POST", f"{UPGRADE}/actions", '{"action": "abort-stage", "stage-id": null}'),
        {"VIM-UACT-018"},
        set(),
    ),
    "abort of a stage": (("POST", f"{PATCH}/actions", '{"action": "abort-stage", "stage-id": "1"}'), set(), set()),
    "delete": (("DELETE", PATCH, '{"force": false}'), set(), set()),
    "delete by force": (("DELETE", UPGRADE, '{"force": true}'), set(), set()),
}


@pytest.mark.parametrize(("asked", "published", "stx"), SHAPES.values(), ids=SHAPES)
def test_shapes_of_requests(asked, published, stx, judge_of):
    """Each shape is objected to only where it contradicts the norm that it is judged by."""
    assert objected(judge_of("published"), request(*asked)) == published
    assert objected(judge_of("stx-3.0"), request(*asked)) == stx


# --- in a known state: what clients send for "abort" is an abort of the whole strategy


@pytest.mark.parametrize(
    ("actions", "expected"),
    [([], {"VIM-LIFE-070"}), (["apply-all"], set())],
    ids=["ready", "applying"],
)
def test_an_abort_by_null_is_known_as_one(actions, expected, judge_of, talk_of):
    """Under stx-3.0 an abort with a null stage-id is objected to while the state does not allow an abort, only then."""
    talk = talk_of("stx-3.0")
    talk.create()
    talk.until(state="ready-to-apply")
    for action in actions:
        talk.act("sw-patch", {"action": action})
    asked = request("POST", f"{PATCH}/actions", '{"action": "abort-stage", "stage-id": null}')
    assert {each.finding.requirement for each in talk.judge.objections(asked, talk.history)} == expected


# --- all that was recorded


@pytest.fixture(scope="module")
def recorded(corpus, lines_of):
    """The distinct requests of the clients of 3.0.0."""
    lines = [line for line in lines_of(corpus / "client-requests.jsonl") if line["client"] in CLIENTS]
    return [
        Exchange(
            line["method"],
            line["path"],
            0,
            request_headers=tuple(map(tuple, line["headers"])),
            request_body=line["body"].encode(),
        )
        for line in lines
    ]


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (
            "published",
            {
                ("VIM-UPOST-034", "complete-upgrade"): 2,
                ("VIM-PACT-018", "null"): 3,
                ("VIM-UACT-018", "null"): 2,
                ("VIM-PACT-019", "notanumber"): 2,
            },
        ),
        ("stx-3.0", {("VIM-PACT-019", "notanumber"): 2}),
    ],
)
def test_recorded_requests(release, expected, recorded, judge_of):
    """Of the recorded requests those are objected to that the table names, and no other."""
    judge = judge_of(release)
    found = Counter(
        (requirement, _culprit(asked.request_body)) for asked in recorded for requirement in objected(judge, asked)
    )
    assert len(recorded) == 53
    assert found == expected


def _culprit(body):
    """What a request has that others have not."""
    value = json.loads(body)
    return "complete-upgrade" if "complete-upgrade" in value else str(value["stage-id"]).replace("None", "null")
