"""Each kind of change is found where it was planted, and nothing else is told."""

import json
from dataclasses import replace

import pytest
from a_capture import PATCH, REQUEST, captured, changed, compared, side

from conformance.exchange import Exchange
from proxy.comparing.difference import What

CAPTURE = captured()
LATER = captured(seed=3, seconds=250, prefix="south-")


def edited(change, **where):
    """Plants a change of JSON values."""
    return lambda exchanges: changed(exchanges, change, **where)


def swapped(wanted, **values):
    """Plants other parts of those exchanges that are wanted."""
    return lambda exchanges: tuple(replace(each, **values) if wanted(each) else each for each in exchanges)


def on(method, path, status=None):
    """Exchanges of an operation."""
    return lambda each: (each.method, each.path) == (method, path) and status in (None, each.status)


def create(exchange):
    """The plain create request that was accepted."""
    return on("POST", PATCH)(exchange) and json.loads(exchange.request_body) == REQUEST and exchange.status == 200


def in_strategies(change):
    """Plants a change of strategy documents, in whichever answer."""

    def plant(exchanges):
        for method in ("GET", "POST"):
            exchanges = changed(
                exchanges, lambda value: value.get("strategy") and change(value["strategy"]), method=method
            )
        return exchanges

    return plant


def steps(strategy):
    """Every step of the apply phase."""
    return [step for stage in strategy["apply-phase"]["stages"] for step in stage["steps"]]


def slower(strategy):
    """A step has more time."""
    for step in steps(strategy):
        step["timeout"] += 900 * (step["step-name"] == "unlock-hosts")


def settled(strategy):
    """A step is gone."""
    for stage in strategy["apply-phase"]["stages"]:
        stage["steps"] = [step for step in stage["steps"] if step["step-name"] != "system-stabilize"]


def renamed(strategy):
    """A step is another one."""
    for step in steps(strategy):
        step["step-name"] = step["step-name"].replace("system-stabilize", "wait-alarms-clear")


def unstaged(strategy):
    """A kind of stage is gone."""
    stages = strategy["apply-phase"]["stages"]
    strategy["apply-phase"]["stages"] = [each for each in stages if "storage" not in each["stage-name"]]


def longer(strategy):
    """Stages have a second more than their steps."""
    for stage in strategy["apply-phase"]["stages"]:
        stage["timeout"] += 1


def sometimes(strategy):
    """A member is left out in one state."""
    if strategy["state"] == "applied":
        del strategy["swift-apply-type"]


def serial(strategy):
    """A wish is not heard."""
    strategy["worker-apply-type"] = "serial"


FAULT = json.dumps({"faultcode": "Client", "faultstring": "There is none.", "debuginfo": None}).encode()
NAMES = {"faultstring": "Unknown attribute swift-apply-type", "faultcode": "Client", "debuginfo": None}
TEXT = (("Content-Type", "text/plain"),)
HTML = tuple(
    ("Allow", "GET, POST") if name == "Allow" else (name, value) for name, value in CAPTURE[6].response_headers
)

PLANTED = {
    "a status": (swapped(on("GET", "/api/nothing"), status=403), [What.STATUS], "403"),
    "no strategy is null": (
        swapped(on("GET", PATCH, 404), status=200, response_body=b'{"strategy": null}'), [What.STATUS], "null"),
    "an operation is gone": (
        swapped(on("GET", "/api/orchestration/sw-patch"), status=404, response_body=FAULT), [What.STATUS], "404"),
    "an action is refused otherwise": (
        swapped(on("POST", f"{PATCH}/actions", 409), status=500), [What.STATUS], "500"),
    "an action is refused": (
        swapped(on("POST", f"{PATCH}/actions", 202), status=409, response_body=FAULT), [What.STATUS], "409"),
    "a media type": (swapped(on("GET", "/api/nothing"), response_headers=TEXT), [What.MEDIA_TYPE], "text/plain"),
    "a header": (swapped(on("PUT", PATCH), response_headers=HTML), [What.HEADER], "Allow"),
    "a body": (swapped(on("DELETE", PATCH, 204), response_body=b"{}"), [What.BODY], "no body"),
    "a text": (swapped(on("GET", "/api/nothing"), response_body=FAULT), [What.FAULT_TEXT], "There is none."),
    "a create is refused": (
        swapped(create, status=400, response_body=FAULT), [What.CREATE_REFUSED], "refuses"),
    "a member of creates": (
        swapped(create, status=400, response_body=json.dumps(NAMES).encode()),
        [What.CREATE_REFUSED, What.REQUEST_MEMBER_REFUSED], "swift-apply-type"),
    "a member is gone": (
        in_strategies(lambda each: each.pop("swift-apply-type")), [What.MEMBER_GONE], "swift-apply-type"),
    "a member of phases": (
        in_strategies(lambda each: each["build-phase"].pop("reason")), [What.MEMBER_RARER], "reason"),
    "a member is new": (in_strategies(lambda each: each.update(response="")), [What.MEMBER_NEW], "response"),
    "a member is rarer": (in_strategies(sometimes), [What.MEMBER_RARER], "swift-apply-type"),
    "a type": (in_strategies(lambda each: each.update(uuid=7)), [What.TYPE], "uuid"),
    "a null": (
        in_strategies(lambda each: [step.update({"entity-names": None}) for step in steps(each)][:0]),
        [What.TYPE], "entity-names"),
    "a word": (
        in_strategies(lambda each: each.update({"alarm-restrictions": "permissive"})),
        [What.WORD, What.SETTINGS], "permissive"),
    "a link is gone": (
        edited(lambda value: value["links"].pop(), path="/api/orchestration"), [What.LINK_GONE], "sw-upgrade"),
    "all links are gone": (
        edited(lambda value: value["links"].clear(), path="/api/orchestration"), [What.LINK_GONE], "sw-upgrade"),
    "a link is new": (
        edited(lambda value: value["links"].append({"rel": "fw-update", "href": "/x/"}), path="/api/orchestration"),
        [What.LINK_NEW], "fw-update"),
    "a link leads elsewhere": (
        edited(lambda value: value["links"][0].update(href="http://h/elsewhere/"), path="/api/orchestration"),
        [What.LINK_MOVED], "/elsewhere/"),
    "settings": (in_strategies(serial), [What.SETTINGS], "worker-apply-type serial"),
    "stages": (in_strategies(unstaged), [What.STAGES], "storage"),
    "steps": (in_strategies(settled), [What.STEPS], "system-stabilize"),
    "a step of another name": (in_strategies(renamed), [What.STEPS], "wait-alarms-clear"),
    "a timeout": (in_strategies(slower), [What.TIMEOUT], "unlock-hosts"),
    "the timeout of stages": (in_strategies(longer), [What.TIMEOUT], "another timeout"),
}  # fmt: skip


@pytest.mark.parametrize(("plant", "wanted", "word"), PLANTED.values(), ids=PLANTED)
def test_a_change_is_found(plant, wanted, word):
    """A change that a client meets is not told, is told as another, or something is told that is not there."""
    found = compared(CAPTURE, plant(LATER)).differences
    assert list(dict.fromkeys(each.what for each in found)) == wanted
    assert word in " ".join(f"{each.text} {each.old} {each.new}" for each in found)


def test_the_steps_that_came_or_went_are_told_apart():
    """A deviation about a step that only stands beside the one that is gone would excuse that it is gone."""
    (first, *_) = compared(CAPTURE, in_strategies(settled)(LATER)).differences
    assert first.subject.names == ("system-stabilize",)


def test_a_create_is_accepted_now():
    """What was refused before and is accepted now is not told."""
    found = compared(swapped(create, status=400, response_body=FAULT)(LATER), CAPTURE).differences
    assert [each.what for each in found] == [What.CREATE_ACCEPTED]


def a_create(body, status, fault=""):
    """A create request and its answer."""
    answer = json.dumps({"faultstring": fault} if fault else {"strategy": {"state": "building"}}).encode()
    return Exchange("POST", PATCH, status, "", (), json.dumps(body).encode(), (), answer)


def test_a_member_is_demanded_now():
    """A member that was left out before and has to be sent now is not told where clients send another body."""
    without = {name: value for name, value in REQUEST.items() if name != "swift-apply-type"}
    old = [CAPTURE[4], a_create(without, 200)]
    new = [CAPTURE[4], a_create(without, 400, "The member swift-apply-type is missing."), a_create(REQUEST, 200)]
    found = compared(old, new).differences
    assert [each.what for each in found] == [What.CREATE_REFUSED, What.REQUEST_MEMBER_DEMANDED]
    assert "swift-apply-type" in found[1].text


def strategy_of(*sizes):
    """A look at a strategy of three hosts in groups of these sizes."""
    stages = [
        {
            "stage-name": "sw-patch-worker-hosts",
            "timeout": 61,
            "steps": [
                {"step-name": "sw-patch-hosts", "timeout": 60, "entity-type": "hosts", "entity-names": ["h"] * size}
            ],
        }
        for size in sizes
    ]
    value = {
        "strategy": {"state": "ready-to-apply", "worker-apply-type": "parallel", "apply-phase": {"stages": stages}}
    }
    return [Exchange("GET", PATCH, 200, response_body=json.dumps(value).encode())]


def test_other_groups_of_the_same_hosts():
    """The same hosts in other groups are not told, or other fleets are taken for one."""
    assert [each.what for each in compared(strategy_of(2, 1), strategy_of(1, 1, 1)).differences] == [What.GROUPS]
    assert compared(strategy_of(2, 1), strategy_of(1, 2)).differences == ()
    assert side(strategy_of(2, 1)).plans == side(strategy_of(1, 2)).plans
    assert compared(strategy_of(2, 1), strategy_of(2, 2)).differences == ()


def test_the_document_of_whichever_strategy_says_nothing_of_a_kind():
    """Reading current-strategy makes a strategy that is there look as if it was not, and a refusal is not compared."""
    current = Exchange("GET", "/api/orchestration/current-strategy/strategy", 200)
    shown = replace(current, response_body=b'{"strategy": {"name": "sw-patch", "state": "applied"}}')
    seen = Exchange("GET", PATCH, 200, response_body=b'{"strategy": {"state": "applied"}}')
    act = Exchange("POST", f"{PATCH}/actions", 409, request_body=b'{"action": "abort"}')
    found = compared([seen, shown, act], [seen, replace(act, status=500)])
    assert [(each.what, each.asked.partition(";")[0]) for each in found.differences] == [(What.STATUS, "applied")]


def test_a_race_is_doubtful():
    """Whoever asks in the moment in which a strategy becomes ready accuses a server."""
    building = json.dumps({"strategy": {"state": "building"}}).encode()
    seen = Exchange("GET", PATCH, 200, response_body=building)
    act = Exchange("POST", f"{PATCH}/actions", 202, request_body=b'{"action": "apply-all"}', response_body=building)
    found = compared([seen, replace(act, status=500, response_body=FAULT)], [seen, act])
    assert ([each.what for each in found.doubtful], found.differences) == ([What.STATUS], ())


def test_a_failing_server_is_told_although_there_was_a_strategy():
    """A look that fails says nothing of a strategy, and is compared with nothing."""
    found = compared([each for each in CAPTURE if each.path == PATCH], [Exchange("GET", PATCH, 500)])
    assert [(each.what, each.new) for each in found.differences] == [(What.STATUS, "500, no body")]


def test_tokens_count_where_somebody_asks_for_them():
    """A server that lets in whoever has no token is not told, or one that never asked for tokens is."""
    named = Exchange("GET", "/api", 200, request_headers=(("X-Auth-Token", "x" * 20),), response_body=b"{}")
    nameless = replace(named, request_headers=())
    assert compared([named], [nameless]).differences == ()
    assert compared([named], [nameless]).compared == 1
    both = compared([nameless], [named, replace(nameless, status=403)])
    assert ([each.asked for each in both.differences], both.compared) == (["no token"], 2)
    found = compared([named, replace(nameless, status=403)], [named, nameless]).differences
    assert [(each.what, each.asked) for each in found] == [(What.STATUS, "no token")]
    assert [each.what for each in compared([nameless], [replace(nameless, status=403)]).differences] == [What.STATUS]
