"""Which differences two contracts explain: what one knows and the other does not, in one direction. Pure; a table."""

from collections.abc import Callable
from typing import Final

from proxy.comparing.difference import Difference, Subject, What
from proxy.comparing.knowing import NOT_ALLOWED, Known, Side

_BROKEN: Final = 400
_UNKNOWN: Final = frozenset({404, NOT_ALLOWED})
"""How servers answer to what they do not know."""


def explained_by_contracts(each: Difference, old: Side, new: Side) -> bool:
    """The newer contract allows what came, or the older one what went, and the other does not."""
    rule = _RULES.get(each.what)
    return rule is not None and rule(each.subject, old, new)


def _came_or_went(subject: Subject, old: Side, new: Side) -> bool:
    return old.knows(subject) != new.knows(subject)


def _status(subject: Subject, old: Side, new: Side) -> bool:
    before, after = subject.statuses
    if _came_or_went(subject, old, new):
        return (before in _UNKNOWN and new.allows(subject, after)) if new.knows(subject) else after in _UNKNOWN
    one, other = old.operation(subject), new.operation(subject)
    if one is None or other is None:
        return False
    if subject.bare and (one.body == "required") != (other.body == "required"):
        return (after if other.body == "required" else before) == _BROKEN
    return new.allows(subject, after) and not (old.allows(subject, after) and new.allows(subject, before))


def _create_refused(subject: Subject, old: Side, new: Side) -> bool:
    return _came_or_went(subject, old, new) or (old.accepts(subject) and not new.accepts(subject))


def _create_accepted(subject: Subject, old: Side, new: Side) -> bool:
    return _create_refused(subject, new, old)


def _request_member_refused(subject: Subject, old: Side, new: Side) -> bool:
    key = "", subject.names[0]
    return key in old.body(subject) and key not in new.body(subject)


def _request_member_demanded(subject: Subject, old: Side, new: Side) -> bool:
    key = "", subject.names[0]
    return new.body(subject).get(key, Known()).required and not old.body(subject).get(key, Known()).required


def _header(subject: Subject, old: Side, new: Side) -> bool:
    return old.contract.methods(subject.path) != new.contract.methods(subject.path)


def _member_new(subject: Subject, old: Side, new: Side) -> bool:
    before, after = (side.answers(subject).get((subject.part, subject.names[0])) for side in (old, new))
    return after is not None and (before is None or (after.required and not before.required))


def _member_gone(subject: Subject, old: Side, new: Side) -> bool:
    return _member_new(subject, new, old)


def _member_rarer(subject: Subject, old: Side, new: Side) -> bool:
    before, after = (side.answers(subject).get((subject.part, subject.names[0]), Known()) for side in (old, new))
    return before.required and not after.required


def _type(subject: Subject, old: Side, new: Side) -> bool:
    before, after = (side.answers(subject).get((subject.part, subject.names[0]), Known()) for side in (old, new))
    return set(subject.types) <= after.types and not set(subject.types) <= before.types


def _word(subject: Subject, old: Side, new: Side) -> bool:
    member, word = subject.names
    return word in new.words(member) and word not in old.words(member)


def _link_new(subject: Subject, old: Side, new: Side) -> bool:
    return subject.names[0] in new.segments() and subject.names[0] not in old.segments()


def _link_gone(subject: Subject, old: Side, new: Side) -> bool:
    return _link_new(subject, new, old)


_RULES: Final[dict[What, Callable[[Subject, Side, Side], bool]]] = {
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
