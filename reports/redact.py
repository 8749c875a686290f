"""Secrets never reach a report: headers, free text, URLs and reports lose tokens, passwords and cookies here. Pure.

When in doubt, more is taken out than needed: a report with a gap can be read, a leaked token cannot be taken back.
Nothing here raises on any text, and redacting twice gives the same as redacting once.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from ahocorasick_rs import BytesAhoCorasick

from reports import spellings
from reports.embedded import without_embedded
from reports.model import Finding, Report, Result, SeenStrategy, Waiver
from reports.places import ARGUMENT, PLACES, SEGMENT, as_read, cut

REDACTED: Final = "REDACTED"
TOKEN_VARIABLE: Final = "$TOKEN"  # noqa: S105 - what a reproducer writes where its reader puts a token; the one value that stays

# Compared in lower case, letters and digits only: X-Auth-Token, OIDC-Token, access_token, Set-Cookie.
_SECRET_PARTS: Final = (
    "accesskey", "apikey", "authkey", "authorization", "cookie", "credential", "passcode", "passphrase", "passwd",
    "password", "privatekey", "secret", "sessionid", "token",
)  # fmt: skip
_SECRET_NAMES: Final = frozenset({"adminpass", "bindpass", "jwt", "pwd", "rootpass", "userpass"})
# In a URL only: elsewhere these are plain words.
_SECRET_ARGUMENTS: Final = frozenset({"auth", "key", "pass", "sid", "sig", "signature"})

# In a header's name only.
_SECRET_HEADER_PARTS: Final = ("session", "jwt", "signature")
_ADDRESSES: Final = frozenset({"contentlocation", "link", "location", "referer", "refresh"})  # headers with URLs
_NAME_PARTS: Final = BytesAhoCorasick([part.encode() for part in (*_SECRET_PARTS, *_SECRET_NAMES, "xauth")])
_SMALL_LETTERS: Final = bytes(range(256)).lower()
_NO_NAME: Final = bytes(code for code in range(256) if not chr(code).isalnum() or code > 127)  # noqa: PLR2004 - ASCII
_ROUNDS: Final = 4
_LONG_NAME: Final = 64  # letters; what was found out about shorter names is remembered
_DEEPEST: Final = 2  # texts in base64 in percent-encoding, and no further

_USERINFO = re.compile(
    r"//(?:"
    r"[^/?#\s\"'<>]*@"  # whatever stands before the last @ of the authority
    r"|(?!\[)[^/?#\s@\"'<>]{0,200}:(?!\d*(?:[/?#\s\"'<>]|\Z))[^\s\"'<>]{0,200}@"  # a password with / ? or # unencoded
    r")"
)
_SCHEMES: Final = ("bearer", "basic", "digest", "negotiate")
_CREDENTIALS = re.compile(rf"\b({'|'.join(_SCHEMES)})(\s+)[A-Za-z0-9._~+/=-]{{8,}}", re.IGNORECASE)
_OPAQUE = re.compile(r"\bgAAAA[\w-]{4,}=*|\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?")  # Fernet (Keystone) and JSON Web Tokens
_PRIVATE_KEY = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?(?:-----END \1-----|\Z)", re.DOTALL)
_PROSE = re.compile(
    r"""(?P<before>\b(?:token|password|passwd|secret|credential|cookie)s?\b(?:\s+(?:id|value|is|was|of|for))*"""
    r"""[\s"'`([{<:=\\]{1,4})(?=[\w.~+/=-]*\d)(?=[\w.~+/=-]*[A-Za-z])[\w.~+/=-]{12,}""",
    re.IGNORECASE,
)


def opaque_tokens(text: str) -> list[str]:
    """What is known by its form for a token of Keystone or a JSON Web Token."""
    return _OPAQUE.findall(text) if _may_hold_a_token(text) else []


def is_secret_name(name: str) -> bool:
    """Whether a header, member or argument of that name carries a secret."""
    return _is_known_secret_name(name) if len(name) <= _LONG_NAME else _is_secret_name(name)


def _is_secret_name(name: str) -> bool:
    folded = _folded(name)
    return folded in _SECRET_NAMES or folded.startswith("xauth") or any(part in folded for part in _SECRET_PARTS)


_is_known_secret_name = lru_cache(maxsize=4096)(_is_secret_name)


def is_secret_header(name: str) -> bool:
    """Whether a header of that name carries a secret; of headers more names tell than of members."""
    return _is_known_secret_header(name) if len(name) <= _LONG_NAME else _is_secret_header(name)


def _is_secret_header(name: str) -> bool:
    folded = _folded(name)
    return is_secret_name(name) or folded == "auth" or any(part in folded for part in _SECRET_HEADER_PARTS)


_is_known_secret_header = lru_cache(maxsize=1024)(_is_secret_header)


def is_secret_argument(name: str) -> bool:
    """Whether an argument of a URL or form carries a secret."""
    return is_secret_name(name) or name.lower() in _SECRET_ARGUMENTS


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def redact_headers(headers: Iterable[tuple[str, str]], secrets: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    """The same headers in the same order; secret ones lose their value, the others are redacted as text or URL."""
    known = frozenset(secrets)
    return tuple((redact_text(name, known), _header_value(name, value, known)) for name, value in headers)


def _header_value(name: str, value: str, known: frozenset[str]) -> str:
    if value and is_secret_header(name):
        return REDACTED
    return redact_text(redact_url(value, known) if _folded(name) in _ADDRESSES else value, known)


def redact_url(url: str, secrets: Iterable[str] = ()) -> str:
    """The URL without userinfo, and without the values of token-like arguments and segments, also in the fragment."""
    known = frozenset(secrets)
    return _settled(_known_out(url, known), lambda text: _redact_url(text, known))


def _redact_url(url: str, known: frozenset[str], deep: int = 0) -> str:
    if deep < _DEEPEST:
        url = without_embedded(url, lambda inner: _redact_url(_known_out(inner, known), known, deep + 1), REDACTED)
    url = cut(_USERINFO.sub(f"//{REDACTED}@", url), ARGUMENT, is_secret_argument, REDACTED, TOKEN_VARIABLE)
    return _OPAQUE.sub(REDACTED, cut(url, SEGMENT, is_secret_name, REDACTED, TOKEN_VARIABLE))


def redact_form(text: str, secrets: Iterable[str] = ()) -> str:
    """A query or the body of a form: as a URL, and a secret argument loses all that stands before the next `&`."""
    known = frozenset(secrets)
    pairs = (pair.partition("=") for pair in _known_out(text, known).split("&"))
    return "&".join(
        f"{name}={REDACTED}"
        if value and value not in (REDACTED, TOKEN_VARIABLE) and is_secret_argument(as_read(name))
        else _redact_url(name + sign + value, known)
        for name, sign, value in pairs
    )


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Free text without secrets: headers, JSON members (also cut off or inside strings), URLs, credentials, tokens.

    `secrets` are values known to the caller, such as the token of this run; they go wherever they stand, also as JSON,
    HTML, a URL, base64 or hex spell them. The literal `$TOKEN` stays, so that a reproducer can be read.
    """
    known = frozenset(secrets)
    return _settled(_known_out(text, known), lambda text: _redact_text(text, known))


def _settled(text: str, redact: Callable[[str], str]) -> str:
    """Redacted until nothing changes any more: what is cut at one place may show another."""
    for _ in range(_ROUNDS):
        before, text = text, redact(text)
        if text == before:
            break
    return text


def _redact_text(text: str, known: frozenset[str], deep: int = 0) -> str:
    if deep < _DEEPEST:
        text = without_embedded(text, lambda inner: _redact_text(_known_out(inner, known), known, deep + 1), REDACTED)
    if may_name_a_secret(text):
        text = _PRIVATE_KEY.sub(REDACTED, text)
        for place in PLACES:
            text = cut(text, place, is_secret_name, REDACTED, TOKEN_VARIABLE)
        text = _PROSE.sub(rf"\g<before>{REDACTED}", text)
    if "@" in text:
        text = _USERINFO.sub(f"//{REDACTED}@", text)
    if any(scheme in text.lower() for scheme in _SCHEMES):
        text = _CREDENTIALS.sub(rf"\1\2{REDACTED}", text)
    return _OPAQUE.sub(REDACTED, text) if _may_hold_a_token(text) else text


def may_name_a_secret(text: str) -> bool:
    """Whether any name of a secret stands there; False spares a search that is slow on large documents."""
    if text.isascii() and "\\" not in text and "%" not in text:
        folded = text.encode("ascii").translate(_SMALL_LETTERS, _NO_NAME)
    else:
        folded = as_read(text).lower().encode("utf-8", "replace").translate(None, _NO_NAME)
    return bool(_NAME_PARTS.find_matches_as_indexes(folded))


def _may_hold_a_token(text: str) -> bool:
    return ("J" in text and "eyJ" in text) or "gAAAA" in text  # one letter is looked for much faster than several


def _known_out(text: str, known: frozenset[str]) -> str:
    return spellings.without(text, known, REDACTED)


def redact_finding(finding: Finding, secrets: Iterable[str] = ()) -> Finding:
    """The finding with every text redacted."""
    known = frozenset(secrets)
    texts: dict[str, Any] = {name: redact_text(getattr(finding, name), known) for name in _EVIDENCE}
    return replace(finding, **texts)


def redact_result(result: Result, secrets: Iterable[str] = ()) -> Result:
    """The result with its reason and findings redacted; text and source are the ledger's own words and stay."""
    known = frozenset(secrets)
    findings = tuple(redact_finding(finding, known) for finding in result.findings)
    waived = result.waived and replace(
        result.waived, waivers=tuple(_redact_waiver(waiver, known) for waiver in result.waived.waivers)
    )
    return replace(result, reason=redact_text(result.reason, known), findings=findings, waived=waived)


def _redact_waiver(waiver: Waiver, known: frozenset[str]) -> Waiver:
    return replace(waiver, reason=redact_text(waiver.reason, known), ticket=redact_text(waiver.ticket, known))


def redact_strategy(seen: SeenStrategy, secrets: Iterable[str] = ()) -> SeenStrategy:
    """The strategy with every text of its document redacted, names of members included."""
    document: dict[str, Any] = redact_value(seen.document, secrets)
    return replace(seen, document=document)


def redact_value(value: Any, secrets: Iterable[str] = ()) -> Any:
    """A JSON value with every text in it redacted, names of members included."""
    return _redacted(value, frozenset(secrets), {})


def _redacted(value: Any, secrets: frozenset[str], known: dict[str, str]) -> Any:
    """A JSON value without secrets; `known` remembers texts, of which a document has few and each often."""
    if isinstance(value, str):
        if value not in known:
            known[value] = redact_text(value, secrets)
        return known[value]
    if isinstance(value, dict):
        return {
            _redacted(name, secrets, known): (
                REDACTED
                if member and (is_secret_name(name) or (name == "value" and is_secret_name(_name_in(value))))
                else _redacted(member, secrets, known)
            )
            for name, member in value.items()
        }
    return [_redacted(item, secrets, known) for item in value] if isinstance(value, list) else value


def _name_in(value: dict[str, Any]) -> str:
    """What an object with a member `value` calls it."""
    return next((value[each] for each in ("name", "key") if isinstance(value.get(each), str)), "")


def redact_report(report: Report, secrets: Iterable[str] = ()) -> Report:
    """The report with target, results and notes redacted. Whatever writes or renders a report calls this first."""
    known = frozenset(secrets)
    return replace(
        report,
        run=replace(report.run, target=redact_url(report.run.target, known)),
        results=tuple(redact_result(result, known) for result in report.results),
        notes=tuple(redact_text(note, known) for note in report.notes),
        strategies=tuple(redact_strategy(seen, known) for seen in report.strategies),
    )


_EVIDENCE: Final = (
    "message",
    "expected",
    "actual",
    "where",
    "hint",
    "request",
    "response",
    "reproducer",
    "origin",
    "test",
)
