"""Recordings of our own server are equal, and every change to one is found."""

import copy
import json

import pytest

from reference_server.exchanges.comparison import Aspect
from reference_server.exchanges.lines import read_exchanges
from reference_server.exchanges.player import Verdict, play
from reference_server.exchanges.setups import Setups
from reference_server.rulebooks import load_release

STRATEGY = "/api/orchestration/sw-patch/strategy"
ACTIONS = f"{STRATEGY}/actions"
CREATE = {f"{word}-apply-type": "serial" for word in ("controller", "storage", "worker")} | {
    "default-instance-action": "migrate"
}


@pytest.fixture
def outcomes(write):
    """Plays lines, and gives the verdict and the aspects of each."""

    def outcomes(lines, **setups):
        path, table = write(lines, setups)
        played = play(read_exchanges(path), Setups.read(table), load_release("stx-3.0"))
        return [(outcome.verdict, [found.aspect for found in outcome.mismatches]) for outcome in played]

    return outcomes


EQUAL = (Verdict.EQUAL, [])


def test_a_recording_of_our_own_is_equal(recorder, outcomes):
    """A server differs from itself."""
    recording = recorder()
    recording.ask("GET", "/")
    recording.ask("GET", f"{STRATEGY}?x=1")
    recording.ask("GET", "/nothing", headers={"Accept": "text/html"})
    recording.ask("PUT", body="{}")
    recording.ask("POST", body=b"\xe9".decode("latin-1"))
    recording.ask("GET", headers={"Accept": "application/xml"})
    assert outcomes(recording.lines) == [EQUAL] * 6


def test_each_line_alone_meets_a_fresh_server(recorder, outcomes):
    """What one line created is there for the next."""
    lines = [recorder().ask("POST", body=CREATE), recorder().ask("POST", body=CREATE), recorder().ask("GET")]
    assert outcomes(lines) == [EQUAL] * 3


def test_a_history_goes_on(recorder, outcomes):
    """A history is not played on one server, or its time stands still."""
    lines = recorder().history(
        ("POST", STRATEGY, CREATE), ("POST", ACTIONS, {"action": "apply-all"}), ("DELETE", STRATEGY, {})
    )
    assert len(lines) > 20
    assert outcomes(lines) == [EQUAL] * len(lines)


def changed(line, member, value):
    """The line with another answer."""
    line = copy.deepcopy(line)
    line["response"][member] = value
    return line


@pytest.mark.parametrize(
    ("member", "value", "aspects"),
    [
        ("status", 201, [Aspect.STATUS]),
        ("headers", [], [Aspect.MEDIA_TYPE]),
        ("headers", [["Content-Type", "application/json"], ["Allow", "GET"]], [Aspect.ALLOW]),
        ("body", '{"strategy": {}}', [Aspect.SHAPE]),
        ("body", "", [Aspect.SHAPE]),
    ],
)
def test_a_changed_answer_is_found(recorder, outcomes, member, value, aspects):
    """An answer that was recorded otherwise counts as equal."""
    assert outcomes([changed(recorder().ask("GET"), member, value)]) == [(Verdict.DIFFERENT, aspects)]


def current_step(line):
    """The step that waits, as text."""
    phase = json.loads(line["response"]["body"])["strategy"]["apply-phase"]
    stage = phase["stages"][phase["current-stage"]]
    return json.dumps(stage["steps"][stage["current-step"]])


@pytest.fixture
def applying(recorder):
    """A history up to the unlock of the first host."""
    recording = recorder()
    lines = recording.history(("POST", STRATEGY, CREATE), ("POST", ACTIONS, {"action": "apply-all"}))
    states = [json.loads(line["response"]["body"])["strategy"]["state"] for line in lines]
    return lines[: states.index("applied")]


def test_a_step_that_was_not_recorded_is_found(applying, outcomes):
    """A history in which a step is missing counts as the same sequence."""
    start = next(number for number, line in enumerate(applying) if line["request"]["path"] == ACTIONS)
    steps = [number for number in range(start, len(applying)) if '"lock-hosts"' in current_step(applying[number])]
    found = outcomes([line for number, line in enumerate(applying) if number not in steps[:1]])
    assert (Verdict.DIFFERENT, [Aspect.SEQUENCE]) in found


def test_a_query_that_was_not_recorded_is_not_missed(applying, outcomes):
    """A poll that came between two queries makes a difference."""
    start = next(number for number, line in enumerate(applying) if line["request"]["path"] == ACTIONS)
    kept = [
        line for number, line in enumerate(applying) if number <= start or '"query-alarms"' not in current_step(line)
    ]
    assert len(kept) < len(applying)
    assert outcomes(kept) == [EQUAL] * len(kept)


def test_a_step_that_never_comes_is_found(applying, outcomes):
    """A standing that our server never reaches counts as reached."""
    line = copy.deepcopy(applying[-1])
    line["response"]["body"] = line["response"]["body"].replace('"wait"', '"late"')
    verdict, aspects = outcomes([*applying[:-1], line])[-1]
    assert (verdict, Aspect.SEQUENCE in aspects) == (Verdict.DIFFERENT, True)


def test_a_step_that_never_comes_hides_nothing_after_it(applying, outcomes):
    """One strange line in a history makes all lines after it differ."""
    middle = len(applying) // 2
    line = copy.deepcopy(applying[middle])
    line["response"]["body"] = line["response"]["body"].replace('"wait"', '"late"')
    verdicts = [verdict for verdict, _ in outcomes([*applying[:middle], line, *applying[middle + 1 :]])]
    assert verdicts[middle] == Verdict.DIFFERENT
    assert verdicts[middle + 2 :] == [Verdict.EQUAL] * (len(applying) - middle - 2)


KNOWN = {"number": 4, "differs": ["status"], "because": "so it is"}


def test_a_known_difference_is_allowed_and_missed_when_it_is_gone(recorder, outcomes):
    """A known difference is told as a new one, or may vanish or grow unnoticed."""
    line = recorder().ask("GET")
    told = {"known": [KNOWN], "rules": [{"for": {}, "world": "two", "known": 4}]}
    more = changed(changed(line, "status", 201), "headers", [])
    assert outcomes([changed(line, "status", 201), line, more], **told) == [
        (Verdict.KNOWN, [Aspect.STATUS]),
        (Verdict.GONE, []),
        (Verdict.DIFFERENT, [Aspect.STATUS, Aspect.MEDIA_TYPE]),
    ]


def test_an_excluded_line_is_not_sent(recorder, outcomes):
    """A line of an excluded class is compared."""
    line = changed(recorder().ask("GET"), "status", 999 - 400)
    rules = [{"for": {}, "excluded": "down"}]
    assert outcomes([line], excluded={"down": "because"}, rules=rules) == [(Verdict.EXCLUDED, [])]


def test_a_preparation_is_done_before_the_line(recorder, outcomes):
    """A line is sent to a server that nobody brought into its state."""
    recording = recorder()
    recording.history(("POST", STRATEGY, CREATE))
    line = recording.ask("POST", ACTIONS, {"action": "apply-all"})
    ready = [{"post": "sw-patch/strategy", "body": CREATE}, {"until": {"state": "ready-to-apply"}}]
    rules = [{"for": {}, "world": "two", "prepared": "ready"}]
    assert outcomes([line], preparations={"ready": ready}, rules=rules) == [EQUAL]
    assert outcomes([line])[0][0] == Verdict.DIFFERENT


@pytest.mark.parametrize(
    "step",
    [{"post": "sw-patch/strategy", "body": {}}, {"until": {"state": "singing"}}, {"delete": "sw-patch/strategy"}],
)
def test_a_preparation_that_fails_is_told(recorder, outcomes, step):
    """A line whose state was not reached is compared all the same."""
    rules = [{"for": {}, "world": "two", "prepared": "p"}]
    assert outcomes([recorder().ask("GET")], preparations={"p": [step]}, rules=rules) == [
        (Verdict.DIFFERENT, [Aspect.PREPARATION])
    ]


@pytest.mark.parametrize(("token", "verdict"), [("known-token", Verdict.EQUAL), ("another-token", Verdict.DIFFERENT)])
def test_a_masked_token_is_replaced(recorder, outcomes, tmp_path, token, verdict):
    """The mask itself is sent as a token, or any token will do."""
    (tmp_path / "tokens.yaml").write_text("tokens: [{token: known-token, user: a, roles: [admin]}]", encoding="utf-8")
    line = recorder().ask("GET", headers={"X-Auth-Token": "[redacted]"})
    rules = [{"for": {}, "world": "two", "token": token}]
    assert outcomes([line], tokens="tokens.yaml", rules=rules)[0][0] is verdict
