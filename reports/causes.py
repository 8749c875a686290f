"""What findings have in common: the same texts but for what differs from run to run, such as uuids and dates."""

import re
from collections.abc import Callable
from typing import Final

from reports.model import Finding

FINDINGS_KEPT: Final = 5
"""How many findings of different causes a result lists at most."""

_VARYING: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+", re.IGNORECASE)
_STATUS: Final = "status"
_CODE: Final = re.compile(r"[1-5]\d\d")


def cause(finding: Finding) -> tuple[str, ...]:
    """What two findings of one cause have in common: the same texts but for numbers and uuids."""
    return _texts(finding, lambda _: "#")


def telling_cause(finding: Finding) -> tuple[str, ...]:
    """The cause in which status codes are kept where the finding is about one: 500 is not the 404 that is known."""
    if finding.where != _STATUS:
        return cause(finding)
    return _texts(finding, lambda varying: varying[0] if _CODE.fullmatch(varying[0]) else "#")


def _texts(finding: Finding, instead: Callable[[re.Match[str]], str]) -> tuple[str, ...]:
    texts = (finding.message, finding.where, finding.expected, finding.actual)
    return (finding.requirement, *(_VARYING.sub(instead, text) for text in texts))
