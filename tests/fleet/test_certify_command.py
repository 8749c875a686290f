"""`vimgate fleet certify` on a real cluster of two workers: fifty servers, and whatever may befall one of them."""

import json
import operator
import os
import re
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import dask
import distributed
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.fleet.sites import Plan, name_of, running
from reference_server import create_app
from vimgate.cli import main
from vimgate.commands.fleet import certify as command
from vimgate.fleet.calls import Call, Unbegun
from vimgate.fleet.certifying import Bounds
from vimgate.fleet.cluster import cluster
from vimgate.pool import Lost

FAULTY = {name_of(7): "root-renamed", name_of(23): "root-renamed", name_of(48): "root-renamed"}
FIFTY = tuple(name_of(number) for number in range(1, 51))
SPARE = tuple(name_of(number) for number in range(51, 61))
HANGING, ABSENT = name_of(61), name_of(62)
PATCH = "/api/orchestration/sw-patch/strategy"
LIMIT = 300  # seconds that anything may take
TOKEN = "a-token-that-only-the-workers-know"
DOC = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text(encoding="utf-8")

# As little as a certification may be: what it says of a target is not what these tests are about.
CHANGED = {"changes": "all", "only": ["VIM-PDEL-*"]}
LITTLE = {"level": "wire", "fuzz-examples": 1, "sequences": 0, "clients": 0, "evidence": False, "only": ["VIM-ROOT-*"]}


@pytest.fixture(scope="session")
def sites():
    """Fifty sites, three of them faulty, ten more, one that hangs, and one that is not there; their control is open."""
    plan = Plan(count=62, faulty=FAULTY, hanging=(HANGING,), absent=(ABSENT,))
    with running(plan) as found, pytest.MonkeyPatch.context() as patch:
        for name, value in found.environment.items():
            patch.setenv(name, value)
        yield found


@contextmanager
def _cluster(workers):
    """A scheduler and workers, each a process; they may have processes of their own."""
    configured = {"distributed.worker.daemon": False, "distributed.scheduler.http.routes": []}
    with dask.config.set(configured):
        made = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            memory_limit=0,
            silence_logs=50,
        )
        try:
            yield made
        finally:
            made.close(timeout=LIMIT)


@pytest.fixture(scope="session")
def two_workers(sites):
    """A cluster of two workers, which know the control of the sites."""
    with _cluster(2) as made:
        yield made


@pytest.fixture
def fleet(tmp_path, monkeypatch, capfd):
    """Runs `vimgate fleet certify` on targets, in this process: its exit code, output, errors and merged report."""
    monkeypatch.chdir(tmp_path)

    def run(targets, *options, scheduler=None, bounds=None, again=False):
        if not again:
            write(tmp_path / "fleet.yaml", targets)
        if bounds:
            monkeypatch.setattr(command, "Bounds", lambda **asked: Bounds(**asked | bounds))
        where = ["--scheduler", scheduler] if scheduler else []
        with pytest.raises(SystemExit) as left:
            main(["fleet", "certify", "fleet.yaml", *where, *options])
        said = capfd.readouterr()
        assert "Traceback" not in said.out + said.err
        return left.value.code or 0, said.out, said.err

    return run


def write(path, targets):
    """A fleet file of targets, each with a name, a URL and whatever else."""
    path.write_text(json.dumps({"defaults": LITTLE, "targets": targets}), encoding="utf-8")


def merged(folder):
    """The merged report of a fleet, as a document."""
    return json.loads((folder / "vimgate-fleet" / "report.json").read_text(encoding="utf-8"))


def endings(folder):
    """How each target ended, by its name."""
    lines = [json.loads(line) for line in (folder / "vimgate-fleet" / "fleet.jsonl").read_text().splitlines()]
    return {each["ending"]["name"]: each["ending"] for each in lines if each.get("event") == "ended"}


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


class Patient:
    """A reference server that stops in the middle: looks at the first strategy that it built are held back.

    `has_strategy` is set at the first of them, `is_asked_again` at the next; `go_on` has them answered. `creates`
    counts those that were granted, `tokens` are those that requests came with.
    """

    def __init__(self):
        self._app = create_app()
        self.creates, self.tokens = 0, set()
        self.has_strategy, self.is_asked_again = threading.Event(), threading.Event()
        self._may_answer = threading.Event()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def _answer(self, environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.tokens.add(environ.get("HTTP_X_AUTH_TOKEN"))
        if method == "GET" and path == PATCH and self.creates and not self._may_answer.is_set():
            (self.is_asked_again if self.has_strategy.is_set() else self.has_strategy).set()
            self._may_answer.wait()

        def start(status, headers, *rest):
            self.creates += (method, path, status[:3]) == ("POST", PATCH, "200")
            return start_response(status, headers, *rest)

        return self._app(environ, start)

    @property
    def is_free(self):
        """It has no strategy."""
        return self._app.test_client().get(PATCH).status_code == 404

    def go_on(self):
        """From now on nothing is held back."""
        self._may_answer.set()

    def close(self):
        """End it."""
        self.go_on()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def patient():
    """A server that stops in the middle of the first strategy."""
    server = Patient()
    yield server
    server.close()


class Tap:
    """A line to an address that somebody listens to: `port` leads there, `heard` is what went by, by connection."""

    def __init__(self, address):
        host, _, port = address.rpartition("//")[2].rpartition(":")
        self._there, self.heard = (host, int(port)), []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._lead, daemon=True).start()

    def has_heard(self, text):
        """Somebody who listens could have read it."""
        return any(text.encode() in each for each in self.heard)

    def close(self):
        """Lead nobody any more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _lead(self):
        with suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                try:
                    theirs = socket.create_connection(self._there)
                except OSError:
                    self._listener.close()  # nobody is there any more, nor here
                    ours.close()
                    raise
                for ends in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source, sink):
        heard = bytearray()
        self.heard.append(heard)
        with suppress(OSError), source:
            while data := source.recv(1 << 16):
                heard += data
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def tapped():
    """Makes a tap on the line to an address."""
    taps = []

    def tap(address):
        taps.append(Tap(address))
        return taps[-1]

    yield tap
    for each in taps:
        each.close()


@pytest.fixture
def scheduler_alone():
    """A scheduler and a worker as a user starts them; the address, and the two processes."""
    environment = {**os.environ, "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    started = []

    def start(*words, **pipes):
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]], env=environment, **pipes
        )
        started.append(process)
        return process

    try:
        yield start
    finally:
        for each in reversed(started):
            with suppress(ProcessLookupError):
                each.send_signal(signal.SIGKILL)
            each.wait()
            for pipe in filter(None, (each.stdout, each.stderr)):
                pipe.close()


@pytest.mark.long
def test_of_fifty_servers_exactly_the_faulty_ones_are_not_conformant(fleet, sites, two_workers, tmp_path):
    """Each of fifty targets gets its own verdict, some of them changed; the merged report says which three failed."""
    changed = FIFTY[9::16]
    targets = [
        {"name": name, "url": sites.urls[name]} | (CHANGED if name in changed else {"read-only": True})
        for name in FIFTY
    ]
    code, output, errors = fleet(targets, scheduler=two_workers.scheduler_address)
    report = merged(tmp_path)
    found = {each["name"]: each["outcome"] for each in report["targets"]}
    assert (code, {name for name in found if found[name] == "not-conformant"}) == (1, set(FAULTY)), errors
    assert {found[name] for name in FIFTY if name not in FAULTY} == {"conformant"}
    assert "VERDICT not-conformant targets=50 conformant=47 not-conformant=3 incomplete=0" in output
    assert len(output.splitlines()) == 51
    seen = sites.seen()
    assert [name for name in FIFTY if seen[name].changes] == list(changed)
    assert [(seen[name].creates, seen[name].deletes) for name in changed] == [(2, 2)] * 3
    assert {each["worker"] for each in endings(tmp_path).values()} == set(two_workers.scheduler_info["workers"])
    assert not list(tmp_path.rglob("run.jsonl"))


@pytest.mark.long
def test_a_target_whose_worker_is_killed_is_cleared_up_after_and_begun_no_second_time(
    fleet, sites, two_workers, patient, tapped, tmp_path
):
    """Its strategy is gone, nothing was created again, and it is incomplete; the others have their verdicts.

    Who listens on the line to the scheduler learns which targets there are, and no token.
    """
    tap = tapped(two_workers.scheduler_address)
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    killer = _when(patient.has_strategy, lambda: (_kill_worker_of(two_workers, "lost"), patient.go_on()))
    others = [{"name": name, "url": sites.urls[name], "read-only": True} for name in SPARE[:2]]
    code, _, errors = fleet(
        [{"name": "lost", "url": patient.address, "token-file": "token"} | CHANGED, *others],
        scheduler=f"tcp://127.0.0.1:{tap.port}",
    )
    killer.join()
    ended = endings(tmp_path)
    assert TOKEN in patient.tokens
    assert [tap.has_heard(each) for each in (patient.address, TOKEN, sites.token)] == [True, False, False]
    assert (code, ended["lost"]["end"], ended["lost"]["outcome"]) == (3, "lost", "incomplete"), errors
    assert (patient.creates, patient.is_free) == (1, True)
    assert (ended["lost"]["left"], ended["lost"]["attempts"]) == ("", 1)
    assert "nothing of the run is left: its clean-up is proved" in ended["lost"]["departure"]
    assert _marks(two_workers, "") == set()
    assert [ended[name]["outcome"] for name in SPARE[:2]] == ["conformant"] * 2
    assert not list(tmp_path.rglob("run.jsonl"))


@pytest.mark.long
def test_when_the_scheduler_is_lost_targets_are_cleared_up_after_here(
    fleet, sites, scheduler_alone, patient, tapped, tmp_path
):
    """What the target of a cluster that is gone has left is removed by a process here, and --resume is named.

    Scheduler, worker and client are those of docs/fleet.md with TLS: who has no certificate of theirs is nobody to the
    scheduler, and who listens on the line of the worker reads nothing.
    """
    scheduler_line, worker_line = re.findall(r"\$ (?:DASK\S+ )?dask (.* --tls-ca-file .*)", DOC)
    variables = dict(line.split("=", 1) for line in re.findall(r"^export (DASK_\S+)$", DOC, re.MULTILINE))
    _write_certificates(tmp_path)
    scheduler = scheduler_alone(*_here(scheduler_line, 0), stderr=subprocess.PIPE, text=True)
    address = next(found[1] for line in scheduler.stderr if (found := re.search(r"Scheduler at: +(tls://\S+)", line)))
    tap = tapped(address)
    scheduler_alone(*_here(worker_line, tap.port), "--no-nanny", "--nthreads", "1", stderr=subprocess.DEVNULL)
    killer = _when(patient.has_strategy, lambda: (scheduler.kill(), patient.go_on()))
    first = {"name": SPARE[9], "url": sites.urls[SPARE[9]], "read-only": True}
    waiting = {"name": "waiting", "url": f"{patient.address}/other", "read-only": True}
    _is_nobody_without_certificate(tap.port)
    with dask.config.set(
        {each.removeprefix("DASK_").lower().replace("__", "."): variables[each] for each in variables}
    ):
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=LIMIT)
        code, output, errors = fleet(
            [first, {"name": "lost", "url": patient.address} | CHANGED, waiting],
            scheduler=address,
            bounds={"settle": 0.1},
        )
    killer.join()
    ended = endings(tmp_path)
    assert (ended[SPARE[9]]["outcome"], any(tap.heard)) == ("conformant", True), errors
    assert not tap.has_heard(patient.address)
    assert (code, ended["lost"]["end"], ended["lost"]["left"]) == (3, "lost", ""), errors
    assert (patient.creates, patient.is_free) == (1, True)
    assert "the scheduler is lost" in errors
    assert "--resume" in errors
    assert [each["end"] for each in merged(tmp_path)["targets"]] == ["judged", "lost", "not begun"]
    assert "VERDICT incomplete targets=3" in output


@pytest.mark.long
def test_a_target_that_hangs_ends_by_its_time_limit(fleet, sites, two_workers, tmp_path):
    """Whoever takes requests and says nothing is incomplete when his time is up, and holds up nobody else."""
    targets = [
        {"name": HANGING, "url": sites.urls[HANGING], "request-timeout": 3600, "read-only": True},
        {"name": SPARE[2], "url": sites.urls[SPARE[2]], "read-only": True},
    ]
    code, _, errors = fleet(
        targets, "--target-timeout=1s", scheduler=two_workers.scheduler_address, bounds={"grace": 2.0}
    )
    ended = endings(tmp_path)
    assert (code, ended[HANGING]["end"], ended[HANGING]["attempts"]) == (3, "out of time", 1), errors
    assert ended[SPARE[2]]["end"] in ("judged", "out of time")


@pytest.mark.long
def test_a_target_that_is_away_is_tried_again(fleet, sites, two_workers, tmp_path):
    """Whoever refuses connections is incomplete after another try, and holds up nobody else."""
    targets = [{"name": name, "url": sites.urls[name], "read-only": True} for name in (ABSENT, SPARE[3])]
    code, _, errors = fleet(targets, "--retries=1", "--retry-after=0.01s", scheduler=two_workers.scheduler_address)
    ended = endings(tmp_path)
    assert (code, ended[ABSENT]["end"], ended[ABSENT]["attempts"]) == (3, "unreachable", 2), errors
    assert f"{ABSENT} is tried again later" in errors
    assert ended[SPARE[3]]["end"] == "judged"


@pytest.mark.long
def test_a_budget_of_requests_is_shared_out(fleet, sites, two_workers, tmp_path):
    """All targets together send no more than they may, and who gets none is not begun."""
    names = SPARE[4:7]
    before = sites.seen()
    targets = [{"name": name, "url": sites.urls[name], "read-only": True} for name in names]
    code, _, errors = fleet(targets, "--requests=2", scheduler=two_workers.scheduler_address)
    seen = sites.seen()
    assert (code, sum(seen[name].requests - before[name].requests for name in names)) == (3, 2), errors
    ended = endings(tmp_path)
    assert sorted(ended[name]["end"] for name in names) == ["not begun", "stopped", "stopped"]


@pytest.mark.long
def test_a_fleet_that_was_stopped_at_its_terminal_goes_on_with_resume(fleet, sites, two_workers, patient, tmp_path):
    """Ctrl-C clears up the target that is being judged; what has ended is not judged again when the fleet goes on."""
    names = SPARE[7:9]
    targets = [
        {"name": names[0], "url": sites.urls[names[0]], "read-only": True},
        {"name": "changed", "url": patient.address} | CHANGED,
        {"name": names[1], "url": sites.urls[names[1]], "read-only": True},
    ]
    fleet(targets, "--dry-run")
    process, terminal = _at_terminal(["fleet", "certify", "fleet.yaml", "-n", "1"], tmp_path)
    assert patient.has_strategy.wait(LIMIT)
    os.write(terminal, b"\x03")
    said = _read(terminal, "the targets that are being judged are cleared up first")
    assert patient.is_asked_again.wait(LIMIT)  # by the clearing up
    os.write(terminal, b"\x03")
    said += _read(terminal, "still clearing up changed; once more")
    patient.go_on()
    said += _read(terminal)
    os.close(terminal)
    assert process.wait(LIMIT) == 3, said
    assert "2 of 3 targets were not judged to their end; to judge these: the same command with --resume" in said
    ended = endings(tmp_path)
    assert {name: each["end"] for name, each in ended.items()} == {names[0]: "judged", "changed": "stopped"}, said
    assert (patient.is_free, ended["changed"]["left"]) == (True, "")
    judged, created = sites.seen()[names[0]], patient.creates
    code, _, errors = fleet(None, "--resume", scheduler=two_workers.scheduler_address, again=True)
    assert (sites.seen()[names[0]], patient.creates > created, patient.is_free) == (judged, True, True), errors
    assert {each["end"] for each in merged(tmp_path)["targets"]} == {"judged"}
    assert code in (0, 3)


@pytest.mark.long
def test_what_a_lost_worker_had_begun_is_begun_by_nobody_else(two_workers):
    """A call that is to be made once comes to nothing when a worker had it before; another one is made, and raises.

    Marks are gone when the cluster was let go: a scheduler that others use would keep them for ever.
    """
    with cluster(two_workers.scheduler_address) as there:
        with distributed.Client(two_workers.scheduler_address, set_as_default=False) as client:
            distributed.Event(f"vimgate-{there.run_id}-1-one", client=client).set()
        calls = [
            Call("one", operator.add, (1, 2), once=True),
            Call("two", operator.add, (1, 2), once=True),
            Call("three", operator.truediv, (1, 0)),
        ]
        began = []
        found = {call.key: value for call, value in there.run(calls, began=lambda call, _: began.append(call.key))}
        there.stop()
        marked = _marks(two_workers, there.run_id)
    assert (marked, _marks(two_workers, there.run_id)) == ({"1-one", "2-two", "stop"}, set())
    assert found == {
        "one": Lost("its worker was lost"),
        "two": 3,
        "three": Lost("ZeroDivisionError: division by zero"),
    }
    assert sorted(began) == ["three", "two"]


@pytest.mark.long
def test_nothing_begins_after_a_stop(two_workers):
    """What was given out and not begun comes to that, and nothing more is given out."""
    with cluster(two_workers.scheduler_address) as there:
        found = [(call.key, value) for call, value in there.run(_stopping(there))]
    assert found == [("one", Unbegun())]


@pytest.mark.long
def test_what_cannot_be_meant_is_wrong_use(fleet, tmp_path):
    """A scheduler that is none, options that contradict each other, a folder that is taken: exit 2, and what to do."""
    targets = [{"name": "one", "url": "http://127.0.0.1:1"}]
    assert _wrong(fleet(targets, "--scheduler", "10.0.0.1:8786"), "write such as tcp://10.0.0.1:8786")
    assert _wrong(fleet(targets, "--scheduler", "tcp://10.0.0.1:8786", "-n", "2"), "leave them out, or --scheduler")
    assert _wrong(fleet(targets, "--scheduler", "tls://10.0.0.1:8786"), "distributed.comm.tls")
    tls = "distributed.comm.tls"
    with dask.config.set({f"{tls}.ca-file": "nowhere.pem", f"{tls}.client.cert": "nowhere.pem"}):
        assert _wrong(fleet(targets, "--scheduler", "tls://10.0.0.1:8786"), "cannot be used: FileNotFoundError")
    with dask.config.set({"distributed.comm.require-encryption": True}):
        assert _wrong(fleet(targets, "--scheduler", "tcp://10.0.0.1:8786"), "demands encryption")
    assert _wrong(fleet(targets, "--resume"), "there is no fleet to go on with")
    assert _wrong(fleet([{"name": "one"}]), "fleet.yaml:")
    folder = tmp_path / "vimgate-fleet"
    (folder / "targets").mkdir(parents=True)
    assert _wrong(fleet(targets), "is there already, and of no fleet")
    (folder / "fleet.jsonl").write_text('{"schema": "vimgate-fleet/1", "digest": "other", "targets": []}\n')
    assert _wrong(fleet(targets), "go on with --resume, or name another folder with --out")
    assert _wrong(fleet(targets, "--resume"), "this is another fleet")


@pytest.mark.long
def test_a_scheduler_that_does_not_answer_is_said_to_be_away(fleet, monkeypatch):
    """A port that takes connections and says nothing is no scheduler: exit 3, and how to start one."""
    monkeypatch.setattr("vimgate.fleet.cluster._CONNECT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        code, _, errors = fleet([{"name": "one", "url": "http://127.0.0.1:1"}], scheduler=address)
    assert (code, "does not answer" in errors, "docs/fleet.md" in errors) == (3, True, True)


def _stopping(there):
    """A call, before which the cluster is told to stop, and another one."""
    there.stop()
    yield Call("one", operator.add, (1, 2))
    yield Call("two", operator.add, (1, 2))


def _write_certificates(folder):
    """The files that docs/fleet.md names: an authority, and what it signed for scheduler and workers, and clients."""
    made = distributed.Security.temporary()
    texts = {
        "ca.pem": made.tls_ca_file,
        "node.pem": made.tls_worker_cert,
        "node.key": made.tls_worker_key,
        "client.pem": made.tls_client_cert,
        "client.key": made.tls_client_key,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _here(line, port):
    """The words of a command of docs/fleet.md, on this machine."""
    return shlex.split(re.sub(r"10\.0\.0\.\d+", "127.0.0.1", line).replace("8786", str(port)))


def _is_nobody_without_certificate(port):
    """Whoever listens there wants a certificate, and says so."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        pytest.raises(ssl.SSLError, match=r"(?i)certificate.required"),
        context.wrap_socket(plain) as line,
    ):
        line.recv(1)


def _marks(cluster, run_id):
    """The marks of a run that a scheduler has, of any run when it is empty: Dask says nowhere which there are."""
    names = cluster.scheduler.extensions["events"]._events  # noqa: SLF001
    return {name.removeprefix(f"vimgate-{run_id}-") for name in names if run_id in name}


def _wrong(came, said):
    code, _, errors = came
    return code == 2 and said in " ".join(errors.split())


def _when(event, act):
    """Does something, in another thread, as soon as something has happened."""

    def run():
        if event.wait(LIMIT):
            act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _kill_worker_of(cluster, name):
    """Kill the worker that has the call of a target."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        busy = client.processing()
        address = next(worker for worker, keys in busy.items() if any(key.endswith(f"-{name}") for key in keys))
        os.kill(client.run(os.getpid, workers=[address])[address], signal.SIGKILL)


def _at_terminal(arguments, folder):
    """A command in the foreground of a terminal of its own, and that terminal."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", sys.executable, "-P", "-c", "from vimgate.cli import main; main()", *arguments],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "dumb"},
    )
    os.close(theirs)
    return process, ours


def _read(terminal, until=None):
    """What a terminal shows, up to some words or its end."""
    said = b""
    while until is None or until.encode() not in said:
        try:
            more = os.read(terminal, 4096)
        except OSError:
            break
        if not more:
            break
        said += more
    return said.decode(errors="replace")
