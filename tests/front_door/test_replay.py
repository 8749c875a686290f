"""`vimgate replay`: one finding of a report, looked for again."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from reports import folder
from reports.model import Finding, Level, Report, Result, Run, Verdict
from vimgate.commands.replay import command

FAULTY = """
from reference_server import create_app

def factory():
    app = create_app()
    def application(environ, start_response):
        def answer(status, headers, *rest):
            wrong = environ["PATH_INFO"].rstrip("/") == "/api"
            changed = [(name, "text/plain" if wrong and name == "Content-Type" else value) for name, value in headers]
            return start_response(status, changed, *rest)
        return app(environ, answer)
    return application
"""
FINDING = Finding("VIM-PACT-002", Verdict.FAIL, "a success was answered 200", origin="lifecycle/twice-sw-patch")
RUN = Run("http://127.0.0.1:1", "published", 3, "allowed", "2026-11-29T00:00:00+00:00", level=Level.LIFECYCLE)


def vimgate(folder, *arguments):
    """Run the command line in that folder."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("VIMGATE_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-c", "from vimgate.cli import main; main()", *arguments],
        cwd=folder,
        env=known,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A folder with the report of a faulty server."""
    path = tmp_path_factory.mktemp("replay")
    (path / "faulty.py").write_text(FAULTY, encoding="utf-8")
    asked = ("--read-only", "--fuzz-examples", "0", "-n", "1", "--only", "VIM-API-015")
    assert vimgate(path, "certify", "wsgi:faulty:factory", *asked).returncode == 1
    return path


@pytest.mark.long
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 1, "REPLAY seen-again VIM-API-015 finding=1 part=reads/documents seed=0 target=wsgi:faulty:factory"),
        (("--target", "wsgi:reference_server:create_app"), 0, "REPLAY not-seen VIM-API-015 finding=1 part=reads/"),
    ],
    ids=["the same target", "a repaired one"],
)
def test_a_finding_is_seen_again_until_it_is_gone(ran, arguments, code, said):
    """A finding is not seen again where it is, or it is where it is not."""
    done = vimgate(ran, "replay", "VIM-API-015", *arguments)
    assert (done.returncode, done.stdout.splitlines()[-1].startswith(said)) == (code, True), done.stdout + done.stderr
    assert done.stdout.startswith("VIM-API-015: the answer is not announced as JSON")


@pytest.fixture
def replay(tmp_path):
    """Replays from a report of these findings; the exit code, stdout and stderr."""

    def run(*arguments, findings=(FINDING,), **about):
        results = (Result("VIM-PACT-002", Verdict.FAIL, findings=findings),)
        members = {name: getattr(RUN, name) for name in RUN.__slots__} | about
        folder.write(Report(Run(**members), results), tmp_path)
        done = CliRunner().invoke(command, [*arguments, "--report", str(tmp_path)], catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["VIM-PACT-003"], "no finding of VIM-PACT-003; requirements with findings: VIM-PACT-002"),
        (["VIM-PACT-002", "--finding", "2"], "lists 1 findings of VIM-PACT-002"),
        (["VIM-PACT-002", "--finding", "0"], "--finding"),
        (["VIM-PACT-002", "--read-only", "--allow-changes"], "contradict each other"),
        (["VIM-PACT-002", "--dry-run"], "No such option"),
    ],
)
def test_what_is_not_in_the_report_is_wrong_use(replay, arguments, said):
    """Another finding than the one that was named is looked for."""
    code, output, errors = replay(*arguments)
    assert (code, output, said in errors) == (2, "", True), errors


def test_a_finding_without_a_part_says_what_to_do(replay):
    """A finding that cannot be played again ends in a traceback, or in a verdict."""
    code, _, errors = replay("VIM-PACT-002", findings=(Finding("VIM-PACT-002", Verdict.FAIL, "wrong"),))
    assert (code, "vimgate certify --only VIM-PACT-002" in errors) == (2, True)


def test_a_target_that_the_report_hides_has_to_be_named(replay):
    """The replay goes to a target without its credentials."""
    code, _, errors = replay("VIM-PACT-002", target="http://REDACTED@192.0.2.1:4545")
    assert (code, "name it with --target" in errors) == (2, True)


@pytest.mark.long
def test_a_target_that_is_gone_could_not_be_tried(ran):
    """A target that does not answer passes for repaired."""
    done = vimgate(ran, "replay", "VIM-API-015", "--target", "http://127.0.0.1:1")
    assert (done.returncode, "It could not be tried: http://127.0.0.1:1" in done.stdout) == (3, True)
    assert done.stdout.splitlines()[-1].startswith("REPLAY not-tried ")
