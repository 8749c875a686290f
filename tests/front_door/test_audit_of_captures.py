"""What a running gateway found, and what an audit finds in its captures afterwards, is the same."""

import json
import random
import signal
import subprocess
import sys
import threading

import pytest
import requests

VIMGATE = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()")
LIMIT = 180  # seconds that a process may take to start, to answer or to stop
SESSIONS = 30
STRATEGY = "/api/orchestration/{}/strategy"
CREATE = {
    "sw-patch": {
        "controller-apply-type": "serial",
        "storage-apply-type": "serial",
        "swift-apply-type": "ignore",
        "worker-apply-type": "serial",
        "default-instance-action": "stop-start",
    },
    "sw-upgrade": {"storage-apply-type": "serial", "worker-apply-type": "serial"},
}
COMPARED = (
    "requirement", "direction", "verdict", "times", "uncertain", "number", "message", "expected", "actual", "where",
    "hint", "first", "last",
)  # fmt: skip


@pytest.fixture
def started(tmp_path):
    """Starts a command and gives its process and the first line that it says; what runs at the end is killed."""
    processes = []

    def start(*arguments):
        process = subprocess.Popen(
            [*VIMGATE, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process, process.stdout.readline().rstrip("\n")

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def ended(process):
    """The process ends when it is asked to, and in good order."""
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, errors


def asked(draw, kind):
    """One request: method, path, body."""
    path, create = STRATEGY.format(kind), CREATE[kind]
    odd = create | {draw.choice([*create, "unknown"]): draw.choice([None, 7, "bogus", []])}
    return draw.choice(
        [
            *[("GET", path, None)] * 4,
            *[("POST", path, create)] * 3,
            ("POST", path, odd),
            *[("POST", path + "/actions", {"action": action}) for action in ("apply-all", "abort", "apply-stage", "x")],
            ("DELETE", path, {"force": True}),
            ("DELETE", path, None),
            ("PUT", path, create),
            ("GET", "/api/", None),
            ("GET", "/api/none", None),
        ]
    )


def play(address, draw, kind, count):
    """A client that asks so much, one after the other."""
    with requests.Session() as session:
        session.headers["X-Auth-Token"] = "made-up"
        for _ in range(count):
            method, path, body = asked(draw, kind)
            session.request(method, address + path, json=body, timeout=LIMIT)


def play_all(address, seed):
    """All sessions, one after the other; in some of them two clients ask at the same time."""
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    for number in range(SESSIONS):
        kind = draw.choice(list(CREATE))
        clients = [
            threading.Thread(target=play, args=(address, random.Random(draw.random()), kind, draw.randint(2, 6)))  # noqa: S311
            for _ in range(1 + (number % 5 == 0))
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()


def charges(folder):
    """What the summary says of each requirement, all but where it is told of."""
    summary = json.loads((folder / "summary.json").read_text())
    told = [{name: charge[name] for name in COMPARED} for charge in summary["charges"]]
    return sorted(told, key=lambda charge: (charge["requirement"], charge["direction"]))


def findings(folder):
    """Every finding of the log, by the exchange."""
    lines = map(json.loads, (folder / "findings.jsonl").read_text().splitlines())
    left_out = {"action", "number"}
    return [
        {name: value for name, value in line.items() if name not in left_out}
        for line in lines
        if line["line"] == "finding"
    ]


@pytest.mark.long
def test_an_audit_of_the_captures_finds_what_the_gateway_found(started, tmp_path):
    """Over HTTP, from several clients, with a faulty server: requirement by requirement, exchange by exchange."""
    server, upstream = started("mutants", "serve", "refused-action-200")
    gateway, address = started(
        "proxy", "--upstream", upstream, "--listen", "127.0.0.1:0", "--out", "live",
        "--capture", "har", "--capture", "flows", "--rotate-bytes", str(1 << 30),
    )  # fmt: skip
    play_all(address, seed=3)
    ended(gateway)
    ended(server)
    live = tmp_path / "live"
    for name in ("capture.har", "capture.flows"):
        code, output, errors = _audited(tmp_path, f"live/{name}", name)
        assert (code, errors) == (1, ""), output
        assert (charges(tmp_path / name), findings(tmp_path / name)) == (charges(live), findings(live))
    assert sum(charge["times"] for charge in charges(live)) > SESSIONS
    assert {charge["direction"] for charge in charges(live)} == {"request", "response"}


def _audited(folder, file, out):
    done = subprocess.run(
        [*VIMGATE, "audit", file, "--out", out], cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    return done.returncode, done.stdout, done.stderr
