"""`vimgate serve --auth token`: who is heard, what is said of wrong options and files, and that no token is written."""

import pytest

UPGRADE = "/api/orchestration/sw-upgrade/strategy"
ADMIN, READER = "SECRET-of-admin", "SECRET-of-reader"
FILE = f"""tokens:
  - {{token: {ADMIN}, user: ada, roles: [admin]}}
  - {{token: {READER}, user: rob, roles: [reader]}}
"""


@pytest.fixture
def tokens(tmp_path):
    """A file of two tokens that nobody else may read."""
    path = tmp_path / "tokens.yaml"
    path.write_text(FILE)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("release", "statuses"), [("published", [401, 401, 403, 404]), ("stx-3.0", [403, 403, 403, 404])]
)
def test_only_those_with_a_token_are_heard(serve, tokens, release, statuses):
    """No token, a wrong one, a reader's and an admin's are answered as the release says, over a real connection."""
    server = serve("--auth", "token", "--token-file", str(tokens), "--release", release)
    headers = [{}, {"X-Auth-Token": "SECRET-wrong"}, {"X-Auth-Token": READER}, {"X-Auth-Token": ADMIN}]
    answers = [server.send("DELETE", UPGRADE, json={"force": True}, headers=each) for each in headers]
    assert [answer.status_code for answer in answers] == statuses
    code, lines, errors = server.stop()
    assert (code, errors) == (0, "")
    assert "SECRET" not in "".join([*server.greeting, *lines, *(answer.text for answer in answers)])


def test_an_empty_403_is_empty_on_the_line(serve, tokens):
    """Under `stx-3.0` the refusal has neither body nor Content-Type, on any path, and says its length."""
    server = serve("--auth", "token", "--token-file", str(tokens), "--release", "stx-3.0")
    answers = [server.send(method, path) for method, path in (("GET", "/"), ("POST", "/nowhere"), ("FOO", UPGRADE))]
    assert [(a.status_code, a.content, a.headers.get("Content-Type")) for a in answers] == [(403, b"", None)] * 3
    assert {answer.headers["Content-Length"] for answer in answers} == {"0"}


def test_it_is_said_who_may_call(serve, tokens):
    """The second line says how many tokens there are."""
    assert "auth token (2 known)" in serve("--auth", "token", "--token-file", str(tokens)).greeting[0]


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True), (0o602, True)], ids=oct)
def test_an_open_file_is_warned_of(serve, tokens, mode, warned):
    """A file of tokens that everybody may read or write is served all the same, with one warning and what to do."""
    tokens.chmod(mode)
    server = serve("--auth", "token", "--token-file", str(tokens))
    code, _, errors = server.stop()
    assert (code, errors.count("\n"), f"chmod 600 {tokens}" in errors) == (0, int(warned), warned)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--auth", "ldap"), "'none', 'token', 'keystone'"),
        (("--auth", "keystone"), "--keystone-url"),
        (("--keystone-url", "http://127.0.0.1:5000/v3"), "--auth keystone"),
        (("--auth", "keystone", "--keystone-url", "127.0.0.1:5000/v3"), "http:// or https://"),
        (("--auth", "keystone", "--keystone-url", "http://127.0.0.1:5000"), "/v3"),
        (("--auth", "keystone", "--keystone-url", "http://me:SECRET@127.0.0.1:5000/v3"), "without a user"),
        (("--auth", ""), "'none', 'token'"),
        (("--auth", "token"), "--token-file"),
        (("--auth", "none", "--token-file", "x.yaml"), "--auth token"),
        (("--token-file", "x.yaml"), "--auth token"),
        (("--auth", "token", "--token-file", "no-such-file.yaml"), "no-such-file.yaml"),
        (("--auth", "token", "--token-file", "."), ".: cannot be read: Is a directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_use_is_said(refused, arguments, word):
    """Options that do not go together, and files that are not there, are one clear error, exit code 2."""
    code, output, errors = refused(*arguments)
    assert (code, output) == (2, "")
    assert word in errors
    assert "SECRET" not in errors


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ""),
        ("SECRET-of-admin", ":1: the document: expected a list `tokens:`"),
        ("SECRET-of-admin: SECRET-of-admin: x", ":1"),
        (FILE + "  - {token: SECRET-of-admin, user: eve, roles: []}\n", ":4: /tokens/2/token"),
        (FILE.replace("roles: [reader]", "role: reader"), ":3: /tokens/1"),
    ],
)
def test_a_broken_file_is_said_without_a_word_of_it(refused, tmp_path, text, place):
    """A file that holds no tokens is one clear error with its line, exit code 2, and no token."""
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    code, output, errors = refused("--auth", "token", "--token-file", str(path))
    assert (code, output) == (2, "")
    assert f"{path}{place}" in errors
    assert "SECRET" not in errors
