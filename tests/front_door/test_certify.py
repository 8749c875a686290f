"""`vimgate certify`: verdicts, exit codes, reports, nothing left behind. Each run is a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from reference_server import create_app
from reference_server.clock import SystemClock, VirtualClock
from reports import stream
from reports.model import Level, Verdict

VERDICT = re.compile(
    r"VERDICT (?P<outcome>conformant|not-conformant|incomplete) pass=(\d+) warn=(\d+) fail=(?P<fail>\d+) "
    r"untestable=(?P<untestable>\d+) harness-error=(?P<error>\d+) not-applicable=(\d+) "
    r"level=(?P<level>\w+) seed=(?P<seed>\d+) report=(?P<report>.+)"
)
# Nothing drawn and nothing raced: what that finds is another subject.
SCRIPTED = ("--fuzz-examples", "0", "--sequences", "0", "--clients", "0")
DEEPER = {Level.ORCHESTRATION, Level.ORACLE}
FILES = {
    "report.jsonl", "report.txt", "report.html", "junit.xml", "report.sarif", "report.md", "badge.svg", "evidence.zip",
}  # fmt: skip
STRATEGIES = ("/api/orchestration/sw-patch/strategy", "/api/orchestration/sw-upgrade/strategy")

MUTANTS = """
import json
from reference_server import create_app

def wrapped(change=lambda strategy: None, status=lambda method, path, line: line):
    app = create_app()
    def application(environ, start_response):
        begun = []
        content = b"".join(app(environ, lambda *head: begun.append(head)))
        line, headers = begun[0][:2]
        value = json.loads(content) if content else None
        if isinstance(value, dict) and isinstance(value.get("strategy"), dict):
            change(value["strategy"])
            content = json.dumps(value).encode()
            headers = [(name, text) for name, text in headers if name != "Content-Length"]
        start_response(status(environ["REQUEST_METHOD"], environ["PATH_INFO"], line), headers)
        return [content]
    return application

def altered_status():
    return wrapped(status=lambda method, path, line: "200 OK" if line.startswith("202") else line)

def dropped_member():
    return wrapped(lambda strategy: strategy.pop("alarm-restrictions"))

def changed_word():
    return wrapped(lambda strategy: strategy.update(state="done") if strategy["state"] == "applied" else None)

def percentage_going_back():
    highest = [0]
    def change(strategy):
        phase = strategy["apply-phase"]
        percent = phase["completion-percentage"]
        if phase["inprogress"] and percent > 50 and highest[0] <= 50:
            phase["completion-percentage"] = strategy["current-phase-completion-percentage"] = 3
        highest[0] = percent if phase["inprogress"] else 0
    return wrapped(change)
"""

BROKEN_RULEBOOK = """
extends: published
recipes:
  sw-patch-controllers.reboot:
    - query-alarms
    - {step: swact-hosts, entities: hosts}
    - {step: unlock-hosts, entities: hosts}
    - {step: sw-patch-hosts, entities: hosts}
    - {step: lock-hosts, entities: hosts}
    - system-stabilize/final
"""


# In a folder on the path: what every process of a run does first. Of the scripted parts of the suite a few are played,
# and of those that are drawn again and again the first: which of them find what is a subject of other tests.
FEW = """
import os
import conformance.plugin as plugin

few = os.environ["FEW_PARTS"].split(",")
wanted = plugin._is_wanted

def is_one_of_few(item):
    if few == [""]:
        return True
    if item.path.stem == "test_lifecycle":
        return any(each in item.nodeid for each in few)
    drawn = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return all(each % 1000 == 0 for each in drawn if isinstance(each, int))

plugin._is_wanted = lambda item, options: wanted(item, options) and is_one_of_few(item)
"""
ALL = [""]  # is part of every name
# Lifecycles that leave no MUST to those that are left out. Whoever plays more of them exercises no less.
ENOUGH = (
    "every-request-absent", "every-request-appl", "every-request-build", "every-request-paused", "every-request-ready",
    "every-request-running", "every-request-undoing", "abort-stage", "twice",
)  # fmt: skip


def command(*arguments):
    """The command line of a certification."""
    return [sys.executable, "-c", "from vimgate.cli import main; main()", "certify", *arguments]


def environment(**extra):
    """The environment of a run, without the traces of this one."""
    paths = [str(Path(path).resolve()) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIMGATE_", "PYTEST_"))}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1", **extra}


@pytest.fixture
def certify(tmp_path):
    """Runs `vimgate certify` in an empty folder that has the mutants' module."""
    (tmp_path / "mutants.py").write_text(MUTANTS)
    (tmp_path / "rulebook.yaml").write_text(BROKEN_RULEBOOK)

    def run(*arguments, **extra):
        return subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment(**extra),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def certify_few(certify, tmp_path):
    """Runs `vimgate certify` as above, with few of the lifecycles."""
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "sitecustomize.py").write_text(FEW)

    def run(*arguments, few, **extra):
        path = os.pathsep.join([str(tmp_path / "few"), environment()["PYTHONPATH"]])
        return certify(*arguments, PYTHONPATH=path, FEW_PARTS=",".join(few), **extra)

    return run


def verdict(done):
    """The parts of the VERDICT line, which is the last line of stdout."""
    found = VERDICT.fullmatch(done.stdout.rstrip("\n").rpartition("\n")[2])
    assert found, done.stdout[-500:] + done.stderr[-2000:]
    return found


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


@pytest.fixture
def served():
    """Puts a WSGI application on a free port; gives its address."""
    servers = []

    def serve(application):
        server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def status_of(url):
    """The status of a GET."""
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


TIMES = (rb'"started":"[^"]*"', rb'"duration_seconds":[0-9.e-]+', rb'"digest":"sha256:[0-9a-f]{64}"')


def bytes_apart_from_times(folder):
    """The bytes of a report without when it was made, how long that took, and the digests, which cover both."""
    content = re.sub(rb'{"kind":"evidence",.*}\n', b"", (folder / "report.jsonl").read_bytes())
    for time_field in TIMES:
        content, count = re.subn(time_field, b"-", content)
        assert count == 1, time_field
    return content


def test_the_embedded_server_is_conformant(certify_few, runs_everything, tmp_path):
    """Without a target the reference server is judged: conformant, every MUST and edge seen, files for its owner.

    On Pythons but one each MUST is seen, and not each edge.
    """
    done = certify_few("--fuzz-examples", "2", "-n", "2", few=ALL if runs_everything else ENOUGH)
    line = verdict(done)
    assert (done.returncode, line["outcome"]) == (0, "conformant")
    assert (line["fail"], line["untestable"], line["error"]) == ("0", "0", "0")
    seen, of, unlawful = re.search(
        r"^State graph: (\d+) of (\d+) lawful edges seen, (\d+) ", done.stdout, re.MULTILINE
    ).groups()
    assert (seen == of or not runs_everything, unlawful) == (True, "0"), done.stdout
    assert (line["level"], line["seed"], line["report"]) == ("oracle", "0", "vimgate-report")
    report = stream.read(tmp_path / "vimgate-report")
    deepest = [each for each in report.results if each.level is Level.ORACLE and not each.reason.startswith("excluded")]
    assert {each.verdict for each in deepest} == {Verdict.PASS}
    assert report.reached is Level.ORACLE
    assert "VIM-LIFE-127" in {each.requirement for each in report.results if each.verdict is Verdict.PASS}
    assert {path.name for path in (tmp_path / "vimgate-report").iterdir()} == FILES
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "vimgate-report").iterdir()} == {0o600}
    assert {path.name for path in tmp_path.iterdir()} == {"few", "mutants.py", "rulebook.yaml", "vimgate-report"}


@pytest.mark.long
def test_the_same_seed_gives_the_same_report(certify_few, tmp_path):
    """One seed gives the same report, byte for byte apart from times, in one worker and in two, traps all around."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise SystemExit('read by accident')\n")
    (tmp_path / "schemathesis.toml").write_text("seed = 99\n")
    judged = ("wsgi:mutants:altered_status", "--fuzz-examples", "2", "--sequences", "4", "--seed", "7")
    few = ("stage-by-stage", "every-request-given-up-sw-patch", "restart-sw-upgrade", "lock-fails")
    one = certify_few(*judged, "-n", "1", "--out", "one", few=few)
    traps = {"PYTEST_ADDOPTS": "--no-such-option", "PYTHONHASHSEED": "1"}
    two = certify_few(*judged, "-n", "2", "--out", "two", few=few, **traps)
    assert (one.returncode, two.returncode) == (1, 1)
    assert bytes_apart_from_times(tmp_path / "one") == bytes_apart_from_times(tmp_path / "two")


@pytest.mark.long
@pytest.mark.parametrize(
    ("mutant", "requirement", "said", "level", "lifecycles"),
    [
        ("dropped_member", "VIM-PGET-019", "alarm-restrictions", "wire", ALL),
        ("changed_word", "VIM-LIFE-046", "done", "wire", ALL),
        ("percentage_going_back", "VIM-LIFE-025", "percentage", "lifecycle", ["stage-by-stage"]),
    ],
)
def test_a_faulty_server_is_not_conformant(mutant, requirement, said, level, lifecycles, certify_few, tmp_path):
    """A wrapper around the reference server with one fault is not conformant; requirement and fault are named."""
    done = certify_few(f"wsgi:mutants:{mutant}", "-n", "1", *SCRIPTED, "--level", level, few=lifecycles)
    assert (done.returncode, verdict(done)["outcome"]) == (1, "not-conformant")
    assert f"FAIL {requirement}" in done.stdout
    assert said in done.stdout
    failed = {
        result.requirement
        for result in stream.read(tmp_path / "vimgate-report").results
        if result.verdict is Verdict.FAIL
    }
    assert requirement in failed


@pytest.mark.long
def test_a_run_looks_as_deep_as_it_is_asked(certify_few, tmp_path):
    """At level lifecycle every MUST up to it is exercised, what is deeper is not applicable, and the report says so."""
    done = certify_few("-n", "2", *SCRIPTED, "--level", "lifecycle", few=ENOUGH)
    line = verdict(done)
    assert (done.returncode, line["level"], line["untestable"]) == (0, "lifecycle", "0")
    report = stream.read(tmp_path / "vimgate-report")
    assert (report.run.level, report.reached) == (Level.LIFECYCLE, Level.LIFECYCLE)
    assert not [note for note in report.notes if "parameter" in note]  # of a test for which nothing was to be drawn
    assert {each.verdict for each in report.results if each.level in DEEPER} == {Verdict.NOT_APPLICABLE}


@pytest.mark.long
def test_a_broken_rulebook_is_not_conformant(certify_few):
    """The embedded server that unlocks before it locks is not conformant, and the order of steps is the reason."""
    asked = ("--rulebook", "rulebook.yaml", "-n", "1", *SCRIPTED, "--level", "orchestration")
    done = certify_few(*asked, few=["stage-by-stage"])
    assert (done.returncode, verdict(done)["outcome"]) == (1, "not-conformant")
    assert "may not come after unlock-hosts" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--read-only", "--allow-changes"], "contradict each other"),
        (["ftp://host"], "is no target"),
        (["wsgi:no_such_module_here:factory"], "no module 'no_such_module_here'"),
        (["wsgi:mutants:no_such_factory"], "has no 'no_such_factory'"),
        (["wsgi:mutants:wrapped", "--rulebook", "rulebook.yaml"], "leave out the target or the rulebook"),
        (["--rulebook", "no-such-file.yaml"], "no-such-file.yaml"),
        (["--rulebook", "mutants.py"], "mutants.py"),
        (["--token-file", "no-such-file"], "the token cannot be read"),
        (["--seed", "-1"], "--seed"),
        (["-n", "0"], "-n"),
        (["--release", "no-such-release"], "--release"),
        (["--level", "deepest"], "--level"),
        (["--world", "no-such-file.yaml"], "no-such-file.yaml"),
        (["--world", "rulebook.yaml"], "rulebook.yaml"),
        (["http://127.0.0.1:1", "--out", "mutants.py"], "--out"),
    ],
)
def test_wrong_use_is_exit_2_with_a_reason(arguments, said, certify, tmp_path):
    """What cannot be meant is refused by one clear error, without a traceback, a verdict or a report."""
    done = certify(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "VERDICT" not in done.stdout
    assert not (tmp_path / "vimgate-report").exists()


def test_a_factory_that_raises_is_wrong_use(certify, tmp_path):
    """A factory that raises when a worker calls it is wrong use as well, not a verdict."""
    (tmp_path / "raising.py").write_text("def factory():\n    raise RuntimeError('no database')\n")
    done = certify("wsgi:raising:factory", "-n", "2")
    assert done.returncode == 2
    assert "RuntimeError: no database" in done.stderr
    assert "Traceback" not in done.stderr


def test_nobody_listening_is_exit_3_in_one_sentence(certify, tmp_path):
    """An address at which nobody listens is incomplete: one sentence, a VERDICT line and a report."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        done = certify(f"http://127.0.0.1:{bound.getsockname()[1]}")
    assert (done.returncode, verdict(done)["outcome"]) == (3, "incomplete")
    assert "gave no answer" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert {path.name for path in (tmp_path / "vimgate-report").iterdir()} == FILES


@pytest.fixture
def watched(served):
    """The reference server on a socket, on a virtual clock; what is asked of it is kept."""
    app = create_app(clock=VirtualClock())
    asked = []

    def application(environ, start_response):
        asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_X_AUTH_TOKEN")))
        return app(environ, start_response)

    return served(application), asked


def test_read_only_sends_gets_alone_and_says_so(certify, watched, tmp_path):
    """--read-only sends nothing but GET, can be conformant, and the report's first line says READ-ONLY."""
    address, asked = watched
    done = certify(address, "--read-only", "--fuzz-examples", "2", "-n", "2")
    assert (done.returncode, verdict(done)["outcome"]) == (0, "conformant")
    assert {method for method, _, _ in asked} == {"GET"}
    assert done.stdout.startswith("READ-ONLY")
    assert (tmp_path / "vimgate-report" / "report.txt").read_text().startswith("READ-ONLY")


def test_a_url_without_leave_to_change_it_is_incomplete(certify, watched):
    """Without --allow-changes a URL gets only safe requests, and the rest is untestable."""
    address, asked = watched
    done = certify(address, "--fuzz-examples", "0")
    assert (done.returncode, verdict(done)["outcome"]) == (3, "incomplete")
    assert {method for method, _, _ in asked} == {"GET"}
    assert "--allow-changes permits it" in done.stdout


@pytest.mark.long
def test_a_url_that_may_be_changed_is_judged_like_a_wsgi_target(certify, watched):
    """With --allow-changes and control a URL target is judged whole, in one worker, and left with no strategy."""
    address, _ = watched
    done = certify(address, "--allow-changes", "-n", "2", *SCRIPTED, "--level", "protocol")
    assert (done.returncode, verdict(done)["outcome"]) == (0, "conformant")
    assert "one worker only" in done.stderr
    assert [status_of(address + path) for path in STRATEGIES] == [404, 404]


def test_a_strategy_of_others_is_left_alone(certify, served):
    """A URL target that has a strategy already, and cannot be reset, is not touched: exit 3 and the reason."""
    app = create_app(control=False, clock=SystemClock())
    asked = []

    def application(environ, start_response):
        asked.append(environ["REQUEST_METHOD"])
        return app(environ, start_response)

    address = served(application)
    body = json.dumps({"storage-apply-type": "serial", "worker-apply-type": "serial"}).encode()
    urllib.request.urlopen(
        urllib.request.Request(address + STRATEGIES[1], body, {"Content-Type": "application/json"})
    ).close()
    asked.clear()
    done = certify(address, "--allow-changes")
    assert (done.returncode, verdict(done)["outcome"]) == (3, "incomplete")
    assert "has a sw-upgrade strategy already" in done.stderr
    assert set(asked) == {"GET"}
    assert status_of(address + STRATEGIES[1]) == 200


def all_that_is_written(folder):
    """The files of a report's folder as they read, the evidence unpacked."""
    with zipfile.ZipFile(folder / "evidence.zip") as archive:
        unpacked = [archive.read(name).decode() for name in archive.namelist()]
    return "".join([*unpacked, *(path.read_text() for path in folder.iterdir() if path.suffix != ".zip")])


@pytest.mark.long
def test_the_token_is_sent_and_told_to_nobody(certify, watched, tmp_path):
    """The token of --token-file reaches the server, and neither output nor report nor evidence contains it."""
    address, asked = watched
    (tmp_path / "token").write_text("very-secret-ticket\n")
    done = certify(address, "--read-only", "--fuzz-examples", "1", "--token-file", "token")
    assert "very-secret-ticket" in {token for _, path, token in asked if path == "/api"}
    written = all_that_is_written(tmp_path / "vimgate-report")
    assert "very-secret-ticket" not in done.stdout + done.stderr + written


@pytest.mark.parametrize("sign", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_a_stopped_run_leaves_no_strategy_and_a_report(sign, served, tmp_path):
    """Ctrl-C and SIGTERM in the middle of an apply: the strategy is deleted, what was measured is written, exit 3."""
    address = served(create_app(control=False, clock=SystemClock(200)))
    run = subprocess.Popen(
        command(address, "--allow-changes", *SCRIPTED, "--level", "wire"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_until_applying(address)
        run.send_signal(sign)
        output, _ = run.communicate(timeout=300)
    finally:
        run.kill()
    assert run.returncode == 3
    assert output.rstrip().rpartition("\n")[2].startswith("VERDICT incomplete")
    assert [status_of(address + path) for path in STRATEGIES] == [404, 404]
    report = stream.read(tmp_path / "vimgate-report")
    assert any("the run was interrupted" in result.reason for result in report.results)
    assert report.count(Verdict.PASS) > 0


def _wait_until_applying(address):
    limit = time.monotonic() + 300
    while time.monotonic() < limit:
        for path in STRATEGIES:
            try:
                with urllib.request.urlopen(address + path) as answer:
                    if json.load(answer)["strategy"]["state"] == "applying":
                        return
            except urllib.error.HTTPError:
                pass
    pytest.fail("no strategy was ever applied")
