"""Where the reference is silent, what PUBLISHED.md accepts (column J) is no finding; what it does not accept is one."""

# ruff: noqa: E501 - a playbook is one line

import pytest

NOTHING = "read patch -> 404\nread upgrade -> 404\n"
READY = "read patch -> 200 ready\n"
ACCEPTED = {
    "example 05": "read patch -> 200 example:05-sw-patch-strategy-get-ready-to-apply",
    "example 07": "create patch -> 200 example:07-sw-patch-strategy-create-response",
    "example 10": "apply-all patch -> 202 example:10-sw-patch-strategy-action-response-applying",
    "example 11": "read upgrade -> 200 example:11-sw-upgrade-strategy-get-ready-to-apply",
    "example 13": "create upgrade -> 200 example:13-sw-upgrade-strategy-create-response",
    "example 16": "apply-all upgrade -> 202 example:16-sw-upgrade-strategy-action-response-applying",
    "a forbidden action may be 400": READY + "abort patch -> 400",
    "a forbidden action may be 403": READY + "abort patch -> 403",
    "a second create may be 400": READY + "create upgrade -> 400",
    "an absent strategy, action 400": NOTHING + "apply-all patch -> 400",
    "an absent strategy, delete 400": NOTHING + "delete patch -> 400",
    "delete with force": READY + "force-delete patch -> 204",
    "unknown members refused": NOTHING + 'create patch {"colour": "blue"} -> 400',
    "complete-upgrade refused": NOTHING + 'create upgrade {"complete-upgrade": true} -> 400',
    "stage-id as digits": READY + 'apply-stage 0 patch {"stage-id": "0"} -> 202 running 0 0 to=1',
    "stage-id null refused": READY + 'apply-stage 0 patch {"stage-id": null} -> 400',
    "stage-id beside apply-all ignored": READY + "apply-all 0 patch -> 202 running 0 0",
    "stage-id beside apply-all obeyed": READY + "apply-all 0 patch -> 202 running 0 0 to=1",
    "stage-id of any type beside apply-all": READY + 'apply-all patch {"stage-id": null} -> 202 running 0 0',
    "other widths refused": NOTHING + 'create patch {"max-parallel-worker-hosts": 1} -> 400\ncreate patch {"max-parallel-worker-hosts": 11} -> 400',
    "other widths accepted": NOTHING + 'create patch {"max-parallel-worker-hosts": 100} -> 200 building 0 | /strategy/max-parallel-worker-hosts = 100',
    "alarm-restrictions left out, any value": NOTHING + 'create patch {"alarm-restrictions": null} -> 200 building 0 | /strategy/alarm-restrictions = "relaxed"',
    "no token, empty 401": "read patch -> 401 bare:\nGET / -> 403 bare:",
    "too large": "POST /api/orchestration/sw-patch/strategy <{}> -> 413",
    "not available": "GET /api -> 503",
    "wrong media type 415": "create patch Content-Type=text/plain -> 415",
    "wrong media type 400": "create patch Content-Type=text/plain -> 400",
    "another media type wished": "GET / Accept=text/html -> 406",
    "another media type given": "GET / Accept=application/xml -> 200 text:<a/>",
    "unknown query 400": READY + "GET /api/orchestration/sw-patch/strategy?x=1 -> 400",
    "unknown query 200": READY + "GET /api/orchestration/sw-patch/strategy?x=1 -> 200 ready",
    "HEAD and OPTIONS": "HEAD / -> 200\nOPTIONS / -> 500\nHEAD /api -> 405",
    "other methods 404": "PUT /api -> 404\nPATCH /api/orchestration/sw-patch/strategy -> 405",
    "trailing slash": "GET /api/ -> 404\nGET /api/ -> 200 example:01-versions-api\nPOST /api/ -> 404",
    "hrefs with /api": 'GET /api/orchestration/sw-patch -> 200 example:03-sw-patch | /links/0/href = "https://vim.example.com/api/orchestration/sw-patch"',
    "more links": 'GET / -> 200 example:00-versions-root | /links/0 = {"rel": "api", "href": "/api/"}',
    "any fault body": "GET /api/x -> 404 text:nothing\ncreate patch -> 400 bare:\nread patch -> 404 json:[1]",
    "a name in patch documents": 'read patch -> 200 ready | /strategy/name = "sw-patch"',
    "timeouts of steps": "read patch -> 200 ready | /strategy/apply-phase/stages/0/steps/1/timeout + 5 ; /strategy/apply-phase/stages/0/timeout + 5",
    "unknown paths": "GET /api/orchestration/kube-upgrade -> 404\nGET /v1 -> 200 json:{}\nGET /api/orchestration/sw-patch/strategy/actions -> 405",
    "the strategy by uuid": READY + "GET /api/orchestration/sw-patch/strategy/15dc4b63-ae5f-48ca-b76e-ec367ef817f5 -> 404",
    "an enum value outside the list refused": 'create patch {"controller-apply-type": "parallel"} -> 400',
    "an empty object with 204": READY + "delete patch -> 204",
    "too many requests": READY + "read patch -> 429",
}  # fmt: skip
NOT_ACCEPTED = {
    "a forbidden action answered 500": ("VIM-LIFE-070", READY + "abort patch -> 500"),
    "no strategy shown as null": ("VIM-PGET-012", 'read patch -> 200 json:{"strategy": null}'),
    "delete demands a body": ("VIM-PDEL-005", READY + "delete patch -> 400"),
    "swift-apply-type left out": ("VIM-PPOST-034", 'create patch {"swift-apply-type": null} -> 200 building 0'),
    "parallel controllers": ("VIM-PPOST-015", 'create patch {"controller-apply-type": "parallel"} -> 200 building 0'),
    "stage-id null taken": ("VIM-PACT-018", READY + 'POST /api/orchestration/sw-patch/strategy/actions {"action": "apply-stage", "stage-id": null} -> 202 running 0 0'),
    "a list as body": ("VIM-PPOST-011", "POST /api/orchestration/sw-patch/strategy <[]> -> 500"),
    "a list as width": ("VIM-PPOST-028", 'create patch {"max-parallel-worker-hosts": [2]} -> 500'),
    "null as enum": ("VIM-PPOST-018", 'POST /api/orchestration/sw-patch/strategy {"storage-apply-type": null} -> 200 building 0'),
    "a fraction as integer": ("VIM-PPOST-028", 'create patch {"max-parallel-worker-hosts": 2.5} -> 200 building 0'),
    "delete with a path suffix 500": ("VIM-PDEL-004", "DELETE /api/orchestration/sw-patch/strategy/x -> 500"),
    "a redirect": ("VIM-ROOT-002", "GET / -> 301"),
    "unknown members taken": ("VIM-PPOST-049", 'create patch {"colour": "blue"} -> 200 building 0'),
    "another host": ("VIM-ROOT-019", "GET / Host=vim.example.com -> 200 example:00-versions-root"),
    "a strategy that disappears": ("VIM-PGET-013", READY + "read patch -> 404"),
}  # fmt: skip


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_silence_is_no_finding(bench, text):
    """What the reference leaves open is nobody's fault."""
    assert bench.play(text) - _permissions(bench) == set()


@pytest.mark.parametrize(("requirement", "text"), NOT_ACCEPTED.values(), ids=NOT_ACCEPTED)
def test_a_contradiction_is_a_finding(bench, requirement, text):
    """What contradicts the reference is found, under this id."""
    assert requirement in bench.play(text)


def _permissions(bench):
    """Requirements that a deviation never breaks."""
    return {each.id for each in bench.ledger.requirements if each.strength == "MAY"}
