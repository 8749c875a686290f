"""Secrets never reach a report: headers, free text, URLs and reports lose tokens, passwords and cookies here. Pure.

When in doubt, more is taken out than needed: a report with a gap can be read, a leaked token cannot be taken back.
Nothing here raises on any text, and redacting twice gives the same as redacting once.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, quote_plus

from reports.model import Finding, Report, Result, SeenStrategy, Waiver

REDACTED: Final = "REDACTED"
TOKEN_VARIABLE: Final = "$TOKEN"  # noqa: S105 - what a reproducer writes where its reader puts a token; the one value that stays
SHORTEST_KNOWN_SECRET: Final = 4  # a shorter one would take letters out of every word; the rules by name still cover it

# Compared in lower case, letters and digits only: X-Auth-Token, OIDC-Token, access_token, Set-Cookie.
_SECRET_PARTS: Final = (
    "apikey", "authkey", "authorization", "cookie", "credential", "passphrase", "passwd", "password", "privatekey",
    "secret", "token",
)  # fmt: skip
_SECRET_NAMES: Final = frozenset({"pwd", "sessionid"})
# In a URL only: elsewhere these are plain words.
_SECRET_ARGUMENTS: Final = frozenset({"auth", "key", "pass", "sid", "sig", "signature"})

# A name and what stands between it and its value; the value begins where the match ends.
_MEMBER = re.compile(r"""(?P<quote>\\{0,15}["'])(?P<name>[^"'\n]{1,200}?)(?P=quote)\s*[:=]\s*""")
_PAIR = re.compile(r"""[(\[]\s*b?(?P<quote>["'])(?P<name>[^"'\n]{1,200}?)(?P=quote)\s*,\s*""")
_QUOTED_HEADER = re.compile(r"""(?P<quote>["'])(?P<name>[A-Za-z][\w.-]{0,99}):[ \t]*""")
_HEADER = re.compile(r"""(?<![\w.$'"-])(?P<name>[A-Za-z][\w.-]{0,99})[ \t]*:[ \t]*""")
_ARGUMENT = re.compile(r"""(?<![\w.$-])(?P<name>[A-Za-z][\w.%-]{0,99})=""")

# Where the value ends. '"'"' is how a shell script writes a single quote inside single quotes.
_STRING = {
    '"': re.compile(r""" "(?: '"'"' | [^"\\] | \\. )* (?: "|\\?\Z) """, re.VERBOSE | re.DOTALL),
    "'": re.compile(r""" '(?: '"'"' | [^'\\] | \\. )* (?: '|\\?\Z) """, re.VERBOSE | re.DOTALL),
}
_ESCAPED_QUOTE = re.compile(r"""\\{1,15}["']""")
_SCALAR = re.compile(r"[^\s,}\])&;]*")
_IN_QUOTES = {'"': re.compile(r'[^"\r\n]*'), "'": re.compile(r"""(?:'"'"'|[^'\r\n])*""")}
_LINE = re.compile(r"[^\r\n]*")
_ARGUMENT_VALUE = re.compile(r"""[^&\s;"'<>#]*""")

_USERINFO = re.compile(
    r"//(?:"
    r"[^/?#\s\"'<>]*@"  # whatever stands before the last @ of the authority
    r"|(?!\[)[^/?#\s@\"'<>]{0,200}:(?!\d*(?:[/?#\s\"'<>]|\Z))[^\s\"'<>]{0,200}@"  # a password with / ? or # unencoded
    r")"
)
_CREDENTIALS = re.compile(r"\b(Bearer|Basic|Digest|Negotiate)(\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_OPAQUE = re.compile(r"\bgAAAA[\w-]{20,}=*|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")  # Fernet (Keystone) and JSON Web Tokens
_UNICODE_ESCAPE = re.compile(r"\\+u([0-9A-Fa-f]{4})")


def is_secret_name(name: str) -> bool:
    """Whether a header, member or argument of that name carries a secret."""
    folded = re.sub(r"[^a-z0-9]", "", name.lower())
    return folded in _SECRET_NAMES or folded.startswith("xauth") or any(part in folded for part in _SECRET_PARTS)


def redact_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The same headers in the same order; secret ones lose their value, the others are redacted as text."""
    return tuple((name, REDACTED if is_secret_name(name) else redact_text(value)) for name, value in headers)


def redact_url(url: str, secrets: Iterable[str] = ()) -> str:
    """The URL without its userinfo and without the values of token-like arguments, in query and fragment."""
    return _cut(
        _USERINFO.sub(f"//{REDACTED}@", _without(url, secrets)), _ARGUMENT, _argument_end, secret=_is_secret_argument
    )


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Free text without secrets: headers, JSON members (also cut off or inside strings), URLs, credentials, tokens.

    `secrets` are values known to the caller, such as the token of this run; they go wherever they stand, also
    as JSON or a URL spells them. The literal `$TOKEN` stays, so that a reproducer can be read.
    """
    text = _without(text, secrets)
    for names, value_end in _RULES:
        text = _cut(text, names, value_end)
    text = _USERINFO.sub(f"//{REDACTED}@", text)
    text = _CREDENTIALS.sub(rf"\1\2{REDACTED}", text)
    return _OPAQUE.sub(REDACTED, text)


def redact_finding(finding: Finding, secrets: Iterable[str] = ()) -> Finding:
    """The finding with every text redacted."""
    known = tuple(secrets)
    texts: dict[str, Any] = {name: redact_text(getattr(finding, name), known) for name in _EVIDENCE}
    return replace(finding, **texts)


def redact_result(result: Result, secrets: Iterable[str] = ()) -> Result:
    """The result with its reason and findings redacted; text and source are the ledger's own words and stay."""
    known = tuple(secrets)
    findings = tuple(redact_finding(finding, known) for finding in result.findings)
    waived = result.waived and replace(
        result.waived, waivers=tuple(_redact_waiver(waiver, known) for waiver in result.waived.waivers)
    )
    return replace(result, reason=redact_text(result.reason, known), findings=findings, waived=waived)


def _redact_waiver(waiver: Waiver, known: tuple[str, ...]) -> Waiver:
    return replace(waiver, reason=redact_text(waiver.reason, known), ticket=redact_text(waiver.ticket, known))


def redact_strategy(seen: SeenStrategy, secrets: Iterable[str] = ()) -> SeenStrategy:
    """The strategy with every text of its document redacted, names of members included."""
    document: dict[str, Any] = _redacted(seen.document, tuple(secrets), {})
    return replace(seen, document=document)


def _redacted(value: Any, secrets: tuple[str, ...], known: dict[str, str]) -> Any:
    """A JSON value without secrets; `known` remembers texts, of which a document has few and each often."""
    if isinstance(value, str):
        if value not in known:
            known[value] = redact_text(value, secrets)
        return known[value]
    if isinstance(value, dict):
        return {
            _redacted(name, secrets, known): (
                REDACTED if is_secret_name(name) and member else _redacted(member, secrets, known)
            )
            for name, member in value.items()
        }
    return [_redacted(item, secrets, known) for item in value] if isinstance(value, list) else value


def redact_report(report: Report, secrets: Iterable[str] = ()) -> Report:
    """The report with target, results and notes redacted. Whatever writes or renders a report calls this first."""
    known = tuple(secrets)
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


def _without(text: str, secrets: Iterable[str]) -> str:
    """The text without the known secrets, as they are and as JSON and URLs spell them; the longest first."""
    spellings = {
        spelling
        for secret in secrets
        if len(secret) >= SHORTEST_KNOWN_SECRET
        for spelling in (
            secret,
            json.dumps(secret)[1:-1],
            quote(secret, safe="", errors="replace"),
            quote_plus(secret, errors="replace"),
        )
    }
    for spelling in sorted(spellings, key=lambda spelling: (-len(spelling), spelling)):
        text = text.replace(spelling, REDACTED)
    return text


def _cut(
    text: str,
    names: re.Pattern[str],
    value_end: Callable[[str, re.Match[str]], int],
    *,
    secret: Callable[[str], bool] = is_secret_name,
) -> str:
    """Replace the value behind each secret name; a quoted value keeps its quotes."""
    parts: list[str] = []
    done = at = 0
    while match := names.search(text, at):
        at = match.end()
        if not secret(_UNICODE_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), match["name"])):
            continue
        end = value_end(text, match)
        gone = _replacement(text[at:end], match)
        parts += (text[done:at], gone)
        done = at = end
    return "".join((*parts, text[done:]))


def _replacement(value: str, name: re.Match[str]) -> str:
    bare = value.strip("\\\"'")
    if not value or bare in (REDACTED, TOKEN_VARIABLE):
        return value
    quoted = name.re in (_MEMBER, _PAIR)
    return f"{name['quote']}{REDACTED}{name['quote']}" if quoted else REDACTED


def _member_end(text: str, name: re.Match[str]) -> int:
    """Where a JSON or Python value ends: at its closing quote or bracket; at the end of the text when it is cut off."""
    at = name.end() + (text[name.end() : name.end() + 2] in ("b'", 'b"'))
    if string := _STRING.get(text[at : at + 1]):
        match = string.match(text, at)
        return match.end() if match else len(text)
    if escaped := _ESCAPED_QUOTE.match(text, at):
        closing = re.compile(r"(?<!\\)" + re.escape(escaped[0])).search(text, escaped.end())
        return closing.end() if closing else len(text)
    if text[at : at + 1] in ("{", "["):
        try:
            return json.JSONDecoder().raw_decode(text, at)[1]
        except (ValueError, RecursionError):
            return len(text)
    return _end(_SCALAR, text, at)


def _quoted_header_end(text: str, name: re.Match[str]) -> int:
    end = _end(_IN_QUOTES[name["quote"]], text, name.end())
    return name.end() + len(
        text[name.end() : end].rstrip("\\")
    )  # inside a JSON string a backslash belongs to the quote


def _line_end(text: str, name: re.Match[str]) -> int:
    return _end(_LINE, text, name.end())


def _argument_end(text: str, name: re.Match[str]) -> int:
    return _end(_ARGUMENT_VALUE, text, name.end())


def _end(value: re.Pattern[str], text: str, at: int) -> int:
    match = value.match(text, at)
    return match.end() if match else at


def _is_secret_argument(name: str) -> bool:
    return is_secret_name(name) or name.lower() in _SECRET_ARGUMENTS


_RULES: Final = (
    (_MEMBER, _member_end),
    (_PAIR, _member_end),
    (_QUOTED_HEADER, _quoted_header_end),
    (_HEADER, _line_end),
    (_ARGUMENT, _argument_end),
)
