"""In which lines the requirements and their operations stand."""

from functools import cache

import pytest

from spec.load import RELEASES, load_ledger, own_file
from spec.places import places


@cache
def lines(file):
    """The lines of a file of the room."""
    return own_file(file.removeprefix("spec/")).read_text(encoding="utf-8").splitlines()


def line(place):
    """The text of the line that a place names."""
    return lines(place.file)[place.line - 1]


@pytest.mark.parametrize("release", RELEASES)
def test_every_requirement_has_its_line(release):
    """The first place of each is where it, or what it was made of, begins: in the ledger or a release."""
    known, rows = places(release), load_ledger(release).by_id
    assert [id_ for id_ in rows if not known[id_]] == []
    wrong = [
        id_
        for id_, found in known.items()
        if not line(found[0]).strip().startswith((f"- id: {id_}", f"- id: {rows[id_].like}", "- {", "- { id: "))
    ]
    assert wrong == []


def test_the_operation_of_a_later_kind_stands_in_its_release():
    """What a release adds to the contract has its line in the file of that release."""
    ledger, operation = places("stx-6.0")["VIM-FGET-001"]
    assert (ledger.file, ledger.what) == ("spec/requirements.yaml", "VIM-UGET-001")
    assert operation.file == "spec/releases/stx-4.0.yaml"
    assert line(operation).strip() == "operationId: getFwUpdateStrategy"


def test_the_operations_of_a_requirement_follow():
    """A requirement on operations points to each of them in the contract."""
    ledger, *operations = places()["VIM-GEN-002"]
    assert ledger.file == "spec/requirements.yaml"
    assert [each.what for each in operations] == ["createSwPatchStrategy", "actOnSwPatchStrategy", "getSwPatchStrategy"]
    assert [line(each).strip() for each in operations] == [f"operationId: {each.what}" for each in operations]
    contract = own_file("openapi.yaml").read_text(encoding="utf-8").splitlines()
    assert all(each.line < contract.index("components:") for each in operations)
