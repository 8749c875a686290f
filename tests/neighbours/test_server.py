"""The reference server under a real Keystone: who is heard, under which release, and with what he is turned away."""

import pytest

from reference_server import create_app
from reference_server.auth import Auth

source = pytest.importorskip("reference_server.auth.keystone")

DOCUMENT, STRATEGY = "/api", "/api/orchestration/sw-upgrade/strategy"
BODY = {"storage-apply-type": "serial", "worker-apply-type": "serial"}
REQUESTS = {
    "document": ("GET", DOCUMENT, {}),
    "read": ("GET", STRATEGY, {}),
    "create": ("POST", STRATEGY, {"json": BODY}),
    "nowhere": ("GET", "/no/such/path", {}),
}


@pytest.fixture
def ask(keystone):
    """Sends a request of REQUESTS with a token to a server of a release that asks the Keystone; the answer."""

    def asked(release, what, token, url=None):
        server = create_app(release=release, auth=Auth(source.Keystone(source.Place(url or keystone.url))))
        method, path, more = REQUESTS[what]
        headers = {} if token is None else {"X-Auth-Token": token}
        return server.test_client().open(path, method=method, headers=headers, **more)

    return asked


def worthless(keystone):
    """Tokens that open nothing, by what is wrong with them."""
    revoked = keystone.token()
    keystone.revoke(revoked)
    return {
        "missing": None,
        "empty": "",
        "garbage": "no-such-token",
        "like one": keystone.token()[:-4] + "AAAA",
        "expired": keystone.expired["admin"],
        "revoked": revoked,
        "not ASCII": "\xe9\xff",
        "two lines": "a b",
        "long": "x" * 5000,
    }


@pytest.mark.parametrize("release", ["published", "stx-3.0"])
def test_a_worthless_token_opens_nothing_anywhere(keystone, ask, release):
    """401 with a fault and a challenge under `published`; 403 with nothing at all under `stx-3.0`, before any path."""
    for name, token in worthless(keystone).items():
        for what in REQUESTS:
            answer = ask(release, what, token)
            if release == "published":
                told = (answer.status_code, answer.json["faultcode"], "WWW-Authenticate" in answer.headers)
                assert told == (401, "Client", True), (name, what)
            else:
                told = (answer.status_code, answer.data, answer.headers.get("Content-Type"))
                assert told == (403, b"", None), (name, what)


@pytest.mark.parametrize(
    ("user", "project", "published", "stx"),
    [
        ("admin", "admin", [200, 404, 200, 404], [200, 200, 200, 404]),
        ("admin", None, [200, 404, 200, 404], [200, 200, 200, 404]),  # unscoped: what counts is the VIM's project
        ("reader1", "admin", [200, 404, 403, 404], [403, 403, 403, 403]),
        ("member1", "admin", [200, 404, 403, 404], [403, 403, 403, 403]),
        ("configurator1", "admin", [403, 403, 403, 403], [403, 403, 403, 403]),
        ("operator1", "admin", [403, 403, 403, 403], [403, 403, 403, 403]),
        ("svcadmin", "services", [401, 401, 401, 401], [403, 403, 403, 403]),
        ("stranger", "other", [401, 401, 401, 401], [403, 403, 403, 403]),
    ],
)
def test_a_role_in_the_project_of_the_vim_decides(keystone, ask, user, project, published, stx):
    """The caller's token is exchanged for one of the VIM's project; roles imply others, as Keystone has it."""
    token = keystone.token(user, project) if project else keystone.unscoped(user)
    for release, statuses in (("published", published), ("stx-3.0", stx)):
        assert [ask(release, what, token).status_code for what in REQUESTS] == statuses, release


def test_what_is_revoked_is_so_at_once(keystone, ask):
    """Nothing is remembered."""
    token = keystone.token()
    assert ask("stx-3.0", "document", token).status_code == 200
    keystone.revoke(token)
    assert ask("stx-3.0", "document", token).status_code == 403


@pytest.mark.parametrize(("release", "status", "body"), [("published", 503, True), ("stx-3.0", 403, False)])
@pytest.mark.parametrize("place", ["http://127.0.0.1:9/v3", "http://127.0.0.1:9/elsewhere/v3"])
def test_nobody_is_let_in_while_keystone_is_away(ask, release, status, body, place):
    """A VIM answers as to a wrong token; where codes are as documented, it is a fault of the service."""
    answer = ask(release, "read", "some-token", place)
    assert (answer.status_code, bool(answer.data)) == (status, body)
    assert "some-token" not in answer.text
