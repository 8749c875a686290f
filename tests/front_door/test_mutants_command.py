"""`vimgate mutants list`, `show`, `serve`: which faulty servers there are, what they break, and one on a port."""

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
import requests
from click.testing import CliRunner

from reference_server.mutants import MUTANTS
from spec.load import load_ledger
from vimgate.commands.mutants import command, listing

LIMIT = 120  # seconds
SERVE = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()", "mutants", "serve")


def run(*arguments):
    """What `vimgate mutants` makes of these arguments."""
    return CliRunner().invoke(command, arguments)


@pytest.fixture
def served():
    """Serves a mutant on a free port; gives its first lines and its process."""
    started = []

    def start(name, lines):
        process = subprocess.Popen([*SERVE, name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return [process.stdout.readline().rstrip("\n") for _ in range(lines)], process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_list_names_every_mutant():
    """The list has a line for each mutant, and ends with how many there are."""
    result = run("list")
    names = [line.split()[0] for line in result.stdout.splitlines() if line]
    assert (result.exit_code, set(MUTANTS) <= set(names)) == (0, True)
    assert f"{len(MUTANTS)} mutants: " in result.stdout


def test_an_area_can_be_chosen():
    """With --area only mutants of that area are listed."""
    listed = json.loads(run("list", "--area", "links", "--json").stdout)
    assert [one["name"] for one in listed] == [name for name, each in MUTANTS.items() if each.area == "links"]


def test_the_list_can_be_read_by_programs():
    """As JSON each mutant says its target, what it breaks, and the token that a run has to present."""
    listed = {one["name"]: one for one in json.loads(run("list", "--json").stdout)}
    one = listed["delete-unguarded"]
    assert (one["target"], one["breaks"], one["token"]) == (
        "wsgi:reference_server.mutants:delete_unguarded",
        ["VIM-AUTH-001", "VIM-AUTH-002"],
        MUTANTS["delete-unguarded"].token,
    )


def test_one_mutant_is_shown_with_what_it_breaks():
    """`show` gives the defect, what each requirement that it breaks says, the source, and how to judge it."""
    told = run("show", "absent-strategy-null").stdout
    text = load_ledger().by_id["VIM-PGET-012"].text
    assert f"breaks VIM-PGET-012: {text}" in told
    assert re.search(r"real release: +D3-04", told)
    assert "vimgate certify wsgi:reference_server.mutants:absent_strategy_null" in told


def test_a_token_that_a_run_needs_is_shown():
    """The command that judges a mutant with a token presents it."""
    assert re.search(r"judge it: +VIMGATE_TOKEN=\S+ vimgate certify", run("show", "any-token-taken").stdout)


def test_a_mutant_that_nobody_can_tell_says_why(monkeypatch):
    """A mutant that breaks nothing says so, with the argument."""
    row = replace(MUTANTS["plinks"], breaks=(), equivalent="it looks the same")
    monkeypatch.setattr(listing, "find", lambda _: row)
    assert "breaks no MUST: it looks the same" in run("show", "plinks").stdout


@pytest.mark.parametrize("verb", ["show", "serve"])
def test_an_unknown_name_is_wrong_use(verb):
    """A name that there is not ends in exit code 2, and near names are told."""
    result = run(verb, "plink")
    assert (result.exit_code, "did you mean plinks?" in result.output) == (2, True)


def test_a_mutant_is_served_with_control(served):
    """The address answers with the defect; the control routes want the token that was printed."""
    (address, told, header), process = served("version-current", 3)
    name, token = header.split(": ")
    assert requests.get(f"{address}/api", timeout=LIMIT).json()["versions"][0]["status"] == "CURRENT"
    assert "with the defect version-current" in told
    control = f"{address}/_control"
    statuses = [
        requests.get(control, headers=headers, timeout=LIMIT).status_code
        for headers in ({name: token}, {name: "x"}, {})
    ]
    assert statuses == [200, 401, 401]
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=LIMIT)
    assert (process.returncode, errors) == (0, "")


def test_a_mutant_that_wants_a_token_prints_it(served):
    """The fourth line is the token of the API, with which it answers."""
    (address, *_, header), _ = served("empty-token-taken", 4)
    name, token = header.split(": ")
    with_token, without = (requests.get(address, headers=sent, timeout=LIMIT) for sent in ({name: token}, {}))
    assert (with_token.status_code, without.status_code) == (200, 401)
