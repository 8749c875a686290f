"""What recorded clients of 8.0.0 and of the main branch send, answered as their release does, and as others do."""

import json
import os
from pathlib import Path

import pytest

FILE = Path(os.environ.get("VIMGATE_CORPUS", "/nowhere"), "client-requests.jsonl")

# Whose requests are sent to a server of which release, and those that this one refuses: client, method, status, word.
READ_AS = {
    "stx-8.0": (("8", "distcloud-8.0.0"), {("8", "POST", 400, "stage-id")}),
    "stx-12.0": (("m", "distcloud-HEAD"), {("m", "POST", 400, "release")}),
    "stx-master": (("m", "distcloud-HEAD"), {("distcloud-HEAD", "POST", 400, "release")}),
}
BEFORE = {"apply-all": "ready", "apply-stage": "ready", "abort-stage": "applying"}


def recorded(clients):
    """The requests of these clients, as they stand in the file."""
    lines = [json.loads(line) for line in FILE.read_text().splitlines()]
    return [line for line in lines if line["client"] in clients]


def prepare(vim, asked, body):
    """Bring the strategy of the kind where the client had it."""
    kind = asked["path"].split("/")[3]
    wanted = BEFORE.get(body.get("action"), "ready" if asked["method"] == "DELETE" else "nothing")
    if wanted == "nothing":
        return
    vim.ready(kind)
    if wanted == "applying" and body.get("stage-id") != "1":
        vim.act(kind, "apply-all")
    elif wanted == "applying":
        vim.act(kind, "apply-stage", stage_id=0)
        vim.advance(40_000)
        vim.act(kind, "apply-stage", stage_id=1)


@pytest.mark.skipif(not FILE.is_file(), reason="VIMGATE_CORPUS names no folder with client-requests.jsonl")
@pytest.mark.parametrize(
    ("release", "clients", "refused"), [(name, *rest) for name, rest in READ_AS.items()], ids=READ_AS
)
def test_requests_of_clients_are_answered_as_the_release_does(server, release, clients, refused):
    """A request of a real client is refused by the server of its release, or taken where the field refuses it."""
    found = set()
    requests = recorded(clients)
    for asked in requests:
        vim, body = server(release), json.loads(asked["body"] or "{}")
        prepare(vim, asked, body)
        headers = [header for header in asked["headers"] if header[0] not in ("Host", "Content-Length")]
        answer = vim.client.open(asked["path"], method=asked["method"], headers=headers, data=asked["body"])
        if answer.status_code >= 400:
            word = next((each for each in ("release", "stage-id") if each in answer.json["faultstring"]), "")
            found.add((asked["client"], asked["method"], answer.status_code, word))
    assert (found, len(requests) > 10) == (refused, True)
