"""The table of checks and the ledgers say the same, and every function takes the parameters of its requirements."""

import inspect

import pytest

from conformance.checks import CHECKS
from spec.kinds import made_of
from spec.load import RELEASES, load_ledger

# Those of the published document, and what a release adds to them or changes: each as it first stands.
REQUIREMENTS = list(
    {
        (each.id, each.check, repr(each.parameters)): (release, each)
        for release in reversed(RELEASES)
        for each in load_ledger(release).checked
        if release == "published" or each.deviation
    }.values()
)


def test_every_requirement_with_a_check_is_bound():
    """No requirement names a check that is not in the table, and the table names none that no release can have."""
    demanded = {each.id for _, each in REQUIREMENTS}
    assert demanded <= set(CHECKS)
    assert set(CHECKS) - demanded <= {made for id_ in demanded for made in made_of(id_)}


def test_the_table_binds_the_function_that_the_ledger_names():
    """Ledger and table name the same function, and it takes the parameters."""
    assert [f"{each.id} of {release}" for release, each in REQUIREMENTS if not is_bound(each)] == []


def is_bound(requirement):
    """The function that the ledger names decides the requirement, and takes its parameters."""
    check = CHECKS[requirement.id]
    try:
        inspect.signature(check.function).bind(None, None, **requirement.parameters)
    except TypeError:
        return False
    return check.name == requirement.check


@pytest.mark.parametrize(
    "check", {check.name: check for check in CHECKS.values()}.values(), ids=lambda check: check.name
)
def test_a_docstring_says_the_rule_in_one_sentence(check):
    """The first line of a check's docstring is a whole sentence."""
    assert inspect.getdoc(check.function).splitlines()[0].endswith((".", ".)"))
