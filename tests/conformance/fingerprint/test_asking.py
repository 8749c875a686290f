"""A fingerprint of deployments that answer: each release is told as itself, by requests that change nothing."""

import pytest

from conformance.caller import Caller
from conformance.fingerprint.table import load_table
from conformance.fingerprint.weighing import Observations, Outcome
from conformance.targets.target import Target
from conformance.targets.transport import Answer, Unreachable, WsgiTransport
from reference_server import create_app
from reference_server.auth import Auth, Identity
from reference_server.mutants import MUTANTS, create
from reference_server.rulebooks import RELEASES
from vimgate.fingerprinting.asking import ask

# What a reader sees without a strategy is the same of these.
SETS = [
    ("stx-2018.10", "stx-2.0", "stx-3.0"),
    ("stx-4.0",),
    ("stx-5.0",),
    ("stx-6.0", "stx-7.0"),
    ("stx-8.0",),
    ("stx-9.0",),
    ("stx-10.0", "stx-11.0", "stx-12.0"),
    ("stx-master",),
]
OF = {release: each for each in SETS for release in each}
# With a strategy of sw-patch, or of kube-upgrade where there is no sw-patch.
CLOSER = {release: (release,) for release in RELEASES} | {
    **dict.fromkeys(["stx-2.0", "stx-3.0"], ("stx-2.0", "stx-3.0")),
    "stx-10.0": ("stx-10.0", "stx-11.0"),  # a stage that is only sometimes there tells them apart
}
ROLES = {"admin": frozenset({"admin", "member", "reader"}), "reader": frozenset({"reader"})}
APPLY = {f"{who}-apply-type": "serial" for who in ("controller", "storage", "worker")}
PATCH = {**APPLY, "swift-apply-type": "ignore", "default-instance-action": "migrate"}
KUBE = {"storage-apply-type": "serial", "worker-apply-type": "serial", "default-instance-action": "migrate"}
PATCHING = RELEASES[: RELEASES.index("stx-10.0")]
ROLELESS = ("stx-6.0", "stx-7.0", "stx-8.0")  # a reader alone tells the last of these from the others
STRATEGY = "/api/orchestration/sw-upgrade/strategy"


@pytest.mark.parametrize("release", OF)
def test_each_release_is_told_as_itself(look, deployment, release):
    """A deployment of a release is taken for another one."""
    found = look(deployment(release))
    assert (found.outcome, found.told) == (Outcome.TOLD, OF[release])
    assert [seen.sign.id for seen in found.seen if seen.fits(release) is False] == []


def test_without_a_reader_roles_are_not_seen(look, deployment):
    """What nobody tried counts as if somebody had."""
    found = look(deployment("stx-8.0"), reader=False)
    assert (found.told, [sign.id for sign in found.telling()][:2]) == (ROLELESS, ["lesser-role", "reader"])


class Known:
    """Knows an administrator and a reader by their tokens."""

    def identify(self, token):
        """Who that is."""
        return Identity(token, ROLES[token]) if token in ROLES else None


@pytest.fixture
def served():
    """Makes a reference server that asks for tokens, and a client of its administrator."""

    def make(release):
        app = create_app(release=release, auth=Auth(Known()))
        client = app.test_client()
        client.environ_base |= {"HTTP_X_AUTH_TOKEN": "admin", "HTTP_ACCEPT": "application/json"}
        return app, client

    return make


@pytest.mark.parametrize("release", RELEASES)
def test_the_reference_server_is_told_as_what_it_serves(look, served, release):
    """The reference server behaves otherwise than the release under whose name it serves, or the table is wrong."""
    app, client = served(release)
    before = look(app)
    kind, body = ("sw-patch", PATCH) if release in PATCHING else ("kube-upgrade", {**KUBE, "to-version": "v1.29.2"})
    if release == "stx-2018.10":
        body = {name.replace("worker", "compute"): value for name, value in body.items()}
    assert client.post(f"/api/orchestration/{kind}/strategy", json=body).status_code == 200
    assert client.post("/_control/clock", json={"advance": 400}).status_code == 200
    after = look(app)
    assert (before.outcome, before.told) == (Outcome.TOLD, OF.get(release, (release,)))
    assert (after.outcome, after.told) == (Outcome.TOLD, CLOSER[release])
    assert [seen.sign.id for seen in (*before.seen, *after.seen) if seen.fits(release) is False] == []


def test_nobody_is_a_reader_where_everybody_may_read(look):
    """A reader who is let in as everybody is counts as one that a release lets in."""
    found = look(create_app(release="stx-3.0"))
    assert (found.told, "reader" in {seen.sign.id for seen in found.seen}) == (SETS[0], False)


@pytest.mark.parametrize(
    "wrong",
    [
        {("GET", "/api/orchestration"): (200, {"id": "orchestration", "links": []})},
        {("GET", "/api/orchestration/fw-update"): (404, {"code": 404})},
        {("GET", STRATEGY): (404, {"faultstring": "none"})},
        {("OPTIONS", "/api/orchestration/"): (405, None)},
    ],
    ids=["no links", "no document", "404 for null", "405"],
)
def test_one_defect_hides_no_release(look, deployment, wrong):
    """A deployment with one defect is like no release that is known."""
    found = look(deployment("stx-9.0", wrong))
    assert (found.outcome, found.told) == (Outcome.TOLD, ("stx-9.0",))
    assert [seen.sign.id for seen in found.seen if seen.fits("stx-9.0") is False or seen.others] != []


def test_a_mutant_of_links_is_still_told(look):
    """A server of which one link, or all of them, are wrong is none that is known."""
    names = [name for name, mutant in MUTANTS.items() if mutant.area == "links"]
    found = {name: look(create(name)) for name in names}
    assert [name for name, each in found.items() if (each.outcome, each.told) != ("told", ("published",))] == []
    assert any(seen.fits("published") is False for each in found.values() for seen in each.seen)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        ("404 x", b"<html>", Outcome.NONE),
        ("200 x", b"<html>", Outcome.LITTLE),
        ("200 x", b'{"links": [], "strategy": null}', Outcome.NONE),
        ("403 x", b"", Outcome.LITTLE),
        ("401 x", b'{"faultstring": "who?"}', Outcome.LITTLE),
        ("503 x", b"{}", Outcome.LITTLE),
    ],
    ids=["a file server", "one page", "one document", "a locked door", "a doorman", "a gateway"],
)
def test_what_is_no_vim_is_no_release(look, status, body, outcome):
    """What is missing everywhere, or the same everywhere, is taken for an old release."""

    def application(_environ, start_response):
        start_response(status, [("Content-Type", "application/json")])
        return [body]

    assert look(application).outcome is outcome


def test_nothing_is_sent_but_requests_that_change_nothing():
    """A deployment in the field is changed by somebody who only wanted to know its release."""
    sent = []
    served = WsgiTransport(create_app(release="stx-3.0"))

    class Noting:
        """Notes what is sent."""

        def send(self, request):
            """The answer of the server."""
            sent.append((request.method, request.body))
            return served.send(request)

    table = load_table()
    ask(Target(Noting(), "it", in_process=True), Observations(table))
    assert {*sent} == {("GET", b""), ("OPTIONS", b"")}
    assert len(sent) == sum(question.caller is Caller.OURS for question in table.questions)


@pytest.mark.parametrize(("lost", "left"), [((3,), 1), ((3, 8), 2)])
def test_a_lost_answer_is_told_and_the_rest_is_asked(lost, left):
    """One answer that never came ends everything, or is passed over in silence."""
    into = Observations(load_table())
    assert len(ask(Target(losing(lost), "it", in_process=True), into)) == left
    assert into.exchanges > 10


@pytest.mark.parametrize("lost", [(1,), (2, 3, 4)])
def test_a_target_that_is_gone_is_unreachable(lost):
    """Somebody waits for two dozen answers that never come."""
    with pytest.raises(Unreachable):
        ask(Target(losing(lost), "it", in_process=True), Observations(load_table()))


def losing(numbers):
    """A way to a server on which the answers of these numbers are lost."""

    class Losing:
        """Loses answers."""

        count = 0

        def send(self, request):
            """Nothing, or an empty document."""
            self.count += 1
            if self.count in numbers:
                raise Unreachable("the connection broke", passing=True)
            return Answer(200, (), b'{"links": []}', request.headers)

    return Losing()
