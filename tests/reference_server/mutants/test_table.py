"""The table of mutants: each is a server, says what it breaks, and can be told from the clean one."""

import re

import pytest
from flask import Flask
from werkzeug.test import Client

from reference_server import create_app, mutants
from reference_server.driver import Driver
from reference_server.mutants import AREAS, MUTANTS, Mutant, create, find
from reference_server.mutants.table import joined
from reference_server.rulebooks import load_release
from reference_server.wire import serving
from spec.load import load_ledger


def wrong(is_right):
    """The names of the mutants that are not as they ought to be."""

    def looked_at(mutant):
        try:
            return is_right(mutant)
        except Exception as error:
            error.add_note(f"the mutant is {mutant.name}")
            raise

    return [mutant.name for mutant in MUTANTS.values() if not looked_at(mutant)]


def is_a_fresh_server(mutant):
    """Two applications are two, and GET / is answered with 200."""
    first, second = mutant.make(), mutant.make()
    answer = Client(first).get("/", headers={"X-Auth-Token": mutant.token} if mutant.token else {})
    return answer.status_code == 200 and first is not second


def test_each_mutant_is_a_server_of_its_own():
    """Each makes a fresh application at each call, which answers GET / with 200."""
    assert wrong(is_a_fresh_server) == []


def is_made_of_something_else(mutant):
    """It is wrapped, or driver, rulebook or wire rules are not those of the clean server."""
    app = mutant.make()
    clean = load_release("published")
    return not isinstance(app, Flask) or (
        type(serving(app).driver),
        serving(app).driver.release.rulebook,
        serving(app).wire,
    ) != (Driver, clean.rulebook, clean.wire)


def test_each_mutant_is_made_of_something_else():
    """Answers or requests are edited, or driver, rulebook or wire rules are others than those of the clean server."""
    assert wrong(is_made_of_something_else) == []


def test_each_mutant_offers_control():
    """Each has the control routes of the clean server, without a token."""
    assert wrong(lambda mutant: Client(mutant.make()).get("/_control").json["control"] == 1) == []


def test_each_mutant_is_a_target_by_its_name():
    """The name with underscores is a factory in the package."""
    assert wrong(lambda mutant: getattr(mutants, mutant.target.rpartition(":")[2]) is mutant.make) == []


def test_the_defect_is_one_sentence():
    """A defect begins with a capital letter and ends with its only full stop."""
    assert wrong(lambda mutant: re.fullmatch(r"[A-Z](?:[^.]|\.(?=\S))*\.", mutant.defect)) == []


def test_what_it_breaks_is_in_the_ledger():
    """The ids of `breaks` are those of MUSTs that are checked."""
    strange = {mutant.name: [id_ for id_ in mutant.breaks if not _is_checked_must(id_)] for mutant in MUTANTS.values()}
    assert {name: ids for name, ids in strange.items() if ids} == {}


def test_a_mutant_breaks_a_must_or_argues_why_nobody_can_tell():
    """Each mutant names what it breaks; only one that cannot be told from the clean server does not, and says why."""
    assert wrong(lambda mutant: bool(mutant.breaks) is not bool(mutant.equivalent)) == []


def test_the_areas_are_in_order():
    """The table names no area that is not listed."""
    assert {mutant.area for mutant in MUTANTS.values()} <= set(AREAS)


def test_two_mutants_of_one_name_are_an_error():
    """A name that stands twice in the area files is an error that names it."""
    twice = (next(iter(MUTANTS.values())),) * 2
    with pytest.raises(ValueError, match=f"two mutants '{twice[0].name}'"):
        joined((twice,))


@pytest.mark.parametrize(
    ("changes", "text"), [({"name": "Big_Name"}, "is no name"), ({"area": "kitchen"}, "is no area")]
)
def test_a_wrong_row_is_refused(changes, text):
    """A mutant with a name or an area that cannot be is an error."""
    row = {"name": "a", "area": "shape", "defect": "It is.", "breaks": (), "make": create_app}
    with pytest.raises(ValueError, match=text):
        Mutant(**row | changes)


def test_create_makes_the_application():
    """`create` makes the application of a name."""
    assert callable(create(next(iter(MUTANTS))))


def test_an_unknown_name_is_answered_with_near_ones():
    """A name that there is not is an error that names a near one."""
    with pytest.raises(LookupError, match="did you mean percentage-as-text"):
        find("percentage-as-test")


@pytest.mark.parametrize("name", ["nothing_there", "percentage-as-text"])
def test_the_package_has_no_other_factories(name):
    """What is no factory is no attribute, the name with hyphens neither."""
    assert not hasattr(mutants, name)


def _is_checked_must(id_):
    requirement = load_ledger().by_id.get(id_)
    return requirement is not None and requirement.strength == "MUST" and requirement.check is not None
