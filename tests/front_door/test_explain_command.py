"""`vimgate explain`: everything that is known of a requirement, in text and JSON."""

import json

import pytest
from click.testing import CliRunner

from conformance.checks import CHECKS
from reference_server.mutants import MUTANTS
from spec.kinds import made_of
from spec.load import RELEASES, load_contract, load_ledger
from vimgate.commands.explain import command
from vimgate.explaining.violations import violations
from vimgate.explaining.words import PARAMETERS, parameters_in_words

LEDGERS = {release: load_ledger(release) for release in RELEASES}
# The requirements that a release has of its own: all of the document, and what its deviations made of them.
OWN = {
    release: [
        each.id
        for each in ledger.requirements
        if release == "published" or (each.deviation or "").endswith(f" of {release}")
    ]
    for release, ledger in LEDGERS.items()
}
OWN = {release: ids for release, ids in OWN.items() if ids}


def explain(*arguments):
    """Exit code, output and errors."""
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def explained(*arguments):
    """The JSON value, and that it came well."""
    code, output, _ = explain(*arguments, "--json")
    assert code == 0
    return json.loads(output)


def test_a_requirement_is_told_in_full():
    """Something of what is known of a requirement is not told."""
    code, text, _ = explain("VIM-PACT-018")
    assert code == 0
    for part in (
        "VIM-PACT-018  MUST, level protocol\n",
        "lines 1004-1005 of the API reference",
        "wrong_type_is_refused: A member of another JSON type than its own is refused",
        "of POST /api/orchestration/sw-patch/strategy/actions (actOnSwPatchStrategy)",
        "the types are string or integer",
        "stage-id-of-boolean: A stage-id of false is taken for 0",
        "stx-3.0 changes it (D3-13).",
        "stx-3.0 breaks it, and it stays (D3-42).",
        "stage-id is true, not string or integer, and the request was not refused\n",
        "      expected  a 4xx code\n",
        "    Refuse it with 400 before anything is done.\n",
        "      vimgate certify TARGET --only VIM-PACT-018\n",
        "      vimgate certify wsgi:reference_server.mutants:stage_id_of_boolean --only VIM-PACT-018\n",
    ):
        assert part in text


def test_what_is_not_judged_says_why():
    """A requirement without a check is told as one that somebody may be charged with."""
    excluded = LEDGERS["published"].by_id["VIM-GEN-005"].excluded
    (told,) = explained("VIM-GEN-005")
    assert (told["excluded"], told["check"], told["violation"], told["todo"]) == (
        excluded, None, None, ["Nothing: no server is charged with it."],
    )  # fmt: skip
    assert "not judged   A habit of deployments" in explain("VIM-GEN-005")[1]


def test_every_requirement_of_every_release_can_be_told():
    """A requirement has no sentence, no example or no words for a parameter, or its text cannot be made."""
    for release, ids in OWN.items():
        told = explained(*ids, "--release", release)
        assert [each["id"] for each in told] == ids
        checked = [each for each in told if each["check"]]
        assert [each["id"] for each in checked if not (each["says"] and each["violation"] and each["todo"])] == []
        assert explain(*ids, "--release", release)[1].count("  What to do\n") == len(told)


def test_every_parameter_has_words():
    """A parameter of the ledger cannot be told, or words are kept for one that there is no more."""
    used = {name for ledger in LEDGERS.values() for each in ledger.requirements for name in each.parameters}
    assert set(PARAMETERS) == used


def test_tables_among_parameters_are_told_row_by_row():
    """A table of values is printed as Python writes it."""
    (told,) = parameters_in_words({"values": {"a": "b", "c": ["", "d"]}}, load_contract())
    assert told == "the values are a: b, c: (empty) or d"


def test_no_example_is_left_over():
    """An example is of a requirement that nobody checks, or a check has no example."""
    alike = {each.id for ledger in LEDGERS.values() for each in ledger.checked if each.like}
    asked = alike | {each.id for each in LEDGERS["published"].requirements}
    made = {id_ for one in asked for id_ in made_of(one)}
    assert set(violations()) == set(CHECKS) - alike - made


def test_a_requirement_that_is_like_another_has_its_example_in_its_own_words():
    """A violation by a firmware strategy is told as one by an upgrade, or one member as another."""
    (told,) = explained("VIM-FGET-012", "--release", "stx-4.0")
    assert told["violation"]["seen"][0] == "GET /api/orchestration/fw-update/strategy -> 409"
    (told,) = explained("VIM-KPOST-055", "--release", "stx-5.0")
    assert told["violation"]["message"] == "the body has no to-version, and the request was not refused"


def test_mutants_are_those_that_break_it_and_those_that_the_check_catches():
    """A mutant is missing, or is told twice."""
    (told,) = explained("VIM-LIFE-141")
    assert told["mutants"] == [each.name for each in MUTANTS.values() if "VIM-LIFE-141" in each.breaks]
    (told,) = explained("VIM-PPOST-012")
    assert set(told["also_caught"]) == {
        each.name for each in MUTANTS.values() for id_ in each.breaks
        if CHECKS[id_].name == "mandatory_member_is_demanded" and each.name not in told["mutants"]
    }  # fmt: skip


def test_ids_and_patterns_are_told_once_each_in_the_order_they_are_named():
    """A requirement that two patterns fit is told twice, or a pattern in small letters fits nothing."""
    ids = [each["id"] for each in explained("VIM-LIFE-002", "vim-life-00[12]")]
    assert ids == ["VIM-LIFE-002", "VIM-LIFE-001"]


def test_a_requirement_of_a_release_is_told_under_it():
    """What a release adds cannot be told, or advises a certification, which does not judge by it."""
    (told,) = explained("VIM-PPOST-059", "--release", "stx-3.0")
    assert (told["deviation"], told["releases"][0]["effect"]) == ("D3-11 of stx-3.0", "adds")
    assert [each for each in told["todo"] if "certify" in each] == []


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("VIM-LIFE-999", "did you mean VIM-LIFE-099"),
        ("VIM-LIVE-*", "did you mean VIM-LIFE-*"),
        ("nonsense", "`vimgate spec requirements` lists the ids"),
        ("vim-ppost-059", "is a requirement of stx-3.0 and of releases that build on it; add --release stx-3.0"),
        ("vim-rpost-056", "is a requirement of stx-6.0 and of releases that build on it; add --release stx-6.0"),
    ],
)
def test_an_unknown_id_is_wrong_use_that_says_what_to_write(name, advice):
    """An id that leads nowhere is taken, or its error names nothing near."""
    code, output, errors = explain("VIM-GEN-001", name)
    assert (code, output) == (2, "")
    assert name in errors
    assert advice in errors
