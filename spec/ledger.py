"""The ledger of requirements as frozen values, the lines of the reference that it answers for, and what is wrong.

A requirement has an id for ever, a strength, a level, a text, the lines that it comes from, and
either a check or a reason why there is none.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from spec.documents import DocumentError, read_document, read_text
from spec.kinds import LETTERS, areas_of

STRENGTHS: Final = ("MUST", "SHOULD", "MAY")
LEVELS: Final = ("wire", "protocol", "lifecycle", "orchestration", "oracle")
AREAS: Final = (
    "GEN", "ROOT", "API", "ORCH",
    *(areas_of(kind)[0] for kind in LETTERS.values()),
    *(area for kind in LETTERS.values() for area in areas_of(kind)[1:]),
    "CURRENT", "AUTH", "LIFE",
)  # fmt: skip
"""The areas of ids: the service, its documents, strategies of each kind, which strategy there is, and the rest."""

REFERENCE: Final = "api-reference"
OPERATIONS: Final = "operations"
_FILES: Final = {REFERENCE: "lines.tsv", OPERATIONS: "operations.tsv"}

_CITATION: Final = re.compile(
    r"(?P<document>[a-z-]+):(?P<first>[1-9]\d*)(?:-(?P<last>[1-9]\d*))?(?: (?P<hash>[0-9a-f]{12}))?"
)
_HEADER: Final = "number\thash\tkind"
_UNDEMANDING: Final = frozenset({"blank"})
_EXAMPLE: Final = "example"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document: its number from 1, the hash of its text, and what it is (`sentence`, `type`, …)."""

    number: int
    hash: str
    kind: str


type Lines = Mapping[str, tuple[Line, ...]]
"""Every line of every document that the ledger cites."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A line with its hash, or a range of lines of an example (then `hash` is None)."""

    document: str
    first: int
    last: int
    hash: str | None = None

    def __str__(self) -> str:
        return (
            f"{self.document}:{self.first}" if self.first == self.last else f"{self.document}:{self.first}-{self.last}"
        )


@dataclass(frozen=True, slots=True)
class Requirement:
    """One promise of the service; exactly one of `check` and `excluded` is set.

    `engine` is the section of ENGINE.md that says it; `parameters` are what the check needs to know (operation, member,
    values, …), part of the norm and not of the check. `deviation` is that of a release (`D3-11 of stx-3.0`) which
    lifted, changed or added it; `like` is the requirement on another kind of strategy that it was made of.
    """

    id: str
    strength: str
    level: str
    text: str
    citations: tuple[Citation, ...] = ()
    engine: str | None = None
    check: str | None = None
    excluded: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    deviation: str | None = None
    like: str | None = None

    @property
    def area(self) -> str:
        """The part of the id between the hyphens; empty when the id has none."""
        return "".join(self.id.split("-")[1:-1])

    @property
    def lines(self) -> tuple[int, ...]:
        """The numbers of all lines of the API reference that this comes from."""
        cited = (each for each in self.citations if each.document == REFERENCE)
        return tuple(number for each in cited for number in range(each.first, each.last + 1))

    @property
    def source(self) -> str:
        """Where it comes from, as in a report: `api-reference:101-102, operations:13`, `ENGINE 1.5`, `D3-11 of …`."""
        places = [str(each) for each in _joined(self.citations)]
        places += [f"ENGINE {self.engine}"] if self.engine else []
        return ", ".join([*places, self.deviation] if self.deviation else places)


@dataclass(frozen=True)
class Ledger:
    """All requirements in the order in which reports list them."""

    requirements: tuple[Requirement, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Requirement]:
        """The requirements by their ids."""
        return {each.id: each for each in self.requirements}

    @cached_property
    def checked(self) -> tuple[Requirement, ...]:
        """Those that a check tests."""
        return tuple(each for each in self.requirements if each.check is not None)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `place` is an id or `document:line`."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def line_hash(text: str) -> str:
    """The hash by which the ledger knows a line: 12 hex digits of the SHA-256 of its text without outer blanks."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]


def read_ledger(path: Path) -> Ledger:
    """The ledger in a file, under `requirements.schema.json` beside it. Raises DocumentError with file and line."""
    schema = json.loads(read_text(path.with_name("requirements.schema.json")))
    return parse_ledger(read_document(path, schema), str(path))


def parse_ledger(value: Mapping[str, Any], name: str = "the ledger") -> Ledger:
    """The ledger of a document that its schema accepts. Raises DocumentError when a citation cannot be read."""
    rows = [row for section in value["sections"] for row in section["requirements"]]
    return Ledger(tuple(_requirement(row, name) for row in rows))


def read_lines(folder: Path) -> Lines:
    """The lines of the cited documents, from `lines.tsv` and `operations.tsv`. Raises DocumentError with the line."""
    return {document: tuple(_rows(folder / name)) for document, name in _FILES.items()}


def problems(ledger: Ledger, lines: Lines) -> tuple[Problem, ...]:
    """Everything that is wrong with the ledger by itself and against the lines; empty when nothing is."""
    return (*_unsound(ledger), *_misquoted(ledger, lines), *_unanswered(ledger, lines))


def drift(lines: Lines, document: str, text: str) -> tuple[Problem, ...]:
    """The lines of a document whose hash is not the recorded one, when its text is at hand."""
    actual, recorded = text.removesuffix("\n").split("\n"), lines[document]
    if len(actual) != len(recorded):
        return (Problem(document, f"has {len(actual)} lines, {len(recorded)} are recorded"),)
    changed = (line for line, now in zip(recorded, actual, strict=True) if line_hash(now) != line.hash)
    return tuple(Problem(f"{document}:{line.number}", "the line is not the one that was recorded") for line in changed)


# --- problems


def _unsound(ledger: Ledger) -> Iterator[Problem]:
    for id_, count in Counter(each.id for each in ledger.requirements).items():
        if count > 1:
            yield Problem(id_, f"the id stands {count} times; give the later ones the next free numbers of the area")
    for each in ledger.requirements:
        yield from (Problem(each.id, message) for message in _faults(each))


def _faults(requirement: Requirement) -> Iterator[str]:
    if not re.fullmatch(rf"VIM-(?:{'|'.join(AREAS)})-\d{{3}}", requirement.id):
        yield f"no such id; write VIM-<AREA>-<NNN> with an area of {', '.join(AREAS)}"
    if requirement.strength not in STRENGTHS:
        yield f"unknown strength `{requirement.strength}`; write one of {', '.join(STRENGTHS)}"
    if requirement.level not in LEVELS:
        yield f"unknown level `{requirement.level}`; write one of {', '.join(LEVELS)}"
    if requirement.check is None and requirement.excluded is None:
        yield "neither check nor exclusion; name the check that tests it, or say under `excluded` why none does"
    if requirement.check is not None and requirement.excluded is not None:
        yield "both check and exclusion; keep one of them"
    if not requirement.citations and requirement.engine is None and requirement.deviation is None:
        yield "no source; cite a line of the reference or a section of the engine specification"


def _misquoted(ledger: Ledger, lines: Lines) -> Iterator[Problem]:
    for requirement in ledger.requirements:
        for citation in requirement.citations:
            message = _misquote(citation, lines.get(citation.document, ()))
            if message:
                yield Problem(requirement.id, f"{citation}: {message}")


def _misquote(citation: Citation, lines: tuple[Line, ...]) -> str | None:
    if not 1 <= citation.first <= citation.last <= len(lines):
        return "there is no such line"
    cited = lines[citation.first - 1 : citation.last]
    if citation.hash is None:
        return (
            None
            if all(line.kind == _EXAMPLE for line in cited)
            else f"only an example is cited without a hash; this is {cited[0].hash}"
        )
    if len(cited) > 1:
        return "a hash belongs to one line"
    return None if cited[0].hash == citation.hash else f"the hash of that line is {cited[0].hash}, not {citation.hash}"


def _unanswered(ledger: Ledger, lines: Lines) -> Iterator[Problem]:
    answered = {
        (each.document, number)
        for requirement in ledger.requirements
        for each in requirement.citations
        for number in range(each.first, each.last + 1)
    }
    for document, rows in lines.items():
        for line in rows:
            if line.kind not in _UNDEMANDING and (document, line.number) not in answered:
                yield Problem(f"{document}:{line.number}", f"no requirement answers for this {line.kind}")


# --- reading


def _requirement(row: Mapping[str, Any], name: str) -> Requirement:
    citations = tuple(_citation(text, f"{name}: {row['id']}") for text in row.get("lines", ()))
    return Requirement(
        id=row["id"],
        strength=row["strength"],
        level=row["level"],
        text=row["text"],
        citations=citations,
        engine=row.get("engine"),
        check=row.get("check"),
        excluded=row.get("excluded"),
        parameters=row.get("parameters", {}),
    )


def _citation(text: str, place: str) -> Citation:
    match = _CITATION.fullmatch(text)
    if match is None:
        raise DocumentError(
            f"{place}: `{text}` is no citation; write document:line and 12 hex digits, or document:first-last"
        )
    return Citation(match["document"], int(match["first"]), int(match["last"] or match["first"]), match["hash"])


def _joined(citations: Iterable[Citation]) -> Iterator[Citation]:
    """Neighbouring lines of one document as one range."""
    for document, group in groupby(citations, key=lambda each: each.document):
        open_: Citation | None = None
        for each in sorted(group, key=lambda each: each.first):
            if open_ is not None and each.first <= open_.last + 1:
                open_ = Citation(document, open_.first, max(open_.last, each.last))
                continue
            if open_ is not None:
                yield open_
            open_ = Citation(document, each.first, each.last)
        if open_ is not None:
            yield open_


def _rows(path: Path) -> Iterator[Line]:
    header, *rows = read_text(path).removesuffix("\n").split("\n")
    if header != _HEADER:
        raise DocumentError(f"{path}:1: the first line must be `{_HEADER}` with tabs between")
    for number, row in enumerate(rows, start=1):
        match row.split("\t"):
            case [written, hash_, kind] if written == str(number) and re.fullmatch("[0-9a-f]{12}", hash_) and kind:
                yield Line(number, hash_, kind)
            case _:
                raise DocumentError(
                    f"{path}:{number + 1}: must be {number}, 12 hex digits and a kind, with tabs between"
                )
