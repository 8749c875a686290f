"""A release, and one operation of it, in words and rows."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from spec.comparison import Edition
from spec.contract import Contract, Operation
from spec.members import Member, answer_members, request_members, statuses_in_words
from spec.release import Release
from vimgate.releases.phrases import listed

NEEDED: Final = {"yes": "mandatory", "no": "optional"}
UNKNOWN: Final = "-"


def facts(edition: Edition) -> Iterator[tuple[str, str]]:
    """What there is to know of a release: a label and its text."""
    release = edition.release
    yield "release", f"{release.name}: {release.title}"
    yield "builds on", listed(each.name for each in reversed(release.chain[:-1])) if release.base else "the document"
    yield "kinds", ", ".join(edition.contract.kinds)
    yield "callers", _callers(edition.contract)
    yield "deviations", _deviations(release)


def _callers(contract: Contract) -> str:
    """Where a token stands, and which role is needed for what."""
    document = contract.document
    headers = [each["name"] for each in document["components"].get("securitySchemes", {}).values()]
    roles = [f"{wish}: {listed(needed, 'or')}" for wish, needed in document.get("x-callers", {}).items()]
    return "; ".join([f"token in {listed(headers, 'or')}", *roles])


def _deviations(release: Release) -> str:
    groups = Counter(each.group for each in release.deviations.values())
    told = ", ".join(f"{count} {group}" for group, count in groups.items())
    return f"{groups.total()}: {told}" if told else "none: what the document says"


def creates(contract: Contract) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The create bodies side by side: the kinds, and a row for each member with its name and a cell for each kind."""
    document = contract.document
    bodies = {
        one.kind: {each.name: each for each in request_members(document, one)}
        for one in contract.operations
        if one.creates
    }
    names = dict.fromkeys(name for body in bodies.values() for name in body)
    rows = [(name, *(_cell(body.get(name)) for body in bodies.values())) for name in names]
    return tuple(map(str, bodies)), rows


def _cell(member: Member | None) -> str:
    if member is None:
        return UNKNOWN
    null = " or null" if member.held.null else ""
    low, high = member.held.low, member.held.high
    bounds = f" {low} to {high}" if low is not None and high is not None else ""
    return f"{NEEDED.get(member.needed, member.needed)}{bounds}{null}"


def of_operation(edition: Edition, operation: Operation) -> Iterator[tuple[str, str]]:
    """What there is to know of an operation, its members aside: a label and its text."""
    yield "success", str(operation.success)
    yield "listed codes", statuses_in_words(operation.documented - {operation.success})
    yield "silent codes", f"{statuses_in_words(operation.silent)}  (the reference does not list them; allowed)"
    for part, names in _answered(edition.contract, operation):
        yield "answer", f"{part}: {names}"
    yield "request body", operation.body


def _answered(contract: Contract, operation: Operation) -> Iterator[tuple[str, str]]:
    """The members of the answer, a line for each part; those that may be missing and those that may be null say so."""
    parts: dict[str, list[str]] = {}
    for (part, name), member in answer_members(contract.document, operation).items():
        marks = [*(["may be missing"] if member.needed == "no" else []), *(["may be null"] if member.held.null else [])]
        parts.setdefault(part, []).append(f"{name} ({', '.join(marks)})" if marks else name)
    for part, names in parts.items():
        yield part, ", ".join(names)
