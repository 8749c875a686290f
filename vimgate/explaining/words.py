"""Sources and parameters of a requirement, as people say them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from conformance.checks.context import listing
from spec.contract import Contract
from spec.ledger import OPERATIONS, REFERENCE, Requirement

_DOCUMENTS: Final = {REFERENCE: "the API reference", OPERATIONS: "the reference's list of operations"}


def source_in_words(requirement: Requirement) -> str:
    """Where a requirement comes from: lines of the API reference, a section of the engine rules, a deviation."""
    return "; ".join(map(_place, requirement.source.split(", ")))


def _place(text: str) -> str:
    document, colon, lines = text.partition(":")
    if colon:
        return f"line{'s' if '-' in lines else ''} {lines} of {_DOCUMENTS[document]}"
    name, _, section = text.partition(" ")
    return f"section {section} of the engine rules" if name == "ENGINE" else f"deviation {text}"


def parameters_in_words(parameters: Mapping[str, Any], contract: Contract) -> Iterator[str]:
    """What the check is told, one sentence part each: `of the phase`, `of GET /api`, `the status 404`."""
    for name, value in parameters.items():
        yield PARAMETERS[name](value, contract)


type Say = Callable[[Any, Contract], str]


def _operation(name: str, contract: Contract) -> str:
    """The operation with its address; what a release has no more has none."""
    found = next((each for each in contract.operations if each.operation_id == name), None)
    return f"{found.method} {found.path} ({name})" if found is not None else name


def _plain(before: str, after: str = "") -> Say:
    """The value between two texts; alternatives with `or`, the rows of a table with `:`."""
    return lambda value, _: f"{before}{_told(value)}{after}"


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_told(each)}" for name, each in value.items())
    return listing(value if isinstance(value, list) else [value])


PARAMETERS: Final[Mapping[str, Say]] = {
    "operation":  lambda value, contract: f"of {_operation(value, contract)}",
    "operations": lambda value, contract: f"of {', '.join(_operation(each, contract) for each in value)}",
    "kind":       _plain("for strategies of the kind "),
    "part":       _plain("in each ", " that an answer shows"),
    "status":     _plain("where the status is "),
    "statuses":   _plain("by the status "),
    "pointer":    _plain("at "),
    "links":      _plain("the links are "),
    "version":    _plain("of the version "),
    "example":    _plain("with the body of the example "),
    "allowed":    _plain("allowed are the bodies "),
    "member":     _plain("the member "),
    "members":    _plain("the members "),
    "values":     _plain("the values are "),
    "value":      _plain("the value is "),
    "types":      _plain("the types are "),
    "usual":      _plain("a warning alone are the types "),
    "when":       _plain("where "),
    "action":     _plain("the action is "),
    "situations": _plain("while the strategy is "),
    "stage":      _plain("the stage is "),
    "stages":     _plain("the stages are "),
    "steps":      _plain("the steps are "),
    "result":     _plain("the result is "),
    "caller":     _plain("the caller is "),
    "empty":      _plain("an empty document is "),
    "faulty":     _plain("an error for a faulty request is "),
    "taken":      _plain("taken as well is "),
    "refusals":   _plain("a refusal may say "),
    "spelling":   _plain("the spelling is "),
}  # fmt: skip
"""How each parameter of the ledger is said; a test holds the table complete."""
