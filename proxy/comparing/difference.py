"""What a difference is, as frozen values: what changed, where, both sides in a line, whether it was to be expected."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conformance.exchange import NO_JSON


class What(StrEnum):
    """The kinds of differences, in the order in which they are told."""

    STATUS = "status"
    CREATE_REFUSED = "create-refused"
    CREATE_ACCEPTED = "create-accepted"
    REQUEST_MEMBER_REFUSED = "request-member-refused"
    REQUEST_MEMBER_DEMANDED = "request-member-demanded"
    MEDIA_TYPE = "media-type"
    HEADER = "header"
    BODY = "body"
    MEMBER_GONE = "member-gone"
    MEMBER_RARER = "member-rarer"
    MEMBER_NEW = "member-new"
    TYPE = "type"
    WORD = "word"
    LINK_GONE = "link-gone"
    LINK_NEW = "link-new"
    LINK_MOVED = "link-moved"
    FAULT_TEXT = "fault-text"
    SETTINGS = "settings"
    STAGES = "stages"
    STEPS = "steps"
    TIMEOUT = "timeout"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a difference is about, in the parts by which two releases may explain it; empty where they say nothing.

    `statuses` are those of both sides; `names` are members, words, rels, stages or steps, those that matter first.
    `odd`: it was asked for with an argument or a media type of which no contract speaks; `bare`: without a body.
    """

    method: str = ""
    path: str = ""
    statuses: tuple[int, int] = (0, 0)
    part: str = ""
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    body: Any = NO_JSON
    odd: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """One change for clients.

    `where` is an operation, or `strategy of KIND`; `text` is the sentence, `old` and `new` are examples of both sides.
    `asked` is what was asked, in words, of the first of `times` questions that show it. `numbers` are those of
    deviations and requirements that have to do with it, where two releases were named.
    """

    what: What
    where: str
    text: str
    old: str
    new: str
    asked: str = ""
    times: int = 1
    numbers: tuple[str, ...] = ()
    expected: bool = False
    subject: Subject = Subject()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides held against each other.

    `doubtful` are differences that may come from the moment at which somebody asked; they count for nothing. `compared`
    counts the questions that both sides were asked, `old_only` and `new_only` those of one side.
    """

    differences: tuple[Difference, ...]
    doubtful: tuple[Difference, ...] = ()
    compared: int = 0
    old_only: tuple[str, ...] = ()
    new_only: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unexpected(self) -> tuple[Difference, ...]:
        """Those that count."""
        return tuple(each for each in self.differences if not each.expected)
