"""The checks of Schemathesis are a second witness: charged once, to a requirement, and for nothing that is allowed."""

import json

import pytest
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import CustomFailure, Failure

from conformance.checks import CHECKS as OURS
from conformance.checks.context import Check
from conformance.drivers import fuzzchecks
from conformance.drivers.fuzz import Fuzzer, explore, schema_of
from conformance.drivers.samples import example_of
from conformance.exchange import Exchange
from conformance.judge import Judge
from conformance.targets.target import open_target
from spec.load import load_contract, load_law, load_ledger

POST = "/api/orchestration/sw-patch/strategy"
GOOD = {
    "controller-apply-type": "serial", "storage-apply-type": "serial", "swift-apply-type": "ignore",
    "worker-apply-type": "serial", "default-instance-action": "stop-start", "alarm-restrictions": "strict",
}  # fmt: skip
HINT = "a new version of Schemathesis has other checks: give each a row in conformance/drivers/fuzzchecks.py"


def failures(kind=Failure):
    """Every class of failure that Schemathesis has."""
    return {each for sub in kind.__subclasses__() for each in (sub, *failures(sub))}


# --- the table


def test_every_check_has_a_row():
    """A check of Schemathesis is neither asked nor left out with a reason."""
    load_all_checks()
    registered = {
        name for name in CHECKS.get_all_names() if CHECKS.get_one(name).__module__.startswith("schemathesis.")
    }
    assert registered | {"max_response_time"} == {row.check for row in fuzzchecks.ROWS}, HINT


def test_every_failure_stands_in_the_row_of_its_check():
    """A failure of Schemathesis maps to nothing, or to another check than the one that raises it."""
    load_all_checks()
    theirs = {
        (each.__name__, check)
        for each in failures() - {CustomFailure}
        if each.__module__.startswith("schemathesis.") and "graphql" not in each.__module__
        for check in each.checks
    }
    known = {(name, row.check) for name, row in fuzzchecks.BY_FAILURE.items()}
    # The first is not asked, and there means a header; the second says the same whichever check raises it.
    shared = {
        ("JsonSchemaError", "response_headers_conformance"),
        ("MissingContentType", "response_schema_conformance"),
    }
    assert theirs - known - shared == set(), HINT


@pytest.mark.parametrize("row", fuzzchecks.ROWS, ids=lambda row: row.check)
def test_a_row_says_what_it_stands_for(row):
    """A row names a rule that the ledger does not have, or no reason."""
    assert set(row.rules) <= {each.check for each in load_ledger().checked}
    assert row.why
    assert bool(row.rules) is not row.why.startswith(("ours says it already", "a false alarm"))


@pytest.mark.parametrize("row", [row for row in fuzzchecks.ROWS if row.rules], ids=lambda row: row.check)
def test_a_row_finds_its_requirement(row):
    """A failure at some operation maps to no requirement, or to one of another operation."""
    operation = load_contract().operation(
        "getSwPatchStrategy" if row.check == "use_after_free" else "createSwPatchStrategy"
    )
    found = fuzzchecks.requirements_of(row, operation, load_ledger())
    assert found
    assert {each.parameters.get("operation", operation.operation_id) for each in found} == {operation.operation_id}


# --- what becomes of a failure


@pytest.fixture(scope="module")
def schema():
    """The contract as Schemathesis knows it."""
    return schema_of(load_contract(), seed=1, examples=1)


def failing(name):
    """Raises a failure of that name as Schemathesis does."""

    def check():
        raise BaseExceptionGroup("", [type(name, (Exception,), {"title": "odd", "message": "Received: odd"})()])

    return check


@pytest.fixture
def sent(talking, target_of, answering, schema):
    """Sends one request to a server that always answers alike, where these rules of ours never look."""

    def send(status, body=None, *, value=GOOD, operation=("POST", POST), silent=(), failure=None):
        talk = talking(target_of(answering(status, body)), changes=False)
        talk.judge = Judge(load_contract(), load_ledger(), load_law(), without(silent))
        talk._begin()  # noqa: SLF001
        method, path = operation
        case = schema[path][method].Case(body=value, media_type="application/json")
        fuzzer = Fuzzer(talk, load_ledger())
        answer = fuzzer._send(case)  # noqa: SLF001
        fuzzer.hear(case, answer, failing(failure) if failure else lambda: case.validate_response(answer.response))
        return talk

    return send


def without(names):
    """The checks of ours, of which these never look at anything."""

    def blind(exchange, context, **_):
        return None

    return {id_: Check(blind, check.scope) if check.name in names else check for id_, check in OURS.items()}


def findings(talk):
    """Requirement and hint of every finding but permissions."""
    rows = talk.judge.tally.rows
    return {(id_, each.hint.startswith("seen by the check")) for id_, row in rows.items() for each in row.findings}


BROKEN = {
    "a status that nobody lists": (("418 I'm a teapot", {}), "status_is_listed", "VIM-PPOST-009"),
    "a wrong member": (("200 OK", {"strategy": {"uuid": 5}}), "document_matches_schema", "VIM-PPOST-053"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "rule", "requirement"), BROKEN.values(), ids=BROKEN)
def test_one_cause_is_one_finding(sent, answer, rule, requirement):
    """What the judge has charged is charged again because Schemathesis sees it too."""
    assert not any(second for _, second in findings(sent(*answer)))


@pytest.mark.parametrize(("answer", "rule", "requirement"), BROKEN.values(), ids=BROKEN)
def test_a_second_witness_is_heard(sent, answer, rule, requirement):
    """What the judge did not look at is lost, although Schemathesis has seen it."""
    talk = sent(*answer, silent={rule})
    assert (requirement, True) in findings(talk)
    assert talk.judge.tally.rows[requirement].checked == 1
    assert talk.notes == ()


BODIES = {
    "another value": (GOOD | {"swift-apply-type": "odd"}, {"VIM-PPOST-034", "VIM-PPOST-035", "VIM-PPOST-037"}),
    "another type": (GOOD | {"max-parallel-worker-hosts": []}, {"VIM-PPOST-028"}),
    "no object": ([], {"VIM-PPOST-011"}),
}  # fmt: skip


@pytest.mark.parametrize(("value", "requirements"), BODIES.values(), ids=BODIES)
def test_a_wrong_body_that_is_taken_is_charged_to_its_member(sent, value, requirements):
    """A body that had to be refused is charged to some other requirement of the operation."""
    silent = {rule for row in fuzzchecks.ROWS for rule in row.rules}
    talk = sent("200 OK", {}, value=value, silent=silent, failure="AcceptedNegativeData")
    charged = {id_ for id_, second in findings(talk) if second}
    assert len(charged) == 1
    assert charged <= requirements


# What the releases take, although their contract gives the member another type, and nobody is harmed by.
TAKEN = {
    "a word for true": ("stx-3.0", "sw-upgrade", {"complete-upgrade": "yes"}),
    "null for false": ("stx-5.0", "sw-upgrade", {"complete-upgrade": None}),
    "no version": ("stx-8.0", "kube-upgrade", {"to-version": None}),
    "no subject": ("stx-9.0", "kube-rootca-update", {"subject": None}),
    "a number for true": ("stx-12.0", "sw-upgrade", {"rollback": 1}),
    "a number for a snapshot": ("stx-12.0", "sw-upgrade", {"snapshot": 1}),
    "null for the one word": ("stx-master", "kube-upgrade", {"controller-apply-type": None}),
}  # fmt: skip


@pytest.mark.parametrize(("release", "kind", "odd"), TAKEN.values(), ids=TAKEN)
def test_a_value_that_no_requirement_is_about_charges_nobody(release, kind, odd):
    """A server that takes words for true and false, as its release does, is charged for a body that is in order."""
    contract, ledger = load_contract(release), load_ledger(release)
    operation = next(
        each for each in contract.operations if each.kind == kind and each.operation_id.startswith("create")
    )
    found = fuzzchecks.requirements_of(fuzzchecks.BY_FAILURE["AcceptedNegativeData"], operation, ledger)

    def charged(**members):
        body = example_of(contract, operation.operation_id) | members
        exchange = Exchange("POST", operation.path, 200, request_body=json.dumps(body).encode())
        assert contract.body_errors(operation.operation_id, body)
        return fuzzchecks.best(found, exchange, contract, operation)

    assert charged(**odd) is None
    assert charged(**odd, **{"storage-apply-type": 7}).parameters["member"] == "storage-apply-type"
    assert charged(**odd, **{"vimgate-unknown": 7}) is not None


ACTIONS, IDLE = ("POST", f"{POST}/actions"), {"action": "abort", "stage-id": []}
LAWFUL = {
    "a delete with any body": ("204 NO CONTENT", ("DELETE", POST), {"force": 5}, "AcceptedNegativeData"),
    "a stage-id that is not used": ("202 ACCEPTED", ACTIONS, IDLE, "AcceptedNegativeData"),
    "nobody is let in": ("401 UNAUTHORIZED", ("POST", POST), GOOD, "AcceptedNegativeData"),
    "not available": ("503 SERVICE UNAVAILABLE", ("POST", POST), GOOD, "UndefinedStatusCode"),
    "an error of any type": ("404 NOT FOUND", ("POST", POST), GOOD, "MissingContentType"),
    "an error of any shape": ("409 CONFLICT", ("POST", POST), GOOD, "JsonSchemaError"),
}  # fmt: skip


@pytest.mark.parametrize(("status", "operation", "value", "failure"), LAWFUL.values(), ids=LAWFUL)
def test_what_the_reference_allows_is_no_finding(sent, status, operation, value, failure):
    """Schemathesis accuses a server of what the reference is silent about."""
    silent = {rule for row in fuzzchecks.ROWS for rule in row.rules}
    talk = sent(status, operation=operation, value=value, failure=failure, silent=silent)
    assert (findings(talk), talk.notes) == (set(), ())


def test_two_witnesses_that_disagree_are_a_note(sent):
    """What a check of ours has looked at and allows becomes a finding because Schemathesis does not allow it."""
    talk = sent("404 NOT FOUND", {}, failure="UndefinedStatusCode")
    assert not any(second for _, second in findings(talk))
    assert talk.notes == (
        f"Schemathesis: status_code_conformance on POST {POST}: odd; the judge has looked at it and is content",
    )


def test_a_failure_that_nobody_knows_is_a_note(talk):
    """A failure of an unknown kind is a verdict, or is lost."""

    class Unheard(Exception):  # noqa: N818
        title = "odd"

    case = schema_of(load_contract(), seed=1, examples=1)["/api"]["GET"].Case()
    fuzzer = Fuzzer(talk, load_ledger())
    answer = fuzzer._send(case)  # noqa: SLF001

    def group():
        raise BaseExceptionGroup("", [Unheard()])

    def crash():
        raise ZeroDivisionError

    fuzzer.hear(case, answer, group)
    fuzzer.hear(case, answer, crash)
    assert talk.failures == set()
    assert talk.notes == (
        "Schemathesis: unknown check on GET /api: odd; no requirement says that",
        "Schemathesis: its checks of GET /api ended with ZeroDivisionError",
    )


# --- what only generated data finds


class Squeamish:
    """Breaks at any text outside ASCII, written as such or escaped."""

    def __init__(self, application):
        self._application = application

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = __import__("io").BytesIO(body)
        json.dumps(json.loads(body or b"0"), ensure_ascii=False).encode("ascii")
        return self._application(environ, start_response)


def test_a_defect_that_only_generated_data_meets_is_found(talking, target_of):
    """A server that breaks at a text that nobody thinks of passes the fuzzer."""
    from reference_server import create_app  # noqa: PLC0415 - here alone

    target = target_of(Squeamish(create_app()))
    talk = talking(target, changes=False)
    explore(talk, load_ledger(), seed=3, scenarios=4, steps=20)
    assert {"VIM-PPOST-010", "VIM-PACT-010", "VIM-UPOST-010", "VIM-UACT-010", "VIM-PDEL-004"} & talk.failures


def test_a_clean_server_is_never_accused_by_chains(talking):
    """The second witness accuses the reference server, or has something to note about it."""
    talk = talking(open_target("wsgi:reference_server:create_app"))
    explore(talk, load_ledger(), seed=11, scenarios=3, steps=20)
    assert (talk.failures, talk.notes) == (set(), ())
