"""REAL-VIM.md 2 and RELEASES.md 2 to 5 through the test client: what a server under stx-3.0 does otherwise."""

import json
from xml.etree import ElementTree as ET

import pytest

from reference_server import create_app

KINDS = ("sw-patch", "sw-upgrade")
both_kinds = pytest.mark.parametrize("kind", KINDS)
UUID = "c1971c42-b494-4ff0-8abf-dbde17929972"
PLAIN = "text/plain; charset=UTF-8"
HTML = "text/html; charset=UTF-8"


def shape(answer):
    """Status and media type."""
    return answer.status, answer.headers.get("Content-Type")


@both_kinds
def test_get_of_nothing_is_null(stx, kind):
    """GET without a strategy is 200 with null (D3-04), also beside one of the other kind."""
    stx.create("sw-patch" if kind == "sw-upgrade" else "sw-upgrade")
    assert (stx.get(kind).status, stx.get(kind).value) == (200, {"strategy": None})


@both_kinds
def test_documents_have_a_name(stx, kind):
    """Every strategy document carries `name` (D3-10)."""
    assert stx.create(kind).value["strategy"]["name"] == kind


@both_kinds
@pytest.mark.parametrize(
    ("name", "status"),
    [
        (UUID, 404),
        (UUID.upper(), 404),
        ("{" + UUID + "}", 404),
        (UUID.replace("-", ""), 404),
        (UUID + "/", 404),
        ("not-a-uuid", 400),
        ("1", 400),
        ("null", 400),
        ("%00", 400),
        ("actions", 405),
    ],
)
def test_get_by_uuid_finds_nothing(stx, kind, name, status):
    """GET by uuid is routed, refuses what is no uuid, and finds nothing (B7)."""
    media_type = PLAIN if status == 405 else "application/json"
    assert shape(stx.send("GET", f"/api/orchestration/{kind}/strategy/{name}")) == (status, media_type)


@both_kinds
def test_get_by_uuid_does_not_find_the_strategy_there_is(stx, kind):
    """Not even the uuid of the strategy that exists is found (ENGINE.md 8.5)."""
    uuid = stx.create(kind).value["strategy"]["uuid"]
    assert stx.send("GET", f"/api/orchestration/{kind}/strategy/{uuid}").status == 404


LINK_PATHS = ("/api", "/api/orchestration", "/api/orchestration/sw-patch", "/api/orchestration/sw-upgrade")
STRATEGY = "/api/orchestration/sw-patch/strategy"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "FOO"])
@pytest.mark.parametrize(
    ("path", "status", "allow"),
    [
        *((path, 405, "GET") for path in LINK_PATHS),
        *((f"{path}/", 404, None) for path in LINK_PATHS),
        ("/", 404, None),
    ],
)
def test_methods_of_link_documents(stx, path, status, allow, method):
    """Another method on a link document is 405, but 404 where the path ends in a slash, as a text."""
    answer = stx.send(method, path)
    assert (shape(answer), answer.headers.get("Allow")) == ((status, PLAIN), allow)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "FOO"])
@pytest.mark.parametrize(
    ("path", "allow"),
    [
        (STRATEGY, "DELETE, GET, POST"),
        (f"{STRATEGY}/", "DELETE, GET, POST"),
        (f"{STRATEGY}/{UUID}", "DELETE, GET, POST"),
        (f"{STRATEGY}/actions", "POST"),
        (f"{STRATEGY}/actions/", "POST"),
    ],
)
def test_methods_of_strategies(stx, path, allow, method):
    """Another method on a strategy is 405 with Allow, with or without a slash."""
    answer = stx.send(method, path)
    assert (shape(answer), answer.headers["Allow"]) == ((405, PLAIN), allow)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [(None, PLAIN), ("text/html", HTML), ("application/json", "application/json")],
    ids=["none", "html", "json"],
)
def test_unknown_paths_have_a_page_of_their_own(stx, accept, media_type):
    """What is not routed is answered by the web framework: text, HTML or its own JSON (RELEASES.md 5)."""
    answer = stx.send("GET", "/nothing", headers={"Accept": accept} if accept else {})
    assert shape(answer) == (404, media_type)


def test_the_frameworks_json_is_no_fault(stx):
    """The web framework's JSON has its own members."""
    answer = stx.send("GET", "/nothing", headers={"Accept": "application/json"})
    assert answer.value == {"code": 404, "description": "", "title": "Not Found"}


@pytest.mark.parametrize(
    "path",
    [
        "//",
        "//api",
        "/api//orchestration",
        "/api.json",
        "/api%2Forchestration",
        "/api/openstack",
        "/api/virtualised-resources",
    ],
)
def test_more_paths_are_known(stx, path):
    """Doubled slashes, the suffix .json and two more link documents are answered."""
    assert shape(stx.send("GET", path)) == (200, "application/json")


@pytest.mark.parametrize("path", ["/api/orchestration/fw-update", "/orchestration", "/API", "/api/v1", "/v1"])
def test_other_paths_are_not(stx, path):
    """Kinds of later releases, the printed links and other spellings are unknown."""
    assert stx.send("GET", path).status == 404


def test_the_api_has_four_links(stx):
    """/api names two more documents than the reference (D3-18)."""
    links = stx.send("GET", "/api").value["versions"][0]["links"]
    assert [link["rel"] for link in links] == ["self", "openstack", "orchestration", "virtualised_resources"]


@pytest.mark.parametrize(
    ("proto", "scheme"), [("https", "https"), ("HTTPS", "https"), ("http", "http"), ("ftp", "http")]
)
def test_the_scheme_of_links_can_be_forwarded(stx, proto, scheme):
    """X-Forwarded-Proto makes https links, X-Forwarded-Host nothing (RELEASES.md 2)."""
    answer = stx.send("GET", "/", headers={"Host": "a", "X-Forwarded-Proto": proto, "X-Forwarded-Host": "b"})
    assert answer.value["links"][0]["href"] == f"{scheme}://a/api/"


@pytest.mark.parametrize("path", ["/", "/api", STRATEGY])
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("?x=1", 'Unknown argument: "x"'),
        ("?a=b&c=d", 'Unknown argument: "a, c"'),
        ("?x=1&x=2", 'Unknown argument: "x"'),
    ],
)
def test_query_arguments_are_refused(stx, path, query, text):
    """A query is 400 and named."""
    answer = stx.send("GET", path + query)
    assert (answer.status, answer.fault) == (400, text)


@pytest.mark.parametrize(
    ("method", "path", "override", "status", "allow"),
    [
        ("GET", STRATEGY, "delete", 405, None),
        ("GET", STRATEGY, "DELETE", 405, None),
        ("GET", STRATEGY, "put", 405, None),
        ("GET", STRATEGY, "get", 400, None),
        ("POST", STRATEGY, "delete", 400, None),
        ("POST", STRATEGY, "put", 405, "DELETE, GET, POST"),
        ("POST", f"{STRATEGY}/actions", "put", 405, "POST"),
    ],
)
def test_a_method_in_the_query_is_understood(stx, method, path, override, status, allow):
    """`?_method=` makes no GET unsafe, and what is not routed is 405 (as recorded, ADR 0007)."""
    answer = stx.send(method, f"{path}?_method={override}", {"force": False} if method == "POST" else ...)
    assert (answer.status, answer.headers.get("Allow")) == (status, allow)


@pytest.mark.parametrize("path", ["/", "/api", STRATEGY])
@pytest.mark.parametrize("data", [b'{"a": 1}', b"not JSON"])
def test_a_body_with_get_is_read(stx, path, data):
    """The members of a body sent with GET are unknown arguments."""
    assert shape(stx.send("GET", path, data=data, content_type="application/json")) == (400, "application/json")


@pytest.mark.parametrize("path", ["/", "/api", STRATEGY])
@pytest.mark.parametrize(
    ("accept", "status", "media_type"),
    [
        ("application/json", 200, "application/json"),
        ("*/*", 200, "application/json"),
        ("", 200, "application/json"),
        ("application/xml", 200, "application/xml; charset=UTF-8"),
        ("text/xml", 200, "text/xml; charset=UTF-8"),
        ("application/json;q=0.1, application/xml", 200, "application/xml; charset=UTF-8"),
        ("text/html", 406, HTML),
        ("text/plain", 406, PLAIN),
        ("image/png", 406, PLAIN),
        ("application/vnd.foo+json", 406, PLAIN),
    ],
)
def test_accept_is_negotiated(stx, path, accept, status, media_type):
    """JSON and XML are offered, anything else is 406 (REAL-VIM.md 2)."""
    assert shape(stx.send("GET", path, headers={"Accept": accept})) == (status, media_type)


def test_nothing_in_xml(stx):
    """A strategy that is not there is an empty element that says so."""
    assert (
        stx.send("GET", STRATEGY, headers={"Accept": "application/xml"}).data
        == b'<result><strategy nil="true" /></result>'
    )


def test_a_fault_in_xml(stx):
    """A fault in XML is an `error` whose debuginfo is empty, not nil (RELEASES.md 5)."""
    tree = ET.fromstring(stx.send("POST", STRATEGY, {}, headers={"Accept": "text/xml"}).data)  # noqa: S314 - our own answer
    assert (tree.tag, [(element.tag, element.attrib) for element in tree]) == (
        "error",
        [("faultcode", {}), ("faultstring", {}), ("debuginfo", {})],
    )


def test_an_undo_that_needed_no_waiting_keeps_its_indices(stx):
    """An abort phase whose undo was done already counts it as done (B11, ADR 0007)."""
    stx.bring("sw-patch", "applying, stage 0 running")
    stx.wait("sw-patch", lambda strategy: step_of(strategy) == "unlock-hosts")
    stx.act("sw-patch", "abort")
    phase = stx.wait("sw-patch", lambda strategy: strategy["state"] == "aborted")["abort-phase"]
    assert (phase["result"], phase["current-stage"], phase["stages"][0]["current-step"]) == ("success", 0, 0)


def step_of(strategy):
    """The name of the current step of the apply."""
    phase = strategy["apply-phase"]
    stage = phase["stages"][phase["current-stage"]]
    return stage["steps"][stage["current-step"]]["step-name"]


def test_a_strategy_in_xml(stx):
    """A document in XML has the members as elements and the entries of lists as items."""
    stx.create("sw-patch")
    tree = ET.fromstring(stx.send("GET", STRATEGY, headers={"Accept": "text/xml"}).data)  # noqa: S314 - our own answer
    assert (tree.findtext("strategy/state"), len(tree.findall("strategy/build-phase/stages/item/steps/item"))) == (
        "building",
        3,
    )


def test_a_refused_create_creates_nothing(stx):
    """A create that cannot be answered as the caller likes is 406 and leaves nothing behind."""
    body = json.dumps({"storage-apply-type": "serial", "worker-apply-type": "serial"})
    path = "/api/orchestration/sw-upgrade/strategy"
    refused = stx.send("POST", path, data=body, content_type="application/json", headers={"Accept": "text/html"})
    assert (refused.status, stx.get("sw-upgrade").value) == (406, {"strategy": None})


@pytest.mark.parametrize(
    ("method", "path", "data", "expected"),
    [
        ("POST", STRATEGY, b"", (400, "application/json")),
        ("POST", STRATEGY, b"[]", (500, "application/json")),
        ("POST", STRATEGY, b"hello", (400, "application/json")),
        ("POST", STRATEGY, b'{"a": "\xe9"}', (400, PLAIN)),
        ("POST", STRATEGY, b"[" * 100_000, (500, "text/plain")),
        ("POST", STRATEGY, b'{"bogus": "' + b"x" * 1_100_000 + b'"}', (400, "application/json")),
        ("POST", f"{STRATEGY}/{UUID}", b"{}", (400, "application/json")),
        ("POST", f"{STRATEGY}/actions", b"null", (500, "application/json")),
        ("POST", f"{STRATEGY}/actions/0", b'{"action": "apply-all"}', (404, "application/json")),
        ("POST", f"{STRATEGY}/x/actions", b'{"action": "apply-all"}', (404, "application/json")),
        ("DELETE", STRATEGY, b"", (400, "application/json")),
        ("DELETE", STRATEGY, b"{}", (404, "application/json")),
        ("DELETE", f"{STRATEGY}/", b'{"force": "yes"}', (404, "application/json")),
        ("DELETE", f"{STRATEGY}/{UUID}", b"", (500, "application/json")),
        ("DELETE", f"{STRATEGY}/{UUID}", b'{"force": false}', (404, "application/json")),
        ("DELETE", f"{STRATEGY}/actions", b"", (405, PLAIN)),
        ("DELETE", f"{STRATEGY}?force=true", b"", (400, "application/json")),
    ],
)
def test_odd_requests_are_answered_as_recorded(stx, method, path, data, expected):
    """Broken bodies and accidental routes have the recorded status and media type (REAL-VIM.md 2)."""
    assert shape(stx.send(method, path, data=data, content_type="application/json")) == expected


def test_there_is_no_limit(stx):
    """8 MiB of blanks around a body are accepted (no 413 anywhere)."""
    body = json.dumps({"storage-apply-type": "serial", "worker-apply-type": "serial"}).encode().ljust(8 * 1_048_576)
    assert (
        stx.send("POST", "/api/orchestration/sw-upgrade/strategy", data=body, content_type="application/json").status
        == 200
    )


@both_kinds
def test_a_null_stage_id_means_everything(stx, kind):
    """apply-stage with null applies all stages (D3-13)."""
    stx.bring(kind, "ready-to-apply")
    phase = stx.act(kind, "apply-stage", None).value["strategy"]["apply-phase"]
    assert phase["stop-at-stage"] == phase["total-stages"]


@both_kinds
def test_a_stage_id_beside_apply_all_counts(stx, kind):
    """apply-all with a stage-id applies that stage (B8)."""
    stx.bring(kind, "ready-to-apply")
    assert stx.act(kind, "apply-all", 0).value["strategy"]["apply-phase"]["stop-at-stage"] == 1


def test_parallel_controllers_fail_in_the_build(stx):
    """controller-apply-type parallel is accepted, and the build fails (D3-14)."""
    stx.create("sw-patch", **{"controller-apply-type": "parallel"})
    strategy = stx.wait("sw-patch", lambda strategy: strategy["state"] != "building")
    assert (strategy["state"], strategy["build-phase"]["reason"]) == (
        "build-failed",
        "parallel apply type not allowed for controllers",
    )


def test_the_limit_of_another_release_can_be_lifted(world, caller_of):
    """body_limit None lifts the limit of published."""
    caller = caller_of(create_app(world, body_limit=None))
    assert caller.send("POST", STRATEGY, data=b" " * 2_000_000, content_type="application/json").status == 400
