"""The ledger answers for every line of the reference, and every fault of a ledger is seen."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.checks import CHECKS
from spec.documents import DocumentError
from spec.kinds import made_of
from spec.ledger import (
    OPERATIONS,
    REFERENCE,
    Citation,
    Ledger,
    Line,
    Lines,
    Problem,
    Requirement,
    drift,
    line_hash,
    problems,
    read_ledger,
    read_lines,
)
from spec.load import RELEASES, load_ledger, own_file

SPEC = own_file("requirements.yaml").parent
CODES = "error_code_keeps_its_meaning"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """The ledger of this distribution."""
    return read_ledger(SPEC / "requirements.yaml")


@pytest.fixture(scope="module")
def lines() -> Lines:
    """The lines that it must answer for."""
    return read_lines(SPEC / "reference")


# --- the real ledger


def test_the_ledger_has_no_problem(ledger: Ledger, lines: Lines):
    """Every line is answered for, every citation is right, and every requirement is sound."""
    assert problems(ledger, lines) == ()


@pytest.mark.parametrize(("document", "count"), [(REFERENCE, 2260), (OPERATIONS, 45)])
def test_every_line_is_listed(lines: Lines, document: str, count: int):
    """The line files list the whole of both documents."""
    assert len(lines[document]) == count


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("success-status", 13),
        ("error-statuses", 11),
        ("parameter", 15),
        ("type", 15),
        ("sentence", 13),
    ],
)
def test_kinds_of_lines(lines: Lines, kind: str, count: int):
    """The line file has thirteen success codes, eleven lists of errors, fifteen parameters, as the reference."""
    assert sum(line.kind == kind for line in lines[REFERENCE]) == count


@pytest.mark.parametrize(
    ("area", "least"),
    [
        ("GEN", 19),
        ("ROOT", 20),
        ("PGET", 20),
        ("PPOST", 55),
        ("PDEL", 7),
        ("PACT", 30),
        ("UGET", 20),
        ("UPOST", 40),
        ("UDEL", 7),
        ("AUTH", 5),
        ("LIFE", 120),
    ],
)
def test_areas_are_filled(ledger: Ledger, area: str, least: int):
    """No area of the ledger has been lost."""
    assert sum(each.area == area for each in ledger.requirements) >= least


def test_each_listed_code_of_each_operation_has_an_entry(ledger: Ledger):
    """Eleven operations list six codes, seven of them are GETs and list 404 too: 73 entries, one per code."""
    codes = {
        (each.parameters["operation"], each.parameters["status"]) for each in ledger.checked if each.check == CODES
    }
    assert len(codes) == 11 * 6 + 7


def test_listed_codes_are_permissions(ledger: Ledger):
    """A listed error code is allowed, never demanded."""
    assert {each.strength for each in ledger.checked if each.check == CODES} == {"MAY"}


def test_engine_section_names_its_sections(ledger: Ledger):
    """Every requirement of the engine says which section of its specification it comes from."""
    assert all(each.engine for each in ledger.requirements if each.area == "LIFE")


def test_engine_sections_are_all_there(ledger: Ledger):
    """The observable sections of the engine specification each have a requirement."""
    assert {"1.4", "1.5", "1.8", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "3", "5.1", "6.1"} <= {
        each.engine for each in ledger.requirements
    }


def test_ids_count_up_within_their_area(ledger: Ledger):
    """Ids stand in their order, so that the next free one is the last plus one; one that was left out stays so."""
    ids = [each.id for each in ledger.requirements if each.area == "LIFE"]
    assert ids == sorted(set(ids))


# --- ledger and judge


def test_every_checked_requirement_has_a_check(ledger: Ledger):
    """No requirement claims a check that the judge does not have."""
    assert {each.id for each in ledger.checked} - set(CHECKS) == set()


def test_every_check_has_a_requirement(ledger: Ledger):
    """The judge checks nothing that the ledger does not demand, of every release, of one, or of kinds to come."""
    added = {each.id for release in RELEASES for each in load_ledger(release).checked if each.deviation}
    made = {id_ for one in {each.id for each in ledger.checked} | added for id_ in made_of(one)}
    assert set(CHECKS) - {each.id for each in ledger.checked} - added - made == set()


def test_ledger_and_judge_name_the_same_check(ledger: Ledger):
    """The check that the ledger names is the function that the judge runs for that id."""
    assert {each.id: CHECKS[each.id].name for each in ledger.checked} == {
        each.id: each.check for each in ledger.checked
    }


# --- the seed


@pytest.mark.parametrize(("document", "name"), [(REFERENCE, "api-reference.txt"), (OPERATIONS, "operations.md")])
def test_recorded_hashes_are_those_of_the_seed(lines: Lines, document: str, name: str):
    """The recorded hashes are those of the documents themselves."""
    folder = os.environ.get("VIMGATE_SEED")
    if not folder:
        pytest.skip("VIMGATE_SEED does not name the folder of the reference's text")
    assert drift(lines, document, (Path(folder) / name).read_text(encoding="utf-8")) == ()


# --- faults are seen

SENTENCE, TYPE = line_hash("This is promised."), line_hash("xsd:string")
LINES: Lines = {
    REFERENCE: (
        Line(1, SENTENCE, "sentence"),
        Line(2, TYPE, "type"),
        Line(3, line_hash("{"), "example"),
        Line(4, line_hash(""), "blank"),
    ),
}
GOOD = Requirement(
    id="VIM-GEN-001",
    strength="MUST",
    level="wire",
    text="This is promised in other words.",
    citations=(Citation(REFERENCE, 1, 1, SENTENCE), Citation(REFERENCE, 2, 2, TYPE), Citation(REFERENCE, 3, 3)),
    check="something_is_so",
)


def test_a_sound_ledger_has_no_problem():
    """The ledger that the broken ones are made from is sound, blank lines need no answer."""
    assert problems(Ledger((GOOD,)), LINES) == ()


BROKEN: Mapping[str, tuple[Ledger, str, str]] = {
    "duplicate id": (Ledger((GOOD, GOOD)), "VIM-GEN-001", "the id stands 2 times"),
    "unknown area": (Ledger((replace(GOOD, id="VIM-NOWHERE-001"),)), "VIM-NOWHERE-001", "no such id"),
    "unknown level": (Ledger((replace(GOOD, level="deep"),)), "VIM-GEN-001", "unknown level `deep`"),
    "unknown strength": (Ledger((replace(GOOD, strength="SHALL"),)), "VIM-GEN-001", "unknown strength `SHALL`"),
    "silence": (Ledger((replace(GOOD, check=None),)), "VIM-GEN-001", "neither check nor exclusion"),
    "both": (Ledger((replace(GOOD, excluded="for a reason"),)), "VIM-GEN-001", "both check and exclusion"),
    "no source": (Ledger((GOOD, replace(GOOD, id="VIM-GEN-002", citations=()))), "VIM-GEN-002", "no source"),
    "wrong hash": (
        Ledger((replace(GOOD, citations=(Citation(REFERENCE, 1, 1, TYPE), *GOOD.citations[1:])),)),
        "VIM-GEN-001",
        f"api-reference:1: the hash of that line is {SENTENCE}",
    ),
    "sentence cited without a hash": (
        Ledger((replace(GOOD, citations=(Citation(REFERENCE, 1, 3),)),)),
        "VIM-GEN-001",
        "api-reference:1-3: only an example is cited without a hash",
    ),
    "hash of a range": (
        Ledger((replace(GOOD, citations=(*GOOD.citations, Citation(REFERENCE, 1, 2, SENTENCE))),)),
        "VIM-GEN-001",
        "api-reference:1-2: a hash belongs to one line",
    ),
    "line beyond the end": (
        Ledger((replace(GOOD, citations=(*GOOD.citations, Citation(REFERENCE, 9, 9, SENTENCE))),)),
        "VIM-GEN-001",
        "api-reference:9: there is no such line",
    ),
    "unknown document": (
        Ledger((replace(GOOD, citations=(*GOOD.citations, Citation("hearsay", 1, 1, SENTENCE))),)),
        "VIM-GEN-001",
        "hearsay:1: there is no such line",
    ),
    "line without an answer": (
        Ledger((replace(GOOD, citations=GOOD.citations[:2]),)),
        "api-reference:3",
        "no requirement answers for this example",
    ),
}


@pytest.mark.parametrize(("broken", "place", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_each_fault_is_seen(broken: Ledger, place: str, message: str):
    """Each kind of fault gives one problem that says where and what."""
    found = problems(broken, LINES)
    assert [problem.place for problem in found] == [place]
    assert found[0].message.startswith(message)


def test_a_changed_line_is_seen():
    """A line of the document that is not the recorded one is named."""
    text = "This is promised.\nxsd:integer\n{\n\n"
    assert drift(LINES, REFERENCE, text) == (Problem("api-reference:2", "the line is not the one that was recorded"),)


def test_a_lost_line_is_seen():
    """A document with fewer lines than recorded is another document."""
    assert drift(LINES, REFERENCE, "This is promised.\n") == (Problem(REFERENCE, "has 1 lines, 4 are recorded"),)


ENTRY = """
version: 1
sections:
- source: reference
  requirements:
  - id: VIM-GEN-001
    strength: MUST
    level: wire
    text: This is promised in other words.
    lines: [api-reference:1 0123456789ab]
    check: something_is_so
"""
REFUSED: Mapping[str, tuple[str, str, str]] = {
    "strength": ("strength: MUST", "strength: SHALL", "requirements.yaml:7: /sections/0/requirements/0/strength"),
    "level": ("level: wire", "level: deep", "requirements.yaml:8: /sections/0/requirements/0/level"),
    "id": ("VIM-GEN-001", "VIM-GENERAL-1", "requirements.yaml:6: /sections/0/requirements/0/id"),
    "citation": ("0123456789ab", "0123", "requirements.yaml:10: /sections/0/requirements/0/lines/0"),
    "no check": ("    check: something_is_so\n", "", "requirements.yaml:6: /sections/0/requirements/0"),
    "unknown member": ("check:", "test:", "requirements.yaml:6: /sections/0/requirements/0"),
    "twice the same key": (
        "level: wire",
        "level: wire\n    level: wire",
        "requirements.yaml:9: not YAML: the key 'level' stands twice",
    ),
}


@pytest.mark.parametrize(("good", "bad", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, good: str, bad: str, message: str):
    """A ledger file that breaks its schema is refused with file, line and place."""
    (tmp_path / "requirements.schema.json").write_text(
        (SPEC / "requirements.schema.json").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (tmp_path / "requirements.yaml").write_text(ENTRY.replace(good, bad), encoding="utf-8")
    with pytest.raises(DocumentError) as refusal:
        read_ledger(tmp_path / "requirements.yaml")
    assert message in str(refusal.value)


ROWS: Mapping[str, tuple[str, str]] = {
    "wrong header": ("line\thash\tkind\n1\t0123456789ab\tsentence\n", "lines.tsv:1: the first line must be"),
    "wrong number": (
        "number\thash\tkind\n2\t0123456789ab\tsentence\n",
        "lines.tsv:2: must be 1, 12 hex digits and a kind",
    ),
    "wrong hash": ("number\thash\tkind\n1\t0123\tsentence\n", "lines.tsv:2: must be 1, 12 hex digits and a kind"),
    "no kind": ("number\thash\tkind\n1\t0123456789ab\n", "lines.tsv:2: must be 1, 12 hex digits and a kind"),
}


@pytest.mark.parametrize(("text", "message"), ROWS.values(), ids=ROWS.keys())
def test_a_damaged_line_file_is_refused(tmp_path: Path, text: str, message: str):
    """A line file with a gap or a damaged row is refused with file and line."""
    (tmp_path / "lines.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=message):
        read_lines(tmp_path)


def test_source_reads_as_in_a_report():
    """Neighbouring lines are told as one range, the section of the engine after them."""
    cited = (
        Citation(REFERENCE, 5, 5, TYPE),
        Citation(REFERENCE, 4, 4, TYPE),
        Citation(REFERENCE, 8, 17),
        Citation(OPERATIONS, 8, 8, TYPE),
    )
    assert (
        replace(GOOD, citations=cited, engine="1.8").source
        == "api-reference:4-5, api-reference:8-17, operations:8, ENGINE 1.8"
    )


def test_lines_are_those_of_the_reference():
    """`lines` numbers the lines of the API reference alone, ranges written out."""
    cited = (Citation(REFERENCE, 8, 10), Citation(OPERATIONS, 8, 8, TYPE), Citation(REFERENCE, 4, 4, TYPE))
    assert replace(GOOD, citations=cited).lines == (8, 9, 10, 4)
