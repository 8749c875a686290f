"""PUBLISHED.md, column S, row by row, through the test client; links and unknown paths besides."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference_server import create_app

KINDS = ("sw-patch", "sw-upgrade")
both_kinds = pytest.mark.parametrize("kind", KINDS)

LINK_PATHS = ("/", "/api", "/api/orchestration", "/api/orchestration/sw-patch", "/api/orchestration/sw-upgrade")
STRATEGY_PATHS = tuple(f"/api/orchestration/{kind}/strategy" for kind in KINDS)
ACTION_PATHS = tuple(f"{path}/actions" for path in STRATEGY_PATHS)

ALLOWED = {
    **dict.fromkeys(LINK_PATHS, ("GET",)),
    **dict.fromkeys(STRATEGY_PATHS, ("DELETE", "GET", "POST")),
    **dict.fromkeys(ACTION_PATHS, ("POST",)),
}
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "FOO")


def slashed(paths):
    """The paths, and the paths with a slash at their end."""
    return sorted({path.rstrip("/") + slash for path in paths for slash in ("", "/")} - {""})


def is_fault(answer):
    """Whether the answer is a JSON fault with its three members and a text."""
    return (
        answer.headers["Content-Type"] == "application/json"
        and set(answer.value) == {"faultcode", "faultstring", "debuginfo"}
        and bool(answer.value["faultstring"])
    )


# Link documents -----------------------------------------------------------------------------------------------------

LINK_DOCUMENTS = {
    "/": {
        "name": "nfv-vim",
        "links": [{"href": "http://vim:4545/api/", "rel": "api"}],
        "description": "NFV - Virtual Infrastructure Manager",
    },
    "/api": {
        "versions": [
            {
                "status": "stable",
                "id": "v1",
                "links": [
                    {"href": "http://vim:4545/api/", "rel": "self"},
                    {"href": "http://vim:4545/api/orchestration/", "rel": "orchestration"},
                ],
            }
        ]
    },
    "/api/orchestration": {
        "id": "orchestration",
        "links": [
            {"href": "http://vim:4545/orchestration/", "rel": "self"},
            {"href": "http://vim:4545/orchestration/sw-patch/", "rel": "sw-patch"},
            {"href": "http://vim:4545/orchestration/sw-upgrade/", "rel": "sw-upgrade"},
        ],
    },
    "/api/orchestration/sw-patch": {
        "id": "sw-patch",
        "links": [
            {"href": "http://vim:4545/orchestration/sw-patch/", "rel": "self"},
            {"href": "http://vim:4545/orchestration/sw-patch/strategy/", "rel": "strategy"},
        ],
    },
    "/api/orchestration/sw-upgrade": {
        "id": "sw-upgrade",
        "links": [
            {"href": "http://vim:4545/orchestration/sw-upgrade/", "rel": "self"},
            {"href": "http://vim:4545/orchestration/sw-upgrade/strategy/", "rel": "strategy"},
        ],
    },
}


@pytest.mark.parametrize("path", slashed(LINK_DOCUMENTS))
def test_link_documents_are_those_of_the_reference(published, path):
    """A link document is as printed (api-reference:8-98), on the host that was asked, also with a slash at the end."""
    answer = published.send("GET", path, headers={"Host": "vim:4545"})
    assert (answer.status, answer.value) == (200, LINK_DOCUMENTS[path.rstrip("/") or "/"])


def test_forwarded_headers_change_no_link(published):
    """Under published the links follow the Host header alone."""
    answer = published.send("GET", "/", headers={"Host": "a", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "b"})
    assert answer.value["links"][0]["href"] == "http://a/api/"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/v1",
        "/api/v1",
        "/API",
        "/orchestration",
        "/orchestration/sw-patch/strategy/",
        "/api/orchestration/fw-update",
        "/api/openstack",
        "//",
        "//api",
        "/api//orchestration",
        "/api.json",
        "/api/orchestration/sw-patch/strategy/x",
        "/api/orchestration/sw-patch/strategy/c1971c42-b494-4ff0-8abf-dbde17929972",
        "/api/orchestration/sw-patch/strategy/actions/0",
        "/%ff",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_unknown_paths_are_not_found(published, method, path):
    """What the reference does not have is 404 with a fault, whatever the method."""
    answer = published.send(method, path)
    assert answer.status == 404
    assert is_fault(answer)


REFUSED_METHODS = [
    (path, method) for path in slashed(ALLOWED) for method in METHODS if method not in ALLOWED[path.rstrip("/") or "/"]
]


@pytest.mark.parametrize(("path", "method"), REFUSED_METHODS)
def test_other_methods_are_refused(published, path, method):
    """A method that the reference does not have on a path is 405, and Allow names those that it has, none by itself."""
    answer = published.send(method, path)
    assert (answer.status, answer.headers["Allow"]) == (405, ", ".join(sorted(ALLOWED[path.rstrip("/") or "/"])))


@pytest.mark.parametrize(("path", "method"), [case for case in REFUSED_METHODS if case[1] != "HEAD"])
def test_a_refused_method_gets_a_fault(published, path, method):
    """The 405 carries a fault."""
    assert is_fault(published.send(method, path))


# Column S -----------------------------------------------------------------------------------------------------------


@both_kinds
def test_get_of_nothing_is_not_found(published, kind):
    """GET of a strategy that is not there is 404, not null (D3-04)."""
    answer = published.get(kind)
    assert answer.status == 404
    assert is_fault(answer)


@both_kinds
@pytest.mark.parametrize("action", ["apply-all", "abort"])
def test_action_on_nothing_is_not_found(published, kind, action):
    """An action without a strategy of that kind is 404."""
    answer = published.act(kind, action)
    assert answer.status == 404
    assert is_fault(answer)


@both_kinds
@pytest.mark.parametrize("body", [..., {}, {"force": True}], ids=["no body", "{}", "force"])
def test_delete_of_nothing_is_not_found(published, kind, body):
    """DELETE without a strategy of that kind is 404."""
    assert published.delete(kind, body).status == 404


@pytest.mark.parametrize(("kind", "other"), [KINDS, KINDS[::-1]])
def test_the_other_kind_is_invisible(published, kind, other):
    """A strategy is found under its own kind only (ENGINE.md 8.4)."""
    published.create(kind)
    assert [published.get(other).status, published.act(other, "apply-all").status, published.delete(other).status] == [
        404,
        404,
        404,
    ]


@both_kinds
@pytest.mark.parametrize("other", KINDS)
def test_there_is_one_strategy(published, kind, other):
    """A create beside a strategy of any kind is 409 and changes nothing (ENGINE.md 8.4)."""
    before = published.create(kind).value
    answer = published.create(other)
    assert answer.status == 409
    assert is_fault(answer)
    assert published.get(kind).value == before


@both_kinds
def test_a_broken_create_is_refused_before_a_conflict(published, kind):
    """What is wrong with a body is said even when there is a strategy already."""
    published.create(kind)
    assert published.create(kind, bogus=1).status == 400


@both_kinds
def test_create_answers_with_the_building_strategy(published, kind):
    """A create is 200 with the document in state building, its build phase running and its first step waiting."""
    answer = published.create(kind)
    strategy = answer.value["strategy"]
    assert (answer.status, strategy["state"], strategy["current-phase"]) == (200, "building", "build")
    assert strategy["build-phase"]["stages"][0]["steps"][0]["result"] == "wait"


@both_kinds
def test_get_shows_what_create_answered(published, kind):
    """GET is 200 with the document that the create answered with, as long as no time passes."""
    created = published.create(kind)
    assert (published.get(kind).status, published.get(kind).value) == (200, created.value)


def test_name_is_shown_for_upgrades_only(published):
    """The documents of an upgrade carry `name`, those of a patch do not, as in the reference's examples (D3-10)."""
    shown = []
    for kind in KINDS:
        shown.append(published.create(kind).value["strategy"].get("name"))
        published.delete(kind, {"force": True})
    assert shown == [None, "sw-upgrade"]


@both_kinds
def test_parameters_are_echoed(published, kind):
    """What a create asks for stands in its document, also a number for parallel workers beside serial ones."""
    strategy = published.create(kind, **{"max-parallel-worker-hosts": 7, "alarm-restrictions": "relaxed"}).value[
        "strategy"
    ]
    assert (strategy["max-parallel-worker-hosts"], strategy["alarm-restrictions"]) == (7, "relaxed")
    assert strategy["worker-apply-type"] == "serial"


@both_kinds
def test_a_strategy_never_has_the_uuid_of_another(published, kind):
    """A strategy that is created after another has been deleted has a new uuid."""
    first = published.create(kind).value["strategy"]["uuid"]
    published.delete(kind, {"force": True})
    assert published.create(kind).value["strategy"]["uuid"] != first


@both_kinds
@pytest.mark.parametrize(
    "options",
    [{}, {"data": b""}, {"json": {}}, {"json": {"force": False}}],
    ids=["absent", "empty", "{}", "force false"],
)
def test_a_deletion_has_no_body(published, kind, options):
    """DELETE is 204 with zero bytes and no Content-Type, with every body that may be sent."""
    published.bring(kind, "ready-to-apply")
    answer = published.send("DELETE", f"/api/orchestration/{kind}/strategy", **options)
    assert (answer.status, answer.data, answer.headers.get("Content-Type")) == (204, b"", None)
    assert published.get(kind).status == 404


@both_kinds
@pytest.mark.parametrize(
    "body", [{"force": "true"}, {"other": 1}, [], None], ids=["text", "unknown member", "list", "null"]
)
def test_a_broken_deletion_deletes_nothing(published, kind, body):
    """DELETE with another body is 400, and the strategy is still there."""
    published.bring(kind, "ready-to-apply")
    answer = published.delete(kind, body)
    assert answer.status == 400
    assert is_fault(answer)
    assert published.state(kind) == "ready-to-apply"


@both_kinds
@pytest.mark.parametrize(
    "body",
    [
        {"action": "apply-stage"},
        {"action": "apply-stage", "stage-id": None},
        {"action": "go"},
        {},
        [],
        {"action": "apply-all", "x": 1},
    ],
    ids=["no stage-id", "null stage-id", "unknown action", "empty", "list", "unknown member"],
)
def test_a_broken_action_does_nothing(published, kind, body):
    """An action body of another form is 400, and the strategy is as before."""
    before = published.bring(kind, "ready-to-apply")
    answer = published.send("POST", f"/api/orchestration/{kind}/strategy/actions", body)
    assert answer.status == 400
    assert is_fault(answer)
    assert published.get(kind).value["strategy"] == before


@both_kinds
def test_a_stage_id_beside_apply_all_is_ignored(published, kind):
    """apply-all with a stage-id applies all stages (B8 off)."""
    published.bring(kind, "ready-to-apply")
    phase = published.act(kind, "apply-all", 0).value["strategy"]["apply-phase"]
    assert phase["stop-at-stage"] == phase["total-stages"] > 1


@both_kinds
def test_a_stage_id_may_be_text(published, kind):
    """apply-stage takes the id as digits in a string (api-reference, request parameter table of the actions)."""
    published.bring(kind, "ready-to-apply")
    answer = published.act(kind, "apply-stage", "0")
    assert (answer.status, answer.value["strategy"]["apply-phase"]["stop-at-stage"]) == (202, 1)


OVER = b'{"a": "' + b"x" * 1_048_576 + b'"}'


@pytest.mark.parametrize("path", STRATEGY_PATHS + ACTION_PATHS)
def test_a_body_over_the_limit_is_refused(published, path):
    """A body of more than 1 MiB is 413 with a fault."""
    answer = published.send("POST", path, data=OVER, content_type="application/json")
    assert answer.status == 413
    assert is_fault(answer)


@both_kinds
def test_a_body_at_the_limit_is_read(published, kind):
    """A body of exactly 1 MiB is read."""
    body = json.dumps({"storage-apply-type": "serial", "x": "y"}).encode().ljust(1_048_576)
    answer = published.send("POST", f"/api/orchestration/{kind}/strategy", data=body, content_type="application/json")
    assert answer.status == 400


def test_the_limit_can_be_chosen(world, caller_of):
    """Another limit replaces the release's own."""
    caller = caller_of(create_app(world, body_limit=10))
    assert caller.create("sw-patch").status == 413


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "", None])
@pytest.mark.parametrize("path", STRATEGY_PATHS + ACTION_PATHS)
def test_another_media_type_is_refused(published, path, media_type):
    """A body that is not said to be JSON is 400."""
    answer = published.send("POST", path, data=b"{}", content_type=media_type)
    assert answer.status == 400
    assert is_fault(answer)


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "image/png", "application/json;q=0", "", "*/*", ";;;"]
)
@pytest.mark.parametrize("path", [*LINK_PATHS, *STRATEGY_PATHS, "/nothing"])
def test_accept_is_ignored(published, path, accept):
    """Whatever the caller would like, the answer is JSON."""
    assert published.send("GET", path, headers={"Accept": accept}).headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", LINK_PATHS)
def test_unknown_query_arguments_are_ignored(published, path):
    """A query changes nothing."""
    assert published.send("GET", f"{path}?x=1&x=2&%ff").value == published.send("GET", path).value


@both_kinds
@pytest.mark.parametrize("suffix", ["/", "?x=1", "/?force=true"])
def test_slash_and_query_change_nothing_on_a_strategy(published, kind, suffix):
    """Create, action and delete work with a slash at the end and with a query."""
    path = f"/api/orchestration/{kind}/strategy"
    published.bring(kind, "ready-to-apply")
    acted = published.send("POST", f"{path}/actions{suffix}", {"action": "apply-all"})
    refused = published.send("DELETE", f"{path}{suffix}")
    assert (acted.status, refused.status, published.send("GET", f"{path}{suffix}").status) == (202, 409, 200)


def test_a_body_with_get_is_ignored(published):
    """GET does not look at a body."""
    assert published.send("GET", "/api", data=b"not JSON").status == 200


@pytest.mark.parametrize("host", ["a b", "<x>", "a\\b", "x" * 300, "[::1", "é"])
def test_an_odd_host_header_breaks_nothing(published, host):
    """A Host header that is none is answered, or refused with a fault."""
    assert published.send("GET", "/", headers={"Host": host}).status in (200, 400)


# What nobody thought of ---------------------------------------------------------------------------------------------

PATHS = st.sampled_from([*ALLOWED, "/nothing", "/api/orchestration/sw-patch/strategy/1"]) | st.text(max_size=20).map(
    "/{}".format
)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)
WORDS = st.sampled_from(
    [
        "serial",
        "parallel",
        "ignore",
        "stop-start",
        "migrate",
        "strict",
        "apply-all",
        "apply-stage",
        "abort",
        "0",
        0,
        2,
        True,
    ]
)
MEMBERS = st.sampled_from(
    [
        "controller-apply-type",
        "storage-apply-type",
        "worker-apply-type",
        "swift-apply-type",
        "default-instance-action",
        "action",
        "stage-id",
        "force",
    ]
)
JSON_BYTES = (st.dictionaries(MEMBERS, WORDS | JSONS, max_size=6) | JSONS).map(lambda value: json.dumps(value).encode())
MEDIA_TYPES = st.sampled_from(["application/json", "text/plain", "application/json; charset=latin-1", "é", ";", ""])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(method=st.sampled_from(METHODS), path=PATHS, data=JSON_BYTES | st.binary(max_size=30), media_type=MEDIA_TYPES)
def test_nothing_is_answered_with_a_server_error(published, method, path, data, media_type):
    """Under published no request at all is answered with 5xx, whatever the requests before it were."""
    answer = published.client.open(path, method=method, data=data, headers={"Content-Type": media_type})
    assert answer.status_code < 500
