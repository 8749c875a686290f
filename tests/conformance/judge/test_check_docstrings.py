"""What a check says of itself: the requirement in one sentence, and the mutants that it is there to catch."""

import inspect
import re
import textwrap

import pytest

from conformance.checks import CHECKS
from reference_server.mutants import MUTANTS
from reports.model import Strength
from spec.load import RELEASES, load_ledger

WIDTH = 116
SHOWN = 6
FUNCTIONS = {check.name: check.function for check in CHECKS.values()}
SENTENCE = re.compile(r"[A-Z`].*\.", re.DOTALL)


def caught(name):
    """The mutants that break a requirement which the function decides, in the order of their table."""
    return [mutant.name for mutant in MUTANTS.values() if any(CHECKS[each].name == name for each in mutant.breaks)]


def paragraph(name):
    """The last paragraph of the docstring of a check, as it ought to be; empty when no mutant breaks it."""
    mutants = caught(name)
    rest = f" and {len(mutants) - SHOWN} more" if len(mutants) > SHOWN else ""
    return f"Mutants: {', '.join(mutants[:SHOWN])}{rest}." if mutants else ""


def said(name):
    """The sentence, and the paragraph about mutants, of the docstring of a check; white space does not count."""
    paragraphs = [" ".join(each.split()) for each in inspect.getdoc(FUNCTIONS[name]).split("\n\n")]
    return paragraphs[0], next((each for each in paragraphs[1:] if each.startswith("Mutants: ")), "")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_check_says_its_requirement_in_one_sentence(name):
    """The docstring of a check does not begin with one sentence."""
    assert SENTENCE.fullmatch(said(name)[0])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_check_names_the_mutants_that_it_catches(name):
    """A check is there for nothing, or its docstring names other mutants than the table does."""
    wanted = textwrap.fill(paragraph(name), WIDTH, break_on_hyphens=False)
    assert said(name)[1] == paragraph(name), f"write at the end of the docstring of {name}:\n\n{wanted}"


# What only releases demand is seen broken in tests/conformance/releases: test_roles.py, test_current_strategy.py.
BY_OTHER_RELEASES = {"role_is_let_in", "role_is_kept_out", "current_strategy_is_true"}


def test_every_check_of_a_must_has_a_mutant():
    """A check has never been seen catching a faulty server."""
    ledger = {id_: each for release in reversed(RELEASES) for id_, each in load_ledger(release).by_id.items()}
    musts = {check.name for each, check in CHECKS.items() if each in ledger and ledger[each].strength == Strength.MUST}
    assert {name for name in musts if not caught(name)} == BY_OTHER_RELEASES
    assert {check.name for each, check in CHECKS.items() if each in load_ledger().by_id} & BY_OTHER_RELEASES == set()
