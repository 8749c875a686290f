"""How grave a verdict is, in three words that tools for code and CI systems share; a waived finding keeps its own."""

from enum import StrEnum
from typing import Final

from reports.model import Verdict


class Severity(StrEnum):
    """The words of SARIF; GitHub calls the last one `notice`."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


# What is told at all. A verdict that has no row here is nothing to look at.
SEVERITIES: Final = {
    Verdict.FAIL:          Severity.ERROR,
    Verdict.WARN:          Severity.WARNING,
    Verdict.HARNESS_ERROR: Severity.NOTE,
    Verdict.UNTESTABLE:    Severity.NOTE,
}  # fmt: skip
