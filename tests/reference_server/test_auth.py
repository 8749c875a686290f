"""Who may call: the token file, and what each release answers to those who may not (RELEASES.md 6, PUBLISHED.md)."""

import os

import pytest

from reference_server import create_app
from reference_server.auth import Auth, TokenFile
from spec.documents import DocumentError

ADMIN, READER, NOBODY, EXPIRED = "token-of-admin", "token-of-reader", "token-of-nobody", "token-of-yesterday"
NOW = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
FILE = f"""tokens:
  - {{token: {ADMIN}, user: ada, roles: [admin]}}
  - {{token: {READER}, user: rob, roles: [reader], expires: "2027-01-15T08:00:01Z"}}
  - {{token: {NOBODY}, user: nick, roles: []}}
  - {{token: {EXPIRED}, user: ada, roles: [admin], expires: "2027-01-15T08:00:00Z"}}
"""
UNKNOWN = [None, "", "token-of-admi", "token-of-admin2", "TOKEN-OF-ADMIN", EXPIRED, "\xe9\xff", "x" * 100_000]
STRATEGY = "/api/orchestration/sw-upgrade/strategy"
BODY = {"storage-apply-type": "serial", "worker-apply-type": "serial"}
PLACES = [
    ("GET", "/"),
    ("GET", "/api"),
    ("GET", "/no/such/path"),
    ("GET", "//"),
    ("PUT", STRATEGY),
    ("HEAD", STRATEGY),
    ("GET", STRATEGY),
    ("POST", STRATEGY),
    ("POST", f"{STRATEGY}/actions"),
    ("DELETE", STRATEGY),
    ("GET", "/_controlled"),
    ("GET", "/_status"),
]
everywhere = pytest.mark.parametrize(("method", "path"), PLACES)
unknown_tokens = pytest.mark.parametrize("token", UNKNOWN, ids=lambda token: repr(token)[:20])


def read(tmp_path, text, now=NOW):
    """The tokens of a file with that text."""
    path = tmp_path / "tokens.yaml"
    path.write_text(text, encoding="utf-8")
    return TokenFile.read(path, lambda: now)


@pytest.fixture
def caller(tmp_path):
    """Sends a request to a server of a release that knows the tokens of FILE; gives the answer."""

    def make(release, **options):
        client = create_app(release=release, auth=Auth(read(tmp_path, FILE)), **options).test_client()

        def send(method, path, token, **more):
            headers = {} if token is None else {"X-Auth-Token": token}
            environ = {"PATH_INFO": path} if path.startswith("//") else {}
            return client.open(path, method=method, headers=headers, environ_overrides=environ, **more)

        return send

    return make


@unknown_tokens
@everywhere
def test_published_answers_401_to_an_unknown_token(caller, method, path, token):
    """Under `published` no, bad and expired tokens are 401 with a fault and a challenge, on every path."""
    answer = caller("published")(method, path, token)
    assert (answer.status_code, answer.content_type) == (401, "application/json")
    assert answer.headers["WWW-Authenticate"] == 'X-Auth-Token realm="vimgate"'
    assert method == "HEAD" or answer.json["faultcode"] == "Client"


@pytest.mark.parametrize("token", [*UNKNOWN, READER, NOBODY], ids=lambda token: repr(token)[:20])
@everywhere
def test_stx_answers_an_empty_403(caller, method, path, token):
    """Under `stx-3.0` all but an admin's token are 403 without body and Content-Type, before any path is looked up."""
    answer = caller("stx-3.0")(method, path, token, data=b"\xff not JSON", content_type="text/html")
    assert (answer.status_code, answer.data, answer.headers.get("Content-Type")) == (403, b"", None)


@pytest.mark.parametrize(
    ("token", "statuses"),
    [
        (ADMIN, [200, 200, 404, 405, 200, 202, 204]),
        (READER, [200, 200, 404, 403, 200, 403, 403]),
        (NOBODY, [403, 403, 403, 403, 403, 403, 403]),
    ],
)
def test_published_lets_readers_read(caller, token, statuses):
    """Under `published` an admin may do everything, a reader may look, and who has no role may nothing."""
    send = caller("published")
    send("POST", STRATEGY, ADMIN, json=BODY)
    send("POST", "/_control/clock", None, json={"advance": 600})
    requests = [
        ("GET", "/", None),
        ("GET", STRATEGY, None),
        ("GET", "/nowhere", None),
        ("PUT", STRATEGY, None),
        ("GET", "/api", None),
        ("POST", f"{STRATEGY}/actions", {"action": "apply-all"}),
        ("DELETE", STRATEGY, {"force": True}),
    ]
    assert [send(method, path, token, json=body).status_code for method, path, body in requests] == statuses


def test_a_wrong_role_is_a_fault_that_names_the_right_one(caller):
    """The 403 of `published` says which role is needed, in a fault, and challenges nobody."""
    answer = caller("published")("DELETE", STRATEGY, READER)
    assert answer.json == {"faultcode": "Client", "faultstring": "This needs the role admin.", "debuginfo": None}
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize("release", ["published", "stx-3.0"])
def test_control_and_status_are_not_under_it(caller, release):
    """The control routes and the status page answer without such a token."""
    send = caller(release, status_page=True)
    assert [send("GET", path, None).status_code for path in ("/_control", "/_status")] == [200, 200]


def test_without_auth_nobody_is_asked():
    """A server without auth answers everybody."""
    assert create_app().test_client().get("/").status_code == 200


def test_a_refused_request_changes_nothing(caller):
    """A refused create leaves no strategy behind."""
    send = caller("published")
    send("POST", STRATEGY, READER, json=BODY)
    assert send("GET", STRATEGY, ADMIN).status_code == 404


def test_a_token_expires_by_itself(tmp_path):
    """A token is known up to the moment of its expiry, and from then on no more."""
    assert read(tmp_path, FILE, NOW + 0.9).identify(READER).user == "rob"
    assert read(tmp_path, FILE, NOW + 1).identify(READER) is None


def test_every_token_is_compared(tmp_path, monkeypatch):
    """A look-up compares with all tokens, whichever is the right one, so that its duration tells nothing."""
    tokens = read(tmp_path, FILE)
    seen = []
    monkeypatch.setattr("hmac.compare_digest", lambda one, two: seen.append(len(two)) or one == two)
    found = [tokens.identify(token) is not None for token in (ADMIN, READER, "wrong")]
    assert (found, seen) == ([True, True, False], [32] * 12)


def test_no_token_is_kept(tmp_path):
    """Neither the source nor the check shows a token to those who print it."""
    tokens = read(tmp_path, FILE)
    assert len(tokens) == 4
    assert ADMIN not in f"{tokens!r} {vars(tokens)!r} {Auth(tokens)!r}"


S = "SECRET-SECRET"
T = f"tokens:\n- token: {S}\n"
REST = "  user: u\n  roles: []\n"
LENGTH = ":2: /tokens/0/token: expected 8 to 4096 visible"
NO_DOCUMENT = "not YAML or JSON"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["a list `tokens:`"]),
        (S, ["a list `tokens:` with `token`, `user` and `roles`"]),
        (f"tokens: {S}", [":1: /tokens: expected an array"]),
        ("tokens: []", [":1: /tokens: expected at least 1 items"]),
        (f"{S}: 1", ["the document"]),
        (f"tokens:\n- {S}", [":2: /tokens/0: expected an object"]),
        (f"tokens:\n- {{token: {S}}}", [':2: /tokens/0: expected a member "user"', '"roles"']),
        (f"tokens:\n- {S}: 1\n  token: {S}\n{REST}", [':2: /tokens/0: expected only the members "token"']),
        (f"tokens:\n- token: SECRET\n{REST}", [LENGTH]),
        (f"tokens:\n- token: SECRET SECRET\n{REST}", [LENGTH]),
        (f"tokens:\n- token: SECRETSÉCRET\n{REST}", [LENGTH]),
        (f"tokens:\n- token: 1234567890\n{REST}", [LENGTH]),
        (f"{T}  user: ''\n  roles: {S}", [":3: /tokens/0/user: expected a name", ":4: /tokens/0/roles"]),
        (f"{T}  user: u\n  roles: ['{S}!']", [":4: /tokens/0/roles/0: expected a list of diff"]),
        (f"{T}{REST}  expires: {S}", [":5: /tokens/0/expires: expected a moment"]),
        (f"{T}{REST}  expires: 2026-02-30T00:00:00Z", [":5:", "a moment in UTC"]),
        (f"{T}{REST}  expires: 2026-12-31", [":5:", "a moment in UTC"]),
        (f"{T}{REST}- token: {S}\n{REST}", [":5: /tokens/1/token: the same token as /tokens/0"]),
        (f"tokens:\n- token: {S}\n  token: {S}", [":3: not YAML or JSON"]),
        (f"tokens:\n- {S}: 1\n  {S}: 2", [":3: not YAML or JSON"]),
        (f"tokens: [*{S}]", [":1: not YAML or JSON"]),
        (f"tokens: !{S} x", [":1: not YAML or JSON"]),
        (f"tokens:\n- token: '{S}", [NO_DOCUMENT]),
        (f"tokens:\n- token: {S}\n user: x", [":3: not YAML or JSON"]),
        (f'{{"tokens": ["{S}"', [NO_DOCUMENT]),
        (f'{{"tokens": [{{"{S}": 1, "{S}": 2}}]}}', [NO_DOCUMENT]),
        ("tokens: [.nan]", [NO_DOCUMENT]),
        ("[" * 500, [NO_DOCUMENT]),
        ("tokens: [" + f"{S}," * 50 + "]", ["/tokens/9: expected", "and 40 more"]),
    ],
)  # fmt: skip
def test_a_wrong_file_is_said_without_a_word_of_it(tmp_path, text, words):
    """A file that is wrong is an error with file, line and place, and with nothing of what stands in the file."""
    with pytest.raises(DocumentError) as raised:
        read(tmp_path, text)
    told = str(raised.value)
    assert [word for word in [str(tmp_path / "tokens.yaml"), *words] if word not in told] == []
    assert "SECRET" not in told
    assert "SÉCRET" not in told
    assert "1234567890" not in told


def test_bytes_that_are_no_text_are_said(tmp_path):
    """A file that is not UTF-8, a folder and a missing file are errors that name it."""
    (tmp_path / "binary").write_bytes(b"tokens: \xff")
    os.mkdir(tmp_path / "folder")
    with pytest.raises(DocumentError, match="binary: byte 8 is not UTF-8"):
        TokenFile.read(tmp_path / "binary")
    with pytest.raises(DocumentError, match="folder: cannot be read"):
        TokenFile.read(tmp_path / "folder")
    with pytest.raises(DocumentError, match="missing: cannot be read"):
        TokenFile.read(tmp_path / "missing")


def test_json_is_read_too(tmp_path):
    """A token file may be JSON."""
    tokens = read(tmp_path, '{"tokens": [{"token": "0123456789", "user": "u", "roles": ["admin"]}]}')
    assert tokens.identify("0123456789").roles == {"admin"}
