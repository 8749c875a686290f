"""What the clients of 3.0.0 send is answered so that they can go on: each field that they need, and no surprise."""

import gzip
import json
from pathlib import Path

import pytest
import yaml

from reference_server.auth import TokenFile

TABLES = yaml.safe_load(Path(__file__).with_name("clients.yaml").read_text(encoding="utf-8"))
KINDS = ("sw-patch", "sw-upgrade")
CASES = [
    (who, kind, name)
    for who in TABLES["headers"]
    for name, row in TABLES["requests"].items()
    for kind in KINDS
    if kind in row.get("body", KINDS) or not row.get("body", {}).keys() & set(KINDS)
]


@pytest.mark.parametrize(("who", "kind", "name"), CASES)
def test_every_request_is_done(client, missing, who, kind, name):
    """Sent when clients send it, it is done; documents have every field, and the connection is closed as was asked."""
    asking = client(who, kind)
    asking.bring(TABLES["requests"][name]["before"])
    answer = asking.do(name)
    assert (answer.taken, answer.version, answer.headers["connection"]) == ("done", 11, "close"), answer.body
    if TABLES["requests"][name]["method"] == "DELETE":
        assert (answer.status, answer.body, asking.do("show").taken) == (204, b"", "nothing there")
    else:
        assert (answer.headers["content-type"], answer.strategy["name"]) == ("application/json", kind)
        assert missing(answer.strategy) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_strategy_is_applied_stage_by_stage(client, missing, kind):
    """From create to delete, stage after stage, every look finds every field."""
    asking = client("sw-manager", kind)
    asking.bring("ready")
    seen = [asking.do("show").strategy]
    total = seen[0]["apply-phase"]["total-stages"]
    for number in range(total):
        answer = asking.do("apply a stage", **{"stage-id": str(number)})
        assert answer.taken == "done", answer.body
        seen += asking.until(lambda one, past=number + 1: one["apply-phase"]["current-stage"] == past)
    seen += asking.until(lambda one: one["state"] == "applied")
    assert (total > 2, set().union(*map(missing, seen))) == (True, set())
    assert asking.do("delete").taken == "done"


def is_locking(strategy):
    """A host is being locked, so that an abort has something to undo."""
    steps = [step for stage in strategy["apply-phase"]["stages"] for step in stage["steps"]]
    return any((step["step-name"], step["result"]) == ("lock-hosts", "wait") for step in steps)


@pytest.mark.parametrize("kind", KINDS)
def test_a_strategy_is_aborted(client, missing, kind):
    """The stages of an abort phase have every field, too."""
    asking = client("distcloud", kind)
    asking.bring("applying")
    asking.until(is_locking)
    asking.do("abort")
    seen = asking.until(lambda one: one["state"] == "aborted")
    assert (seen[-1]["abort-phase"]["stages"] != [], set().union(*map(missing, seen))) == (True, set())


def test_a_field_that_is_missing_is_missed(missing):
    """A document with nothing in it lacks everything but what holds the rest."""
    bare = {"build-phase": {"stages": [{"steps": [{}]}]}, "apply-phase": {"stages": []}, "abort-phase": {"stages": []}}
    demanded = {(level, field) for level, fields in TABLES["demanded"].items() for field in fields}
    assert demanded - missing(bare) == {("strategy", each) for each in bare} | {("phase", "stages"), ("stage", "steps")}


@pytest.mark.parametrize(
    ("name", "members", "where", "taken"),
    [
        ("create", {}, "ready", "conflict"),
        ("show", {}, "nothing", "nothing there"),
        ("apply", {}, "nothing", "nothing there"),
        ("abort", {}, "nothing", "nothing there"),
        ("delete", {}, "nothing", "nothing there"),
        ("delete", {}, "applying", "conflict"),
        ("apply", {}, "applying", "says why"),
        ("abort", {}, "ready", "says why"),
        ("abort a stage", {}, "applying", "says why"),
        ("apply a stage", {"stage-id": "notanumber"}, "ready", "says why"),
        ("create", {"worker-apply-type": "sometimes"}, "nothing", "says why"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_no_refusal_makes_a_client_print_its_token(client, kind, name, members, where, taken):
    """Whatever is asked for at the wrong time, or wrongly, is refused in a way that clients understand."""
    asking = client("sw-manager", kind)
    asking.bring(where)
    answer = asking.do(name, **members)
    assert answer.taken == taken, answer.body


def test_whoever_is_turned_away_understands_it(client, tmp_path):
    """403 with nothing in it, on a connection that is closed, says that the token is worth nothing."""
    path = tmp_path / "tokens.yaml"
    path.write_text("tokens:\n  - {token: the-right-one, user: ada, roles: [admin]}\n", encoding="utf-8")
    asking = client("sw-manager", "sw-patch", TokenFile.read(path))
    answers = [asking.do(name) for name in ("show", "create", "apply", "delete")]
    assert [(each.taken, each.body) for each in answers] == [("authorization failed", b"")] * 4
    assert asking.do("show", {"X-Auth-Token": "the-right-one"}).taken == "nothing there"


UNPACKED = {"identity": bytes, "gzip": gzip.decompress}


@pytest.mark.parametrize("asked", ["identity", "gzip, deflate", "gzip;q=1.0, *;q=0", ""])
def test_an_answer_can_be_read_whatever_is_asked(client, missing, asked):
    """It says how it is packed, and is packed for those alone who have asked for it."""
    asking = client("sw-manager", "sw-patch")
    asking.bring("ready")
    answer = asking.do("show", {"Accept-Encoding": asked})
    packed = answer.headers.get("content-encoding", "identity")
    strategy = json.loads(UNPACKED[packed](answer.body))["strategy"]
    assert (packed == "identity" or packed in asked, missing(strategy)) == (True, set())
