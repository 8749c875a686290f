"""Applies the actions of an OpenAPI Overlay 1.0 to a parsed document; python-jsonpath finds the targets (RFC 9535).

Stricter than the specification in one thing: a target that selects nothing is an error, because the document has moved
on under its overlay and the change that was meant is lost.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spec.documents import DocumentError, line_of
from spec.renaming import renamed


class _MisfitError(Exception):
    """An action does not fit the document. `member` is the member of the action that is wrong."""

    def __init__(self, member: str, message: str) -> None:
        super().__init__(message)
        self.member = member


@dataclass(frozen=True)
class Overlay:
    """The actions over one document, in order; `place` is where they stand in the file `name` with that `text`.

    `words` are replaced throughout the document before the first action.
    """

    actions: Sequence[Mapping[str, Any]]
    place: tuple[str | int, ...]
    name: str
    text: str = field(repr=False)
    words: Mapping[str, str] = field(default_factory=dict)

    def make[T](self, document: Any, build: Callable[[Any], T]) -> T:
        """What `build` makes of the changed document; the document itself stays as it is.

        Raises DocumentError with file and line of the action that does not fit, or after which `build` raises one.
        """
        changed = self.applied(document)
        try:
            return build(changed)
        except DocumentError as error:
            culprit = self._culprit(document, build)
            if culprit is None:
                raise
            raise DocumentError(f"{self._at(culprit)}: after this action {error}") from error

    def applied(self, document: Any) -> Any:
        """The document after all actions; shares nothing with the one that was given. Raises DocumentError."""
        return self._after(len(self.actions), document)

    def _after(self, count: int, document: Any) -> Any:
        changed = renamed(json.loads(json.dumps(document)), self.words)  # also parts what YAML aliases have joined
        for index, action in enumerate(self.actions[:count]):
            try:
                _apply(action, changed)
            except _MisfitError as error:
                raise DocumentError(f"{self._at(index, error.member)}: {error}") from error
        return changed

    def _culprit(self, document: Any, build: Callable[[Any], Any]) -> int | None:
        """The index of the action after which the document does not hold together any more, to the end.

        None when it does not hold together before the first one.
        """
        for count in reversed(range(len(self.actions))):
            try:
                build(self._after(count, document))
            except DocumentError:
                continue
            return count
        return None

    def _at(self, index: int, member: str = "target") -> str:
        place = (*self.place, index, member)
        return f"{self.name}:{line_of(self.text, place) or 1}: /{'/'.join(map(str, place))}"


def _apply(action: Mapping[str, Any], document: Any) -> None:
    """Change the document in place. Raises _MisfitError."""
    for place in reversed(_selected(action["target"], document)):  # from the last, so that indices stay true
        part = _part(document, place)
        if not isinstance(part, dict | list):
            raise _MisfitError("target", f"selects {json.dumps(part)}; select the object or array around it")
        if action.get("remove"):
            if not place:
                raise _MisfitError("remove", "removes the whole document; select a part of it")
            del _part(document, place[:-1])[place[-1]]
        else:
            _update(part, action["update"])


def places_of(target: str, document: Any) -> list[tuple[str | int, ...]]:
    """The places that a JSONPath (RFC 9535) selects in a document; none when it selects nothing.

    Raises ValueError for what is no JSONPath.
    """
    from jsonpath import JSONPathEnvironment, JSONPathError  # noqa: PLC0415 - 70 ms that `published` does not need

    try:
        return [tuple(match.parts) for match in JSONPathEnvironment(strict=True).finditer(target, document)]
    except JSONPathError as error:
        raise ValueError(str(error).splitlines()[0]) from error


def _selected(target: str, document: Any) -> list[tuple[str | int, ...]]:
    try:
        found = places_of(target, document)
    except ValueError as error:
        raise _MisfitError("target", f"is no JSONPath (RFC 9535): {error}") from error
    if not found:
        raise _MisfitError("target", f"{target} selects nothing; name a part that the document has")
    return found


def _part(document: Any, place: tuple[str | int, ...]) -> Any:
    for key in place:
        document = document[key]
    return document


def _update(part: Any, update: Any) -> None:
    """Objects are merged, to an array the value is appended as one entry."""
    if isinstance(part, list):
        part.append(_copy(update))
    elif isinstance(update, dict):
        _merge(part, update)
    else:
        raise _MisfitError("update", "the target is an object; write an object to merge into it")


def _merge(older: dict[str, Any], newer: Mapping[str, Any]) -> None:
    """Objects member by member, arrays by joining them; any other value replaces the older one."""
    for name, value in newer.items():
        there = older.get(name)
        if isinstance(there, dict) and isinstance(value, dict):
            _merge(there, value)
        elif isinstance(there, list) and isinstance(value, list):
            there.extend(_copy(value))
        else:
            older[name] = _copy(value)


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))
