"""`vimgate policy`: what a policy comes to, and what is wrong with one."""

import re

import pytest
from click.testing import CliRunner

from vimgate.commands.policy import command

FILE = """
as-last-seen: block
answers:
  MUST: {wire: pass}
requirements:
  VIM-PPOST-01?: {answers: pass}
  VIM-PPOST-049: block
freeze:
  - {wishes: [delete-forced, create], while: [applying], unknown: block, reason: the north upgrade}
"""
LEVELS = """\
MUST in requests block block block block block
SHOULD in requests pass pass pass pass pass
MUST in answers {} block pass pass pass
SHOULD in answers pass pass pass pass pass"""


def run(*arguments):
    """What the command prints, blanks as one, and its exit code."""
    done = CliRunner().invoke(command, [str(each) for each in arguments])
    return done.exit_code, re.sub(r" +\n", "\n", re.sub(r" +", " ", done.output))


def test_the_shipped_policy_is_shown():
    """Without a file the shipped policy is told, level by level."""
    code, output = run()
    assert code == 0
    assert LEVELS.format("block") in output
    assert output.endswith("As last seen, not certain: pass\n\nExceptions: none\n\nFreeze: none\n")


def test_a_file_is_shown_as_it_counts(tmp_path):
    """Levels, exceptions where they differ from their level, and the freeze in words."""
    path = tmp_path / "policy.yaml"
    path.write_text(FILE, encoding="utf-8")
    code, output = run(path)
    assert code == 0
    assert LEVELS.format("pass") in output
    assert "As last seen, not certain: block" in output
    exceptions = re.findall(r"^ (VIM-\S+): (.*?): ", output, re.MULTILINE)
    assert ("VIM-PPOST-049", "block in requests, block in answers") in exceptions
    assert {id_ for id_, told in exceptions if told == "pass in answers"} == {
        f"VIM-PPOST-0{n}" for n in range(11, 20) if n != 16
    }
    assert (
        " no create, delete-forced while applying; block while the state is not known (the north upgrade)\n" in output
    )


def test_a_policy_is_held_to_its_release(tmp_path):
    """An id that only one release has is known there, and nowhere else."""
    path = tmp_path / "policy.yaml"
    path.write_text("requirements: {VIM-PPOST-059: pass}\n", encoding="utf-8")
    assert run(path, "--release", "stx-3.0")[0] == 0
    code, output = run(path)
    assert (code, "VIM-PPOST-059" in output) == (2, True)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("requirements: {VIM-PGTE-018: pass}", ":1: VIM-PGTE-018 names no requirement"), ("a: [", "not YAML")],
)
def test_a_file_that_leads_nowhere_is_wrong_use(tmp_path, text, complaint):
    """One clear error, exit code 2."""
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    code, output = run(path)
    assert (code, complaint in output) == (2, True)


def test_a_file_that_is_not_there_is_wrong_use(tmp_path):
    """The error names the file."""
    code, output = run(tmp_path / "missing.yaml")
    assert (code, "missing.yaml" in output) == (2, True)
