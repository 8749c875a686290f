"""An example of a violation for each requirement: what the judge found in an exchange that was written to break it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from spec.kinds import words_between
from spec.ledger import Ledger, Requirement
from spec.renaming import renamed

FILE: Final = "violations.json"


@dataclass(frozen=True, slots=True)
class Violation:
    """One finding: the request and the first line of its answer, and the finding's texts; each empty where unsaid.

    `seen` are the calls, or the request and its status, a line each; `where` is a JSON pointer or a place in words.
    """

    seen: tuple[str, ...]
    message: str
    expected: str = ""
    actual: str = ""
    where: str = ""
    hint: str = ""


@cache
def violations() -> Mapping[str, Violation]:
    """The examples by the ids of their requirements."""
    text = files("vimgate.explaining").joinpath(FILE).read_text(encoding="utf-8")
    rows = json.loads(text)
    return MappingProxyType({id_: Violation(**{**row, "seen": tuple(row["seen"])}) for id_, row in rows.items()})


def violation_of(requirement: Requirement, ledger: Ledger) -> Violation | None:
    """The example of a requirement of that ledger; of one that is like another that one's, in the words of its kind."""
    own, like = violations().get(requirement.id), requirement.like
    if own is not None or like is None or like not in violations():
        return own
    words = words_between(like, requirement.id)
    member, other = (each.parameters.get("member") for each in (ledger.by_id[like], requirement))
    if member and other:
        words |= {member: other}
    texts = asdict(violations()[like])
    seen = tuple(renamed(list(texts["seen"]), words))
    return Violation(**{**renamed(texts, words), "seen": seen})
