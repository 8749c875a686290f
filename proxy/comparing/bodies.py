"""Members of create requests that are refused or demanded now, and were not before; told by the texts of faults."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from proxy.comparing.answering import Answer
from proxy.comparing.asking import Question
from proxy.comparing.difference import Difference, Subject, What
from proxy.comparing.gathered import Group
from proxy.comparing.standing import is_create

_REFUSED: Final = 400
_WORD: Final = re.compile(r"[a-z]+(?:[-_][a-z]+)+|[a-z]{6,}")
_CONFLICT: Final = 409


@dataclass(slots=True)
class _Creates:
    """What one side has shown of create requests of a kind; `refused` are bodies with the answers that refused them."""

    accepted: list[dict[str, Any]] = field(default_factory=list)
    refused: list[tuple[dict[str, Any], Answer]] = field(default_factory=list)


def differences(old: Mapping[Question, Group], new: Mapping[Question, Group]) -> Iterator[Difference]:
    """What became of members of create requests that were accepted before."""
    before, after = _creates(old), _creates(new)
    for path in sorted(before.keys() & after.keys()):
        accepted = before[path].accepted
        fine = {name for body in after[path].accepted for name in body}
        if accepted:
            always = [body for body, _ in before[path].refused]
            after[path].refused[:] = [each for each in after[path].refused if each[0] not in always]
            yield from _refused(path, accepted, fine, after[path])
            yield from _demanded(path, accepted, after[path])


def _refused(path: str, accepted: list[dict[str, Any]], fine: set[str], after: _Creates) -> Iterator[Difference]:
    for name in sorted({name for body in accepted for name in body} - fine):
        for body, answer in after.refused:
            if name in body and name in _WORD.findall(answer.text):
                text = f"the member {name} of a create request is refused now"
                yield _made(What.REQUEST_MEMBER_REFUSED, path, text, "accepted", answer, name, body)
                break


def _demanded(path: str, accepted: list[dict[str, Any]], after: _Creates) -> Iterator[Difference]:
    told: set[str] = set()
    for body, answer in after.refused:
        for name in _WORD.findall(answer.text):
            known = any(name in each for each in after.accepted) or "-" in name
            without = any(name not in each for each in accepted) and all(name in each for each in after.accepted)
            if name not in body and name not in told and known and without:
                told.add(name)
                text = f"a create request needs the member {name} now"
                yield _made(What.REQUEST_MEMBER_DEMANDED, path, text, "accepted without it", answer, name, body)


def _creates(groups: Mapping[Question, Group]) -> dict[str, _Creates]:
    found: dict[str, _Creates] = {}
    for question in sorted(groups, key=lambda each: (each.path, each.body, each.situation, each.in_words())):
        group = groups[question]
        if not is_create(question.method, question.path) or not isinstance(group.body, dict):
            continue
        creates = found.setdefault(question.path.rstrip("/"), _Creates())
        for answer in sorted(group.answers, key=Answer.in_words):
            if answer.succeeded:
                creates.accepted.append(group.body)
            elif answer.status >= _REFUSED and answer.status != _CONFLICT and answer.text:
                creates.refused.append((group.body, answer))
    return found


def _made(  # noqa: PLR0913, PLR0917 - the parts of a difference
    what: What, path: str, text: str, old: str, answer: Answer, name: str, body: dict[str, Any]
) -> Difference:
    subject = Subject("POST", path, (200, answer.status), names=(name,), body=body)
    return Difference(what, f"POST {path}", text, old, answer.in_words(), subject=subject)
