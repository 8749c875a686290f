"""Recorded requests of the clients of 3.0.0: the tables have them all, and each is answered; only with a recording."""

import json
import os
from pathlib import Path

import pytest
import yaml

TABLES = yaml.safe_load(Path(__file__).with_name("clients.yaml").read_text(encoding="utf-8"))
RECORDING = Path(os.environ.get("VIMGATE_CORPUS", os.devnull), "client-requests.jsonl")
CLIENTS = ("3", "3py3", "distcloud-3.0.0")
TYPED = "notanumber"  # by somebody who wanted to see what happens

pytestmark = pytest.mark.skipif(
    not RECORDING.is_file(), reason="VIMGATE_CORPUS names no folder with recorded requests of clients"
)


def recorded():
    """Each request that a client was seen to send."""
    lines = RECORDING.read_text(encoding="utf-8").splitlines() if RECORDING.is_file() else ()
    return [each for each in map(json.loads, lines) if each["client"] in CLIENTS]


def outline(method, path, value):
    """What two requests of one shape share: names of members, the action, and whether it is for a stage."""
    value = value or {}
    return method, path, tuple(sorted(value)), value.get("action"), value.get("stage-id") is None, value.get("force")


def outlines():
    """Each shape of the tables, and where the strategy is before it."""
    for row in TABLES["requests"].values():
        for kind in ("sw-patch", "sw-upgrade"):
            body = row.get("body") or {}
            path = f"/api/orchestration/{kind}/strategy{row.get('tail', '')}"
            yield outline(row["method"], path, body.get(kind, body)), row["before"]


BEFORE = dict(outlines())


def outline_of(each):
    """The shape of a recorded request."""
    return outline(each["method"], each["path"], json.loads(each["body"] or "null"))


def test_the_tables_have_what_was_recorded():
    """No request was recorded of a shape, or with headers, that the tables do not have."""
    beyond = [each["argv"] for each in recorded() if outline_of(each) not in BEFORE]
    known = [set(headers) for headers in TABLES["headers"].values()]
    others = [
        each["argv"]
        for each in recorded()
        if set(dict(each["headers"])) - {"Content-Type", "Content-Length"} not in known
    ]
    assert (beyond, others, len(recorded()) > 50) == ([], [], True)


@pytest.mark.parametrize("each", recorded(), ids=lambda each: f"{each['client']} {' '.join(each['argv'])}")
def test_a_recorded_request_is_answered_as_its_client_needs(client, missing, each):
    """Sent to the byte, it is done, and what comes back is whole; what was typed wrongly is refused in words."""
    asking = client("sw-manager", each["path"].split("/")[3])
    asking.bring(BEFORE[outline_of(each)])
    answer = asking.vim.send(each["method"], each["path"], each["headers"], each["body"].encode())
    assert answer.taken == ("says why" if TYPED in each["argv"] else "done"), answer.body
    has_document = answer.taken == "done" and each["method"] != "DELETE"
    assert has_document is False or missing(answer.strategy) == set()
