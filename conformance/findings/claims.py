"""What is wrong with an answer, as an assertion that a test without a judge can make: pure.

A finding says in words what was expected. Where the words are a status, a number, or a value that an earlier answer
showed, the assertion asks for that; else it asks for anything but what was seen.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from conformance.checks.context import show
from conformance.exchange import NO_JSON, Exchange
from reports.model import Finding

_CODE: Final = re.compile(r"\b[1-5]\d\d\b")
_AT_LEAST: Final = re.compile(r"(-?\d+) or more")
_MISSING: Final = "(missing)"


@dataclass(frozen=True, slots=True)
class Claim:
    """One assertion: `what` is the expression of the answer, `relation` and `value` what must hold of it.

    `value` is Python source; it may take a member of an earlier answer.
    """

    what: str
    relation: str
    value: str

    @property
    def text(self) -> str:
        """The assertion as an expression."""
        return f"{self.what} {self.relation} {self.value}"


def claim_of(finding: Finding, exchanges: Sequence[Exchange]) -> Claim:
    """The assertion that the last exchange breaks; answers are called `answers[0]`, `answers[1]` and so on."""
    last = exchanges[-1]
    if finding.where.startswith("/"):
        return _of_member(finding, exchanges)
    if finding.where == "status":
        return _of_status(finding, last)
    if last.response_header(finding.where) is not None:
        seen = last.response_header(finding.where)
        return Claim(f"answer.headers.get({finding.where!r})", "!=", repr(seen))
    return Claim("answer.content", "!=", repr(last.response_body[:2000]))


def _of_status(finding: Finding, last: Exchange) -> Claim:
    codes = sorted({int(code) for code in _CODE.findall(finding.expected)})
    if codes and last.status not in codes:
        return Claim("answer.status_code", "in", repr(codes))
    if last.status == int((_CODE.findall(finding.actual) or ["0"])[0]) and not codes:
        return Claim("answer.status_code", "!=", repr(last.status))
    return Claim("(answer.status_code, answer.content)", "!=", repr((last.status, last.response_body[:2000])))


def _of_member(finding: Finding, exchanges: Sequence[Exchange]) -> Claim:
    last, pointer = exchanges[-1], finding.where
    what = f"member(answer, {pointer!r})"
    seen = member(last.response_json, pointer)
    for index in range(len(exchanges) - 2, -1, -1):
        before = member(exchanges[index].response_json, pointer)
        if before == _MISSING or exchanges[index].path.startswith("/_control"):
            continue
        if show(before) == finding.expected and before != seen:
            return Claim(what, "==", f"member(answers[{index}], {pointer!r})")
        break
    least = _AT_LEAST.fullmatch(finding.expected)
    if least is not None and isinstance(seen, int) and seen < int(least[1]):
        return Claim(what, ">=", least[1])
    for value in _spelled(finding.expected):
        if value != seen and type(value) is type(seen):
            return Claim(what, "==", repr(value))
    return Claim(what, "!=", repr(seen) if len(repr(seen)) < 2000 else "None")  # noqa: PLR2004 - a screenful


def member(document: Any, pointer: str) -> Any:
    """The value at a JSON pointer; a text that says so where there is none."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and name in document:
            document = document[name]
        elif isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        else:
            return _MISSING
    return _MISSING if document is NO_JSON else document


def _spelled(text: str) -> list[Any]:
    """The value that the text spells as JSON; none for words."""
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return [value] if isinstance(value, bool | int) else []
