"""The contract: what it holds, which operation a request is, what it has against bodies."""

import hashlib
import json
import re
from importlib.resources import files
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.crosscheck import SecondOpinion, document_problems
from spec.load import load_contract
from spec.members import members_of

CONTRACT = load_contract()
SECOND = SecondOpinion(CONTRACT)

STRATEGY = {"sw-patch": "/api/orchestration/sw-patch/strategy", "sw-upgrade": "/api/orchestration/sw-upgrade/strategy"}
LISTED = {400, 401, 403, 405, 413, 503}

# method, path, operation, success and further listed codes, as the reference has them (operations:6-23)
OPERATIONS = [
    ("GET", "/", "getRoot", 200, LISTED | {404}),
    ("GET", "/api", "getApi", 200, LISTED | {404}),
    ("GET", "/api/orchestration", "getOrchestration", 200, LISTED | {404}),
    ("GET", "/api/orchestration/sw-patch", "getSwPatch", 200, LISTED | {404}),
    ("GET", "/api/orchestration/sw-upgrade", "getSwUpgrade", 200, LISTED | {404}),
    ("GET", STRATEGY["sw-patch"], "getSwPatchStrategy", 200, LISTED | {404}),
    ("POST", STRATEGY["sw-patch"], "createSwPatchStrategy", 200, LISTED),
    ("DELETE", STRATEGY["sw-patch"], "deleteSwPatchStrategy", 204, set()),
    ("POST", STRATEGY["sw-patch"] + "/actions", "actOnSwPatchStrategy", 202, LISTED),
    ("GET", STRATEGY["sw-upgrade"], "getSwUpgradeStrategy", 200, LISTED | {404}),
    ("POST", STRATEGY["sw-upgrade"], "createSwUpgradeStrategy", 200, LISTED),
    ("DELETE", STRATEGY["sw-upgrade"], "deleteSwUpgradeStrategy", 204, set()),
    ("POST", STRATEGY["sw-upgrade"] + "/actions", "actOnSwUpgradeStrategy", 202, LISTED),
]
BY_ID = pytest.mark.parametrize(
    ("method", "path", "name", "success", "listed"), OPERATIONS, ids=[row[2] for row in OPERATIONS]
)


def test_the_document_is_valid_openapi():
    """openapi-spec-validator finds nothing wrong with openapi.yaml."""
    assert list(document_problems(CONTRACT)) == []


def test_thirteen_operations():
    """The contract has the operations of the reference and no other."""
    assert [operation.operation_id for operation in CONTRACT.operations] == [row[2] for row in OPERATIONS]


@BY_ID
def test_operation_is_that_of_the_reference(method, path, name, success, listed):
    """An operation has the method, path, success code and listed codes of the reference."""
    operation = CONTRACT.operation(name)
    assert (operation.method, operation.path, operation.success) == (method, path, success)
    assert operation.documented == listed | {success}


@BY_ID
def test_silence_allows_no_server_error(method, path, name, success, listed):
    """The contract allows a code that the reference does not list for an operation only below 500, or 503."""
    assert not {status for status in CONTRACT.operation(name).silent if status >= 500} - {503}


@BY_ID
def test_source_names_the_lines(method, path, name, success, listed):
    """Every operation says where in the reference it stands."""
    assert re.fullmatch(r"api-reference:\d+-\d+", CONTRACT.operation(name).source)


@pytest.mark.parametrize(
    ("name", "kind", "body"),
    [
        ("getRoot", None, "none"),
        ("getOrchestration", None, "none"),
        ("getSwPatch", "sw-patch", "none"),
        ("createSwPatchStrategy", "sw-patch", "required"),
        ("deleteSwUpgradeStrategy", "sw-upgrade", "optional"),
        ("actOnSwUpgradeStrategy", "sw-upgrade", "required"),
    ],
)
def test_kind_and_body(name, kind, body):
    """An operation knows the kind that its path belongs to and whether it takes a body."""
    assert (CONTRACT.operation(name).kind, CONTRACT.operation(name).body) == (kind, body)


def test_no_authentication_is_in_order():
    """A server without authentication fulfils the security requirement, and so does one that reads X-Auth-Token."""
    document = CONTRACT.document
    assert document["security"] == [{}, {"XAuthToken": []}]
    assert document["components"]["securitySchemes"]["XAuthToken"]["name"] == "X-Auth-Token"


@pytest.mark.parametrize("kind", ["SwPatch", "SwUpgrade"])
@pytest.mark.parametrize("verb", ["get", "create", "delete", "actOn"])
def test_links_lead_everywhere(kind, verb):
    """Under success, 404 and 409 of every strategy operation hang links to all operations on that strategy."""
    reached = {status: _linked(f"{verb}{kind}Strategy", status) for status in _linking(f"{verb}{kind}Strategy")}
    everywhere = {f"{each}{kind}Strategy" for each in ("get", "create", "delete", "actOn")}
    assert reached == dict.fromkeys(reached, everywhere)
    assert len(reached) == (2 if verb == "get" else 3)


def _linking(name):
    operation = CONTRACT.operation(name)
    return sorted({operation.success, 404, 409} & operation.statuses)


def _linked(name, status):
    document, operation = CONTRACT.document, CONTRACT.operation(name)
    answer = document["paths"][operation.path][operation.method.lower()]["responses"][str(status)]
    answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
    links = [document["components"]["links"][link["$ref"].rpartition("/")[2]] for link in answer["links"].values()]
    return {link["operationId"] for link in links}


@pytest.mark.parametrize(
    "name", [name for name, link in CONTRACT.document["components"]["links"].items() if "requestBody" in link]
)
def test_link_bodies_are_valid(name):
    """The body that a link proposes is one that its operation takes."""
    link = CONTRACT.document["components"]["links"][name]
    assert CONTRACT.body_errors(link["operationId"], link["requestBody"]) == []


# ---- which operation a request is ----


@BY_ID
def test_match_finds_the_operation(method, path, name, success, listed):
    """A request to a path of the contract is its operation, with one trailing slash or without."""
    assert CONTRACT.match(method, path).operation_id == name
    assert CONTRACT.match(method, path.rstrip("/") + "/").operation_id == name


@BY_ID
def test_match_is_strict(method, path, name, success, listed):
    """Two trailing slashes, a doubled slash, a further segment, a query: another path; lower case: another method."""
    strangers = [path + "//", "/" + path, path + "/x", path + "?x=1", path + " ", path + "\x00"]
    assert [CONTRACT.match(method, stranger) for stranger in strangers] == [None] * len(strangers)
    assert CONTRACT.match(method.lower(), path) is None
    assert CONTRACT.match("PATCH", path) is None


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api", {"GET"}),
        (STRATEGY["sw-patch"], {"GET", "POST", "DELETE"}),
        (STRATEGY["sw-patch"] + "/", {"GET", "POST", "DELETE"}),
        (STRATEGY["sw-upgrade"] + "/actions", {"POST"}),
        ("/orchestration/sw-patch", set()),
        ("", set()),
    ],
)
def test_methods_of_a_path(path, methods):
    """The methods of a path are those of the contract; an unknown path has none."""
    assert CONTRACT.methods(path) == methods


@pytest.mark.parametrize(
    "path",
    [
        "/API",
        "%",
        "%2",
        "%zz",
        "/api%",
        "/api%2F",
        "/api%2Forchestration",
        "//api",
        "/äpi",
        "/api/%C3%A4",
        "\ud800",
        "*",
    ],
)
def test_odd_paths_are_no_operation(path):
    """Capitals, a broken escape, an escaped slash, a letter outside ASCII: no operation and no exception."""
    assert CONTRACT.match("GET", path) is None


@given(st.text(), st.text())
def test_match_never_raises(method, path):
    """Whatever method and path are sent, match gives an operation of that method or None."""
    found = CONTRACT.match(method, path)
    assert found is None or found.method == method


@given(st.sampled_from(CONTRACT.operations), st.data())
def test_escaping_what_needs_no_escape_changes_nothing(operation, data):
    """A path with any of its letters, digits and hyphens percent-encoded is the same (RFC 3986 section 6.2.2.2)."""
    hidden = data.draw(st.sets(st.integers(0, len(operation.path) - 1)))
    assert CONTRACT.match(operation.method, _escaped(operation.path, hidden)) is operation


def _escaped(path, hidden):
    return "".join(
        f"%{ord(letter):02x}" if at in hidden and letter != "/" else letter for at, letter in enumerate(path)
    )


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="/%"), min_size=1))
def test_a_further_segment_is_another_path(segment):
    """Below a strategy only `actions` is a path of the contract."""
    known = "POST" in CONTRACT.methods(f"{STRATEGY['sw-patch']}/{quote(segment)}")
    assert known == (segment == "actions")


# ---- what the contract has against a body ----

ACT, PATCH, UPGRADE, DELETE = (
    "actOnSwPatchStrategy",
    "createSwPatchStrategy",
    "createSwUpgradeStrategy",
    "deleteSwPatchStrategy",
)
PATCH_BODY = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "worker-apply-type": "parallel",
    "swift-apply-type": "ignore",
    "default-instance-action": "migrate",
}
UPGRADE_BODY = {"storage-apply-type": "serial", "worker-apply-type": "serial"}

GOOD = [
    (ACT, {"action": "apply-all"}),
    (ACT, {"action": "abort"}),
    (ACT, {"action": "apply-all", "stage-id": 3}),
    (ACT, {"action": "apply-stage", "stage-id": 0}),
    (ACT, {"action": "apply-stage", "stage-id": "0"}),
    (ACT, {"action": "abort-stage", "stage-id": "12"}),
    (PATCH, PATCH_BODY),
    (PATCH, PATCH_BODY | {"max-parallel-worker-hosts": 10}),
    (PATCH, PATCH_BODY | {"max-parallel-worker-hosts": -7}),
    (PATCH, PATCH_BODY | {"max-parallel-worker-hosts": 10**30}),
    (PATCH, PATCH_BODY | {"alarm-restrictions": "relaxed"}),
    (UPGRADE, UPGRADE_BODY),
    (DELETE, {}),
    (DELETE, {"force": True}),
]


@pytest.mark.parametrize(("name", "body"), GOOD, ids=[json.dumps(body) for _, body in GOOD])
def test_body_is_in_order(name, body):
    """Both validators take a body that the reference allows."""
    assert (CONTRACT.body_errors(name, body), SECOND.on_body(name, body)) == ([], None)


BAD = [
    (ACT, {}, ""),
    (ACT, [], ""),
    (ACT, None, ""),
    (ACT, "apply-all", ""),
    (ACT, {"action": "abort-all"}, "/action"),
    (ACT, {"action": None}, "/action"),
    (ACT, {"action": ["apply-all"]}, "/action"),
    (ACT, {"action": "apply-stage"}, ""),
    (ACT, {"action": "apply-stage", "stage-id": None}, "/stage-id"),
    (ACT, {"action": "apply-stage", "stage-id": True}, "/stage-id"),
    (ACT, {"action": "apply-stage", "stage-id": -1}, "/stage-id"),
    (ACT, {"action": "apply-stage", "stage-id": 0.5}, "/stage-id"),
    (ACT, {"action": "apply-stage", "stage-id": ""}, "/stage-id"),
    (ACT, {"action": "apply-stage", "stage-id": "0\n"}, "/stage-id"),
    (ACT, {"action": "apply-stage", "stage-id": "٣"}, "/stage-id"),
    (ACT, {"action": "apply-stage", "stage-id": "-1"}, "/stage-id"),
    (ACT, {"action": "apply-all", "stage-id": None}, "/stage-id"),
    (ACT, {"action": "apply-all", "stage": 1}, "/stage"),
    (PATCH, PATCH_BODY | {"controller-apply-type": "parallel"}, "/controller-apply-type"),
    (PATCH, PATCH_BODY | {"swift-apply-type": None}, "/swift-apply-type"),
    (PATCH, PATCH_BODY | {"max-parallel-worker-hosts": "2"}, "/max-parallel-worker-hosts"),
    (PATCH, PATCH_BODY | {"max-parallel-worker-hosts": 2.5}, "/max-parallel-worker-hosts"),
    (PATCH, PATCH_BODY | {"complete-upgrade": True}, "/complete-upgrade"),
    (UPGRADE, UPGRADE_BODY | {"complete-upgrade": True}, "/complete-upgrade"),
    (UPGRADE, UPGRADE_BODY | {"controller-apply-type": "serial"}, "/controller-apply-type"),
    (DELETE, {"force": "yes"}, "/force"),
    (DELETE, {"a/b~c": 1}, "/a~1b~0c"),
]


@pytest.mark.parametrize(("name", "body", "pointer"), BAD, ids=[json.dumps(body) for _, body, _ in BAD])
def test_body_is_refused(name, body, pointer):
    """Both validators refuse a body that the reference does not allow, and ours says where."""
    assert [error.pointer for error in CONTRACT.body_errors(name, body)][:1] == [pointer]
    assert SECOND.on_body(name, body) is not None


@pytest.mark.parametrize("missing", sorted(PATCH_BODY))
def test_members_of_a_patch_create_are_required(missing):
    """A create body without one of the members that the table does not call optional is refused by both validators."""
    body = {name: value for name, value in PATCH_BODY.items() if name != missing}
    (error,) = CONTRACT.body_errors(PATCH, body)
    assert error.expected == f'a member "{missing}"'
    assert SECOND.on_body(PATCH, body) is not None


WORDS = st.sampled_from(
    [
        "serial",
        "parallel",
        "ignore",
        "migrate",
        "stop-start",
        "strict",
        "relaxed",
        "apply-all",
        "apply-stage",
        "0",
        "00",
        "",
    ]
)
VALUES = (
    WORDS
    | st.integers(-3, 200)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.lists(st.none(), max_size=1)
)
BODIES = st.dictionaries(st.sampled_from([*PATCH_BODY, "action", "stage-id", "force", "x"]), VALUES, max_size=7)


@given(st.sampled_from([ACT, PATCH, UPGRADE, DELETE]), BODIES | VALUES)
def test_the_two_validators_agree_on_bodies(name, body):
    """There is no request body that one validator takes and the other refuses."""
    assert (CONTRACT.body_errors(name, body) == []) == (SECOND.on_body(name, body) is None)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
)


@given(st.sampled_from([ACT, PATCH, DELETE]), JSON_VALUES)
def test_judging_a_body_never_raises(name, body):
    """Any JSON value gets an answer, lone surrogates and endless numbers included, and every error has its texts."""
    errors = CONTRACT.body_errors(name, body)
    assert [error for error in errors if not (error.message and error.expected and error.actual)] == []


def test_a_deep_body_is_refused_without_an_exception():
    """A body nested hundreds of levels deep is answered, not crashed on."""
    deep = json.loads("[" * 900 + "]" * 900)
    assert CONTRACT.body_errors(DELETE, {"force": deep}) != []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"action": "aply-all"}, 'found "aply-all"; did you mean "apply-all"?'),
        ({"action": "abort", "stage_id": 1}, '"stage-id", found "stage_id"; did you mean "stage-id"?'),
        ({"action": "x"}, 'expected one of "apply-all", "abort", "apply-stage", "abort-stage", found "x"'),
        ({"action": "apply-stage", "stage-id": None}, "expected an integer or text, found null"),
    ],
)
def test_errors_say_what_was_meant(body, message):
    """An error names what was expected, what was found, and the word that was probably meant."""
    assert message in CONTRACT.body_errors(ACT, body)[0].message


# ---- what the contract has against an answer ----


@pytest.mark.parametrize(
    "fault", [{"faultcode": "Client", "faultstring": "no", "debuginfo": None}, {"code": 404}, [], "no", None]
)
def test_any_fault_is_in_order(fault):
    """Any JSON value is an error body, because the reference shows none."""
    assert CONTRACT.answer_errors("getSwPatchStrategy", 404, fault) == []


@pytest.mark.parametrize(
    ("fault", "good"),
    [
        ({"faultcode": "Client", "faultstring": "no", "debuginfo": None}, True),
        ({"faultcode": "Client", "faultstring": "no"}, False),
        ({"faultcode": "Nobody", "faultstring": "no", "debuginfo": None}, False),
    ],
)
def test_the_fault_of_known_deployments(fault, good):
    """The schema `Fault` tells the error body of known deployments from others."""
    assert (CONTRACT.schema_errors("Fault", fault) == []) is good


def test_a_null_strategy_is_no_strategy():
    """An answer 200 with a null strategy contradicts the contract."""
    assert [error.pointer for error in CONTRACT.answer_errors("getSwPatchStrategy", 200, {"strategy": None})] == [
        "/strategy"
    ]


PATCH_EXAMPLE, UPGRADE_EXAMPLE = "05-sw-patch-strategy-get-ready-to-apply", "11-sw-upgrade-strategy-get-ready-to-apply"


@pytest.mark.parametrize(
    ("example", "name", "good"),
    [
        (PATCH_EXAMPLE, "sw-patch", True),
        (PATCH_EXAMPLE, "sw-upgrade", False),
        (UPGRADE_EXAMPLE, "sw-upgrade", True),
        (UPGRADE_EXAMPLE, "sw-patch", False),
        (UPGRADE_EXAMPLE, None, False),
    ],
)
def test_name_of_a_strategy(example, name, good):
    """A strategy is named by its kind: optional for a patch, required for an upgrade."""
    document = CONTRACT.example(example)
    document["strategy"] |= {"name": name}
    operation = next(each.operation_id for each in CONTRACT.examples if each.name == example)
    assert (CONTRACT.answer_errors(operation, 200, document) == []) is good


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("state",), "done"),
        (("state",), "ready_to_apply"),
        (("current-phase",), "rollback"),
        (("current-phase-completion-percentage",), 101),
        (("current-phase-completion-percentage",), -1),
        (("uuid",), "c1971c42b4944ff08abfdbde17929972"),
        (("uuid",), "c1971c42-b494-4ff0-8abf-dbde17929972\n"),
        (("alarm-restrictions",), "permissive"),
        (("build-phase", "phase-name"), "apply"),
        (("build-phase", "timeout"), -1),
        (("build-phase", "result"), "wait"),
        (("build-phase", "start-date-time"), "2016-11-16T13:36:27"),
        (("build-phase", "start-date-time"), "2016-13-16 13:36:27"),
        (("build-phase", "start-date-time"), "2016-11-16 13:36:27\n"),
        (("build-phase", "end-date-time"), "\n"),
        (("apply-phase", "stages", 0, "steps", 0, "result"), "inprogress"),
        (("apply-phase", "stages", 0, "steps", 0, "entity-type"), "host"),
        (("apply-phase", "stages", 0, "steps", 0, "step-name"), ""),
        (("apply-phase", "stages", 0, "stage-id"), "0"),
    ],
    ids=lambda value: "/".join(map(str, value)) if isinstance(value, tuple) else repr(value),
)
def test_a_wrong_value_in_a_strategy_is_found(place, value):
    """Both validators find a value that no strategy has, ours at its place."""
    document = CONTRACT.example(PATCH_EXAMPLE)
    _at(document["strategy"], place[:-1])[place[-1]] = value
    pointers = {error.pointer for error in CONTRACT.answer_errors("getSwPatchStrategy", 200, document)}
    assert pointers == {f"/strategy/{'/'.join(map(str, place))}"}
    assert SECOND.on_answer("getSwPatchStrategy", 200, document) is not None


def _at(value, place):
    for part in place:
        value = value[part]
    return value


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("max-parallel-worker-hosts",), -7),
        (("controller-apply-type",), "parallel"),
        (("apply-phase", "stages", 0, "stage-name"), "sw-patch-something-new"),
        (("apply-phase", "stages", 0, "steps", 0, "step-name"), "wait-alarms-clear"),
        (("apply-phase", "stages", 0, "steps", 0, "timeout"), 100000),
        (("apply-phase", "response"), ""),
    ],
    ids=lambda value: "/".join(map(str, value)) if isinstance(value, tuple) else repr(value),
)
def test_what_the_reference_leaves_open_is_open(place, value):
    """Further members, other recipes and unbounded numbers are in order: the reference does not exclude them."""
    document = CONTRACT.example(PATCH_EXAMPLE)
    _at(document["strategy"], place[:-1])[place[-1]] = value
    assert CONTRACT.answer_errors("getSwPatchStrategy", 200, document) == []


@pytest.mark.parametrize(
    ("name", "rel"),
    [
        ("getRoot", "api"),
        ("getApi", "self"),
        ("getApi", "orchestration"),
        ("getOrchestration", "self"),
        ("getOrchestration", "sw-patch"),
        ("getOrchestration", "sw-upgrade"),
        ("getSwPatch", "self"),
        ("getSwPatch", "strategy"),
        ("getSwUpgrade", "self"),
        ("getSwUpgrade", "strategy"),
    ],
)
def test_each_link_of_the_reference_is_required(name, rel):
    """A link document without one of the links of the reference is refused by both validators."""
    example = next(each.name for each in CONTRACT.examples if each.operation_id == name)
    document = json.loads(json.dumps(CONTRACT.example(example)).replace(f'"rel": "{rel}"', '"rel": "elsewhere"'))
    assert CONTRACT.answer_errors(name, 200, document) != []
    assert SECOND.on_answer(name, 200, document) is not None


def test_a_status_without_a_json_body_has_nothing_against_any():
    """Where the contract describes no JSON body, a value is not judged."""
    assert CONTRACT.answer_errors("deleteSwPatchStrategy", 204, {}) == []
    assert CONTRACT.answer_errors("getRoot", 500, {}) == []


# ---- the contract as a value ----


def test_nobody_can_change_the_contract():
    """What is handed out is a copy: changing it changes nothing."""
    CONTRACT.document["paths"].clear()
    CONTRACT.example("09-sw-patch-strategy-action-request").clear()
    assert len(CONTRACT.document["paths"]) == 9
    assert CONTRACT.example("09-sw-patch-strategy-action-request") == {"action": "apply-all"}


def test_the_digest_is_that_of_the_file():
    """The digest is the SHA-256 of openapi.yaml, so that anybody can recompute it; version and digest are texts."""
    assert hashlib.sha256(files("spec").joinpath("openapi.yaml").read_bytes()).hexdigest() == CONTRACT.digest
    assert re.fullmatch(r"\d+\.\d+\.\d+", CONTRACT.version)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: CONTRACT.operation("getNothing"),
        lambda: CONTRACT.body_errors("getRoot", {}),
        lambda: CONTRACT.example("99"),
    ],
)
def test_unknown_names_are_errors(ask):
    """Asking for an operation, body or example that is not there raises KeyError."""
    with pytest.raises(KeyError):
        ask()


def test_members_in_words():
    """The members of a body are told with their values, requirement and default."""
    told = [(each.name, each.needed, each.values, each.default) for each in members_of(CONTRACT, ACT)]
    assert told == [
        ("action", "yes", "apply-all, abort, apply-stage, abort-stage", None),
        ("stage-id", "with apply-stage, abort-stage", "integer >= 0, text of digits", None),
    ]
    width = members_of(CONTRACT, PATCH)[3]
    assert (width.name, width.needed, width.values, width.default) == ("max-parallel-worker-hosts", "no", "integer", 2)
    assert members_of(CONTRACT, "getRoot") == ()
