"""One thing that was looked at, how it is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a thing is; a failure alone makes the doctor's exit code 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Sign:
    """What was looked at, how it is, what was seen, and what to do; nothing to do when it is well."""

    subject: str
    status: Status
    seen: str
    remedy: str = ""
