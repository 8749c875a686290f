"""The judge never raises, charges nobody for its own faults, keeps findings few and secrets out."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.checks import CHECKS, Check, Deviation, Scope
from conformance.exchange import NO_JSON, Exchange, is_broken_json, parse_json
from conformance.findings.tally import Row
from conformance.judge import Judge, Tally
from reports.model import Finding, Strength, Verdict
from spec.load import load_contract, load_law, load_ledger

STRATEGY = "/api/orchestration/sw-patch/strategy"
PATHS = [
    "/",
    "/api",
    "/api/",
    STRATEGY,
    f"{STRATEGY}/",
    f"{STRATEGY}/actions",
    f"{STRATEGY}/x",
    "/orchestration",
    "",
    "//",
    "%ff",
    "/_control",
]
PATHS += [path.replace("patch", "upgrade") for path in PATHS if "patch" in path]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "strategy",
                    "action",
                    "stage-id",
                    "force",
                    "links",
                    "versions",
                    "href",
                    "rel",
                    "state",
                    "stages",
                    "swift-apply-type",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
TEXTS = st.text(max_size=30)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Content-Type", "Accept", "Host", "X-Auth-Token", "Content-Encoding", "X"]),
        TEXTS | st.sampled_from(["application/json", "text/xml;q=0.1, */*"]),
    ),
    max_size=4,
).map(tuple)
BODIES = st.binary(max_size=40) | JSON_VALUES.map(lambda value: json.dumps(value).encode())
EXCHANGES = st.builds(
    Exchange,
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "FOO", "", "gét"]) | TEXTS,
    path=st.sampled_from(PATHS) | TEXTS,
    status=st.integers(-1, 1000),
    query=st.just("") | TEXTS,
    request_headers=HEADERS,
    request_body=BODIES,
    response_headers=HEADERS,
    response_body=BODIES,
    at=st.floats(0, 1e6),
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(exchanges=st.lists(EXCHANGES, min_size=1, max_size=6))
def test_no_exchange_makes_it_raise_or_crash(exchanges):
    """Whatever is exchanged, the judge returns and no check of ours crashes."""
    judge = Judge(load_contract(), load_ledger(), load_law())
    for exchange in exchanges:
        judge.judge(exchange)
    assert [row.errors for row in judge.tally.rows.values() if row.errors] == []
    assert len(judge.results()) == len(load_ledger().requirements)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_strategy_makes_it_crash(document, data):
    """A strategy document with anything in any place is judged, not stumbled over."""
    judge = Judge(load_contract(), load_ledger(), load_law())
    for moment in ("ready", "running 1 2", "undoing 0 3"):
        value = document("sw-patch", moment)
        holder, key = data.draw(st.sampled_from(list(_places(value))))
        holder[key] = data.draw(JSON_VALUES)
        judge.judge(
            Exchange(
                "GET",
                STRATEGY,
                200,
                response_headers=(("Content-Type", "application/json"),),
                response_body=json.dumps(value).encode(),
            )
        )
    assert [row.errors for row in judge.tally.rows.values() if row.errors] == []


def _places(value):
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from _places(inner)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"9" * 6000,
        b'{"action": "\\ud800"}',
        b'{"action": "apply-all", "stage-id": ' + b"9" * 6000 + b"}",
        b"\xff\xfe",
        b"\x00",
    ],
)
def test_extreme_bodies_are_judged(bench, body):
    """Depth, size and broken Unicode are nothing that a check stumbles over, in requests or answers."""
    headers = (("Content-Type", "application/json"),)
    bench.judge.judge(
        Exchange(
            "POST",
            f"{STRATEGY}/actions",
            202,
            request_headers=headers,
            request_body=body,
            response_headers=headers,
            response_body=body,
        )
    )
    assert bench.crashes() == []


@pytest.mark.parametrize(
    "body",
    [b'\xef\xbb\xbf{"a": 1}', '{"a": 1}'.encode("utf-16"), b"NaN", b'{"a": NaN}', b"{'a': 1}", b"", b'"\\ud800"'],
)
def test_only_json_texts_in_utf_8_are_json(body):
    """What RFC 8259 does not allow is no JSON."""
    assert parse_json(body) is NO_JSON


@pytest.mark.parametrize(
    ("body", "broken"),
    [(b"{", True), (b"\xff\xff", True), (b"{}", False), (b" ", False), (b"[" * 100_000, False), (b"9" * 6000, False)],
)
def test_a_body_is_broken_when_nobody_could_read_it(body, broken):
    """Size and depth do not make a body broken."""
    assert is_broken_json(body) is broken


def _crashing(exchange, context, **parameters):
    raise RuntimeError("the token is s3cret")


def _failing(exchange, context, **parameters):
    return (Deviation("it is wrong", "a", exchange.path),)


def _judge(function, requirement="VIM-GEN-015", scope=Scope.ANYWHERE):
    return Judge(load_contract(), load_ledger(), load_law(), {**CHECKS, requirement: Check(function, scope)})


def _result(judge, requirement, changes="allowed"):
    return next(each for each in judge.results(changes=changes) if each.requirement == requirement)


def test_a_crashing_check_is_an_error_of_the_harness(exchange):
    """The vendor is not charged, the place is named, and the text of the exception is not repeated."""
    judge = _judge(_crashing)
    judge.judge(exchange("GET / -> 200 example:00-versions-root"))
    result = _result(judge, "VIM-GEN-015")
    assert result.verdict is Verdict.HARNESS_ERROR
    assert "RuntimeError" in result.reason
    assert "test_judge.py" in result.reason
    assert "s3cret" not in str(judge.tally.to_json())


def test_a_failure_outranks_a_crash(exchange):
    """What was found stays found when the check crashes later."""
    judge = _judge(_failing)
    judge.judge(exchange("GET / -> 200"))
    judge.tally.row("VIM-GEN-015").add_error("crashed")
    assert _result(judge, "VIM-GEN-015").verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("strength", "verdict"), [("MUST", Verdict.FAIL), ("SHOULD", Verdict.WARN), ("MAY", Verdict.PASS)]
)
def test_the_strength_of_the_requirement_decides(exchange, strength, verdict):
    """The same deviation fails a MUST, warns for a SHOULD and is a note for a MAY."""
    requirement = next(each.id for each in load_ledger().checked if each.strength == strength)
    judge = _judge(_failing, requirement)
    judge.judge(exchange("GET / -> 200"))
    assert _result(judge, requirement).verdict is verdict


def test_findings_of_one_cause_are_kept_once(exchange):
    """The same fault again is counted, not listed."""
    judge = _judge(lambda exchange, _context, **_: (Deviation("stage 1 is wrong", "7", str(exchange.status)),))
    for status in (200, 201, 202):
        judge.judge(exchange(f"GET / -> {status}"))
    result = _result(judge, "VIM-GEN-015")
    assert (len(result.findings), result.more, result.checked) == (1, 2, 3)


def test_findings_are_capped(exchange):
    """Of many causes the first few are kept and the rest is counted."""
    judge = _judge(_failing)
    for letter in "abcdefgh":
        judge.judge(exchange(f"GET /{letter} -> 404"))
    result = _result(judge, "VIM-GEN-015")
    assert (len(result.findings), result.more) == (5, 3)


@pytest.mark.parametrize(
    ("requirement", "changes", "verdict", "reason"),
    [
        ("VIM-ROOT-002", "allowed", Verdict.UNTESTABLE, "nothing in this run"),
        ("VIM-ROOT-002", "read-only", Verdict.UNTESTABLE, "nothing in this run"),
        ("VIM-PPOST-002", "allowed", Verdict.UNTESTABLE, "nothing in this run"),
        ("VIM-PPOST-002", "read-only", Verdict.NOT_APPLICABLE, "read-only"),
        ("VIM-PPOST-002", "refused", Verdict.UNTESTABLE, "--allow-changes"),
        ("VIM-LIFE-047", "read-only", Verdict.NOT_APPLICABLE, "read-only"),
        ("VIM-ROOT-013", "read-only", Verdict.NOT_APPLICABLE, "read-only"),
        ("VIM-ROOT-019", "allowed", Verdict.NOT_APPLICABLE, "binds nobody"),
        ("VIM-ROOT-003", "allowed", Verdict.NOT_APPLICABLE, "binds nobody"),
        ("VIM-GEN-005", "allowed", Verdict.NOT_APPLICABLE, "excluded: "),
    ],
)
def test_what_was_not_looked_at_is_no_pass(bench, requirement, changes, verdict, reason):
    """A requirement that nothing called for is never passed, and the reason says what it takes."""
    result = _result(bench.judge, requirement, changes)
    assert result.verdict is verdict
    assert reason in result.reason
    assert result.checked == 0


def test_results_are_those_of_the_ledger_in_its_order(bench):
    """One result per requirement, with strength, text and source of the ledger."""
    results = bench.judge.results()
    assert [each.requirement for each in results] == [each.id for each in bench.ledger.requirements]
    assert [(each.strength, each.text) for each in results] == [
        (Strength(each.strength), each.text) for each in bench.ledger.requirements
    ]


FAULTY = "create patch -> 201 building 0\nread patch -> 200 ready | /strategy/state = 5\nGET / -> 500"


def test_a_tally_survives_json(bench):
    """What a worker hands over as JSON is what it had."""
    bench.play(FAULTY)
    text = json.dumps(bench.judge.tally.to_json())
    assert Tally.from_json(json.loads(text)).rows == bench.judge.tally.rows


def test_tallies_are_merged(bench):
    """Two workers that saw the same found the same causes, twice as often."""
    bench.play(FAULTY)
    one = Tally.from_json(bench.judge.tally.to_json())
    both = Tally.from_json(one.to_json())
    both.merge(one)
    assert {id_: row.checked for id_, row in both.rows.items()} == {
        id_: 2 * row.checked for id_, row in one.rows.items()
    }
    assert {id_: len(row.findings) for id_, row in both.rows.items()} == {
        id_: len(row.findings) for id_, row in one.rows.items()
    }


def test_of_one_cause_the_shortest_script_is_kept(exchange):
    """When two workers found the same, the report shows the script that is easier to follow."""
    long, short = (_judge(_failing) for _ in range(2))
    long.judge(exchange("GET /x -> 404"))
    long.judge(exchange("GET /a -> 404"))
    short.judge(exchange("GET /a -> 404"))
    long.tally.merge(short.tally)
    scripts = {each.actual: each.reproducer for each in long.tally.rows["VIM-GEN-015"].findings}
    assert "/x" not in scripts["/a"]


def test_a_merged_judge_gives_the_results(bench):
    """A judge that has only merged tallies gives the verdicts of the one that judged."""
    bench.play(FAULTY)
    other = Judge(bench.contract, bench.ledger, bench.law)
    other.tally.merge(Tally.from_json(bench.judge.tally.to_json()))
    assert other.results() == bench.judge.results()


def test_the_same_document_again_is_counted_again(bench):
    """A document that did not change is not looked at twice, and still counts."""
    bench.play("read patch -> 200 ready\nread patch -> 200 ready\nread patch -> 200 ready")
    assert bench.judge.tally.rows["VIM-LIFE-017"].checked == 3


SECRETS = {"token": "gAAAAAB-very-secret-token-0123456789", "password": "hunter2-pass", "query": "q-secret-123"}


def test_secrets_reach_neither_findings_nor_reproducers(bench, exchange):
    """Token, cookie, password and query secrets are gone from everything that is kept."""
    judged = replace(
        exchange("POST /api/orchestration/sw-patch/strategy {} -> 500"),
        query=f"access_token={SECRETS['query']}",
        request_headers=(
            ("X-Auth-Token", SECRETS["token"]),
            ("Cookie", SECRETS["password"]),
            ("Content-Type", "application/json"),
        ),
        request_body=json.dumps({"password": SECRETS["password"], "action": SECRETS["token"]}).encode(),
        response_body=json.dumps({"faultstring": f"bad token {SECRETS['token']}"}).encode(),
    )
    bench.judge.judge(judged)
    kept = json.dumps(bench.judge.tally.to_json())
    assert [name for name, secret in SECRETS.items() if secret in kept] == []
    assert "$TOKEN" in kept


def test_the_reproducer_of_a_succession_holds_what_led_to_it(bench):
    """The script of a finding about a history has the requests before it, the judged one last."""
    bench.play("read patch -> 200 ready\n+30 apply-all patch -> 202 running 0 0\nread patch -> 200 building 1")
    finding = bench.judge.tally.rows["VIM-LIFE-047"].findings[0]
    script = finding.reproducer.splitlines()
    assert script[0] == "#!/bin/sh"
    assert [line for line in script if line.startswith("curl")][1] == (
        'curl -sS -i -X POST "$VIM"/api/orchestration/sw-patch/strategy/actions'
        " -H 'Content-Type: application/json' --data-binary '{\"action\": \"apply-all\"}'"
    )
    assert script[-2] == "# judged:"
    assert any(line.startswith("sleep 30 ") for line in script)
    assert (finding.where, finding.actual) == ("/strategy/state", "building")


def test_findings_are_counted_by_kind_and_state(bench):
    """A finding that is not listed is missing in the count, or stands under a strategy that it is not about."""
    bench.play(
        """
        create patch -> 200 building 0
        +30 read patch -> 200 ready
        apply-all patch -> 500
        apply-all patch -> 500
        """
    )
    result = _result(bench.judge, "VIM-PACT-010")
    found = [(each.kind, each.state, each.count) for each in result.circumstances]
    assert (found, result.more) == ([("sw-patch", "ready-to-apply", 2)], 1)
    assert [(each.kind, each.state) for each in result.findings] == [("sw-patch", "ready-to-apply")]


def test_a_count_with_a_fraction_of_zero_is_read(bench):
    """A percentage that is sent as 12.0 is a wrong type, and no reason to look at nothing else."""
    shown = "read patch -> 200 running 1 2 | /strategy/apply-phase/current-stage = 1.0"
    assert "VIM-PGET-020" in bench.play(shown)
    assert "VIM-LIFE-009" in bench.looked_at()


def test_a_finding_that_is_told_otherwise_is_counted_where_it_is_told():
    """A waiver of another kind covers a finding, because it was first counted there."""
    row = Row()
    row.add(Finding("VIM-LIFE-025", Verdict.FAIL, "wrong", kind="sw-patch", state="applying"))
    row.findings[0] = replace(row.findings[0], kind="sw-upgrade")
    assert [(each.kind, each.count) for each in row.circumstances()] == [("sw-patch", 1), ("sw-upgrade", 1)]


def test_the_shortest_script_of_a_cause_is_kept(bench):
    """The script of a finding is that of its first sight, although fewer requests show the same later."""
    broken = "apply-all patch -> 500"
    bench.play("read patch -> 404\nread upgrade -> 404\nGET / -> 200 example:00-versions-root\n" + broken)
    (first,) = bench.judge.tally.rows["VIM-PACT-010"].findings
    bench.judge.begin("main")
    bench.play(broken)
    (second,) = bench.judge.tally.rows["VIM-PACT-010"].findings
    assert (first.reproducer.count("curl"), second.reproducer.count("curl")) == (4, 1)
    assert bench.judge.tally.rows["VIM-PACT-010"].more == 1


def test_the_strategy_that_was_judged_last_is_shown_and_no_other():
    """Whoever follows strategies beside the judge need not read the document again."""
    judge = Judge(load_contract(), load_ledger(), load_law())
    body = json.dumps(load_contract().example("05-sw-patch-strategy-get-ready-to-apply")).encode()
    first, second = Exchange("GET", STRATEGY, 200, response_body=body), Exchange("GET", STRATEGY, 404)
    assert judge.shown(first) is None
    judge.judge(first)
    assert judge.shown(first).state == "ready-to-apply"
    assert judge.shown(second) is None
    judge.judge(second)
    assert (judge.shown(first), judge.shown(second)) == (None, None)
