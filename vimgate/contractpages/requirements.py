"""The page of all requirements: an index by level and subject, a table for each, and what the checks look at."""

import inspect
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from conformance.checks import CHECKS
from spec.contract import Contract
from spec.ledger import AREAS, LEVELS, STRENGTHS, Ledger, Requirement
from vimgate.contractpages.markdown import GENERATED, anchor, code, link, table, text

_DEPTHS: Final = {
    "wire": "one answer by itself",
    "protocol": "a request and its answer",
    "lifecycle": "a history of answers",
    "orchestration": "what holds of every plan",
    "oracle": "the plan of this very deployment",
}
# The operation that an area is about, or the subject in words.
_OPERATIONS: Final = {
    "ROOT": "getRoot",
    "API": "getApi",
    "ORCH": "getOrchestration",
    "PATCH": "getSwPatch",
    "UPGRADE": "getSwUpgrade",
    "PGET": "getSwPatchStrategy",
    "PPOST": "createSwPatchStrategy",
    "PDEL": "deleteSwPatchStrategy",
    "PACT": "actOnSwPatchStrategy",
    "UGET": "getSwUpgradeStrategy",
    "UPOST": "createSwUpgradeStrategy",
    "UDEL": "deleteSwUpgradeStrategy",
    "UACT": "actOnSwUpgradeStrategy",
}
_SUBJECTS: Final = {"GEN": "The service as a whole", "AUTH": "Callers", "LIFE": "Strategies and their lives"}


def page(ledger: Ledger, contract: Contract) -> str:
    """The page in Markdown."""
    groups = _grouped(ledger)
    lines = [
        "# Requirements",
        "",
        GENERATED,
        "",
        "Everything that the published API reference promises, sentence by sentence, and the rules of the engine that",
        "can be observed over the API, in our words. `vimgate explain ID` tells one in full: with mutants, an example",
        "of a violation, and what to do.",
        "",
        "*Source*: `api-reference:N` is a line of the API reference, `operations:N` a line of its list of operations,",
        "`ENGINE N` a section of the rules of the engine. *Check*: what tests it, or why nothing does. What becomes of",
        "them under a release, and which others a release has, is in [releases.md](releases.md).",
        "",
        *_index(groups, contract),
        *(line for level in LEVELS for line in _level(level, groups, contract)),
        *_checks(ledger),
    ]
    return "\n".join(lines).rstrip() + "\n"


type _Groups = Mapping[tuple[str, str], list[Requirement]]


def _grouped(ledger: Ledger) -> _Groups:
    """The requirements by level and area, in the order of both."""
    groups: dict[tuple[str, str], list[Requirement]] = {(level, area): [] for level in LEVELS for area in AREAS}
    for each in ledger.requirements:
        groups[each.level, each.area].append(each)
    return {key: rows for key, rows in groups.items() if rows}


def _areas(groups: _Groups) -> list[str]:
    """The areas of which the ledger has requirements."""
    return [area for area in AREAS if any((level, area) in groups for level in LEVELS)]


def _subject(area: str, contract: Contract) -> str:
    if area in _SUBJECTS:
        return _SUBJECTS[area]
    operation = contract.operation(_OPERATIONS[area])
    return f"{operation.method} {operation.path}"


def _index(groups: _Groups, contract: Contract) -> Iterator[str]:
    counts = Counter((each.level, each.strength) for rows in groups.values() for each in rows)
    yield "## By level"
    yield ""
    yield from table(
        ["level", "looks at", *STRENGTHS],
        ([link(level, level), _DEPTHS[level], *(str(counts[level, each]) for each in STRENGTHS)] for level in LEVELS),
    )
    yield "## By subject"
    yield ""
    yield from table(["subject", "ids", *LEVELS], (_of_subject(area, groups, contract) for area in _areas(groups)))


def _of_subject(area: str, groups: _Groups, contract: Contract) -> list[str]:
    cells = [
        link(str(len(groups[level, area])), _place(level, area)) if (level, area) in groups else "" for level in LEVELS
    ]
    return [_subject(area, contract), code(f"VIM-{area}-*"), *cells]


def _place(level: str, area: str) -> str:
    return f"{level}-{area.lower()}"


def _level(level: str, groups: _Groups, contract: Contract) -> Iterator[str]:
    yield anchor(level)
    yield ""
    yield f"## Level {level}: {_DEPTHS[level]}"
    yield ""
    for (of_level, area), rows in groups.items():
        if of_level == level:
            yield anchor(_place(level, area))
            yield ""
            yield f"### {_subject(area, contract)}, level {level}"
            yield ""
            yield from table(["id", "strength", "requirement", "source", "check"], map(_row, rows))


def _row(requirement: Requirement) -> list[str]:
    check = requirement.check
    tested = link(code(check), check.replace("_", "-")) if check else text(f"not judged: {requirement.excluded}")
    id_ = f"{anchor(requirement.id.lower())}{requirement.id}"
    return [id_, requirement.strength, text(requirement.text), text(requirement.source), tested]


def _checks(ledger: Ledger) -> Iterator[str]:
    """What each check looks at, and how many requirements it decides."""
    counts = Counter(each.check for each in ledger.checked if each.check)
    yield "## Checks"
    yield ""
    yield "A check is one rule; the parameters of a requirement say what it is asked about."
    yield ""
    says = {check.name: _sentence(inspect.getdoc(check.function)) for check in CHECKS.values() if check.name in counts}
    yield from table(
        ["check", "what it says", "requirements"],
        (
            [f"{anchor(name.replace('_', '-'))}{code(name)}", text(says[name]), str(counts[name])]
            for name in sorted(says)
        ),
    )


def _sentence(docstring: str | None) -> str:
    return (docstring or "").split("\n\n", maxsplit=1)[0]
