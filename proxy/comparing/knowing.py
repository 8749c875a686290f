"""What the contract of a release knows of what a difference is about: operations, answers, members, words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.exchange import NO_JSON
from proxy.comparing.difference import Subject
from spec.contract import Contract, Operation
from spec.load import load_contract, load_law
from spec.openapi import answer_media, request_media, resolved
from spec.vocabulary import vocabulary_of

NOT_ALLOWED: Final = 405
"""What a server answers to a method that it does not know, on a path that it knows."""

_METHODS: Final = frozenset({"GET", "POST", "DELETE"})  # those of the API; no contract knows another one
_JOINED: Final = ("allOf", "anyOf", "oneOf")
_DEEPEST: Final = 24
_PHASE: Final = "-phase"


@dataclass(slots=True)
class Known:
    """What a contract says of a member: its types, and whether it has to be there everywhere."""

    types: set[str] = field(default_factory=set)
    required: bool = False


type Members = dict[tuple[str, str], Known]


class Side:
    """One release: what its contract knows of what a difference is about."""

    def __init__(self, name: str) -> None:
        self.contract: Contract = load_contract(name)
        self._name = name
        self._document: Mapping[str, Any] = self.contract.document
        self._members: dict[tuple[str, int, str], Members] = {}

    def operation(self, subject: Subject) -> Operation | None:
        """The operation that was asked for; None where the contract has none."""
        return self.contract.match(subject.method, subject.path)

    def knows(self, subject: Subject) -> bool:
        """The contract knows what was asked: the operation, or of a method that it never knows the path."""
        return subject.method in self.contract.methods(subject.path) or self._is_known_otherwise(subject)

    def allows(self, subject: Subject, status: int) -> bool:
        """The contract allows that answer; on a known path 405 to a method that it does not know."""
        operation = self.operation(subject)
        if operation is None:
            return self._is_known_otherwise(subject) and status == NOT_ALLOWED
        return status in operation.statuses

    def _is_known_otherwise(self, subject: Subject) -> bool:
        return subject.method not in _METHODS and bool(self.contract.methods(subject.path))

    def answers(self, subject: Subject) -> Members:
        """The members of the answer; none where the contract describes none."""
        operation, status = self.operation(subject), subject.statuses[1]
        if operation is None or status not in operation.statuses:
            return {}
        return self._of(operation, status, answer_media(self._document, operation, status))

    def body(self, subject: Subject) -> Members:
        """The members of the request."""
        operation = self.operation(subject)
        return {} if operation is None else self._of(operation, 0, request_media(self._document, operation))

    def accepts(self, subject: Subject) -> bool:
        """The contract has nothing against the body of the request."""
        operation = self.operation(subject)
        if operation is None or operation.body == "none" or subject.body is NO_JSON:
            return False
        return not self.contract.body_errors(operation.operation_id, subject.body)

    def words(self, member: str) -> frozenset[str]:
        """The words that a member may hold, wherever it stands."""
        homes = vocabulary_of(self.contract, load_law(self._name)).words
        return frozenset(word for home, words in homes.items() if home.member == member for word in words)

    def segments(self) -> frozenset[str]:
        """The names that paths are made of, which are those of links."""
        return frozenset(part for operation in self.contract.operations for part in operation.path.split("/") if part)

    def _of(self, operation: Operation, status: int, media: Mapping[str, Any] | None) -> Members:
        key = operation.operation_id, status, ""
        if key not in self._members:
            found: Members = {}
            if media is not None:
                _walk(self._document, media["schema"], "", found, 0)
            self._members[key] = found
        return self._members[key]


def _walk(document: Mapping[str, Any], schema: Mapping[str, Any], part: str, found: Members, deep: int) -> None:
    """Gather the members that a schema knows, with parts as `proxy.comparing.documents` names them."""
    if deep > _DEEPEST:
        return
    rule, _ = resolved(document, schema)
    for joined in _JOINED:
        for branch in rule.get(joined, ()):
            _walk(document, branch, part, found, deep + 1)
    for name in rule.get("required", ()):
        found.setdefault((part, name), Known()).required = True
    for name, member in rule.get("properties", {}).items():
        found.setdefault((part, name), Known()).types.update(_types(document, member, 0))
        below = f"*{_PHASE}" if name.endswith(_PHASE) else name
        _walk(document, member, f"{part}/{below}" if part else below, found, deep + 1)
    if isinstance(rule.get("items"), Mapping):
        _walk(document, rule["items"], f"{part}[]", found, deep + 1)


def _types(document: Mapping[str, Any], schema: Mapping[str, Any], deep: int) -> set[str]:
    rule, _ = resolved(document, schema)
    named = rule.get("type", ())
    found = {named} if isinstance(named, str) else set(named)
    for joined in _JOINED if deep < _DEEPEST else ():
        for branch in rule.get(joined, ()):
            found |= _types(document, branch, deep + 1)
    return found
