"""`pytest --pyargs conformance.suite --target URL`: the same verdict as `vimgate certify`, as a session of pytest."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from click.testing import CliRunner

from reports import stream
from reports.model import Verdict
from vimgate.commands.certify import command
from vimgate.session import hooks
from vimgate.session.asked import _options
from vimgate.session.entry import is_of_suite

NAME = "vimgate.session.entry"
ROOT = Path(__file__).parents[2]
# The entry point is there where the wheel is installed; elsewhere the plugin is named.
KNOWN = any(each.name == NAME for each in entry_points(group="pytest11"))
SESSION = [*([] if KNOWN else ["-p", NAME]), "-p", "no:cacheprovider", "--pyargs", "conformance.suite"]
CHEAP = ["--level", "wire", "--fuzz-examples", "0", "--sequences", "0", "--clients", "0", "--only", "VIM-ROOT-*"]
VARYING = (
    rb'"started":"[^"]*"',
    rb'"duration_seconds":[0-9.e-]+',
    rb'"digest":"(?:sha256:)?[0-9a-f]{64}"',
    rb'"bytes":[0-9]+',
)
FAULTY = """
from reference_server import create_app

def moody():
    app = create_app()
    def application(environ, start_response):
        root = environ["PATH_INFO"] == "/"
        return app(environ, lambda line, *rest: start_response("203 Hm" if root and line[0] == "2" else line, *rest))
    return application
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of a user who has a server with a fault; nothing of the environment but what the test sets."""
    (tmp_path / "faulty.py").write_text(FAULTY, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in [each for each in os.environ if each.startswith(("VIMGATE_", "PYTEST_"))]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def session(capfd):
    """Runs a session in this process: exit code and what it said."""

    def run(*arguments):
        code = pytest.main([*SESSION, "--assert=plain", *arguments])  # our modules are imported already
        said = capfd.readouterr()
        return int(code), said.out.splitlines(), said.err

    return run


def process(*words):
    """Run Python with these arguments, on this path."""
    path = os.pathsep.join(str(Path(each).resolve()) for each in sys.path if each)
    done = subprocess.run(
        [sys.executable, *words], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def comparable(path):
    """The bytes of a report without times, and without digests and sizes of what holds times."""
    content = (path / "report.jsonl").read_bytes()
    for member in VARYING:
        content = re.sub(member, b"-", content)
    return content


@pytest.mark.long
def test_a_session_in_two_processes_ends_as_certify_does(folder):
    """Exit code, verdict line and every byte of the report but the times are those of `vimgate certify`."""
    target = "wsgi:faulty:moody"
    certified = CliRunner().invoke(command, [target, *CHEAP, "-n", "1", "--out", "one", "--quiet"])
    judged = process(
        "-m", "pytest", "--assert=plain", *SESSION, "--target", target, *CHEAP, "-n", "2", "--report-dir", "two"
    )
    assert (certified.exit_code, judged[0]) == (1, 1), judged[1]
    assert judged[1][-1].replace("report=two", "report=one") == certified.stdout.splitlines()[-1]
    assert comparable(folder / "two") == comparable(folder / "one")
    assert stream.read(folder / "two").count(Verdict.FAIL) > 0


def test_a_session_shows_each_requirement_when_asked(session, folder):
    """With -v every requirement has a line with its verdict; the last line is that of certify; 0 is conformant."""
    code, lines, _ = session(*CHEAP, "-v")
    assert (code, lines[-1].split()[:2]) == (0, ["VERDICT", "conformant"])
    assert any(re.match(r"PASS +VIM-ROOT-001 ", line) for line in lines)
    assert any("test_documents PASSED" in line for line in lines)
    assert (folder / "vimgate-report" / "report.html").exists()


def test_options_of_the_file_hold(session, folder):
    """What vimgate.toml says for certify is said for a session, and the command line goes before it."""
    (folder / "vimgate.toml").write_text('[certify]\ntarget = "http://127.0.0.1:1"\nseed = 5\nlevel = "wire"\n')
    code, lines, _ = session("--seed", "6", "-q")
    assert (code, lines[-1].split()[1]) == (3, "incomplete")
    assert "level=wire seed=6 " in lines[-1]


def test_a_target_that_is_not_there_is_incomplete(session, folder):
    """No session begins, a report is written, and the exit code is 3."""
    code, lines, _ = session("--target", "http://127.0.0.1:1", "-n", "2")
    assert (code, lines[-1].split()[:2]) == (3, ["VERDICT", "incomplete"])
    assert not any("test session starts" in line for line in lines)
    assert stream.read(folder / "vimgate-report").count(Verdict.FAIL) == 0


def test_what_was_deselected_is_untestable(session):
    """Whoever leaves tests out by pytest's own means comes to no green verdict."""
    code, lines, _ = session(*CHEAP, "-k", "nothing")
    assert (code, lines[-1].split()[:2]) == (3, ["VERDICT", "incomplete"])
    assert " harness-error=0 " in lines[-1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--seed", "x"], "--seed"),
        (["--level", "deep"], "orchestration"),
        (["--read-only", "--allow-changes"], "contradict each other"),
        (["--only", "VIM-NOPE-001"], "names no requirement"),
        (["--target", "wsgi:nowhere:create_app"], "there is no module 'nowhere'"),
        (["--waivers", "none.yaml"], "none.yaml"),
        (["faulty.py"], "in a session of its own"),
    ],
)
def test_wrong_use_is_a_usage_error(session, folder, arguments, told):
    """A session that cannot be meant ends before it begins, with pytest's code for that and one clear sentence."""
    code, _, errors = session(*arguments)
    assert (code, told in errors, "Traceback" in errors) == (pytest.ExitCode.USAGE_ERROR, True, False)
    assert not (folder / "vimgate-report").exists()


def test_a_session_that_only_lists_judges_nothing(session, folder):
    """--collect-only names the tests and writes no report."""
    code, lines, _ = session("--collect-only", "-q", *CHEAP)
    assert (code, any(line.endswith("test_reads.py::test_documents") for line in lines)) == (0, True)
    assert not (folder / "vimgate-report").exists()


@pytest.mark.parametrize(
    ("argument", "is_one"),
    [
        ("conformance.suite", True),
        ("conformance.suite.test_reads", True),
        ("conformance.suite::test_x", True),
        ("conformance.suited", False),
        ("conformance", False),
        ("tests/conformance.suite", False),
    ],
)
def test_the_plugin_wakes_for_the_suite_alone(argument, is_one):
    """Other sessions of the environment are left alone."""
    assert is_of_suite(argument) is is_one


def test_the_plugin_costs_other_sessions_nothing():
    """What pytest loads in every session imports nothing of ours, and adds no option."""
    ours = "[name for name in sys.modules if name.startswith(('conformance', 'reports', 'spec.'))]"
    assert process("-c", f"import sys, vimgate.session.entry; print({ours})")[1] == ["[]"]


def test_the_wheel_has_the_entry_point():
    """Pytest finds the plugin in every environment with vimgate, under the name of its module."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {NAME: NAME}


def test_every_option_of_certify_is_one_of_the_session():
    """Only those are missing that pytest says otherwise, or that come to no verdict."""
    names = {option.opts[0] for option in command.params if option.param_type_name == "option"}
    assert names - {option.opts[0] for option in _options()} == {"-n", "--quiet", "--json", "--dry-run"}


class _Told:
    """A report of a test as pytest makes it."""

    def __init__(self, outcome, longrepr):
        self.failed, self.skipped = outcome == "failed", outcome == "skipped"
        self.longrepr, self.longreprtext = longrepr, str(longrepr)
        self.sections = [("Captured stdout call", "sent hunter2222")]


@pytest.mark.parametrize("report", [_Told("failed", "token = 'hunter2222'"), _Told("skipped", ("f", 1, "hunter2222"))])
def test_no_report_of_a_test_holds_a_token(monkeypatch, report):
    """Neither a traceback, nor a reason, nor what was printed meanwhile."""
    monkeypatch.setenv("VIMGATE_TOKEN", "hunter2222")
    hook = hooks.pytest_runtest_makereport()
    next(hook)
    with pytest.raises(StopIteration):
        hook.send(report)
    assert "hunter2222" not in f"{report.longrepr}{report.sections}"
