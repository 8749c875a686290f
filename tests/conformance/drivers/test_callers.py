"""Strangers: every operation is asked without a token and with one that nobody has, and who is let in is charged."""

from dataclasses import replace

import pytest

from conformance.drivers.callers import NO_TOKEN, play_callers
from conformance.targets.target import open_target
from reference_server import create_app
from reference_server.auth import Auth, Identity
from reference_server.mutants.layers import behaving
from reports.model import Verdict

TOKEN = "token-of-ada"
ABOUT_CALLERS = {f"VIM-AUTH-{number:03}" for number in range(1, 6)}


class OneToken:
    """The place that knows the token of Ada."""

    def __init__(self, *roles):
        self.roles = frozenset(roles)

    def identify(self, token):
        return Identity("ada", self.roles) if token == TOKEN else None


@pytest.fixture
def asked_by_strangers(talking, target_of):
    """Plays strangers before an application, of which the run has the token."""

    def play(application):
        target = target_of(application, token=TOKEN)
        target.look_for_control(None)
        talk = talking(target)
        return talk, play_callers(talk)

    return play


def test_a_server_that_asks_everybody_is_not_charged(asked_by_strangers):
    """A server that turns every stranger away passes what the ledger says of callers, and nothing fails."""
    talk, reason = asked_by_strangers(create_app(auth=Auth(OneToken("admin"))))
    passed = {result.requirement for result in talk.judge.results() if result.verdict is Verdict.PASS}
    assert (reason, talk.failures, passed >= ABOUT_CALLERS) == (None, set(), True)


def test_a_server_that_asks_nobody_is_not_charged(asked_by_strangers):
    """Where no token is wanted, nothing is said of callers, and nothing fails."""
    talk, _ = asked_by_strangers(create_app())
    verdicts = {result.verdict for result in talk.judge.results() if result.requirement in ABOUT_CALLERS}
    assert (talk.failures, verdicts) == (set(), {Verdict.NOT_APPLICABLE})


def test_a_token_that_may_only_read_is_no_fault_of_the_server(asked_by_strangers):
    """Who has a token that may only read hears so, and the server is not charged."""
    talk, reason = asked_by_strangers(create_app(auth=Auth(OneToken("reader"))))
    assert (talk.failures, reason is not None and "became ready" in reason) == (set(), True)


def test_open_link_documents_are_a_warning(asked_by_strangers):
    """Where some link documents are open to everybody and others are not, that is a warning."""

    def some_open(asked, clean):
        is_open = asked.path.startswith("/api/orchestration") and not asked.role
        return clean.send(replace(asked, headers={**asked.headers, "x-auth-token": TOKEN}) if is_open else asked)

    talk, _ = asked_by_strangers(behaving(some_open, auth=Auth(OneToken("admin")))())
    verdicts = {result.requirement: result.verdict for result in talk.judge.results()}
    assert (talk.failures, verdicts["VIM-AUTH-003"]) == (set(), Verdict.WARN)


def test_without_a_token_nothing_is_tried(talk):
    """A run without a token asks nothing and says why."""
    assert (play_callers(talk), talk.exchanges) == (NO_TOKEN, [])


@pytest.mark.parametrize(
    ("mutant", "requirement"),
    [
        ("any_token_taken", "VIM-AUTH-002"),
        ("empty_token_taken", "VIM-AUTH-001"),
        ("delete_denied_after_it_was_done", "VIM-AUTH-004"),
        ("token_forgotten_by_upgrade_actions", "VIM-AUTH-005"),
    ],
)
def test_who_lets_strangers_in_is_charged(talking, mutant, requirement):
    """A server that lets strangers in, does what it denies, or forgets a token is charged with that."""
    with open_target(f"wsgi:reference_server.mutants:{mutant}", token="token-of-the-mutants") as target:
        talk = talking(target)
        play_callers(talk)
    assert requirement in talk.failures
