"""Runs on deployments at a URL: what is touched, what is cleared up, and how a run that was cut off goes on."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from conformance import plugin
from conformance.targets.guard import Guard
from reference_server import create_app
from reference_server.clock import SystemClock, VirtualClock
from reports import stream
from vimgate.cli import main

PATCH = "/api/orchestration/sw-patch/strategy"
UPGRADE = "/api/orchestration/sw-upgrade/strategy"
BODY = {
    PATCH: {
        "controller-apply-type": "serial",
        "storage-apply-type": "serial",
        "swift-apply-type": "ignore",
        "worker-apply-type": "serial",
        "default-instance-action": "stop-start",
        "alarm-restrictions": "relaxed",
    },
    UPGRADE: {"storage-apply-type": "serial", "worker-apply-type": "serial", "alarm-restrictions": "relaxed"},
}

# The whole suite takes minutes in real time; a few of its tests show what becomes of a run.
FEW = """
import sys
import conformance.plugin as plugin
few = sys.argv.pop(1).split(",")
wanted = plugin._is_wanted
plugin._is_wanted = lambda item, options: wanted(item, options) and any(each in item.nodeid for each in few)
from vimgate.cli import main
main()
"""
LIMIT = 600  # seconds that a process may take to get anywhere
DEADLINE = 3600  # seconds
SCENARIOS = "test_documents,[twice-sw-patch],[abort-at-once-sw-patch],[nothing-to-do-sw-patch]"


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


class Deployment:
    """A server at a URL. `gone` closes every connection without an answer; `watch` sees each request first."""

    def __init__(self, app):
        self.app = app
        self.asked = []
        self.gone = False
        self.watch = self.look_away
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def look_away(self, _method, _path):
        """Nobody watches."""

    def _answer(self, environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.asked.append((method, path))
        self.watch(method, path)
        if self.gone:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        return self.app(environ, start_response)

    def send(self, method, path, value=None):
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self.address + path, body, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, None

    @property
    def left(self):
        return [self.send("GET", path)[0] for path in (PATCH, UPGRADE)]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def deployed():
    """Puts the reference server at a URL: without control and in real time, as deployments are."""
    deployments = []

    def deploy(*, control=False, speed=5000, clock=None):
        clock = clock or (VirtualClock() if control else SystemClock(speed))
        deployments.append(Deployment(create_app(control=control, clock=clock)))
        return deployments[-1]

    yield deploy
    for deployment in deployments:
        deployment.close()


@pytest.fixture
def vimgate(tmp_path, monkeypatch, capfd):
    """Runs vimgate in an empty folder, in this process, `certify` with a few tests of the suite."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    wanted = plugin._is_wanted  # noqa: SLF001 - the whole suite takes minutes

    def run(*arguments, few=SCENARIOS):
        def is_wanted(item, options):
            return wanted(item, options) and any(each in item.nodeid for each in few.split(","))

        monkeypatch.setattr(plugin, "_is_wanted", is_wanted)
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = capfd.readouterr()
        assert "Traceback" not in said.out + said.err
        return left.value.code or 0, said.out, said.err

    return run


@pytest.fixture
def certify(vimgate):
    """Runs a certification of a deployment that may be changed."""

    def run(deployment, *options, few=SCENARIOS):
        return vimgate("certify", deployment.address, "--allow-changes", "--fuzz-examples", "0", *options, few=few)

    return run


@pytest.fixture
def started(tmp_path):
    """Starts a certification of a deployment in a process of its own, which may be sent signals."""
    paths = [str(Path(path).resolve()) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIMGATE_", "PYTEST_"))}
    environment = {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["XDG_STATE_HOME"] = str(tmp_path / "state")

    runs = []

    def start(deployment):
        run = subprocess.Popen(
            [sys.executable, "-c", FEW, SCENARIOS, "certify", deployment.address, "--allow-changes"],
            cwd=tmp_path,
            env=environment | {"VIMGATE_CERTIFY_FUZZ_EXAMPLES": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        runs.append(run)
        return run

    yield start
    for run in runs:
        run.kill()
        run.communicate()


def ended(run):
    """What a process came to: exit code, output, errors."""
    output, errors = run.communicate(timeout=LIMIT)
    assert "Traceback" not in output + errors
    return run.returncode, output, errors


def departure(folder):
    """What the report says of what was left behind."""
    results = {result.requirement: result for result in stream.read(folder / "vimgate-report").results}
    result = results.get("VIM-HARNESS-003")
    return (result.verdict.word, result.reason) if result else None


def comparable(folder):
    """A report without what differs from run to run: its times, and the uuids that the server draws."""
    text = (folder / "vimgate-report" / "report.jsonl").read_text()
    text = text.rpartition('"digest"')[0]  # of all the rest
    text = re.sub(r'{"kind":"evidence",.*}\n', "", text)
    text = re.sub(r'"(started|duration_seconds|duration|at)": ?("[^"]*"|[0-9.]+)', r'"\1": 0', text)
    return re.sub(r"127\.0\.0\.1:\d+", "HOST", text)


def run_files(folder):
    """The run files that are there; where there is none, nothing else of a run is there either."""
    there = sorted((folder / "state" / "vimgate" / "runs").glob("*"))
    files = [each for each in there if each.is_file()]
    assert files or not there
    return files


def test_a_run_leaves_nothing_and_proves_it(certify, deployed, tmp_path):
    """After a whole run no strategy and no run file are left, and the report shows the looks that prove it."""
    deployment = deployed()
    certify(deployment)
    assert deployment.left == [404, 404]
    assert run_files(tmp_path) == []
    verdict, reason = departure(tmp_path)
    assert (verdict, reason.startswith("left behind: nothing")) == ("pass", True)
    assert reason.count("answered 404") == 2


def killed_with_a_strategy(started, deployment):
    """A run that is killed at once when its first strategy was created and is looked at."""
    run = started(deployment)
    created = threading.Event()
    posts = []

    def watch(method, path):
        if method == "POST" and path in BODY:
            posts.append(path)
        if method == "GET" and posts and path == PATCH:
            created.set()

    deployment.watch = watch
    assert created.wait(LIMIT)
    run.send_signal(signal.SIGKILL)
    run.communicate()


@pytest.mark.long
def test_what_a_killed_run_has_left_is_found_and_removed(started, vimgate, certify, deployed, tmp_path):
    """After kill -9 the next run says what is left and touches nothing; `vimgate cleanup` deletes it, and its file."""
    deployment = deployed(speed=1)
    killed_with_a_strategy(started, deployment)
    (file,) = run_files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    deployment.asked.clear()
    code, _, errors = certify(deployment)
    assert code == 3
    assert "was cut off" in errors
    assert f"vimgate cleanup --run-file {file}" in errors
    assert deployment.asked == []
    assert not (tmp_path / "vimgate-report").exists()
    code, output, _ = vimgate("cleanup", deployment.address)
    assert (code, deployment.left, run_files(tmp_path)) == (0, [404, 404], [])
    assert output.splitlines()[-1] == "left behind: nothing; the run file is removed"


@pytest.mark.long
def test_a_killed_run_goes_on(started, certify, deployed, tmp_path):
    """After kill -9 `--resume` deletes what was left, plays the rest and leaves nothing, not even a file."""
    deployment = deployed(speed=5000)
    killed_with_a_strategy(started, deployment)
    deployment.watch = deployment.look_away
    _, _, errors = certify(deployment, "--resume")
    assert "certify: going on; " in errors
    assert (deployment.left, run_files(tmp_path), departure(tmp_path)[0]) == ([404, 404], [], "pass")


@pytest.mark.long
def test_a_run_file_stays_while_its_target_does_not_answer(started, vimgate, deployed, tmp_path):
    """A cleanup of a target that is gone ends with 3, says what may be left, and keeps the file."""
    deployment = deployed(speed=1)
    killed_with_a_strategy(started, deployment)
    deployment.gone = True
    code, output, _ = vimgate("cleanup", deployment.address, "--request-timeout", "1")
    assert (code, len(run_files(tmp_path))) == (3, 1)
    assert "left behind: the sw-patch strategy" in output


@pytest.mark.long
def test_the_strategy_of_somebody_else_is_left_by_a_cleanup(started, vimgate, deployed, tmp_path):
    """When the strategy of the killed run is gone and another is there, `vimgate cleanup` leaves that one alone."""
    deployment = deployed(speed=5000)
    killed_with_a_strategy(started, deployment)
    deployment.send("DELETE", PATCH, {"force": True})
    _, made = deployment.send("POST", PATCH, BODY[PATCH])
    code, output, _ = vimgate("cleanup", deployment.address)
    assert deployment.send("GET", PATCH)[1]["strategy"]["uuid"] == made["strategy"]["uuid"]
    assert (code, run_files(tmp_path)) == (0, [])
    assert "this run did not create it. It is left alone" in output


@pytest.mark.long
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_with_proof_that_nothing_is_left(sign, started, deployed, tmp_path):
    """Ctrl-C and SIGTERM: the strategy is deleted, the report proves it, and the run can be resumed."""
    deployment = deployed(speed=60)
    run = started(deployment)
    created = threading.Event()
    deployment.watch = lambda method, path: created.set() if method == "POST" and path == PATCH else None
    assert created.wait(LIMIT)
    run.send_signal(sign)
    code, output, _ = ended(run)
    assert (code, deployment.left) == (3, [404, 404])
    assert "the run was interrupted" in output
    verdict, reason = departure(tmp_path)
    assert (verdict, reason.startswith("left behind: nothing")) == ("pass", True)
    assert len(run_files(tmp_path)) == 1


@pytest.mark.long
def test_whoever_insists_is_told_and_let_go(started, deployed, tmp_path):
    """A second signal tells that the clearing up goes on, a third ends it; what is left is in the report."""
    deployment = deployed(speed=0.01)
    run = started(deployment)
    created = threading.Event()
    deployment.watch = lambda method, path: created.set() if method == "POST" and path == PATCH else None
    assert created.wait(LIMIT)
    run.send_signal(signal.SIGINT)
    assert next(line for line in run.stderr if "stopping; clearing up first" in line)
    run.send_signal(signal.SIGINT)
    assert next(line for line in run.stderr if "still clearing up" in line)
    run.send_signal(signal.SIGINT)
    code, _, errors = ended(run)
    assert code == 3
    assert "left behind: the sw-patch strategy" in errors
    assert departure(tmp_path)[0] == "untestable"
    assert deployment.left[0] == 200


@pytest.mark.parametrize("path", [PATCH, UPGRADE])
def test_a_strategy_that_is_there_is_taken_over_only_when_asked(path, certify, deployed, tmp_path):
    """Without --take-over a target with a strategy gets GET alone; with it the strategy goes, and it is told."""
    deployment = deployed()
    _, made = deployment.send("POST", path, BODY[path])
    deployment.asked.clear()
    code, _, errors = certify(deployment, few="test_documents")
    assert code == 3
    assert "--take-over" in errors
    assert {method for method, _ in deployment.asked} == {"GET"}
    code, output, _ = certify(deployment, "--take-over", few="test_documents")
    assert (code, deployment.left) == (3, [404, 404])
    assert f"strategy {made['strategy']['uuid']} (state " in output
    assert "was taken over and deleted" in output


def test_an_applying_strategy_is_not_taken_over_where_nothing_may_be_aborted(certify, deployed):
    """--take-over is refused in words when it would have to abort and --changes leaves out abort."""
    clock = VirtualClock()
    deployment = deployed(clock=clock)
    deployment.send("POST", PATCH, BODY[PATCH])
    clock.advance(600)
    assert deployment.send("POST", f"{PATCH}/actions", {"action": "apply-all"})[0] == 202
    code, _, errors = certify(deployment, "--take-over", "--changes", "create,apply,delete", few="test_documents")
    assert (code, deployment.left) == (3, [200, 404])
    assert "--take-over has to abort it, and --changes leaves out abort" in errors


def test_without_apply_nothing_is_applied(certify, deployed, tmp_path):
    """With --changes create,delete no action is sent; what needs one is untestable, and the change is named."""
    deployment = deployed()
    code, output, _ = certify(
        deployment,
        "--changes",
        "create,delete",
        few="[twice-sw-patch],[apply-all-sw-patch],[every-request-ready-sw-patch],test_bodies[actOnSwPatch",
    )
    assert code == 3
    assert {path for method, path in deployment.asked if method == "POST"} == {PATCH, UPGRADE}
    assert "--changes leaves out apply and abort" in output
    assert "it needs apply, which --changes leaves out" in output
    assert departure(tmp_path)[0] == "pass"


def test_a_deadline_ends_a_run_that_can_be_resumed(certify, deployed, tmp_path, monkeypatch):
    """When the time is up the run clears up and ends with 3; what was played is kept for --resume."""
    deployment = deployed(speed=300)
    passed = [0.0]
    monkeypatch.setitem(Guard.__init__.__kwdefaults__, "clock", lambda: time.monotonic() + passed[0])

    def watch(method, path):
        passed[0] += DEADLINE * (method == "POST" and path == f"{PATCH}/actions")

    deployment.watch = watch
    wanted = "test_documents,[stage-then-all-sw-patch]"
    code, _, errors = certify(deployment, "--deadline", f"{DEADLINE}s", few=wanted)
    assert (code, deployment.left) == (3, [404, 404])
    assert f"the time of the run was up (--deadline {DEADLINE} seconds); 1 of 2 tests were played" in errors
    assert departure(tmp_path)[0] == "pass"
    assert len(run_files(tmp_path)) == 1


def test_a_run_that_has_sent_as_many_requests_as_it_may_clears_up(certify, deployed, tmp_path):
    """Where requests are used up in the middle of a strategy, it is deleted all the same, and the run ends with 3."""
    deployment = deployed()
    code, _, errors = certify(deployment, "--most-requests", "8", few="[twice-sw-patch]")
    assert (code, deployment.left) == (3, [404, 404])
    assert "the run had sent as many requests as it may (--most-requests 8)" in errors
    asked = [(method, path) for method, path in deployment.asked if not path.startswith("/_control")]
    assert ("POST", PATCH) in asked[:8]
    assert ("DELETE", PATCH) in asked[8:]
    assert departure(tmp_path)[0] == "pass"


@pytest.mark.long
def test_a_run_that_lost_its_target_goes_on_where_it_was(certify, vimgate, deployed, tmp_path):
    """A run whose target went away is resumed: no finished test is played again, and report and evidence are of one."""
    certify(deployed(control=True))
    whole = comparable(tmp_path)
    deployment = deployed(control=True)
    posts = []

    def goes_away(method, path):
        posts.extend([path] if method == "POST" and path == PATCH else [])
        deployment.gone = len(posts) > 2

    deployment.watch = goes_away
    code, _, errors = certify(deployment, "--reconnect", "0.2")
    assert code == 3
    assert "gave no answer" in errors
    deployment.watch, deployment.gone = deployment.look_away, False
    deployment.asked.clear()
    code, _, errors = certify(deployment, "--resume")
    assert "going on; " in errors
    assert ("GET", "/api/orchestration/nothing") not in deployment.asked
    assert comparable(tmp_path) == whole
    assert run_files(tmp_path) == []
    assert vimgate("report", "verify", "vimgate-report", "--quiet")[0] == 0


def test_a_run_is_resumed_only_as_it_was_asked(certify, deployed, tmp_path):
    """Resuming with other options, or where nothing was cut off, is wrong use, said in words."""
    deployment = deployed(control=True)
    code, _, errors = certify(deployment, "--resume")
    assert (code, "there is no run on" in errors) == (2, True)
    deployment.watch = lambda method, path: setattr(deployment, "gone", method == "POST" and path == PATCH)
    certify(deployment, "--reconnect", "0.2")
    code, _, errors = certify(deployment, "--resume", "--seed", "7")
    assert (code, "its seed was 0, and is 7 now" in errors) == (2, True)


@pytest.mark.long
def test_a_dry_run_sends_nothing_and_says_what_it_would(certify, deployed):
    """--dry-run sends no request, names requests, changes, strategies and duration, and ends with 0."""
    deployment = deployed()
    code, output, _ = certify(deployment, "--dry-run", "--requests-per-minute", "60", "--most-requests", "900")
    assert (code, deployment.asked) == (0, [])
    for word in (
        "Changes      create, apply, abort, delete",
        "Scripted",
        "Generated",
        "x apply",
        "at 60 requests a minute",
        "ends after 900 requests (--most-requests)",
    ):
        assert word in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--changes", "create"], "create without delete would leave a strategy behind"),
        (["--changes", "delete"], "without create there is nothing of ours"),
        (["--changes", "create,destroy"], "'destroy' is no change"),
        (["--deadline", "soon"], "is no duration"),
        (["--ca", "no-such-file"], "holds no certificates"),
        (["--deadline", "9" * 400], "is no duration"),
        (["--poll-interval", "0"], "--poll-interval"),
        (["--request-timeout", "nan"], "'nan' is not a finite number"),
        (["--reconnect", "inf"], "'inf' is not a finite number"),
        (["--requests-per-minute", "nan", "--dry-run"], "'nan' is not a finite number"),
        (["--most-requests", "0"], "--most-requests"),
        (["--dry-run", "--json"], "--dry-run comes to none"),
        (["--run-file", "/proc/nothing/here"], "name another with --run-file"),
    ],
)
def test_terms_that_cannot_be_meant_are_wrong_use(arguments, said, certify, deployed):
    """An option of the terms that makes no sense is exit 2 with a reason, and nothing is sent."""
    deployment = deployed()
    code, _, errors = certify(deployment, *arguments)
    assert (code, said in errors.replace("\n", " ")) == (2, True), errors
    assert deployment.asked == []


def test_a_target_that_is_silent_is_incomplete(vimgate):
    """A target that accepts and says nothing ends the run with 3 and the reason, soon."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        code, output, errors = vimgate("certify", address, "--request-timeout", "0.2")
    assert (code, "VERDICT incomplete" in output) == (3, True)
    assert "did not come in time" in errors


def test_a_target_that_answers_500_to_everything_is_not_conformant(deployed, certify):
    """A 500 is an answer of the target, and a failure by the contract, however many come."""

    def broken(_environ, start_response):
        start_response("500 Internal Server Error", [])
        return [b""]

    deployment = deployed()
    deployment.app = broken
    code, output, _ = certify(deployment, few="test_documents")
    assert (code, "VERDICT not-conformant" in output) == (1, True)


def test_a_target_that_becomes_unavailable_is_incomplete(deployed, certify):
    """A service that answers 503 from some moment on ends the run with 3 and the reason."""
    deployment = deployed(control=True)
    lawful = deployment.app

    def sometimes(environ, start_response):
        if len(deployment.asked) > 40:
            start_response("503 Service Unavailable", [])
            return [b""]
        return lawful(environ, start_response)

    deployment.app = sometimes
    code, _, errors = certify(deployment, few="test_documents")
    assert (code, "it answered 503 to the last 40 requests" in errors) == (3, True)
