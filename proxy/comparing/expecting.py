"""Which differences two releases explain: what one contract knows and the other does not, or a deviation says. Pure.

A difference is expected where the newer contract allows what came, or the older one what went, and the other contract
does not; or where a deviation that one of the two releases has names both. Everything else is not.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from conformance.exchange import NO_JSON
from proxy.comparing.difference import Comparison, Difference, Subject, What
from proxy.comparing.standing import kind_of
from spec.contract import Contract, Operation
from spec.load import load_contract, load_law, load_ledger, load_release
from spec.openapi import answer_media, request_media, resolved
from spec.release import Deviation
from spec.vocabulary import vocabulary_of

_MOST_NUMBERS: Final = 3
_MOST_REQUIREMENTS: Final = 4
_JOINED: Final = ("allOf", "anyOf", "oneOf")
_DEEPEST: Final = 24
_REFUSED: Final = 400
_WINDOW: Final = 4  # words of a fault text that a deviation repeats
_PHASE: Final = "-phase"


@dataclass(slots=True)
class _Known:
    """What a contract says of a member: its types, and whether it has to be there everywhere."""

    types: set[str] = field(default_factory=set)
    required: bool = False


type Members = dict[tuple[str, str], _Known]


class Releases:
    """Two releases, by their names in `spec.load.RELEASES`. Raises LookupError, DocumentError."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = _Side(old), _Side(new)
        rows = (*load_ledger(old).requirements, *load_ledger(new).requirements)
        self._texts = {row.id: row.text for row in rows}
        before, after = load_release(old).deviations, load_release(new).deviations
        self._deviations = (
            *((each, True) for number, each in after.items() if number not in before),
            *((each, False) for number, each in before.items() if number not in after),
        )

    def explained(self, comparison: Comparison) -> Comparison:
        """The comparison with what was to be expected marked, and with numbers."""
        return replace(
            comparison,
            differences=tuple(map(self._explained, comparison.differences)),
            doubtful=tuple(map(self._explained, comparison.doubtful)),
        )

    def _explained(self, each: Difference) -> Difference:
        rule = _RULES.get(each.what)
        by_contract = rule is not None and rule(each.subject, self._old, self._new)
        saying = [one for one, came in self._deviations if _says(one, each, self._texts, came=came)]
        if not by_contract and not saying:
            return each
        return replace(each, expected=True, numbers=tuple(_numbers(saying or list(self._about(each.subject)))))

    def _about(self, subject: Subject) -> Iterator[Deviation]:
        """The deviations that name what a contract explains already: the member or word, else the kind."""
        kind = next((part for part in subject.path.split("/")[3:4] if part), "")
        for word in (*reversed(subject.names[:2]), kind):
            found = [each for each, _ in self._deviations if word and _mentions(each, word)]
            if found:
                yield from found
                return


class _Side:
    """One release: what its contract knows."""

    def __init__(self, name: str) -> None:
        self.contract: Contract = load_contract(name)
        self._name = name
        self._document: Mapping[str, Any] = self.contract.document
        self._members: dict[tuple[str, int, str], Members] = {}

    def operation(self, subject: Subject) -> Operation | None:
        return self.contract.match(subject.method, subject.path)

    def knows(self, subject: Subject) -> bool:
        """The contract knows what was asked: the operation, or of a method that it never knows the path."""
        return subject.method in self.contract.methods(subject.path) or self._is_known_otherwise(subject)

    def allows(self, subject: Subject, status: int) -> bool:
        """The contract allows that answer; on a known path 405 to a method that it does not know."""
        operation = self.operation(subject)
        if operation is None:
            return self._is_known_otherwise(subject) and status == _NOT_ALLOWED
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
        found.setdefault((part, name), _Known()).required = True
    for name, member in rule.get("properties", {}).items():
        found.setdefault((part, name), _Known()).types.update(_types(document, member, 0))
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


# --- by contract

_BROKEN: Final = 400
_NOT_ALLOWED: Final = 405
_METHODS: Final = frozenset({"GET", "POST", "DELETE"})  # those of the API; no contract knows another one
_UNKNOWN: Final = frozenset({404, _NOT_ALLOWED})
"""How servers answer to what they do not know."""


def _came_or_went(subject: Subject, old: _Side, new: _Side) -> bool:
    return old.knows(subject) != new.knows(subject)


def _status(subject: Subject, old: _Side, new: _Side) -> bool:
    before, after = subject.statuses
    if _came_or_went(subject, old, new):
        return (before in _UNKNOWN and new.allows(subject, after)) if new.knows(subject) else after in _UNKNOWN
    one, other = old.operation(subject), new.operation(subject)
    if one is None or other is None:
        return False
    if subject.bare and (one.body == "required") != (other.body == "required"):
        return _BROKEN == (after if other.body == "required" else before)
    return new.allows(subject, after) and not (old.allows(subject, after) and new.allows(subject, before))


def _create_refused(subject: Subject, old: _Side, new: _Side) -> bool:
    return _came_or_went(subject, old, new) or (old.accepts(subject) and not new.accepts(subject))


def _create_accepted(subject: Subject, old: _Side, new: _Side) -> bool:
    return _create_refused(subject, new, old)


def _request_member_refused(subject: Subject, old: _Side, new: _Side) -> bool:
    key = "", subject.names[0]
    return key in old.body(subject) and key not in new.body(subject)


def _request_member_demanded(subject: Subject, old: _Side, new: _Side) -> bool:
    key = "", subject.names[0]
    return new.body(subject).get(key, _Known()).required and not old.body(subject).get(key, _Known()).required


def _header(subject: Subject, old: _Side, new: _Side) -> bool:
    return old.contract.methods(subject.path) != new.contract.methods(subject.path)


def _member_new(subject: Subject, old: _Side, new: _Side) -> bool:
    before, after = (side.answers(subject).get((subject.part, subject.names[0])) for side in (old, new))
    return after is not None and (before is None or (after.required and not before.required))


def _member_gone(subject: Subject, old: _Side, new: _Side) -> bool:
    return _member_new(subject, new, old)


def _member_rarer(subject: Subject, old: _Side, new: _Side) -> bool:
    before, after = (side.answers(subject).get((subject.part, subject.names[0]), _Known()) for side in (old, new))
    return before.required and not after.required


def _type(subject: Subject, old: _Side, new: _Side) -> bool:
    before, after = (side.answers(subject).get((subject.part, subject.names[0]), _Known()) for side in (old, new))
    return set(subject.types) <= after.types and not set(subject.types) <= before.types


def _word(subject: Subject, old: _Side, new: _Side) -> bool:
    member, word = subject.names
    return word in new.words(member) and word not in old.words(member)


def _link_new(subject: Subject, old: _Side, new: _Side) -> bool:
    return subject.names[0] in new.segments() and subject.names[0] not in old.segments()


def _link_gone(subject: Subject, old: _Side, new: _Side) -> bool:
    return _link_new(subject, new, old)


_RULES: Final[dict[What, Callable[[Subject, _Side, _Side], bool]]] = {
    What.STATUS:                  _status,
    What.CREATE_REFUSED:          _create_refused,
    What.CREATE_ACCEPTED:         _create_accepted,
    What.REQUEST_MEMBER_REFUSED:  _request_member_refused,
    What.REQUEST_MEMBER_DEMANDED: _request_member_demanded,
    What.HEADER:                  _header,
    What.MEDIA_TYPE:              _came_or_went,
    What.BODY:                    _came_or_went,
    What.MEMBER_GONE:             _member_gone,
    What.MEMBER_RARER:            _member_rarer,
    What.MEMBER_NEW:              _member_new,
    What.TYPE:                    _type,
    What.WORD:                    _word,
    What.LINK_GONE:               _link_gone,
    What.LINK_NEW:                _link_new,
    What.FAULT_TEXT:              _came_or_went,
}  # fmt: skip


# --- by the words of deviations

_BY_STATUS: Final = frozenset({What.STATUS, What.CREATE_REFUSED, What.CREATE_ACCEPTED})
_BY_NAME: Final = frozenset({What.LINK_GONE, What.LINK_NEW, What.STAGES, What.STEPS, What.GROUPS})


def _says(deviation: Deviation, each: Difference, texts: Mapping[str, str], *, came: bool) -> bool:
    """The deviation itself names what came and what went; `texts` are those of requirements.

    `came`: the newer release has it, so that what it says of deployments is how it is now; else how it was.
    """
    subject, does = each.subject, deviation.deployment
    if each.what in _BY_STATUS:
        about = not subject.odd and _is_about(deviation, subject, texts)
        named = all(_mentions(deviation, str(status)) for status in subject.statuses)
        return about and named and _stands(str(subject.statuses[came]), does)
    if each.what is What.FAULT_TEXT:
        words = subject.names[0 if came else -1].split() if subject.names else []
        if subject.statuses[1] < _REFUSED:  # elements of XML
            others = {word for text in subject.names for word in text.split()} - _common(subject.names)
            return any(_mentions(deviation, word) for word in others)
        windows = (" ".join(words[at : at + _WINDOW]) for at in range(len(words) - _WINDOW + 1))
        return any(window in does for window in windows)
    if each.what is What.TIMEOUT:
        figures = re.findall(r"\d+", each.new if came else each.old)
        return _mentions(deviation, subject.names[0]) and all(_stands(figure, does) for figure in figures)
    return each.what in _BY_NAME and any(_mentions(deviation, name) for name in subject.names)


def _is_about(deviation: Deviation, subject: Subject, texts: Mapping[str, str]) -> bool:
    """The deviation has to do with the operation: by the requirements that it touches, else by its own words."""
    touched = _touched(deviation)
    if touched:
        return any(f"{subject.method} {subject.path.rstrip('/')} " in texts.get(each, "") for each in touched)
    of_actions = subject.path.endswith("/actions")
    named = _mentions(deviation, subject.method) and bool(kind_of(subject.path))
    return named and of_actions == _mentions(deviation, "actions")


def _touched(deviation: Deviation) -> tuple[str, ...]:
    """The ids of the requirements that a deviation has to do with."""
    return (*deviation.changes, *deviation.lifts, *deviation.adds, *deviation.keeps)


def _common(texts: tuple[str, ...]) -> set[str]:
    """The words that all the texts have."""
    return set.intersection(*(set(text.split()) for text in texts)) if texts else set()


def _mentions(deviation: Deviation, word: str) -> bool:
    return _stands(word, f"{deviation.document} {deviation.deployment}")


def _stands(word: str, text: str) -> bool:
    """The word stands in the text by itself; figures of thousands may have a comma."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.sub(r"(?<=\d),(?=\d{3})", "", text)) is not None


def _numbers(deviations: list[Deviation]) -> Iterator[str]:
    """The numbers of the first deviations, and of the requirements that they have to do with."""
    told = deviations[:_MOST_NUMBERS]
    yield from (each.id for each in told)
    ids = (id_ for each in told for id_ in _touched(each))
    yield from list(dict.fromkeys(ids))[:_MOST_REQUIREMENTS]
