"""The table of checks and the ledger say the same, and every function takes the parameters of its requirements."""

import inspect

import pytest

from conformance.checks import CHECKS
from spec.load import load_ledger

REQUIREMENTS = load_ledger().checked


def test_every_requirement_with_a_check_is_bound():
    """No requirement names a check that is not in the table, and the table names no requirement that has none."""
    assert set(CHECKS) == {each.id for each in REQUIREMENTS}


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda each: each.id)
def test_the_table_binds_the_function_that_the_ledger_names(requirement):
    """Ledger and table name the same function, and it takes the parameters."""
    check = CHECKS[requirement.id]
    assert check.name == requirement.check
    assert inspect.signature(check.function).bind(None, None, **requirement.parameters)


@pytest.mark.parametrize(
    "check", {check.name: check for check in CHECKS.values()}.values(), ids=lambda check: check.name
)
def test_a_docstring_says_the_rule_in_one_sentence(check):
    """The first line of a check's docstring is a whole sentence."""
    assert inspect.getdoc(check.function).splitlines()[0].endswith((".", ".)"))
