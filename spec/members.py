"""What bodies may hold, member by member, for people who read rather than validate."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from spec.contract import Contract, Operation
from spec.openapi import Document, answer_media, request_media, resolved
from spec.values import Values, values_of

DOCUMENT: Final = "document"
_PARTS: Final = {
    "strategy": "strategy",
    "stages": "stage",
    "steps": "step",
    "versions": "version",
    "links": "link",
    "Plinks": "link",  # as a release misspells it
}
_JOINED: Final = ("allOf", "anyOf", "oneOf")


@dataclass(frozen=True)
class Member:
    """One member of a body: `held` says what may stand there, `needed` when it has to.

    `partial`: a service may want more of the value than a schema can say.
    """

    name: str
    needed: str
    held: Values
    partial: bool = False

    @property
    def values(self) -> str:
        """What may stand there, in words."""
        return self.held.told

    @property
    def default(self) -> Any:
        """What holds when the member is left out; None when nothing is said."""
        return self.held.default


# ---- requests ----


def members_of(contract: Contract, operation_id: str) -> tuple[Member, ...]:
    """The members of the request body of an operation in the order of the contract; empty when it takes no body."""
    return request_members(contract.document, contract.operation(operation_id))


def request_members(document: Document, operation: Operation) -> tuple[Member, ...]:
    """`members_of`, of a document that is at hand already."""
    media = request_media(document, operation)
    if media is None:
        return ()
    body, _ = resolved(document, media["schema"])
    forms = [resolved(document, form)[0] for form in body.get("oneOf", [body])]
    names = dict.fromkeys(name for form in forms for name in form.get("properties", ()))
    return tuple(_member(document, name, forms) for name in names)


def _member(document: Document, name: str, forms: list[Document]) -> Member:
    rules = [form["properties"][name] for form in forms if name in form.get("properties", ())]
    partial = any(resolved(document, rule)[0].get("x-partial", False) for rule in rules)
    held = values_of(document, {"oneOf": rules} if len(rules) > 1 else rules[0])
    return Member(name, _needed(name, forms), held, partial)


def _needed(name: str, forms: list[Document]) -> str:
    demanding = [form for form in forms if name in form.get("required", ())]
    if len(demanding) == len(forms):
        return "yes"
    words = [word for form in demanding for word in form["properties"].get("action", {}).get("enum", ())]
    return f"with {', '.join(words)}" if words else "no"


# ---- answers ----


def answer_members(document: Document, operation: Operation) -> Mapping[tuple[str, str], Member]:
    """The members of the answer of success by part (document, strategy, phase, stage, step, link) and name.

    The three phases of a strategy are one part. Empty where the answer has no JSON body.
    """
    media = answer_media(document, operation, operation.success)
    found: dict[tuple[str, str], Member] = {}
    if media is not None:
        _gather(document, media["schema"], DOCUMENT, found)
    return found


def _gather(document: Document, schema: Document, part: str, found: dict[tuple[str, str], Member]) -> None:
    rules = list(_branches(document, schema))
    demanded = {name for rule in rules for name in rule.get("required", ())}
    names = dict.fromkeys(name for rule in rules for name in rule.get("properties", ()))
    for name in names:
        held = [rule["properties"][name] for rule in rules if name in rule.get("properties", ())]
        joined = {"allOf": held} if len(held) > 1 else held[0]
        found.setdefault((part, name), Member(name, "yes" if name in demanded else "no", values_of(document, joined)))
        _gather(document, joined, "phase" if name.endswith("-phase") else _PARTS.get(name, part), found)
    for rule in rules:
        if isinstance(rule.get("items"), dict):
            _gather(document, rule["items"], part, found)


def _branches(document: Document, schema: Document) -> Iterator[Document]:
    rule, _ = resolved(document, schema)
    yield rule
    for joined in _JOINED:
        for branch in rule.get(joined, ()):
            yield from _branches(document, branch)
    if "then" in rule:
        yield from _branches(document, rule["then"])


# ---- codes ----


def statuses_in_words(statuses: Iterable[int]) -> str:
    """Codes in order, separated by commas; `none` for none."""
    return ", ".join(map(str, sorted(statuses))) or "none"
