"""What a shell is told when somebody presses Tab, and the script by which it asks."""

import os
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from reference_server.mutants import MUTANTS
from reports.folder import RENDERERS
from spec.load import RELEASES, load_ledger
from vimgate.cli import COMMANDS, main
from vimgate.cli import command as root

ID = "VIM-LIFE-01"
IDS = sorted(each.id for each in load_ledger().requirements if each.id.startswith(ID))


def completed(*words):
    """What the last of these words may become; an empty one: what may come next."""
    items = ShellComplete(root, {}, "vimgate", "_VIMGATE_COMPLETE").get_completions(list(words[:-1]), words[-1])
    return [item.value for item in items]


@pytest.mark.parametrize(
    "words",
    [
        ("explain",),
        ("explain", "VIM-GEN-001"),
        ("replay",),
        ("certify", "--only"),
        ("certify", "--only", "X", "--skip"),
    ],
    ids=" ".join,
)
def test_requirements_are_completed(words):
    """Whoever types the beginning of an id is not shown all that begin so, or not where ids are asked for."""
    assert completed(*words, ID) == IDS
    assert completed(*words, ID.lower()) == IDS


def test_what_a_release_has_is_completed_under_it():
    """Under a release that has more, no more is offered; or what it has is offered under another."""
    more = ["VIM-RPOST-055", "VIM-RPOST-056", "VIM-RPOST-057"]
    assert completed("explain", "--release", "stx-6.0", "VIM-RPOST-05")[-3:] == more
    assert completed("explain", "VIM-RPOST-05") == []
    assert completed("spec", "show", "--release", "stx-4.0", "getFw") == ["getFwUpdate", "getFwUpdateStrategy"]


@pytest.mark.parametrize("word", ["show", "serve", "kill"])
def test_mutants_are_completed(word):
    """The names of mutants are not offered."""
    assert completed("mutants", word, "abort-") == [name for name in MUTANTS if name.startswith("abort-")]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("explain", "--release"), list(RELEASES)),
        (("report", "show", "--format"), list(RENDERERS)),
        (("completion",), ["bash", "zsh", "fish"]),
    ],
    ids=["releases", "formats", "shells"],
)
def test_words_of_options_are_completed(words, values):
    """Releases, formats and shells are not offered."""
    assert completed(*words, "") == values


def test_operations_and_worlds_are_completed():
    """Operations of the contract and shipped worlds are not offered."""
    assert completed("spec", "show", "getSw") == [
        "getSwPatch", "getSwUpgrade", "getSwPatchStrategy", "getSwUpgradeStrategy",
    ]  # fmt: skip
    assert completed("world", "show", "aio-") == ["aio-dx", "aio-sx"]


def test_commands_and_options_are_completed():
    """The commands are not those of the table, or options are not offered."""
    assert completed("") == list(COMMANDS)
    assert completed("report", "s")[:1] == ["show"]
    assert completed("--v") == ["--version"]
    assert completed("certify", "--read-") == ["--read-only"]


def test_commands_are_completed_without_their_modules():
    """Whoever presses Tab after `vimgate` waits until every command is imported."""
    code = (
        "import sys; from vimgate.cli import main\n"
        "try: main()\n"
        "finally: print(sorted(name for name in sys.modules if name.startswith(('vimgate.commands', 'conformance'))))"
    )
    asked = os.environ | {"_VIMGATE_COMPLETE": "bash_complete", "COMP_WORDS": "vimgate ex", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-P", "-c", code], env=asked, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["plain,explain", "[]"], done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_the_way_that_the_command_answers(shell, monkeypatch, capsys):
    """The script sets another variable than the command looks at, or completes another command."""
    script = CliRunner().invoke(root, ["completion", shell]).output
    assert f"_VIMGATE_COMPLETE={shell}_complete" in script
    monkeypatch.setenv("_VIMGATE_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", "vimgate explain VIM-GEN-001")
    monkeypatch.setenv("COMP_CWORD", "VIM-GEN-001" if shell == "fish" else "2")
    with pytest.raises(SystemExit) as left:
        main()
    assert (left.value.code, "VIM-GEN-001" in capsys.readouterr().out) == (0, True)
