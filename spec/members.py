"""What a request body may hold, member by member, for people who read rather than validate."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from spec.contract import Contract
from spec.openapi import Document, request_media, resolved

_SCALARS: Final = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
}


@dataclass(frozen=True)
class Member:
    """One member of a body: `values` says in words what may stand there, `needed` when it has to."""

    name: str
    needed: str
    values: str
    default: Any = None


def members_of(contract: Contract, operation_id: str) -> tuple[Member, ...]:
    """The members of the request body of an operation in the order of the contract; empty when it takes no body."""
    document = contract.document
    media = request_media(document, contract.operation(operation_id))
    if media is None:
        return ()
    body, _ = resolved(document, media["schema"])
    forms = [resolved(document, form)[0] for form in body.get("oneOf", [body])]
    names = dict.fromkeys(name for form in forms for name in form["properties"])
    return tuple(_member(document, name, forms) for name in names)


def _member(document: Document, name: str, forms: list[Document]) -> Member:
    rules = [resolved(document, form["properties"][name])[0] for form in forms if name in form["properties"]]
    words = dict.fromkeys(word for rule in rules for word in _values(document, rule))
    default = next((rule["default"] for rule in rules if "default" in rule), None)
    return Member(name, _needed(name, forms), ", ".join(words), default)


def _needed(name: str, forms: list[Document]) -> str:
    demanding = [form for form in forms if name in form.get("required", ())]
    if len(demanding) == len(forms):
        return "yes"
    words = [word for form in demanding for word in form["properties"].get("action", {}).get("enum", ())]
    return f"with {', '.join(words)}" if words else "no"


def _values(document: Document, rule: Document) -> Iterator[str]:
    if "enum" in rule:
        yield from map(str, rule["enum"])
    elif "oneOf" in rule:
        for form in rule["oneOf"]:
            yield from _values(document, resolved(document, form)[0])
    else:
        yield _scalar(rule)


def _scalar(rule: Document) -> str:
    bound = f" >= {rule['minimum']}" if "minimum" in rule else ""
    like = " of digits" if "[0-9]+" in str(rule.get("pattern", "")) else ""
    return f"{_SCALARS.get(rule.get('type', ''), 'any value')}{bound}{like}"


def statuses_in_words(statuses: Iterable[int]) -> str:
    """Codes in order, separated by commas; `none` for none."""
    return ", ".join(map(str, sorted(statuses))) or "none"
