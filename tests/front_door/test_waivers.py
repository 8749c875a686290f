"""`--waivers`: the file, the runs that it turns green or red, and docs/waivers.md, whose examples are what they say."""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from reports import stream
from reports.model import Verdict
from spec.documents import DocumentError
from spec.load import load_law
from vimgate.commands.report import command
from vimgate.waiverfile import read_waivers

DOC = (Path(__file__).parents[2] / "docs" / "waivers.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```yaml\n(.*?)```", DOC, re.DOTALL)[1]
CERTIFY, *GATES = re.findall(r"^\$ vimgate (.*)$", DOC, re.MULTILINE)
GOOD = {"requirement": "VIM-API-015", "reason": "known", "ticket": "LAB-1", "expires": "2099-12-31"}

# A server that calls its document /api plain text.
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


def certify(folder, *arguments):
    """Judge the faulty server with these arguments, as a process in that folder."""
    (folder / "faulty.py").write_text(FAULTY, encoding="utf-8")
    known = {name: value for name, value in os.environ.items() if not name.startswith(("VIMGATE_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-c", "from vimgate.cli import main; main()", "certify", "wsgi:faulty:factory", *arguments],
        cwd=folder,
        env=known | {"VIMGATE_CERTIFY_FUZZ_EXAMPLES": "0", "VIMGATE_CERTIFY_WORKERS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def written(tmp_path):
    """Writes a file of waivers; gives its path."""

    def write(*waivers):
        path = tmp_path / "waivers.yaml"
        path.write_text(json.dumps({"waivers": waivers}, indent=1), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A folder in which the first command of the page was run on the faulty server, and how that ended."""
    folder = tmp_path_factory.mktemp("waivers")
    (folder / "waivers.yaml").write_text(EXAMPLE, encoding="utf-8")
    return folder, certify(folder, *shlex.split(CERTIFY)[1:])


def test_the_example_of_the_page_turns_its_run_green(ran):
    """The page's waiver of a known fault does not end in 0, or its verdict is lost."""
    folder, done = ran
    report = stream.read(folder / "vimgate-report")
    result = next(r for r in report.results if r.requirement == "VIM-API-015")
    assert (done.returncode, " waived=1 " in done.stdout.splitlines()[-1]) == (0, True), done.stdout + done.stderr
    assert (result.verdict, result.waived.verdict, result.waived.waivers[0].ticket) == (
        Verdict.WARN,
        Verdict.FAIL,
        "LAB-1182",
    )
    assert report.run.waivers_digest == hashlib.sha256(EXAMPLE.encode()).hexdigest()


@pytest.mark.parametrize("asked", GATES)
def test_the_gates_of_the_page_agree(ran, asked, monkeypatch):
    """A gate that the page shows ends otherwise than the run did."""
    monkeypatch.chdir(ran[0])
    told = CliRunner().invoke(command, shlex.split(asked)[1:])
    assert (told.exit_code, told.stderr) == (0, "")


@pytest.mark.parametrize(
    ("waivers", "code", "says"),
    [
        ([], 1, ""),
        ([GOOD], 0, ""),
        ([GOOD | {"expires": "2020-01-01"}], 1, "was valid through 2020-01-01"),
        ([GOOD, GOOD | {"requirement": "VIM-APO-002"}], 1, "names no requirement"),
        ([GOOD, GOOD | {"requirement": "VIM-ROOT-002"}], 1, "has nothing to waive"),
        ([GOOD | {"kind": "sw-patch"}], 1, "has nothing to waive"),
        ([GOOD, GOOD | {"requirement": "VIM-PACT-002"}], 0, ""),
    ],
    ids=["none", "good", "expired", "unknown", "stale", "stale by scope", "not judged in this run"],
)
def test_a_gate_goes_by_its_own_waivers(ran, written, waivers, code, says):
    """Waivers of the run count beside those of the file, or a wrong one ends in 0, or stderr does not say which."""
    told = CliRunner().invoke(command, ["gate", str(ran[0] / "vimgate-report"), "--waivers", str(written(*waivers))])
    assert (told.exit_code, says in told.stderr, bool(told.stderr)) == (code, True, bool(says))


@pytest.mark.parametrize(
    ("waiver", "says"),
    [
        ({}, 'expected a member "requirement"'),
        (GOOD | {"expires": "2027-02-30"}, r":\d+: /waivers/0/expires: 2027-02-30 is no day; write one such as"),
        (GOOD | {"expires": "soon"}, r":\d+: /waivers/0/expires"),
        (GOOD | {"reason": ""}, r":\d+: /waivers/0/reason"),
        (GOOD | {"kind": "sw-pach"}, 'did you mean "sw-patch"'),
        (GOOD | {"state": "aplied"}, 'did you mean "applied"'),
        (GOOD | {"tickets": "x"}, 'did you mean "ticket"'),
        (GOOD | {"release": "publishd"}, "there is no release 'publishd'; write one of published"),
        (GOOD | {"requirement": "VIM-API-*"}, "/waivers/0/requirement"),
    ],
)
def test_a_wrong_file_says_where_and_what_to_write(written, waiver, says):
    """A wrong file is taken, or its error does not help."""
    with pytest.raises(DocumentError, match=says):
        read_waivers(written(waiver))


def test_two_waivers_of_the_same_are_refused(written):
    """The second of two equal waivers is silently without effect."""
    with pytest.raises(DocumentError, match=r"covers the same as waiver 1 of the file"):
        read_waivers(written(GOOD, GOOD | {"ticket": "LAB-2"}))


@pytest.mark.parametrize("name", ["waivers.yaml", "no-such-file.yaml"])
def test_a_wrong_file_is_wrong_use_before_anything_is_sent(name, tmp_path):
    """A run begins with waivers that it will not be able to apply."""
    (tmp_path / "waivers.yaml").write_text("waivers:\n  - requirement: [\n", encoding="utf-8")
    done = certify(tmp_path, "--waivers", name)
    assert (done.returncode, done.stdout, f"Error: {name}" in done.stderr) == (2, "", True)
    assert not (tmp_path / "vimgate-report").exists()


def test_the_states_and_kinds_of_a_waiver_are_those_of_the_law():
    """A state or a kind that can be seen cannot be named in a waiver."""
    schema = json.loads((files("reports") / "waivers.schema.json").read_text(encoding="utf-8"))
    members = schema["properties"]["waivers"]["items"]["properties"]
    assert (set(members["state"]["enum"]), set(members["kind"]["enum"])) == (
        set(load_law().states),
        set(load_law().kinds),
    )
