"""In which lines the requirements and their operations stand."""

import pytest

from spec.load import RELEASES, load_ledger, own_file
from spec.places import places


def line(place):
    """The text of the line that a place names."""
    return own_file(place.file.removeprefix("spec/")).read_text(encoding="utf-8").splitlines()[place.line - 1]


@pytest.mark.parametrize("release", RELEASES)
def test_every_requirement_has_its_line(release):
    """The first place of each requirement is where it begins, in the ledger or in the file of its release."""
    known = places(release)
    assert [each.id for each in load_ledger(release).requirements if not known[each.id]] == []
    wrong = [
        name for name, found in known.items() if not line(found[0]).strip().startswith((f"- id: {name}", "- {id: "))
    ]
    assert wrong == []


def test_the_operations_of_a_requirement_follow():
    """A requirement on operations points to each of them in the contract."""
    ledger, *operations = places()["VIM-GEN-002"]
    assert ledger.file == "spec/requirements.yaml"
    assert [each.what for each in operations] == ["createSwPatchStrategy", "actOnSwPatchStrategy", "getSwPatchStrategy"]
    assert [line(each).strip() for each in operations] == [f"operationId: {each.what}" for each in operations]
