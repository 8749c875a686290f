"""The policy: what is stopped in which mode, what a file may say, and what is wrong with one that leads nowhere."""

from dataclasses import dataclass

import pytest

from conformance.exchange import Exchange
from conformance.known import Role, Wish, wish_of
from conformance.objections import DEMAND_REFUSAL
from proxy.deciding.policy import FREEZE, Freeze
from proxy.deciding.policyfile import default_policy, policy_schema, read_policy
from proxy.traffic import Action, Direction, Mode, Noticed
from reports.model import Finding, Level, Strength, Verdict
from spec.documents import DocumentError
from spec.law import ABSENT
from spec.load import load_contract, load_law, load_ledger

REQUEST, RESPONSE = Direction.REQUEST, Direction.RESPONSE
FAIL, WARN = Verdict.FAIL, Verdict.WARN
STATES = list(load_law().states)


@dataclass(frozen=True)
class Situation:
    """A strategy as last seen."""

    kind: str
    state: str


def place(direction, strength, level):
    """A requirement that this side can break, of that strength and level; None where the ledger has none."""
    places = default_policy().places[direction]
    return next((id_ for id_, found in places.items() if found == (strength, level)), None)


def noticed(requirement, direction=REQUEST, verdict=FAIL, *, certain=True):
    """A finding of that requirement about that side."""
    return Noticed(direction, Finding(requirement, verdict, "wrong"), certain)


@pytest.fixture
def written(tmp_path):
    """Writes a policy; gives what it is when it was read."""

    def write(text):
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        return read_policy(path)

    return write


# --- the shipped table

BINDING = (Strength.MUST, Strength.SHOULD)
CELLS = [
    (direction, strength, level)
    for direction in Direction
    for strength in BINDING
    for level in Level
    if place(direction, strength, level)
]
STOPPED = {
    *((REQUEST, Strength.MUST, level) for level in Level),
    (RESPONSE, Strength.MUST, Level.WIRE),
    (RESPONSE, Strength.MUST, Level.PROTOCOL),
}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(("direction", "strength", "level"), CELLS)
def test_the_shipped_policy_cell_by_cell(mode, direction, strength, level):
    """`enforce` stops what surely breaks a MUST: requests at every level, answers at the first two; others nothing."""
    verdict = FAIL if strength is Strength.MUST else WARN
    found = [noticed(place(direction, strength, level), direction, verdict)]
    stops = mode is Mode.ENFORCE and (direction, strength, level) in STOPPED
    assert default_policy().decide(mode, direction, found) is (Action.BLOCK if stops else Action.PASS)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param((), id="nothing"),
        pytest.param((noticed("VIM-PPOST-012", certain=False),), id="as last seen"),
        pytest.param((noticed("VIM-PPOST-012", verdict=Verdict.HARNESS_ERROR),), id="our own fault"),
        pytest.param((noticed("VIM-PPOST-012", verdict=Verdict.PASS),), id="a permission"),
        pytest.param((noticed("VIM-PPOST-012", RESPONSE),), id="the other side"),
        pytest.param((noticed("VIM-NEVER-001"),), id="unknown to the ledger"),
    ],
)
def test_what_stops_no_request(found):
    """A doubt, a fault of the harness, a permission and what is unknown let a request pass."""
    assert default_policy().decide(Mode.ENFORCE, REQUEST, found) is Action.PASS


def test_those_that_stop_are_told_apart():
    """Of several findings those are given that stop the request, in their order."""
    stops, doubtful, should = (
        noticed("VIM-PPOST-013"),
        noticed("VIM-PPOST-012", certain=False),
        noticed("VIM-PPOST-049", verdict=WARN),
    )
    assert default_policy().stopping(Mode.ENFORCE, REQUEST, [doubtful, stops, should]) == (stops,)


def test_a_request_can_break_what_demands_a_refusal_alone():
    """The policy of requests is over the requirements whose checks object to requests, and all of them."""
    checks = {load_ledger().by_id[each].check for each in default_policy().places[REQUEST]}
    assert checks == DEMAND_REFUSAL


def test_nothing_is_frozen_by_itself():
    """The shipped policy has no freeze."""
    assert default_policy().freezes == ()


# --- a file


@pytest.mark.parametrize(
    ("text", "found", "action"),
    [
        pytest.param("as-last-seen: block", noticed("VIM-PPOST-012", certain=False), Action.BLOCK, id="as last seen"),
        pytest.param("requests: {MUST: {protocol: pass}}", noticed("VIM-PPOST-012"), Action.PASS, id="level"),
        pytest.param("requests: {MUST: {wire: pass}}", noticed("VIM-PPOST-012"), Action.BLOCK, id="another level"),
        pytest.param(
            "requests: {SHOULD: {protocol: block}}",
            noticed("VIM-PPOST-049", verdict=WARN), Action.BLOCK, id="strength",
        ),
        pytest.param("requirements: {VIM-PPOST-012: pass}", noticed("VIM-PPOST-012"), Action.PASS, id="id"),
        pytest.param("requirements: {VIM-PPOST-*: pass}", noticed("VIM-PPOST-012"), Action.PASS, id="pattern"),
        pytest.param(
            "requirements: {VIM-PPOST-*: pass, VIM-PPOST-012: block}", noticed("VIM-PPOST-012"), Action.BLOCK,
            id="the last one counts",
        ),
        pytest.param(
            "requirements: {VIM-PPOST-012: {answers: pass}}", noticed("VIM-PPOST-012"), Action.BLOCK,
            id="the other direction",
        ),
        pytest.param(
            "requirements: {VIM-PGET-018: {answers: pass}}", noticed("VIM-PGET-018", RESPONSE), Action.PASS,
            id="one direction",
        ),
        pytest.param(
            "answers: {MUST: {wire: pass}}\nrequirements: {VIM-PGET-*: block}",
            noticed("VIM-PGET-018", RESPONSE), Action.BLOCK, id="an id goes before its level",
        ),
        pytest.param(
            "answers: {MUST: {lifecycle: block}}", noticed("VIM-LIFE-025", RESPONSE), Action.BLOCK, id="deeper answers"
        ),
    ],
)  # fmt: skip
def test_a_file_is_laid_over_the_shipped_policy(written, text, found, action):
    """What a file says goes before the shipped policy, an id before a level; the rest stays."""
    assert written(text).decide(Mode.ENFORCE, found.direction, [found]) is action


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("requirements:\n  VIM-PGTE-018: pass\n", ":2: VIM-PGTE-018 names no", id="unknown id"),
        pytest.param("requirements:\n  VIM-PGTE-018: pass\n", "did you mean VIM-PGET-018", id="a near one"),
        pytest.param("requirements:\n  VIM-PPOTS-*: pass\n", "did you mean VIM-PPOST-*", id="a near pattern"),
        pytest.param("requirements:\n  '?': pass\n", "`vimgate spec requirements` lists the ids", id="nothing near"),
        pytest.param("requirements:\n  VIM-GEN-001: pass\n", ":2: VIM-GEN-001 is checked by nothing", id="no check"),
        pytest.param("requirements:\n  VIM-PGET-003: pass\n", ":2: VIM-PGET-003 is a permission", id="a permission"),
        pytest.param(
            "requirements:\n  VIM-PGET-018: {requests: block}\n", ":2: VIM-PGET-018: no request can break it", id="side"
        ),
        pytest.param("answers:\n  MUST: {wrie: pass}\n", ":2: /answers/MUST/wrie: ", id="level"),
        pytest.param(
            "answers:\n  must: {wire: pass}\n",
            ':2: /answers/must: expected only the members "MUST"', id="strength",
        ),
        pytest.param("as-last-seen: maybe\n", ':1: /as-last-seen: expected one of "pass", "block"', id="action"),
        pytest.param(
            "freeze:\n  - {wishes: [delete-force], while: [applying]}\n",
            'did you mean "delete-forced"?', id="wish",
        ),
        pytest.param("freeze:\n  - {wishes: [delete], while: [aplying]}\n", 'did you mean "applying"?', id="state"),
        pytest.param(
            "freeze:\n  - {wishes: [], while: [applying]}\n",
            ":2: /freeze/0/wishes: expected at least 1", id="none",
        ),
        pytest.param("", "expected an object", id="empty"),
        pytest.param("as-last-seen: [", "not YAML", id="no YAML"),
    ],
)  # fmt: skip
def test_a_file_that_leads_nowhere_is_an_error(written, text, complaint):
    """Unknown words, ids and patterns are told with their line and what to write instead."""
    with pytest.raises(DocumentError) as told:
        written(text)
    assert complaint in str(told.value)
    assert "policy.yaml" in str(told.value)


# --- the freeze

FROZEN = Freeze(frozenset({"create", "delete-forced"}), frozenset({"applying", "aborting"}), reason="the north upgrade")
STRICT = Freeze(FROZEN.wishes, FROZEN.states, Action.BLOCK)
UNSAID = [Situation("unknown", ""), Situation("unknown", "unknown"), Situation("sw-patch", "")]


@pytest.mark.parametrize("state", [*STATES, ABSENT])
@pytest.mark.parametrize("word", ["create", "delete", "delete-forced", "apply-all", "apply-stage", "abort"])
def test_wishes_are_frozen_in_states(word, state):
    """Those wishes are refused in those states, and nothing else anywhere."""
    frozen = word in {"create", "delete-forced"} and state in {"applying", "aborting"}
    assert FROZEN.refuses(Wish(word), Situation("sw-patch", state)) is frozen


@pytest.mark.parametrize("situation", UNSAID)
@pytest.mark.parametrize(("freeze", "refused"), [(FROZEN, False), (STRICT, True)], ids=["pass", "block"])
def test_the_unknown_is_not_wrong_unless_it_is_said(freeze, refused, situation):
    """While nobody knows the state a wish passes; with `unknown: block` it does not."""
    assert freeze.refuses(Wish("create"), situation) is refused


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (b"", False), (b"{}", False), (b'{"force": false}', False), (b'{"force": true}', True),
        (b'{"force": "true"}', True), (b'{"force": 1}', True), (b'{"force": true, "a": 1}', True), (b"force", True),
    ],
)  # fmt: skip
def test_a_delete_that_may_be_taken_for_a_forced_one_is_frozen_like_one(body, refused):
    """Whoever says `force` in other words than the contract's is not let through where forced deletes are frozen."""
    path = "/api/orchestration/sw-upgrade/strategy"
    wish = wish_of(Exchange("DELETE", path, 0, request_body=body), Role.DELETE)
    assert FROZEN.refuses(wish, Situation("sw-upgrade", "applying")) is refused


@pytest.mark.parametrize(("frozen", "word"), [("apply-all", "apply-stage"), ("abort", "abort-stage")])
def test_an_action_on_no_stage_may_be_taken_for_one_on_all(frozen, word):
    """A stage that is no number: some servers act on the whole strategy then. One that is said clearly is as it is."""
    freeze = Freeze(frozenset({frozen}), frozenset({"applying"}))
    situation = Situation("sw-upgrade", "applying")
    assert freeze.refuses(Wish(word, clear=False), situation)
    assert not freeze.refuses(Wish(word, 0), situation)


def test_a_freeze_of_a_file_says_why(written):
    """The finding names wish, state and reason, and stops the request in `enforce` alone."""
    policy = written(
        "freeze:\n  - wishes: [create, delete-forced]\n    while: [applying]\n    reason: the north upgrade\n"
    )
    found = policy.freeze(Wish("create"), Situation("sw-upgrade", "applying"))
    assert (found.direction, found.finding.requirement, found.certain) == (REQUEST, FREEZE, True)
    assert found.finding.message == "`create` is frozen while the sw-upgrade strategy is applying: the north upgrade"
    stopped = [policy.decide(mode, REQUEST, [found]) for mode in Mode]
    assert stopped == [Action.PASS, Action.PASS, Action.BLOCK]


@pytest.mark.parametrize("wish", [None, Wish("apply-all")], ids=["no wish", "another wish"])
def test_what_is_not_frozen_is_not_noticed(written, wish):
    """A request that wishes nothing, or something else, meets no freeze."""
    policy = written("freeze: [{wishes: [create], while: [applying], unknown: block}]")
    assert policy.freeze(wish, Situation("sw-patch", "applying")) is None


def test_the_words_of_a_freeze_are_those_of_contract_and_law():
    """The schema lists every wish that a request can say, and every state that can be seen."""
    entry = policy_schema()["properties"]["freeze"]["items"]["properties"]
    schemas = load_contract().document["components"]["schemas"]
    actions = {word for name, schema in schemas.items() for word in _actions(schema)}
    assert set(entry["wishes"]["items"]["enum"]) == {"create", "delete", "delete-forced"} | actions
    assert entry["while"]["items"]["enum"] == STATES


def _actions(value):
    """The words that a schema allows for the member `action`, wherever it stands."""
    if isinstance(value, list):
        return {word for each in value for word in _actions(each)}
    if not isinstance(value, dict):
        return set()
    here = value.get("properties", {}).get("action", {})
    own = {*here.get("enum", ()), *([here["const"]] if "const" in here else [])}
    return own | {word for each in value.values() for word in _actions(each)}
