"""`vimgate spec`: what it prints and with which exit code it ends."""

import json

import pytest
from click.testing import CliRunner

from spec.documents import DocumentError
from spec.load import load_contract, load_ledger
from vimgate.commands.spec import check, command


def run(*arguments):
    """The result of the command."""
    return CliRunner().invoke(command, arguments)


def test_check_is_green():
    """The contract, ledger, law and releases that are shipped are sound: five lines that begin with ok, exit code 0."""
    result = run("check")
    assert [line[:4].strip() for line in result.stdout.splitlines()] == ["ok"] * 5
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (lambda: ["/paths: broken"], "      /paths: broken"),
        (lambda: (_ for _ in ()).throw(DocumentError("file:3: broken")), "      file:3: broken"),
    ],
    ids=["problem", "unreadable"],
)
def test_check_says_what_is_wrong(monkeypatch, broken, told):
    """A problem is told below the line of its check, the others are still asked, and the exit code is 1."""
    first, *others = check.CHECKS
    monkeypatch.setattr(check, "CHECKS", ((first[0], broken), *others))
    result = run("check")
    assert result.stdout.splitlines()[:2] == [f"FAIL  {first[0]}", told]
    assert result.stdout.count("ok  ") == 4
    assert result.exit_code == 1


@pytest.mark.parametrize("operation", load_contract().operations, ids=lambda operation: operation.operation_id)
def test_show_lists_every_operation(operation):
    """The table has a line with id, method, path and success code of every operation."""
    lines = [line.split() for line in run("show").stdout.splitlines()]
    assert [operation.operation_id, operation.method, operation.path, str(operation.success), operation.body] in [
        line[:5] for line in lines
    ]


@pytest.mark.parametrize("operation", load_contract().operations, ids=lambda operation: operation.operation_id)
def test_show_one_operation(operation):
    """Every operation can be shown with its place in the reference."""
    result = run("show", operation.operation_id)
    assert result.stdout.startswith(f"{operation.operation_id}: {operation.method} {operation.path}\n")
    assert operation.source in result.stdout
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "told",
    [
        "listed codes  400, 401, 403, 405, 413, 503",
        "silent codes  404, 406, 409, 415",
        "apply-all, abort, apply-stage, abort-stage",
        "with apply-stage, abort-stage",
        "example of the request: 09-sw-patch-strategy-action-request",
        "example of the answer 202: 10-sw-patch-strategy-action-response-applying",
    ],
)
def test_show_tells_codes_members_and_examples(told):
    """The details of an operation are its codes, the members of its body with their values, and its examples."""
    assert told in run("show", "actOnSwPatchStrategy").stdout


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("getSwPatchStrategi", "did you mean getSwPatchStrategy"),
        ("GETROOT", "did you mean getRoot"),
        ("zzz", "write one of getRoot"),
    ],
)
def test_an_unknown_operation_is_wrong_use(typed, hint):
    """An operation that does not exist ends in one sentence with a proposal, exit code 2."""
    result = run("show", typed)
    assert hint in result.stderr
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize("strength", ["MUST", "SHOULD", "MAY"])
def test_requirements_of_a_strength(strength):
    """`--strength` lists those requirements alone, `--json` as an array that carries the ledger's entries."""
    listed = json.loads(run("requirements", "--strength", strength, "--json").stdout)
    assert [each["id"] for each in listed] == [
        each.id for each in load_ledger().requirements if each.strength == strength
    ]
    assert {each["strength"] for each in listed} == {strength}


def test_requirements_table():
    """Without options every requirement has its line in the table."""
    shown = {line.split()[0] for line in run("requirements").stdout.splitlines() if line.startswith("VIM-")}
    assert shown == set(load_ledger().by_id)


@pytest.mark.parametrize("arguments", [("requirements", "--strength", "WILL"), ("nothing",), ("check", "extra")])
def test_wrong_use(arguments):
    """An unknown strength, command or argument is wrong use: exit code 2."""
    assert run(*arguments).exit_code == 2
