"""`vimgate doctor`: what it sees in an environment, made up where the real one is well."""

import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

import click
import pytest

import vimgate.health.installed
from vimgate.cli import main
from vimgate.health.around import look_around
from vimgate.health.installed import look_at_installed
from vimgate.health.signs import Status
from vimgate.matrix.rate import this_harness
from vimgate.settings import InForce, Setting

OWN = f"Name: vimgate\nVersion: 0.1.0\nRequires-Python: >={platform.python_version()}\nRequires-Dist: lib>=2,<3\n"


@pytest.fixture
def installed(tmp_path):
    """Makes distributions in a folder, each of its metadata and the files that it lists; the signs that are seen."""

    def look(*made):
        for number, (metadata, *listed) in enumerate(made):
            folder = tmp_path / f"made{number}-1.dist-info"
            folder.mkdir()
            (folder / "METADATA").write_text(f"Metadata-Version: 2.1\n{metadata}", encoding="utf-8")
            (folder / "RECORD").write_text("".join(f"{name},,\n" for name in listed), encoding="utf-8")
            for file in map(tmp_path.joinpath, listed):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
        return {sign.subject: sign for sign in look_at_installed([str(tmp_path)])}

    return look


def named(name, version):
    """The metadata of a library."""
    return f"Name: {name}\nVersion: {version}\n"


@pytest.mark.parametrize(
    ("changed", "status", "seen"),
    [
        ({}, Status.OK, " mutants killed, "),
        ({"ledger": "0" * 64}, Status.WARN, "measured with another ledger, so no report tells it"),
        ({"version": "0", "contract": "0" * 64}, Status.WARN, "measured with another version and contract, so no"),
    ],
)
def test_a_kill_rate_of_another_harness_is_said(monkeypatch, changed, status, seen):
    """Reports lose their kill rate and nobody says why, or what to do."""
    ours = asdict(this_harness()) | {"killed": 9, "mutants": 9, "false_alarms": 0, "clean_runs": 1}
    monkeypatch.setattr(vimgate.health.installed, "measured", lambda: ours | changed)
    sign = next(sign for sign in look_at_installed([]) if sign.subject == "kill rate")
    assert (sign.status, seen in sign.seen, bool(sign.remedy)) == (status, True, bool(changed))


@pytest.mark.parametrize("file", ["proxy/__init__.py", "spec/core/deep.py", "reports.py"])
def test_files_of_others_under_our_names_are_a_failure(installed, file):
    """A distribution that overwrites our packages goes unnoticed."""
    sign = installed((OWN,), (named("proxy.py", "2.4"), "proxy_py/x.py", file))["files of proxy.py"]
    assert (sign.status, file in sign.seen, "an environment of its own" in sign.remedy) == (Status.FAIL, True, True)


def test_our_own_files_and_other_names_are_no_strangers(installed):
    """The doctor warns of our own files, or of files that merely look alike."""
    signs = installed((OWN, "spec/contract.py"), (named("other", "1"), "other/spec/x.py", "specs/y.py"))
    assert (signs["foreign files"].status, [name for name in signs if name.startswith("files of")]) == (Status.OK, [])


@pytest.mark.parametrize(
    ("library", "subject", "status", "seen"),
    [
        (named("lib", "2.5"), "libraries", Status.OK, "1 of 1 within their bounds: lib 2.5"),
        (named("Lib", "3.0"), "lib", Status.FAIL, "3.0; <3,>=2 is wanted"),
        (named("else", "2.5"), "lib", Status.FAIL, "not installed; <3,>=2 is wanted"),
    ],
)
def test_libraries_are_held_to_the_bounds_of_our_metadata(installed, library, subject, status, seen):
    """A library outside of its bounds is called well."""
    sign = installed((OWN,), (library,))[subject]
    assert (sign.status, sign.seen) == (status, seen)


@pytest.mark.parametrize(
    ("made", "seen"),
    [([], "not installed"), ([(OWN,), (OWN,)], "installed 2 times")],
)
def test_there_is_one_vimgate(installed, made, seen):
    """None or two of it are called well."""
    sign = installed(*made)["vimgate"]
    assert (sign.status, sign.seen.startswith(seen)) == (Status.FAIL, True)


def test_an_older_python_is_a_failure(installed):
    """A Python that vimgate was not made for is called well."""
    assert installed((OWN.replace(platform.python_version(), "99"),))["python"].status is Status.FAIL
    assert installed()["foreign files"].status is Status.OK


def test_packages_from_elsewhere_are_told(installed):
    """Nobody says that Python imports other packages than those that are installed."""
    sign = installed((OWN,))["packages"]
    assert (sign.status, "not from where vimgate is installed" in sign.seen) == (Status.WARN, True)


@click.group()
def tool():
    """A command line."""


@tool.command()
@click.option("--seed")
def certify(**_):
    """Does nothing."""


@pytest.fixture
def around():
    """The signs of what is around, by their subjects."""
    return lambda in_force=None, **environment: {
        sign.subject: sign for sign in look_around(in_force, tool, environment)
    }


def test_the_settings_in_force_are_shown(around):
    """Somebody cannot see which file is in force, and what it says."""
    signs = around(InForce(Path("vimgate.toml"), (Setting(("certify",), "seed", 7),)))
    assert (signs["settings"].status, signs["certify: seed"].seen) == (Status.OK, "7 (vimgate.toml)")


def test_a_wrong_file_is_a_failure_and_not_the_end(around):
    """The doctor cannot say what is wrong with the file of options."""
    sign = around(InForce(Path("vimgate.toml"), problem="vimgate.toml:2: wrong"))["settings"]
    assert (sign.status, sign.seen) == (Status.FAIL, "vimgate.toml:2: wrong")


@pytest.mark.parametrize(
    ("name", "status", "seen"),
    [
        ("VIMGATE_CERTIFY_SEED", Status.OK, "abc"),
        ("VIMGATE_TOKEN", Status.OK, "set"),
        ("VIMGATE_CERTIFY_SED", Status.WARN, "abc; no option reads it"),
        ("VIMGATE_TOKENS", Status.WARN, "set; no option reads it"),
    ],
)
def test_variables_are_told_and_their_secrets_kept(around, name, status, seen):
    """A misspelt variable is silently without effect, or a token is shown."""
    sign = around(**{name: "abc"})[f"${name}"]
    assert (sign.status, sign.seen) == (status, seen)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_failure(around, tmp_path, monkeypatch):
    """A run that can write no report is found out at its end."""
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o500)
    assert around()["reports"].status is Status.FAIL


@pytest.mark.parametrize(("file", "code"), [("", 0), ("[certify]\nsede = 1\n", 1)], ids=["well", "wrong settings"])
def test_the_command_says_what_is_wrong_and_exits_by_it(tmp_path, monkeypatch, capsys, file, code):
    """A CI job cannot tell a sick environment from a well one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vimgate.toml").write_text(file, encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["doctor", "--json"])
    told = json.loads(capsys.readouterr().out)
    failed = [sign["subject"] for sign in told["signs"] if sign["status"] == "fail"]
    assert (left.value.code, told["well"], failed) == (code, code == 0, ["settings"] * code)


def test_the_table_shows_every_sign(tmp_path, monkeypatch, capsys):
    """A person sees less than a program."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["doctor"])
    shown = capsys.readouterr().out
    assert [
        name for name in ("python", "libraries", "foreign files", "run files", "encodings") if name not in shown
    ] == []
