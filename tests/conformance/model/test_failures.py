"""A failure is told by the shortest sequence, and both scripts of it show the fault of the server and nothing else."""

import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from conformance.drivers.fuzz import the_same_in_every_process
from conformance.drivers.worlds import random_world
from conformance.model.explore import explore
from conformance.model.failures import Failure, explained
from conformance.model.machine import Extent
from conformance.model.recording import Step, play_again
from conformance.sequences import finding_of
from reports.model import Verdict
from reports.redact import redact_text
from spec.load import load_law, load_ledger


def wrapped(answer=lambda _, status, body: (status, body), ask=lambda _, body: body):
    """The reference server with another request or another answer."""
    inner = importlib.import_module("reference_server").create_app()

    def application(environ, start_response):
        asked = ask(environ, environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        changed = {**environ, "wsgi.input": io.BytesIO(asked), "CONTENT_LENGTH": str(len(asked))}
        told = []
        body = b"".join(inner(changed, lambda status, headers, *_: told.extend([status, headers])))
        status, body = answer(environ, told[0], body)
        headers = [(name, value) for name, value in told[1] if name.lower() != "content-length"]
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return application


def deleting_nothing(environ, status, body):
    """A delete of what is not there is answered like one of what is."""
    nothing = environ["REQUEST_METHOD"] == "DELETE" and status.startswith("404")
    return ("204 NO CONTENT", b"") if nothing else (status, body)


def hiding_the_abort(environ, status, body):
    """A strategy that is being aborted is shown as being applied."""
    shown = environ["REQUEST_METHOD"] == "GET"
    return status, body.replace(b'"aborting"', b'"applying"') if shown else body


def applying_all(environ, body):
    """The request for a stage is taken for one for all."""
    return json.dumps({"action": "apply-all"}).encode() if b'"apply-stage"' in body else body


FAULTY = {
    "a delete of nothing": (
        {"answer": deleting_nothing},
        "VIM-LIFE-080",
        ["DELETE strategy", "DELETE strategy"],
    ),
    "a stage that is taken for all": (
        {"ask": applying_all},
        "VIM-LIFE-016",
        ["POST strategy", "POST clock", "POST actions"],
    ),
    "an abort that is hidden": (
        {"answer": hiding_the_abort},
        "VIM-LIFE-047",
        ["POST strategy", "POST clock", "POST actions", "POST actions", "GET strategy"],
    ),
}


def explored(talk, requirement, extent=Extent(4, 3, 8)):  # noqa: B008 - a frozen value
    """The finding of a requirement after sequences were drawn, and the names of the requests that its script sends."""
    with the_same_in_every_process():
        explore(talk, load_law(), load_ledger(), extent)
    finding = next(each for each in talk.judge.tally.row(requirement).findings if each.verdict is Verdict.FAIL)
    words = [line.split() for line in finding.reproducer.splitlines() if line.startswith("curl")]
    names = [f"{each[4]} {each[5].rpartition('/')[2]}" for each in words]
    return finding, names


def run(script, address):
    """The statuses that a shell script is answered."""
    there = {"VIM": address, "PATH": os.environ["PATH"]}
    done = subprocess.run(["sh"], input=script, env=there, capture_output=True, text=True, check=True)
    return re.findall(r"HTTP/1\.\d (\d+)", done.stdout)


def exit_of(test, address, folder, **environment):
    """The exit code of pytest for a test file, in a process and a folder of its own."""
    (folder / "test_it.py").write_text(test)
    arguments = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-p",
        "no:schemathesis",
        "-c",
        "/dev/null",
        "test_it.py",
    ]
    command = [sys.executable, "-m", "pytest", "--rootdir", str(folder), *arguments]
    there = {"VIM": address, "PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment}
    return subprocess.run(command, cwd=folder, env=there, capture_output=True, check=False).returncode


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
@pytest.mark.parametrize(("fault", "requirement", "sequence"), FAULTY.values(), ids=FAULTY)
def test_the_shortest_sequence_is_told_and_shows_the_fault(
    fault, requirement, sequence, talking, served, opened_wsgi, tmp_path
):
    """The finding carries as few requests as show it; sh and pytest show it with them, on the faulty server alone."""
    finding, names = explored(talking(opened_wsgi(wrapped(**fault))), requirement)
    assert names == ["POST reset", *sequence]
    assert run(finding.reproducer, served(wrapped(**fault)))[-1] == finding.response.split()[0]
    assert exit_of(finding.test, served(wrapped(**fault)), tmp_path) == pytest.ExitCode.TESTS_FAILED
    assert exit_of(finding.test, served(wrapped()), tmp_path) == pytest.ExitCode.OK


def test_the_test_file_survives_redaction(talking, opened_wsgi):
    """What is taken out of texts for safety takes nothing out of the test file."""
    finding, _ = explored(talking(opened_wsgi(wrapped(answer=deleting_nothing))), "VIM-LIFE-080")
    assert redact_text(finding.test) == finding.test
    compile(finding.test, "test_it.py", "exec")


def test_a_clock_that_runs_by_itself_is_told_and_nothing_is_played_again(talking, opened_wsgi, monkeypatch):
    """Where sequences cannot be repeated the finding has the recorded one, and says so."""
    talk = talking(opened_wsgi(wrapped(answer=deleting_nothing)))
    monkeypatch.setattr(talk.pace, "still", False)
    finding, _ = explored(talk, "VIM-LIFE-080")
    assert "not shortened: the clock of the target runs by itself" in finding.hint
    assert finding.test


def test_a_fault_that_does_not_come_again_is_told_as_it_was_recorded(talking, opened_wsgi):
    """When the same requests show no fault a second time, the finding stands and says so."""
    once = iter([True])

    def sometimes(environ, status, body):
        if environ["REQUEST_METHOD"] == "DELETE" and status.startswith("404") and next(once, False):
            return "500 INTERNAL SERVER ERROR", b"{}"
        return status, body

    talk = talking(opened_wsgi(wrapped(answer=sometimes)))
    explore(talk, load_law(), load_ledger(), Extent(2, 3, 8))
    hints = [
        each.hint for row in talk.judge.tally.rows.values() for each in row.findings if each.verdict is Verdict.FAIL
    ]
    assert hints
    assert all("did not show it a second time" in hint for hint in hints)


def test_a_world_that_the_failure_needs_is_part_of_the_scripts(talking, opened_wsgi):
    """What only another world shows is told with that world in front, and the own world is put back."""
    worlds = []

    def remembering(environ, body):
        worlds.extend([body] if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("PUT", "/_control/world") else [])
        return body

    def failing_there(environ, status, body):
        return deleting_nothing(environ, status, body) if worlds[-1:] == [drawn] else (status, body)

    drawn = json.dumps(random_world(7)).encode()
    talk = talking(opened_wsgi(wrapped(answer=failing_there, ask=remembering)))
    own = talk.target.control.world()
    delete = Step("DELETE", "/api/orchestration/sw-patch/strategy")
    exchanges = play_again((Step("PUT", "/_control/world", body=drawn), delete, delete), talk, lambda: False)
    told = explained(Failure("VIM-LIFE-080", tuple(exchanges)), talk, own)
    finding = finding_of(told, talk.judge.fresh())
    assert [line.split()[4] for line in finding.reproducer.splitlines() if line.startswith("curl")] == [
        "POST",
        "PUT",
        "DELETE",
        "DELETE",
    ]
    assert repr(redact_text(drawn.decode())) in finding.test
    assert talk.target.control.world() == own
