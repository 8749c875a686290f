"""The table of signs: it is whole, it fits what else is known of the releases, and what is wrong in it is told."""

import json
from importlib.resources import files

import pytest

from conformance.fingerprint.readings import READINGS
from conformance.fingerprint.table import read_table
from reference_server.rulebooks import RELEASES
from spec.documents import DocumentError
from spec.load import RELEASES as OF_CONTRACTS
from spec.load import load_contract

FOLDER = files("conformance.fingerprint")
TEXT = FOLDER.joinpath("signs.yaml").read_text(encoding="utf-8")
SCHEMA = json.loads(FOLDER.joinpath("signs.schema.json").read_text(encoding="utf-8"))


def test_the_releases_are_those_of_the_project(table):
    """A release can be served, and is never told."""
    assert table.releases == tuple(RELEASES)


def test_every_reading_is_known_and_used(table):
    """A sign is read by nothing, or something that is read is no sign."""
    assert {sign.reading for sign in table.signs} == READINGS.keys()


def test_every_sign_tells_something(table):
    """A sign shows the same whatever the release, and dilutes the others."""
    same = [sign.id for sign in table.signs if len({sign.shows.get(release) for release in table.releases}) == 1]
    assert (same, len({sign.id for sign in table.signs})) == ([], len(table.signs))


def test_the_kinds_are_those_of_the_contracts(table):
    """A release is told by kinds that its contract does not have."""
    linked = next(sign for sign in table.signs if sign.id == "kinds-linked")
    found = {}
    for release in OF_CONTRACTS:
        kinds = {operation.kind for operation in load_contract(release).operations} - {None, ""}
        found[release] = kinds == set(linked.shows[release][0].split()) - {"current-strategy"}
    assert found == dict.fromkeys(OF_CONTRACTS, True)


def test_nothing_that_changes_anything_is_asked(table):
    """A question is a request that a deployment may act on."""
    assert {question.method for question in table.questions} <= {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("stx-4.0: there", "stx-4.1: there", "names 'stx-4.1'; write one of published, stx-2018.10"),
        ("needs: stranger", "needs: luck", "stranger needs 'luck'; write one of answer, strategy"),
        ("method: OPTIONS", "method: POST", "signs.yaml:"),
    ],
)
def test_what_is_wrong_in_a_table_is_told(old, new, said):
    """A slip in the table goes unnoticed, and a release is told by it."""
    assert old in TEXT
    with pytest.raises(DocumentError, match=said.replace(".", r"\.")):
        read_table(TEXT.replace(old, new, 1), SCHEMA)
