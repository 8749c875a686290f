"""A known secret is found however it is spelled, and nothing else is cut for it."""

import base64
import html
import json
import string
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.redact import REDACTED, redact_form, redact_headers, redact_text, redact_url
from reports.spellings import without, without_beginnings

LETTERS = string.ascii_letters + string.digits + "-_.~"
ODD = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["C"]), min_size=8, max_size=60)
PLAIN = st.text(LETTERS, min_size=8, max_size=60)

# How to spell it, and what is left of it.
SPELLINGS = {
    "as it is": (str, "#"),
    "JSON": (json.dumps, '"#"'),
    "JSON in JSON": (lambda s: json.dumps(json.dumps(s)), '"\\"#\\""'),
    "JSON with all letters escaped": (lambda s: "".join(f"\\u{ord(c):04X}" for c in s), "#"),
    "URL": (lambda s: quote(s, safe=""), "#"),
    "URL in a URL": (lambda s: quote(quote(s, safe=""), safe=""), "#"),
    "form": (quote_plus, "#"),
    "HTML": (html.escape, "#"),
    "HTML with numbers": (lambda s: "".join(f"&#{ord(c)};" for c in s), "#"),
    "hex": (lambda s: s.encode().hex(), "#"),
}


@pytest.mark.parametrize(("spell", "left"), SPELLINGS.values(), ids=SPELLINGS)
@given(secret=ODD.map(lambda s: f"Z{s}q"), others=st.lists(PLAIN, max_size=3))
@settings(max_examples=30)
def test_each_spelling_is_found(spell, left, secret, others):
    """Among other secrets too, and what stands around it stays."""
    assert without(f"<({spell(secret)})>", [*others, secret], "#") == f"<({left})>"


@given(secret=ODD, before=st.binary(max_size=5), after=st.binary(max_size=5), safe=st.booleans())
@settings(max_examples=50)
def test_base64_is_found_at_any_place(secret, before, after, safe):
    """Wherever the secret stands in what is encoded, nothing that hangs on it is left."""
    encode = base64.urlsafe_b64encode if safe else base64.b64encode
    left = without(f"({encode(before + secret.encode() + after).decode()})", [secret], "#")
    assert base64.b64encode(secret.encode()).decode()[4:-4] not in left
    assert "#" in left


@pytest.mark.parametrize("name", ["as it is", "JSON with all letters escaped"])
@given(secret=PLAIN, cut=st.integers(1, 3))
@settings(max_examples=30)
def test_a_secret_that_is_cut_off_is_found(name, secret, cut):
    """At the end of a text and before an ellipsis."""
    part = SPELLINGS[name][0](secret[:-cut])
    assert without_beginnings(f"it was {part}", [secret], "#") == "it was #"
    assert without_beginnings(f"it was {part}… and more", [secret], "#") == "it was #… and more"


@given(text=st.text(LETTERS + " ", max_size=200), secret=st.text("!%&+\\/", min_size=6, max_size=9))
@settings(max_examples=50)
def test_what_is_no_secret_stays(text, secret):
    """A text that does not hold the secret is the same afterwards."""
    assert without_beginnings(without(text, [secret], "#"), [secret], "#") == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a=1&password=x;y'z&b=2", f"a=1&password={REDACTED}&b=2"),
        ("pass%77ord=x&b=2", f"pass%77ord={REDACTED}&b=2"),
        ("user[token]=x", f"user[token]={REDACTED}"),
        ("verbose=1&state=applied", "verbose=1&state=applied"),
    ],
)
def test_a_form_loses_the_whole_value(text, left):
    """Also what a value in a text would end at."""
    assert redact_form(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<password>x y</password>", f"<password>{REDACTED}</password>"),
        ('login(password="x y", state="applied")', f'login(password="{REDACTED}", state="applied")'),
        ('{"name": "X-Auth-Token", "value": "x"}', f'{{"name": "X-Auth-Token", "value": "{REDACTED}"}}'),
        ("X-Auth-Token:\r\n x\r\nAccept: */*", f"X-Auth-Token:\r\n {REDACTED}\r\nAccept: */*"),
        ("/v3/auth/tokens/x7/roles", f"/v3/auth/tokens/{REDACTED}/roles"),
        ("token 3fa85f64-5717 is no more", f"token {REDACTED} is no more"),
        ("the token is missing", "the token is missing"),
        ("stage 3fa85f64-5717 is no more", "stage 3fa85f64-5717 is no more"),
    ],
)  # fmt: skip
def test_places_of_secrets_in_a_text(text, left):
    """Markup, calls, names beside values, folded headers, paths and plain words."""
    assert redact_text(text) == left


def test_headers_with_addresses_lose_what_addresses_hide():
    """A Location is read as a URL, in which more names are those of secrets."""
    assert redact_headers([("Location", "/x?sig=abc&page=2"), ("X-Session", "abc"), ("Key", "abc")]) == (
        ("Location", f"/x?sig={REDACTED}&page=2"),
        ("X-Session", REDACTED),
        ("Key", "abc"),
    )
    assert redact_url("/cb?next=%2Fx%3Ftoken%3Dabc") == f"/cb?next={REDACTED}"
