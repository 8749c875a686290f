"""RELEASES.md 6, CLIENTS.md 1: who may do what, by release."""

import pytest

from reference_server.auth import Auth, TokenFile

USERS = {
    "admin": ("[admin, reader]", "admin"),
    "only admin": ("[admin]", "admin"),
    "reader": ("[reader]", "admin"),
    "configurator": ("[configurator]", "admin"),
    "operator": ("[operator]", "admin"),
    "service": ("[admin, reader]", "services"),
    "stranger": ("[admin, reader]", "other"),
}
OIDC = "token-of-oidc"
TOKENS = "tokens:\n" + "".join(
    f'- {{token: "token-of-{user}", user: {user}, roles: {roles}, project: {project}}}\n'.replace(
        "of-only admin", "of-only"
    )
    for user, (roles, project) in USERS.items()
)
TOKENS += f'- {{token: "{OIDC}", user: me, roles: [configurator], oidc: true}}\n'
LOOK, WRITE, DOCUMENT = "strategy", "write", "document"


@pytest.fixture
def vim(server, tmp_path):
    """Makes a server of a release that asks for tokens."""
    path = tmp_path / "tokens.yaml"
    path.write_text(TOKENS)
    return lambda release: server(release, auth=Auth(TokenFile.read(path)))


def tried(vim, user):
    """The statuses of a look at a strategy, a create with a wrong body, and a look at a document."""
    header = {"X_Auth_Token": f"token-of-{user.partition(' ')[0]}"}
    kind = "sw-upgrade"
    return [
        vim.send("GET", f"{kind}/strategy", **header).status_code,
        vim.send("POST", f"{kind}/strategy", {}, **header).status_code,
        vim.send("GET", kind, **header).status_code,
    ]


YES, NO = [200, 400, 200], [403, 403, 403]
OLD = {
    "admin": YES,
    "only admin": YES,
    "reader": NO,
    "configurator": NO,
    "operator": NO,
    "service": YES,
    "stranger": YES,
}
EIGHT = {
    "admin": YES,
    "only admin": [403, 400, 200],
    "reader": [200, 403, 403],
    "configurator": NO,
    "operator": NO,
    "service": YES,
    "stranger": NO,
}
ELEVEN = EIGHT | {"configurator": YES, "operator": [200, 403, 403]}
TABLE = {
    "stx-2018.10": OLD,
    "stx-7.0": OLD,
    "stx-8.0": EIGHT,
    "stx-10.0": EIGHT,
    "stx-11.0": ELEVEN,
    "stx-12.0": ELEVEN,
    "stx-master": ELEVEN,
}


@pytest.mark.parametrize(("release", "table"), TABLE.items(), ids=TABLE)
def test_roles_are_those_of_the_release(vim, release, table):
    """A caller may do more, or less, than under his release."""
    server = vim(release)
    assert {user: tried(server, user) for user in USERS} == table


@pytest.mark.parametrize("release", TABLE)
def test_who_is_nobody_is_told_nothing(vim, release):
    """Without a token that holds the answer is 403 without a byte, unknown paths included."""
    server = vim(release)
    asked = [
        server.send("GET", path, **header)
        for path in ("sw-upgrade/strategy", "nowhere")
        for header in ({}, {"X_Auth_Token": "token-of-nobody"})
    ]
    assert {(each.status_code, each.data, each.headers.get("Content-Type")) for each in asked} == {(403, b"", None)}


def test_a_missing_role_is_said_from_eight_on(vim):
    """REAL-VIM.md 4: 7.0.0 says nothing, 8.0.0 in the words of its web framework."""
    reader = {"X_Auth_Token": "token-of-reader"}
    before = vim("stx-7.0").send("GET", "sw-patch/strategy", **reader)
    after = vim("stx-8.0").send("POST", "sw-patch/strategy", {}, **reader, Accept="")
    assert (before.data, after.status_code) == (b"", 403)
    assert "Access was denied to this resource." in after.text


@pytest.mark.parametrize(("release", "status"), [("stx-7.0", 403), ("stx-8.0", 404), ("stx-12.0", 404)])
def test_what_is_not_routed_is_told_before_roles(vim, release, status):
    """RELEASES.md 6: after it is known who calls, and before his roles are looked at."""
    server, operator = vim(release), {"X_Auth_Token": "token-of-operator"}
    assert server.send("GET", "nowhere", **operator).status_code == status
    put = server.send("PUT", "sw-upgrade/strategy", {}, **operator).status_code
    assert put == (403 if status == 403 else 405)


@pytest.mark.parametrize(("release", "who"), [("stx-10.0", {"admin"}), ("stx-11.0", {"admin", "configurator"})])
def test_the_current_strategy_is_for_those_who_may_write(vim, release, who):
    """RELEASES.md 6: a reader of strategies may not look at it."""
    server, path = vim(release), "current-strategy/strategy"
    users = ("admin", "reader", "operator", "configurator")
    looked = {user: server.send("GET", path, X_Auth_Token=f"token-of-{user}").status_code for user in users}
    assert {user for user, status in looked.items() if status == 200} == who


def test_oidc_is_tried_where_no_other_token_is(vim):
    """RELEASES.md 6: from 12.0.0 on, without X-Auth-Token; a wrong one of those is not made up for."""
    twelve, eleven = vim("stx-12.0"), vim("stx-11.0")
    path = "sw-upgrade/strategy"
    asked = {
        "oidc": twelve.send("GET", path, OIDC_Token=OIDC),
        "oidc, writing": twelve.send("POST", path, {}, OIDC_Token=OIDC),
        "before": eleven.send("GET", path, OIDC_Token=OIDC),
        "beside a wrong one": twelve.send("GET", path, OIDC_Token=OIDC, X_Auth_Token="token-of-nobody"),
        "in the other header": twelve.send("GET", path, X_Auth_Token=OIDC),
        "the other kind": twelve.send("GET", path, OIDC_Token="token-of-admin"),
    }
    assert {name: answer.status_code for name, answer in asked.items()} == {
        "oidc": 200,
        "oidc, writing": 400,
        "before": 403,
        "beside a wrong one": 403,
        "in the other header": 403,
        "the other kind": 403,
    }


def test_a_source_that_knows_no_oidc_knows_nobody_who_comes_with_it(server):
    """A source without `identify_oidc` is asked nothing about a token of OpenID Connect."""

    class Nobody:
        def identify(self, token):
            raise AssertionError(token)

    twelve = server("stx-12.0", auth=Auth(Nobody()))
    assert twelve.send("GET", "sw-upgrade/strategy", OIDC_Token=OIDC).status_code == 403
