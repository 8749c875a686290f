"""A test file for pytest that shows a finding again: for whoever repairs the server, without this program.

It needs pytest and requests, plays the same requests as the shell script, and asserts what was expected.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from conformance.exchange import NO_JSON, Exchange
from conformance.findings.claims import claim_of
from conformance.monitor import is_control
from conformance.targets.control import PATH as CONTROL
from reports.model import Finding
from reports.redact import redact_text

_WIDTH: Final = 100
_HEADERS: Final = frozenset({"content-type", "accept"})

_OPENING: Final = '''"""{title}

{about}

Run it with: VIM=http://host:port pytest {name}
TOKEN is sent as X-Auth-Token when it is set, CONTROL_TOKEN as X-Control-Token.
"""

import os
import time

import requests

VIM = os.environ.get("VIM", "http://localhost:4545").rstrip("/")


def send(method, path, body=None, headers=None):
    sent = dict(headers or {{}})
    if "TOKEN" in os.environ and not path.startswith("/_control"):
        sent["X-Auth-Token"] = os.environ["TOKEN"]
    if "CONTROL_TOKEN" in os.environ and path.startswith("/_control"):
        sent["X-Control-Token"] = os.environ["CONTROL_TOKEN"]
    return requests.request(method, VIM + path, data=body, headers=sent, timeout=60, allow_redirects=False)


def member(answer, pointer):
    """The value at a JSON pointer of the answer."""
    try:
        value = answer.json()
    except ValueError:
        return "(missing)"
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return "(missing)"
    return value


def test_{identifier}():
    answers = []
'''


def file_name(requirement: str) -> str:
    """The name of the test file of a requirement."""
    return f"test_{_identifier(requirement)}.py"


def pytest_text(finding: Finding, exchanges: Sequence[Exchange], text: str = "") -> str:
    """The file for a finding that the last of the exchanges shows; `text` is what is required. Redacted."""
    about = [finding.message, *(_told("Expected", finding.expected)), *(_told("Actual", finding.actual))]
    opening = _OPENING.format(
        title=_docstring(f"{finding.requirement}: {text or finding.message}"),
        about=_docstring("\n".join(about)),
        name=file_name(finding.requirement),
        identifier=_identifier(finding.requirement),
    )
    claim = claim_of(finding, exchanges)
    message = f"{finding.message}: expected {finding.expected or 'something else'}, got {finding.actual or 'this'}"
    lines = [*_played(exchanges), f"    answer = answers[{len(exchanges) - 1}]"]
    lines.append(f"    assert {claim.text}, {redact_text(message)!r}")
    return opening + "\n".join(lines) + "\n"


def _played(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """One line per request; where the target's clock cannot be moved, pauses between them."""
    known = list(exchanges)
    clocked = any(each.path == f"{CONTROL}/clock" for each in known)
    last = None
    for each in known:
        if not clocked and last is not None and each.at - last >= 1:
            yield f"    time.sleep({each.at - last:.0f})"
        last = each.at
        yield f"    answers.append(send({', '.join(_arguments(each))}))"


def _arguments(exchange: Exchange) -> Iterator[str]:
    yield repr(exchange.method)
    yield repr(redact_text(exchange.path + (f"?{exchange.query}" if exchange.query else "")))
    if exchange.request_body:
        yield repr(_body(exchange))
    headers = {name: redact_text(value) for name, value in exchange.request_headers if name.lower() in _HEADERS}
    if headers and not is_control(exchange):
        yield f"headers={headers!r}"


def _body(exchange: Exchange) -> Any:
    """The body as text where it is JSON in one spelling, else as bytes."""
    text = exchange.request_body.decode(errors="replace")
    if exchange.request_json is not NO_JSON or text.isprintable():
        return redact_text(text)
    return exchange.request_body


def _told(label: str, text: str) -> list[str]:
    return [f"{label}: {text}"] if text else []


def _docstring(text: str) -> str:
    return redact_text(text).replace("\\", "\\\\").replace('"""', "'''")


def _identifier(requirement: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in requirement.lower())
