"""Secrets are gone wherever they may stand, and nothing else is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.model import Finding, Report, Result, Run, Verdict
from reports.redact import REDACTED, is_secret_name, redact_headers, redact_report, redact_text, redact_url

SECRET_HEADERS = [
    "X-Auth-Token", "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "OIDC-Token", "X-Subject-Token",
    "X-Control-Token", "x-auth-token", "X-Api-Key",
]  # fmt: skip
SECRET_MEMBERS = ["password", "token", "secret", "adminPass_token", "access_token", "client-secret", "PASSWORD", "pwd"]
PLAIN_NAMES = [
    "uuid",
    "state",
    "stage-id",
    "worker-apply-type",
    "Content-Type",
    "Accept",
    "faultstring",
    "total-stages",
]

# A secret starts and ends in a mark that no frame below contains: it cannot be found or missed by chance.
SECRETS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=30).map(
    lambda s: f"Zq{s}qZ"
)
TOKENS = st.text("abcdefXYZ0189-_.~+/=", min_size=1, max_size=60).map(lambda s: f"Zq{s}qZ")
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", SECRET_HEADERS + SECRET_MEMBERS)
def test_names_of_secrets_are_known(name):
    """Every header and member that carries a secret is known by its name."""
    assert is_secret_name(name)


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_other_names_are_left_alone(name):
    """The words of the API are not taken for secrets."""
    assert not is_secret_name(name)


@given(name=st.sampled_from(SECRET_HEADERS), secret=SECRETS)
def test_secret_headers_lose_their_value_and_keep_their_name(name, secret):
    """The header is still seen, its value is not; other headers and the order stay."""
    headers = (("Accept", "application/json"), (name, secret), ("Content-Length", "12"))
    assert redact_headers(headers) == (headers[0], (name, REDACTED), headers[2])


@given(name=st.sampled_from(SECRET_HEADERS), secret=TOKENS)
@pytest.mark.parametrize(
    "frame",
    [
        "GET /api HTTP/1.1\r\n{name}: {secret}\r\nAccept: */*\r\n",
        "{name}:{secret}",
        "> {name}: {secret}\n> Accept: */*",
        "curl -H '{name}: {secret}' http://192.0.2.1/api",
        'curl -H "{name}: {secret}" http://192.0.2.1/api',
        "headers={{'{name}': '{secret}', 'Accept': '*/*'}}",
        "[('Accept', '*/*'), ('{name}', '{secret}')]",
        "[(b'{name}', b'{secret}')]",
        '[["{name}", "{secret}"]]',
        '{{"log": "sent \\"{name}: {secret}\\" to the target"}}',
    ],
)
def test_headers_in_text_lose_their_value(frame, name, secret):
    """However a request is written down, the value of a secret header is not in it."""
    assert secret not in redact_text(frame.format(name=name, secret=secret))


@given(name=st.sampled_from(SECRET_MEMBERS), secret=SECRETS, around=DOCUMENTS, indent=st.sampled_from([None, 2]))
@pytest.mark.parametrize(
    "shape",
    [
        lambda name, value, around: {"around": around, name: value, "after": 1},
        lambda name, value, around: {"deep": [{"x": {name: value}}], "around": around},
        lambda name, value, around: {name: {"id": value, "around": around}, "after": 1},
        lambda name, value, around: {name: [around, value]},
    ],
    ids=["scalar", "deep", "object", "list"],
)
def test_json_members_lose_their_value_and_the_text_stays_json(shape, name, secret, around, indent):
    """A member of a secret's name loses its whole value, and what is left can still be parsed."""
    redacted = redact_text(json.dumps(shape(name, secret, around), indent=indent, ensure_ascii=False))
    assert not {secret, json.dumps(secret, ensure_ascii=False)[1:-1]} & set(strings_of(json.loads(redacted)))
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in redacted


@given(name=st.sampled_from(SECRET_MEMBERS), secret=SECRETS, times=st.integers(1, 3))
def test_json_inside_json_strings_loses_its_secrets(name, secret, times):
    """A body quoted in a fault, also twice and three times over, does not carry the secret on."""
    text = json.dumps({name: secret, "after": 1}, ensure_ascii=False)
    for _ in range(times):
        text = json.dumps({"debuginfo": text}, ensure_ascii=False)
    assert "Zq" not in redact_text(text)


@given(name=st.sampled_from(SECRET_MEMBERS), secret=TOKENS, cut=st.integers(1, 3))
def test_json_that_is_cut_off_loses_its_secrets(name, secret, cut):
    """An answer that ends in the middle of a secret shows nothing of it."""
    assert secret[:-cut] not in redact_text(json.dumps({"a": 1, name: secret})[: -cut - 2])


@given(secret=TOKENS)
def test_an_escaped_name_is_still_a_secrets_name(secret):
    """A name written with escapes is the same name to every JSON reader."""
    assert secret not in redact_text(f'{{"pass\\u0077ord": "{secret}"}}')


@given(secret=st.text("abcXYZ019-_.~", min_size=1, max_size=40).map(lambda s: f"Zq{s}qZ"))
@pytest.mark.parametrize(
    ("url", "left"),
    [
        ("http://{secret}@192.0.2.1:4545/api", "http://REDACTED@192.0.2.1:4545/api"),
        ("http://admin:{secret}@192.0.2.1/api?x=1", "http://REDACTED@192.0.2.1/api?x=1"),
        ("http://ad@min:{secret}@192.0.2.1/", "http://REDACTED@192.0.2.1/"),
        ("http://admin:a/b{secret}@192.0.2.1/", "http://REDACTED@192.0.2.1/"),
        ("http://[2001:db8::1]:80/?token={secret}", "http://[2001:db8::1]:80/?token=REDACTED"),
        ("/api?a=1&access_token={secret}&b=2", "/api?a=1&access_token=REDACTED&b=2"),
        ("http://192.0.2.1/?signature={secret}#end", "http://192.0.2.1/?signature=REDACTED#end"),
        ("http://192.0.2.1/#token={secret}", "http://192.0.2.1/#token=REDACTED"),
    ],
)
def test_urls_lose_userinfo_and_token_arguments_and_nothing_else(url, left, secret):
    """Everything of the URL but the secret stays as it was."""
    assert redact_url(url.format(secret=secret)) == left


@given(secret=st.text("abcXYZ019", min_size=30, max_size=60))
@pytest.mark.parametrize(
    "frame", ["sent Bearer {} to it", "Basic {}", "got gAAAAA{}", "see http://u:{}@192.0.2.1/x for it"]
)
def test_credentials_are_known_by_their_form(frame, secret):
    """A bearer credential, a Keystone token and a password in a URL are taken out of running text."""
    assert secret not in redact_text(frame.format(secret))


@given(
    secret=st.text(min_size=4, max_size=20).map(lambda s: f"Zq{s}"),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
def test_a_known_secret_goes_wherever_it_stands(secret, before, after):
    """The token of the run itself is gone from any text, also as JSON spells it."""
    text = f"{before} {secret} {json.dumps(secret)} {after}"
    redacted = redact_text(text, [secret])
    assert (secret in redacted, json.dumps(secret)[1:-1] in redacted) == (False, False)


@given(
    text=st.text()
    | st.from_regex(
        r"""(["'\\:=,\[{(\s]|token|password|//|/|<|>|%3D|@|b|\w|REDACTED|dG9rZW49YWJj){1,12}""", fullmatch=True
    )
)
def test_redacting_twice_is_redacting_once(text):
    """Nothing that redaction writes is taken for a secret, and no text makes it fail."""
    assert redact_text(redact_text(text)) == redact_text(text)
    assert redact_url(redact_url(text)) == redact_url(text)


@given(words=st.lists(st.text("abxyzAZ019 .:;,=/&?[](){}<>\"'\\\n-_", max_size=12), max_size=6))
def test_text_without_secret_names_stays_as_it_is(words):
    """A strategy in a report is the strategy that was seen."""
    text = json.dumps(
        {"strategy": {"name": "sw-patch", "state": "applying", "stages": [{"stage-id": 0}], "rest": words}}
    )
    assert (redact_text(text), redact_text(" ".join(words))) == (text, " ".join(words))


def test_the_placeholder_of_a_reproducer_stays():
    """A reader sees where to put a token."""
    line = 'curl -H "X-Auth-Token: $TOKEN" http://192.0.2.1/api'
    assert redact_text(line) == line


@given(secret=TOKENS)
def test_no_field_of_a_report_keeps_a_secret(secret):
    """Target, reasons, notes and every text of a finding are redacted; the ledger's words are not touched."""
    leak = f"X-Auth-Token: {secret}"
    texts = dict.fromkeys(
        ["message", "expected", "actual", "where", "hint", "request", "response", "reproducer", "origin"], leak
    )
    result = Result(
        "VIM-X-001",
        Verdict.FAIL,
        text="A token: it is needed.",
        reason=leak,
        findings=(Finding("VIM-X-001", Verdict.FAIL, **texts),),
    )
    run = Run(
        target=f"http://u:{secret}@192.0.2.1/?token={secret}",
        release="published",
        seed=1,
        changes="allowed",
        started="",
    )
    redacted = redact_report(Report(run=run, results=(result,), notes=(leak,)))
    assert secret not in repr(redacted)
    assert redacted.results[0].text == result.text


def strings_of(value):
    """Every string in a JSON value."""
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in strings_of(part)]
    if isinstance(value, list):
        return [text for item in value for text in strings_of(item)]
    return [value] if isinstance(value, str) else []


def test_long_runs_of_backslashes_are_looked_through_once():
    """A text of nothing else, in which a search that begins anew at each of them would take hours."""
    text = '{"force": "' + "\\" * 100_000 + '"}'
    assert redact_text(text, ["a/secret-of-mine"]) == text
