"""Callers: every operation is asked without a good token, and changes by one who may only read; who errs is charged."""

from dataclasses import replace

import pytest

from conformance.caller import Caller
from conformance.drivers.callers import NO_TOKEN, NONE_ENDED, ONE_IDENTITY, play_callers
from conformance.drivers.readers import MAY_CHANGE
from conformance.targets.identity import Given
from conformance.targets.target import open_target
from reference_server import create_app
from reference_server.auth import Auth, Identity
from reference_server.mutants import MUTANTS
from reference_server.mutants.layers import behaving
from reports.model import Verdict

TOKEN = "token-of-ada"
OTHERS = {Caller.READER: Given("token-of-bob"), Caller.EXPIRED: Given("token-of-eve")}
ABOUT_CALLERS = [f"VIM-AUTH-{number:03}" for number in range(1, 9)]
ABOUT_STRANGERS, ABOUT_READERS = set(ABOUT_CALLERS[:5]), ABOUT_CALLERS[6:]
PASS, NOT_APPLICABLE = Verdict.PASS, Verdict.NOT_APPLICABLE


class Tokens:
    """The place that knows the tokens of Ada and of Bob, and the roles of Ada and of Bob."""

    def __init__(self, *ada, bob="reader"):
        self.known = {TOKEN: Identity("ada", frozenset(ada)), "token-of-bob": Identity("bob", frozenset({bob}))}

    def identify(self, token):
        return self.known.get(token)


@pytest.fixture
def asked_by_strangers(talking, target_of):
    """Plays strangers, and further callers, before an application of which the run has the token."""

    def play(application, others=(), without=()):
        target = target_of(application, identity=Given(TOKEN), others=dict(others))
        target.look_for_control(None)
        target.control.offers -= set(without)
        talk = talking(target)
        return talk, play_callers(talk)

    return play


def verdicts(talk, *requirements):
    """What was said of each of them."""
    said = {result.requirement: result.verdict for result in talk.judge.results()}
    return [said[each] for each in requirements]


def test_a_server_that_asks_everybody_is_not_charged(asked_by_strangers):
    """A server that turns every stranger away passes what the ledger says of callers, and nothing fails."""
    talk, reason = asked_by_strangers(create_app(auth=Auth(Tokens("admin"))))
    passed = {result.requirement for result in talk.judge.results() if result.verdict is Verdict.PASS}
    assert (reason, talk.failures, passed >= ABOUT_STRANGERS) == (None, set(), True)
    assert verdicts(talk, *ABOUT_CALLERS[5:]) == [NOT_APPLICABLE] * 3
    assert talk.notes == (ONE_IDENTITY, NONE_ENDED)


@pytest.mark.parametrize("without", [(), ("reset",)], ids=["with a reset", "without"])
def test_a_server_that_knows_readers_is_not_charged(asked_by_strangers, without):
    """With all the callers there are everything is judged, and passed; without a reset nothing is applied for it."""
    talk, reason = asked_by_strangers(create_app(auth=Auth(Tokens("admin"))), OTHERS, without)
    assert (reason, talk.failures, talk.notes) == (None, set(), ())
    assert verdicts(talk, *ABOUT_CALLERS) == [PASS] * 8
    assert ("applying" in talk.states) is not bool(without)


def test_a_server_that_keeps_readers_out_is_not_charged(asked_by_strangers):
    """As the release stx-3.0 does: who is no admin is turned away from everything, so nobody is seen to read."""
    talk, _ = asked_by_strangers(create_app(release="stx-3.0", auth=Auth(Tokens("admin"))), OTHERS)
    assert verdicts(talk, "VIM-AUTH-006", *ABOUT_READERS) == [PASS, PASS, NOT_APPLICABLE]


def test_a_server_without_roles_is_not_charged(asked_by_strangers):
    """Whom the run took for a reader may do everything: a note tells it, and no verdict."""
    talk, reason = asked_by_strangers(create_app(auth=Auth(Tokens("admin", bob="admin"))), OTHERS)
    assert (reason, talk.failures, talk.notes) == (None, set(), (MAY_CHANGE,))
    assert verdicts(talk, *ABOUT_READERS) == [NOT_APPLICABLE, PASS]


def test_a_server_that_asks_nobody_is_not_charged(asked_by_strangers):
    """Where no token is wanted, nothing is said of callers, and nothing fails."""
    talk, _ = asked_by_strangers(create_app(), OTHERS)
    assert (talk.failures, set(verdicts(talk, *ABOUT_CALLERS[:7]))) == (set(), {NOT_APPLICABLE})


def test_a_token_that_may_only_read_is_no_fault_of_the_server(asked_by_strangers):
    """Who has a token that may only read hears so, and the server is not charged."""
    talk, reason = asked_by_strangers(create_app(auth=Auth(Tokens("reader"))))
    assert (talk.failures, reason is not None and "became ready" in reason) == (set(), True)


def test_open_link_documents_are_a_warning(asked_by_strangers):
    """Where some link documents are open to everybody and others are not, that is a warning."""

    def some_open(asked, clean):
        is_open = asked.path.startswith("/api/orchestration") and not asked.role
        return clean.send(replace(asked, headers={**asked.headers, "x-auth-token": TOKEN}) if is_open else asked)

    talk, _ = asked_by_strangers(behaving(some_open, auth=Auth(Tokens("admin")))())
    assert (talk.failures, verdicts(talk, "VIM-AUTH-003")) == (set(), [Verdict.WARN])


def test_without_a_token_nothing_is_tried(talk):
    """A run without a token asks nothing and says why."""
    assert (play_callers(talk), talk.exchanges) == (NO_TOKEN, [])


@pytest.mark.parametrize(
    ("mutant", "requirement"),
    [
        ("any-token-taken", "VIM-AUTH-002"),
        ("empty-token-taken", "VIM-AUTH-001"),
        ("delete-denied-after-it-was-done", "VIM-AUTH-004"),
        ("token-forgotten-by-upgrade-actions", "VIM-AUTH-005"),
        ("expired-token-taken-by-delete", "VIM-AUTH-006"),
        ("reader-may-abort", "VIM-AUTH-007"),
        ("reader-abort-denied-after-it-was-done", "VIM-AUTH-004"),
        ("reader-forgotten-by-patches", "VIM-AUTH-008"),
    ],
)
def test_who_lets_strangers_in_is_charged(talking, monkeypatch, mutant, requirement):
    """A server that lets somebody in, does what it denies, or forgets a token is charged with that."""
    for name, token in MUTANTS[mutant].environment.items():
        monkeypatch.setenv(name, token)
    with open_target(MUTANTS[mutant].target) as target:
        talk = talking(target)
        play_callers(talk)
    assert requirement in talk.failures
