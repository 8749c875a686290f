"""Roles of each release: its own server is in order, and one that has the roles of another release is found."""

import pytest

from conformance.caller import Caller
from conformance.drivers.callers import play_callers
from conformance.drivers.conversation import Conversation
from conformance.drivers.readers import look
from conformance.drivers.roles import ask_by_roles
from conformance.exchange import Exchange
from conformance.judge import Judge
from conformance.targets.identity import Given
from conformance.targets.target import Target
from conformance.targets.transport import WsgiTransport
from reference_server import create_app
from reference_server.auth import Auth, Identity
from reports.model import Verdict
from spec.load import load_contract, load_law, load_ledger

OURS = "token-of-ada"
ROLES = {
    OURS: {"admin", "reader"},
    "token-of-rob": {"reader"},
    "token-of-con": {"configurator"},
    "token-of-ope": {"operator"},
}
OTHERS = {
    Caller.READER: Given("token-of-rob"),
    Caller.CONFIGURATOR: Given("token-of-con"),
    Caller.OPERATOR: Given("token-of-ope"),
    Caller.OIDC: Given("token-of-oda"),
}
ABOUT_ROLES = [f"VIM-AUTH-{number:03}" for number in range(9, 18)]


class Tokens:
    """The place that knows the tokens of four people, and of one who comes by OpenID Connect."""

    def identify(self, token):
        return Identity(token[9:], frozenset(ROLES[token])) if token in ROLES else None

    def identify_oidc(self, token):
        return Identity("oda", frozenset({"admin", "reader"})) if token == "token-of-oda" else None


def ask(talk):
    """Ask as callers of a role alone, after the run has shown that its own token is taken."""
    with talk:
        look(talk)
        ask_by_roles(talk)


def played(server, release, others=OTHERS, play=ask):
    """What callers of a role come to, judged by a release, before a server of a release: verdicts by requirement."""
    transport = WsgiTransport(create_app(release=server, auth=Auth(Tokens())))
    target = Target(transport, "wsgi:test:app", in_process=True, identity=Given(OURS), others=dict(others))
    target.look_for_control(None)
    judge = Judge(load_contract(release), load_ledger(release), load_law(release))
    talk = Conversation(target, judge, load_contract(release), "test", changes=True)
    assert play(talk) is None
    assert [error for row in judge.tally.rows.values() for error in row.errors] == []
    return {each.requirement: each.verdict for each in judge.results()}


def failures(verdicts):
    """The requirements that were broken."""
    return {requirement for requirement, verdict in verdicts.items() if verdict is Verdict.FAIL}


def looked_at(verdicts):
    """The requirements about roles that were judged and kept."""
    return [each for each in ABOUT_ROLES if verdicts.get(each) is Verdict.PASS]


@pytest.mark.parametrize(
    ("release", "judged"),
    [("stx-7.0", "009 010"), ("stx-8.0", "010 011"), ("stx-11.0", "010 011 012 013 014 015 016"),
     ("stx-12.0", "010 011 012 013 014 015 016 017")],
)  # fmt: skip
def test_the_server_of_a_release_has_its_roles(release, judged):
    """Everything that the release says of roles is tried, and kept; nothing else is found either."""
    verdicts = played(release, release, play=play_callers if release == "stx-12.0" else ask)
    assert failures(verdicts) == set()
    assert looked_at(verdicts) == [f"VIM-AUTH-{number}" for number in judged.split()]


@pytest.mark.parametrize(
    ("server", "release", "broken"),
    [
        ("stx-7.0", "stx-8.0", {"VIM-AUTH-011"}),
        ("stx-8.0", "stx-7.0", {"VIM-AUTH-009"}),
        ("stx-10.0", "stx-11.0", {"VIM-AUTH-013", "VIM-AUTH-014", "VIM-AUTH-015"}),
        ("stx-11.0", "stx-12.0", {"VIM-AUTH-017"}),
    ],
)
def test_the_roles_of_another_release_are_found(server, release, broken):
    """A server that lets in others than its release does, or turns others away, breaks what is said of that role."""
    assert {each for each in failures(played(server, release)) if "-AUTH-" in each} == broken


def test_without_such_callers_nothing_is_said_of_roles():
    """Whoever gives one token is told nothing of roles, and is not charged."""
    verdicts = played("stx-11.0", "stx-12.0", {})
    assert {verdicts[each] for each in ABOUT_ROLES[1:]} == {Verdict.NOT_APPLICABLE}


# --- what is no fault of the server

READER, PATH = "***reader***", "/api/orchestration/sw-upgrade/strategy"


def judged(*answers):
    """The requirements about roles of 8.0.0 that exchanges broke: the token as it was recorded, path and status."""
    judge = Judge(load_contract("stx-8.0"), load_ledger("stx-8.0"), load_law("stx-8.0"))
    judge.begin("test")
    asked = [
        Exchange("GET", path, status, request_headers=(("X-Auth-Token", token),), at=float(number))
        for number, (token, path, status) in enumerate(answers)
    ]
    found = {each.requirement for exchange in asked for each in judge.judge(exchange, "test")}
    return found & set(ABOUT_ROLES)


@pytest.mark.parametrize(
    ("answers", "broken"),
    [
        ([("***", "/", 200), (READER, PATH, 403)], {"VIM-AUTH-011"}),
        ([(READER, PATH, 403)], set()),
        ([("***", "/", 200), (READER, PATH, 200), (READER, PATH, 403)], set()),
        ([("***", "/", 200), (READER, PATH, 404)], set()),
        ([(READER, "/api", 403), (READER, "/", 200)], {"VIM-AUTH-010"}),
        ([(READER, PATH, 200), (READER, "/", 200)], set()),
        ([(READER, "/api", 403), (READER, "/", 503)], set()),
    ],
    ids=["refused", "nobody was let in", "ended meanwhile", "none there", "let in", "more than a reader", "away"],
)
def test_only_what_is_about_the_role_is_charged(answers, broken):
    """A token that ended, somebody who is more than he was taken for, and a service that is away are nobody's fault."""
    assert judged(*answers) == broken
