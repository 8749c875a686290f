"""No secret reaches the evidence, and where one stood is told instead of a verdict that nobody can recompute."""

import base64
import gzip
import zipfile

import pytest

from conformance.caller import NOBODYS_TOKEN
from conformance.runs.recompute import Difference
from conformance.runs.verifying import verify

TOKEN = "gAAAAABmRunTokenOfTheRun0123456789"
PASSWORD = "correct-horse-battery-9"
COOKIE = "sid-5f0c2d7a91e84b63"
PLANTED = (TOKEN, PASSWORD, COOKIE)


def unpacked(folder):
    """Every member of the evidence, as it reads when it is unpacked."""
    with zipfile.ZipFile(folder / "evidence.zip") as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def spellings(secret):
    """The bytes that would give a secret away."""
    whole = [secret[skip:].encode() for skip in range(3)]
    return [secret.encode(), secret.encode().hex().encode(), *(base64.b64encode(each)[:-4] for each in whole)]


def test_no_secret_is_in_the_evidence(making, answered):
    """A token of the run, a password in a body and a cookie are gone, wherever an exchange repeats them."""
    cookie = ("Set-Cookie", f"session={COOKIE}; Path=/")
    body = b'{"auth": {"password": "%s"}, "note": "%s"}' % (PASSWORD.encode(), TOKEN.encode())
    exchanges = [
        answered(request_headers=(("X-Auth-Token", TOKEN),), headers=(cookie,)),
        answered(body=body),
        answered(body=gzip.compress(body), headers=(("Content-Encoding", "gzip"),)),
        answered(query=f"access_token={TOKEN}", origin=f"test; the server said {PASSWORD}"),
        answered(body=b"again: %s %s" % (PASSWORD.encode(), COOKIE.encode())),
    ]
    _, folder = making(exchanges, secrets=(TOKEN,))
    stored = unpacked(folder)
    assert [each for secret in PLANTED for each in spellings(secret) if each in stored] == []
    assert b"Set-Cookie" in stored


def test_the_planted_secrets_are_found_where_nothing_is_taken_out(making, answered, monkeypatch):
    """The search above finds each of them in evidence from which nothing was taken."""
    monkeypatch.setattr("conformance.evidence.cleaning.kept", lambda body, *_: body)
    monkeypatch.setattr("conformance.evidence.cleaning.redact_headers", lambda headers, _: headers)
    body = b'{"auth": {"password": "%s"}, "note": "%s"}' % (PASSWORD.encode(), TOKEN.encode())
    _, folder = making([answered(body=body, headers=(("Set-Cookie", f"session={COOKIE}"),))])
    stored = unpacked(folder)
    assert [secret for secret in PLANTED if spellings(secret)[0] not in stored] == []


def test_a_cookie_costs_no_verdict(making, answered):
    """Nobody looks at the value of a cookie: without it every verdict is recomputed, and none is in doubt."""
    report, folder = making([answered(headers=(("Set-Cookie", f"session={COOKIE}"),))])
    found = verify(report, folder)
    assert (found.differences, found.uncertain) == ((), frozenset())


@pytest.mark.parametrize(
    ("header", "token"),
    [("X-Auth-Token", each) for each in ("", "***", "***reader***", "***expired***", NOBODYS_TOKEN)]
    + [("OIDC-Token", "***oidc***")],
)
def test_words_in_the_place_of_a_token_stay(header, token, making, answered):
    """The tokens of the run as they are recorded, that of nobody, and none: callers are told apart by them."""
    report, folder = making([answered(request_headers=((header, token),))])
    assert verify(report, folder).differences == ()
    assert f'["{header}","{token}"]'.encode() in unpacked(folder)


@pytest.fixture
def unreadable(answered):
    """An exchange whose body nobody can read, so that nobody knows what is secret in it."""
    return answered(body=b"\xff\xfe\x80" * 9, headers=(("Content-Encoding", "unheard-of"),))


def test_a_verdict_that_hung_on_what_was_taken_out_is_said_not_to_be_recomputed(making, unreadable):
    """What does not come to the same without it is named with the reason, and everything else is compared."""
    report, folder = making([unreadable])
    found = verify(report, folder)
    assert found.differences == ()
    assert found.uncertain
    assert all("what is secret, or may be, was taken out of an exchange" in each for each in found.why)
    assert found.requirements == len(report.results) - len(found.uncertain)


@pytest.mark.parametrize("now", [Difference(), Difference(("VIM-GEN-015",))])
def test_a_gap_of_another_size_is_a_difference(now, making, unreadable, monkeypatch):
    """What is said not to come to the same again must be what does not, neither more nor less."""
    report, folder = making([unreadable])
    monkeypatch.setattr("conformance.runs.recompute.difference", lambda *_: now)
    assert "a/one comes to something else" in verify(report, folder).differences[0]
