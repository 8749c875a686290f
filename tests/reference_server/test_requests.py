import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.bodies import ABSENT, read_body
from reference_server.engine.model import StrategyRequest
from reference_server.engine.words import AlarmRestrictions, ApplyType, InstanceAction, Kind
from reference_server.refusals import Refusal, Shape
from reference_server.requests import Action, ActionRequest, Verb, parse_action, parse_create, parse_delete
from reference_server.rulebooks import load_release

PUBLISHED = load_release("published").wire
STX = load_release("stx-3.0").wire

PATCH = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "swift-apply-type": "ignore",
    "worker-apply-type": "serial",
    "default-instance-action": "stop-start",
}
UPGRADE = {"storage-apply-type": "serial", "worker-apply-type": "serial"}


def patch_with(**members):
    """The smallest complete patch body with some members (underscores for dashes) set."""
    return PATCH | {name.replace("_", "-"): value for name, value in members.items()}


def upgrade_with(**members):
    """The smallest complete upgrade body with some members set."""
    return UPGRADE | {name.replace("_", "-"): value for name, value in members.items()}


def without(name):
    """The complete patch body less one member."""
    return {key: value for key, value in PATCH.items() if key != name}


def status_of(function, *arguments):
    """The status of the refusal that a call ends in."""
    with pytest.raises(Refusal) as refused:
        function(*arguments)
    return refused.value.status


# Create bodies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire", [PUBLISHED, STX], ids=["published", "stx-3.0"])
def test_defaults_are_filled_in(wire):
    """What a complete body leaves out has the documented default (operations, allowed values; ENGINE.md 8.1)."""
    expected = StrategyRequest(
        Kind.SW_PATCH,
        swift_apply_type=ApplyType.IGNORE,
        default_instance_action=InstanceAction.STOP_START,
        max_parallel_worker_hosts=2,
        alarm_restrictions=AlarmRestrictions.STRICT,
    )
    assert parse_create(Kind.SW_PATCH, PATCH, wire) == expected


@pytest.mark.parametrize("wire", [PUBLISHED, STX], ids=["published", "stx-3.0"])
def test_an_upgrade_has_serial_controllers_and_migrates(wire):
    """An upgrade request carries serial controllers, no swift, and migration, whatever is said (ENGINE.md 8.2)."""
    request = parse_create(Kind.SW_UPGRADE, UPGRADE, wire)
    said = (request.controller_apply_type, request.swift_apply_type, request.default_instance_action)
    assert said == (ApplyType.SERIAL, ApplyType.IGNORE, InstanceAction.MIGRATE)


def test_every_member_reaches_the_request():
    """What is asked for is what the request holds."""
    body = {
        "controller-apply-type": "ignore",
        "storage-apply-type": "parallel",
        "swift-apply-type": "serial",
        "worker-apply-type": "parallel",
        "max-parallel-worker-hosts": 7,
        "default-instance-action": "migrate",
        "alarm-restrictions": "relaxed",
    }
    assert parse_create(Kind.SW_PATCH, body, PUBLISHED) == StrategyRequest(
        Kind.SW_PATCH,
        controller_apply_type=ApplyType.IGNORE,
        storage_apply_type=ApplyType.PARALLEL,
        swift_apply_type=ApplyType.SERIAL,
        worker_apply_type=ApplyType.PARALLEL,
        max_parallel_worker_hosts=7,
        default_instance_action=InstanceAction.MIGRATE,
        alarm_restrictions=AlarmRestrictions.RELAXED,
    )


# Body, status under published, status under stx-3.0; 200 means accepted (PUBLISHED.md column S; REAL-VIM.md 2; D3-NN).
PATCH_BODIES = {
    "complete": (PATCH, 200, 200),
    "no swift-apply-type (D3-11)": (without("swift-apply-type"), 400, 200),
    "no controller-apply-type": (without("controller-apply-type"), 400, 400),
    "no storage-apply-type": (without("storage-apply-type"), 400, 400),
    "no worker-apply-type": (without("worker-apply-type"), 400, 400),
    "no default-instance-action": (without("default-instance-action"), 400, 400),
    "unknown member": (patch_with(bogus=1), 400, 400),
    "complete-upgrade in a patch": (patch_with(complete_upgrade=True), 400, 400),
    "controllers parallel (D3-14)": (patch_with(controller_apply_type="parallel"), 400, 200),
    "unknown word": (patch_with(storage_apply_type="bogus"), 400, 400),
    "upper-case word": (patch_with(storage_apply_type="SERIAL"), 400, 400),
    "empty word": (patch_with(worker_apply_type=""), 400, 400),
    "number as a word": (patch_with(worker_apply_type=1), 400, 400),
    "true as a word": (patch_with(worker_apply_type=True), 400, 400),
    "word null (D3-33)": (patch_with(worker_apply_type=None), 400, 200),
    "word in a list (D3-35)": (patch_with(worker_apply_type=["serial"]), 400, 200),
    "word as an object (D3-35)": (patch_with(alarm_restrictions={"a": 1}), 400, 200),
    "0 in parallel": (patch_with(max_parallel_worker_hosts=0), 400, 400),
    "1 in parallel": (patch_with(max_parallel_worker_hosts=1), 400, 400),
    "2 in parallel": (patch_with(max_parallel_worker_hosts=2), 200, 200),
    "100 in parallel": (patch_with(max_parallel_worker_hosts=100), 200, 200),
    "101 in parallel": (patch_with(max_parallel_worker_hosts=101), 400, 400),
    "-1 in parallel": (patch_with(max_parallel_worker_hosts=-1), 400, 400),
    "10**30 in parallel": (patch_with(max_parallel_worker_hosts=10**30), 400, 400),
    "2.0 in parallel": (patch_with(max_parallel_worker_hosts=2.0), 200, 200),
    "2.5 in parallel (D3-34)": (patch_with(max_parallel_worker_hosts=2.5), 400, 200),
    "'5' in parallel (D3-34)": (patch_with(max_parallel_worker_hosts="5"), 400, 200),
    "' 3 ' in parallel (D3-34)": (patch_with(max_parallel_worker_hosts=" 3 "), 400, 200),
    "'3.0' in parallel": (patch_with(max_parallel_worker_hosts="3.0"), 400, 400),
    "'1_0' in parallel": (patch_with(max_parallel_worker_hosts="1_0"), 400, 400),
    "'two' in parallel": (patch_with(max_parallel_worker_hosts="two"), 400, 400),
    "true in parallel": (patch_with(max_parallel_worker_hosts=True), 400, 400),
    "infinitely many in parallel": (patch_with(max_parallel_worker_hosts=float("inf")), 400, 400),
    "null in parallel": (patch_with(max_parallel_worker_hosts=None), 400, 400),
    "a list in parallel (D3-32)": (patch_with(max_parallel_worker_hosts=[2]), 400, 500),
    "an object in parallel (D3-32)": (patch_with(max_parallel_worker_hosts={}), 400, 500),
    "empty object": ({}, 400, 400),
    "no body": (ABSENT, 400, 400),
    "a list (D3-31)": ([], 400, 500),
    "null (D3-31)": (None, 400, 500),
    "text (D3-31)": ("x", 400, 500),
    "a number (D3-31)": (5, 400, 500),
    "true (D3-31)": (True, 400, 500),
}
UPGRADE_BODIES = {
    "complete": (UPGRADE, 200, 200),
    "controller-apply-type in an upgrade": (upgrade_with(controller_apply_type="serial"), 400, 400),
    "10 in parallel": (upgrade_with(max_parallel_worker_hosts=10), 200, 200),
    "11 in parallel": (upgrade_with(max_parallel_worker_hosts=11), 400, 400),
    "complete-upgrade (D3-12)": (upgrade_with(complete_upgrade=True), 400, 200),
    "complete-upgrade as a word": (upgrade_with(complete_upgrade="yes"), 400, 200),
    "complete-upgrade 2": (upgrade_with(complete_upgrade=2), 400, 200),
    "complete-upgrade null": (upgrade_with(complete_upgrade=None), 400, 200),
    "complete-upgrade TRUE": (upgrade_with(complete_upgrade="TRUE"), 400, 400),
    "complete-upgrade in a list": (upgrade_with(complete_upgrade=[]), 400, 400),
}
CREATES = [
    pytest.param(kind, wire, body, status, id=f"{kind} {name} {release}")
    for kind, bodies in ((Kind.SW_PATCH, PATCH_BODIES), (Kind.SW_UPGRADE, UPGRADE_BODIES))
    for name, (body, published, stx) in bodies.items()
    for release, wire, status in (("published", PUBLISHED, published), ("stx-3.0", STX, stx))
]


@pytest.mark.parametrize(("kind", "wire", "body", "status"), [case for case in CREATES if case.values[3] == 200])
def test_a_create_body_is_accepted(kind, wire, body, status):
    """A create body that the release accepts becomes a request of its kind."""
    assert parse_create(kind, body, wire).kind is kind


@pytest.mark.parametrize(("kind", "wire", "body", "status"), [case for case in CREATES if case.values[3] != 200])
def test_a_create_body_is_refused(kind, wire, body, status):
    """A create body that the release refuses is refused with its status."""
    assert status_of(parse_create, kind, body, wire) == status


@pytest.mark.parametrize(
    ("member", "field", "taken_as"),
    [
        ("worker-apply-type", "worker_apply_type", ApplyType.IGNORE),
        ("controller-apply-type", "controller_apply_type", ApplyType.IGNORE),
        ("default-instance-action", "default_instance_action", InstanceAction.STOP_START),
        ("alarm-restrictions", "alarm_restrictions", AlarmRestrictions.RELAXED),
    ],
)
@pytest.mark.parametrize("silent", [None, ["serial"], {"a": 1}], ids=["null", "list", "object"])
def test_silence_has_a_meaning_of_its_own(member, field, taken_as, silent):
    """Under stx-3.0 null, a list or an object in an enum member is taken as another word than the default (B15)."""
    request = parse_create(Kind.SW_PATCH, PATCH | {"default-instance-action": "migrate", member: silent}, STX)
    assert getattr(request, field) is taken_as


@pytest.mark.parametrize(("given_as", "taken_as"), [("5", 5), (" 3 ", 3), (2.0, 2), (2.9, 2), ("+7", 7)])
def test_numbers_are_coerced(given_as, taken_as):
    """Under stx-3.0 numeric text and fractions become integers (D3-34)."""
    assert (
        parse_create(Kind.SW_PATCH, patch_with(max_parallel_worker_hosts=given_as), STX).max_parallel_worker_hosts
        == taken_as
    )


@pytest.mark.parametrize(
    ("given_as", "taken_as"),
    [(True, True), ("on", True), ("1", True), (2, True), ("0", False), ("off", False), (0, False), (None, False)],
)
def test_booleans_are_coerced(given_as, taken_as):
    """Under stx-3.0 words and numbers become booleans."""
    assert parse_create(Kind.SW_UPGRADE, upgrade_with(complete_upgrade=given_as), STX).complete_upgrade is taken_as


# Action bodies ------------------------------------------------------------------------------------------------------

APPLY_ALL = ActionRequest(Action.APPLY_ALL, Verb.APPLY, None)


def staged(action, verb, stage_id):
    """What an action with a stage means."""
    return ActionRequest(action, verb, stage_id)


# Body, what it means or is refused with: under published, under stx-3.0.
ACTION_BODIES = {
    "apply-all": ({"action": "apply-all"}, APPLY_ALL, APPLY_ALL),
    "abort": ({"action": "abort"}, *[staged(Action.ABORT, Verb.ABORT, None)] * 2),
    "apply-stage 0": ({"action": "apply-stage", "stage-id": 0}, *[staged(Action.APPLY_STAGE, Verb.APPLY, 0)] * 2),
    "apply-stage '3'": ({"action": "apply-stage", "stage-id": "3"}, *[staged(Action.APPLY_STAGE, Verb.APPLY, 3)] * 2),
    "abort-stage 1": ({"action": "abort-stage", "stage-id": 1}, *[staged(Action.ABORT_STAGE, Verb.ABORT, 1)] * 2),
    "apply-stage 10**12": (
        {"action": "apply-stage", "stage-id": 10**12},
        *[staged(Action.APPLY_STAGE, Verb.APPLY, 10**12)] * 2,
    ),
    "apply-stage without an id": ({"action": "apply-stage"}, 400, 400),
    "abort-stage without an id": ({"action": "abort-stage"}, 400, 400),
    "apply-stage null (D3-13)": (
        {"action": "apply-stage", "stage-id": None},
        400,
        staged(Action.APPLY_STAGE, Verb.APPLY, None),
    ),
    "apply-stage -1": ({"action": "apply-stage", "stage-id": -1}, 400, staged(Action.APPLY_STAGE, Verb.APPLY, -1)),
    "apply-stage 1.5 (D3-34)": (
        {"action": "apply-stage", "stage-id": 1.5},
        400,
        staged(Action.APPLY_STAGE, Verb.APPLY, 1),
    ),
    "apply-stage 1.0": ({"action": "apply-stage", "stage-id": 1.0}, 400, staged(Action.APPLY_STAGE, Verb.APPLY, 1)),
    "apply-stage true": ({"action": "apply-stage", "stage-id": True}, 400, staged(Action.APPLY_STAGE, Verb.APPLY, 1)),
    "apply-stage 'abc'": ({"action": "apply-stage", "stage-id": "abc"}, 400, 400),
    "apply-stage ''": ({"action": "apply-stage", "stage-id": ""}, 400, 400),
    "apply-stage other digits": ({"action": "apply-stage", "stage-id": "\u0663"}, 400, 400),
    "apply-stage ' 1'": ({"action": "apply-stage", "stage-id": " 1"}, 400, staged(Action.APPLY_STAGE, Verb.APPLY, 1)),
    "apply-stage 10**30": (
        {"action": "apply-stage", "stage-id": 10**30},
        staged(Action.APPLY_STAGE, Verb.APPLY, 10**30),
        400,
    ),
    "apply-stage 5000 digits": ({"action": "apply-stage", "stage-id": "9" * 5000}, 400, 400),
    "apply-stage [] (D3-36)": ({"action": "apply-stage", "stage-id": []}, 400, 500),
    "apply-all with an id (B8)": (
        {"action": "apply-all", "stage-id": 1},
        APPLY_ALL,
        staged(Action.APPLY_ALL, Verb.APPLY, 1),
    ),
    "abort with an id (B8)": (
        {"action": "abort", "stage-id": "0"},
        staged(Action.ABORT, Verb.ABORT, None),
        staged(Action.ABORT, Verb.ABORT, 0),
    ),
    "apply-all with a null id": ({"action": "apply-all", "stage-id": None}, 400, APPLY_ALL),
    "no action": ({}, 400, 400),
    "unknown action": ({"action": "bogus"}, 400, 400),
    "upper-case action": ({"action": "APPLY-ALL"}, 400, 400),
    "action null": ({"action": None}, 400, 400),
    "action in a list": ({"action": ["apply-all"]}, 400, 400),
    "action 1": ({"action": 1}, 400, 400),
    "unknown member": ({"action": "apply-all", "bogus": 1}, 400, 400),
    "no body": (ABSENT, 400, 400),
    "a list": ([], 400, 500),
    "null": (None, 400, 500),
}
ACTIONS = [
    pytest.param(wire, body, outcome, id=f"{name} {release}")
    for name, (body, published, stx) in ACTION_BODIES.items()
    for release, wire, outcome in (("published", PUBLISHED, published), ("stx-3.0", STX, stx))
]


@pytest.mark.parametrize(
    ("wire", "body", "meaning"), [case for case in ACTIONS if isinstance(case.values[2], ActionRequest)]
)
def test_an_action_body_means(wire, body, meaning):
    """An action that the release accepts means what the table says."""
    assert parse_action(body, wire) == meaning


@pytest.mark.parametrize(("wire", "body", "status"), [case for case in ACTIONS if isinstance(case.values[2], int)])
def test_an_action_body_is_refused(wire, body, status):
    """An action that the release does not accept is refused with its status."""
    assert status_of(parse_action, body, wire) == status


# Delete bodies ------------------------------------------------------------------------------------------------------

DELETE_BODIES = {
    "no body (D3-08)": (ABSENT, False, 400),
    "{}": ({}, False, False),
    "force": ({"force": True}, True, True),
    "no force": ({"force": False}, False, False),
    "force as a word": ({"force": "true"}, 400, True),
    "force yes": ({"force": "yes"}, 400, True),
    "force null": ({"force": None}, 400, False),
    "force 1": ({"force": 1}, 400, True),
    "force in a list": ({"force": []}, 400, 400),
    "unknown member": ({"bogus": 1}, 400, 400),
    "a list (D3-31)": ([], 400, 500),
    "null (D3-31)": (None, 400, 500),
}
DELETES = [
    pytest.param(wire, body, outcome, id=f"{name} {release}")
    for name, (body, published, stx) in DELETE_BODIES.items()
    for release, wire, outcome in (("published", PUBLISHED, published), ("stx-3.0", STX, stx))
]


@pytest.mark.parametrize(("wire", "body", "force"), [case for case in DELETES if isinstance(case.values[2], bool)])
def test_a_delete_body_means(wire, body, force):
    """A delete body that the release accepts is forced, or not."""
    assert parse_delete(body, wire) is force


@pytest.mark.parametrize(("wire", "body", "status"), [case for case in DELETES if not isinstance(case.values[2], bool)])
def test_a_delete_body_is_refused(wire, body, status):
    """A delete body that the release does not accept is refused with its status."""
    assert status_of(parse_delete, body, wire) == status


# Bytes --------------------------------------------------------------------------------------------------------------

# Bytes, media type; status and shape under published, under stx-3.0.
BYTES = {
    "not JSON": (b"hello", "application/json", (400, Shape.FAULT), (400, Shape.FAULT)),
    "cut off": (b'{"a":', "application/json", (400, Shape.FAULT), (400, Shape.FAULT)),
    "trailing text": (b"{} x", "application/json", (400, Shape.FAULT), (400, Shape.FAULT)),
    "blank": (b"  ", "application/json", (400, Shape.FAULT), (400, Shape.FAULT)),
    "byte order mark": (b"\xef\xbb\xbf{}", "application/json", (400, Shape.FAULT), (400, Shape.FAULT)),
    "not a number": (b'{"a": NaN}', "application/json", (400, Shape.FAULT), (400, Shape.FAULT)),
    "too many digits": (b"[" + b"9" * 5000 + b"]", "application/json", (400, Shape.FAULT), (400, Shape.FAULT)),
    "latin-1": (b'{"a": "\xe9"}', "application/json", (400, Shape.FAULT), (400, Shape.ROUTING)),
    "utf-16": ("{}".encode("utf-16"), "application/json", (400, Shape.FAULT), (400, Shape.ROUTING)),
    "very deep (D3-38)": (b"[" * 100_000, "application/json", (400, Shape.FAULT), (500, Shape.CRASH)),
    "text/plain": (b"{}", "text/plain", (400, Shape.FAULT), (415, Shape.FAULT)),
    "no media type": (b"{}", "", (400, Shape.FAULT), (415, Shape.FAULT)),
    "a form": (b"a=b", "application/x-www-form-urlencoded", (400, Shape.FAULT), (400, Shape.FAULT)),
    "text/xml": (b"{}", "text/xml", (400, Shape.FAULT), (500, Shape.FAULT)),
    "a vendor's JSON": (b"{}", "application/vnd.api+json", (400, Shape.FAULT), (415, Shape.FAULT)),
}
REFUSED_BYTES = [
    pytest.param(wire, data, media_type, outcome, id=f"{name} {release}")
    for name, (data, media_type, published, stx) in BYTES.items()
    for release, wire, outcome in (("published", PUBLISHED, published), ("stx-3.0", STX, stx))
]


@pytest.mark.parametrize(("wire", "data", "media_type", "outcome"), REFUSED_BYTES)
def test_broken_bytes_are_refused(wire, data, media_type, outcome):
    """A body that is no JSON text of the right media type is refused, each release in its way (REAL-VIM.md 2)."""
    with pytest.raises(Refusal) as refused:
        read_body(data, media_type, wire)
    assert (refused.value.status, refused.value.shape) == outcome


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_is_json_however_it_is_spelt(media_type):
    """Under published the media type may have parameters and capitals."""
    assert read_body(b'{"a": 1}', media_type, PUBLISHED) == {"a": 1}


def test_capitals_are_another_media_type():
    """Under stx-3.0 a media type in capitals is unknown."""
    assert status_of(read_body, b"{}", "APPLICATION/JSON", STX) == 415


def test_the_last_of_two_equal_keys_wins():
    """Of two members with the same name the later one counts."""
    assert read_body(b'{"a": 1, "a": 2}', "application/json", PUBLISHED) == {"a": 2}


def test_no_bytes_need_no_media_type():
    """An empty body is an absent body, whatever its media type."""
    assert read_body(b"", "image/png", PUBLISHED) is ABSENT


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    [*PATCH, "max-parallel-worker-hosts", "alarm-restrictions", "complete-upgrade", "action", "stage-id", "force", "x"]
)
BODIES = ANY_JSON | st.dictionaries(MEMBERS, ANY_JSON | st.sampled_from(["serial", "apply-stage", "migrate", "3"]))


def parsed(function, *arguments):
    """What became of a body: a value, or the refusal."""
    try:
        return function(*arguments)
    except Refusal as refusal:
        return refusal


@given(body=BODIES, kind=st.sampled_from([Kind.SW_PATCH, Kind.SW_UPGRADE]), wire=st.sampled_from([PUBLISHED, STX]))
def test_no_body_breaks_the_parser(body, kind, wire):
    """Whatever a body holds, it is a request or a refusal with a text that can be sent."""
    outcomes = [
        parsed(parse_create, kind, body, wire),
        parsed(parse_action, body, wire),
        parsed(parse_delete, body, wire),
    ]
    assert all(len(json.dumps(outcome.text)) < 2000 for outcome in outcomes if isinstance(outcome, Refusal))


@given(body=BODIES, kind=st.sampled_from([Kind.SW_PATCH, Kind.SW_UPGRADE]))
def test_published_refuses_with_400_only(body, kind):
    """Under published a body of the wrong form is the caller's fault, always."""
    outcomes = [
        parsed(parse_create, kind, body, PUBLISHED),
        parsed(parse_action, body, PUBLISHED),
        parsed(parse_delete, body, PUBLISHED),
    ]
    assert {outcome.status for outcome in outcomes if isinstance(outcome, Refusal)} <= {400}
