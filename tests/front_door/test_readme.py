"""The README's commands, run as they stand there; the two make targets are what CI itself runs."""

import gzip
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from urllib.request import urlopen

import pytest

from conformance.runs.runfile import RunFile, default_path
from reference_server import create_app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line[2:]
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]
SERVES = [command for command in COMMANDS if command.startswith("vimgate serve")]
SERVE = SERVES[0]
DRY = [command for command in COMMANDS if "--dry-run" in command]
PROXIES = [command for command in COMMANDS if command.startswith("vimgate proxy")]
CERTIFY = "vimgate certify"
AUDIT = next(command for command in COMMANDS if command.startswith("vimgate audit"))
RUN = [command for command in COMMANDS if not command.startswith(("make ", "vimgate serve", "vimgate proxy"))]
SCRIPTED = {f"VIMGATE_CERTIFY_{option}": "0" for option in ("FUZZ_EXAMPLES", "SEQUENCES", "CLIENTS")} | {
    "VIMGATE_CERTIFY_LEVEL": "wire",
    "VIMGATE_CERTIFY_WORKERS": "1",
}
REQUEST = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "swift-apply-type": "ignore",
    "worker-apply-type": "parallel",
    "default-instance-action": "migrate",
}


def vimgate(command, folder, **environment):
    """Run a command of the README in a folder, no deeper than need be: what it finds is another subject."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("VIMGATE_")}
    return subprocess.run(
        shlex.split(command),
        cwd=folder,
        env=known | SCRIPTED | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path):
    """A user's folder with the files that the README names."""
    world = files("reference_server") / "worlds" / "default.yaml"
    (tmp_path / "world.yaml").write_text(world.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "request.json").write_text(json.dumps(REQUEST), encoding="utf-8")
    (tmp_path / "mypackage.py").write_text("from reference_server import create_app\n", encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def certification(tmp_path_factory):
    """The certification without a target: its folder, and the process."""
    path = tmp_path_factory.mktemp("certified")
    return path, vimgate(CERTIFY, path)


@pytest.fixture(scope="module")
def certified(certification):
    """A folder in which a certification has left its report."""
    return certification[0]


@pytest.fixture
def reported(certified, folder):
    """A user's folder in which there is a report as well."""
    shutil.copytree(certified / "vimgate-report", folder / "vimgate-report")
    return folder


@pytest.fixture
def address():
    """The README's reference server on a free port: its address and its control token."""
    command = shlex.split(SERVE.replace("--port 4545", "--port 0"))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            lines = [server.stdout.readline() for _ in range(3)]
            url = re.search(r"http://\S+", lines[0])[0]
            token = next(line for line in lines if "token" in line.lower()).split()[-1]
            threading.Thread(target=server.stdout.read, daemon=True).start()  # a full pipe would stop the server
            yield url.rstrip("/"), token
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


def test_the_two_commands_come_first():
    """A reader who has seen nothing else has seen `make certify` and `make test`."""
    assert COMMANDS[:2] == ["make certify", "make test"]


@pytest.mark.long
@pytest.mark.parametrize("command", [c for c in RUN if c.startswith("vimgate certify ") and c not in DRY])
def test_a_certification_of_the_readme_is_conformant(command, folder, address):
    """Each certification that the README shows ends conformant on the reference server, in the named folder."""
    url, token = address
    is_conformant(vimgate(command.replace("http://127.0.0.1:4545", url), folder, VIMGATE_CONTROL_TOKEN=token))


@pytest.mark.long
def test_the_certification_without_a_target_is_conformant(certification):
    """The shortest certification ends conformant."""
    assert CERTIFY in RUN
    is_conformant(certification[1])


def is_conformant(done):
    """A certification has ended so."""
    assert done.stdout.splitlines()[-1].startswith("VERDICT conformant "), done.stdout[-2000:] + done.stderr[-2000:]
    assert done.returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("command", DRY)
def test_a_dry_run_of_the_readme_needs_no_server(command, folder):
    """What a run would do is said without a server, and is no verdict."""
    done = vimgate(command, folder)
    assert (done.returncode, done.stdout.startswith("Dry run for http://127.0.0.1:4545")) == (0, True), done.stderr


def test_the_cleanup_of_the_readme_removes_what_a_run_has_left(folder, address):
    """A run file that names no strategy that is still there is done with, and goes."""
    url, _ = address
    RunFile.begin(default_path(url), {"target": url}).close()
    command = next(c for c in RUN if c.startswith("vimgate cleanup"))
    done = vimgate(command.replace("http://127.0.0.1:4545", url), folder)
    assert (done.returncode, default_path(url).exists()) == (0, False), done.stderr


@pytest.mark.parametrize(
    "command",
    [c for c in RUN if re.match(r"vimgate (spec|plan|mutants|policy|explain) ?", c)],
)
def test_a_command_of_the_readme_that_only_looks_ends_well(command, folder):
    """Each command that only looks at something exits 0 and prints it."""
    done = vimgate(command, folder)
    assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr


@pytest.mark.parametrize("command", SERVES)
def test_a_server_of_the_readme_says_where_it_is_and_leaves_well(command, folder):
    """Each server that the README shows starts, tells its address first, and ends with 0 when asked to."""
    vimgate("vimgate world init --like failing-lock lab.yaml", folder)
    asked = [*shlex.split(command), "--port", "0"]
    with subprocess.Popen(asked, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        first = server.stdout.readline()
        server.send_signal(signal.SIGTERM)
        server.stdout.read()
    assert (re.match(r"http://127\.0\.0\.1:\d+$", first.strip()) is not None, server.returncode) == (True, 0)


@pytest.mark.long
def test_the_worlds_of_the_readme_are_made_shown_and_checked(reported):
    """Each command on worlds that the README shows ends well, in the order in which they stand there."""
    done = [vimgate(command, reported) for command in RUN if command.startswith("vimgate world")]
    assert [each.returncode for each in done] == [0] * 5, "".join(each.stderr for each in done)
    assert (reported / "seen.yaml").read_text(encoding="utf-8").count("compute-") > 0


@pytest.mark.parametrize("command", [c for c in RUN if c.startswith("vimgate report")])
def test_a_report_command_of_the_readme_reads_the_last_run(command, reported):
    """A report command works on the folder that a certification left behind."""
    done = vimgate(command, reported)
    assert (done.returncode, "conformant" in done.stdout.lower()) == (0, True), done.stdout + done.stderr


def test_the_replay_of_the_readme_compares_a_recording(folder):
    """A recording made of a plan is found equal to that plan."""
    planned = vimgate(next(c for c in RUN if c.startswith("vimgate plan")), folder)
    world = json.loads(json.dumps(_value(folder / "world.yaml")))
    case = {"id": "one", "kind": "sw-patch", "request": REQUEST, "world": world, "expect": json.loads(planned.stdout)}
    with gzip.open(folder / "recorded.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(case) + "\n")
    done = vimgate(next(c for c in RUN if c.startswith("vimgate oracle replay ")), folder)
    assert done.stdout.splitlines()[-1] == "1 cases, 1 equal, 0 different"


def test_the_recorded_exchanges_of_the_readme_are_sent_again(folder):
    """An exchange that was recorded from the reference server itself is equal."""
    answer = create_app(release="stx-3.0").test_client().get("/api/orchestration")
    response = {"status": 200, "headers": [["Content-Type", "application/json"]], "body": answer.text}
    request = {"method": "GET", "path": "/api/orchestration", "headers": {}, "body": None}
    line = {"session": "links", "history": False, "note": "", "at": 0, "request": request, "response": response}
    with gzip.open(folder / "exchanges.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    setups = {"worlds": {"one": _value(folder / "world.yaml")}, "rules": [{"for": {}, "world": "one"}]}
    (folder / "setups.yaml").write_text(json.dumps(setups), encoding="utf-8")
    done = vimgate(next(c for c in RUN if c.startswith("vimgate oracle replay-http")), folder)
    assert (done.returncode, "1 equal" in done.stdout) == (0, True), done.stdout + done.stderr


@contextmanager
def watching(command, folder, url):
    """A gateway of the README before that server, on a free port: its process and its address."""
    asked = command.replace("http://127.0.0.1:4545", url).replace("9546", "0")
    listening = [] if "--listen" in asked else ["--listen", "127.0.0.1:0"]
    arguments = [*shlex.split(asked.replace("127.0.0.1:4546", "127.0.0.1:0")), *listening]
    with subprocess.Popen(
        arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            yield running, running.stdout.readline().strip()
        finally:
            running.kill()


@pytest.mark.long
@pytest.mark.parametrize("command", PROXIES)
def test_a_gateway_of_the_readme_judges_and_leaves_well(command, folder, address):
    """Each gateway that the README shows passes an exchange on, has judged it, and ends with 0 when asked to."""
    with watching(command, folder, address[0]) as (running, at):
        with urlopen(f"{at}/api/orchestration") as answer:
            status = answer.status
        running.send_signal(signal.SIGTERM)
        last = running.communicate()[0].splitlines()[-1]
    assert (status, running.returncode) == (200, 0), last
    assert last == "1 exchanges, 1 judged, 0 findings, unchecked: none; summary in traffic"


@pytest.mark.long
def test_the_audit_of_the_readme_judges_what_the_gateway_captured(folder, address):
    """The capture of the first gateway is a recording that the audit reads to its end."""
    with watching(PROXIES[0], folder, address[0]) as (running, at):
        urlopen(f"{at}/api/orchestration").close()
        running.send_signal(signal.SIGTERM)
        running.communicate()
    done = vimgate(AUDIT, folder)
    assert (done.returncode, done.stdout.splitlines()[-1].startswith("VERDICT")) == (0, True), done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not on this machine: nobody tried its completion")
@pytest.mark.parametrize("command", [c for c in RUN if "vimgate completion" in c])
def test_completion_is_set_up_as_the_readme_says(command, folder):
    """The line sets up nothing in the shell, or writes no script."""
    shown = "complete -p vimgate 2>/dev/null || cat -- *vimgate*"
    done = subprocess.run(
        ["bash", "-c", f"{command}\n{shown}"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "_vimgate_completion" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_a_link_of_a_page_leads_to_a_file(page):
    """A page names another one that is not there."""
    links = re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_document_is_in_the_table():
    """A document is found by nobody who begins with the README."""
    documents = sorted(page.name for page in (ROOT / "docs").glob("*.md"))
    assert [name for name in documents if f"(docs/{name})" not in README] == []


def test_every_command_of_the_readme_is_run_by_a_test_here():
    """A new command in the README must find a test; this list names the ones that have one; fleets elsewhere."""
    words = "audit certify cleanup completion explain fleet mutants oracle plan policy report spec world"
    tested = (*(f"vimgate {word}" for word in words.split()), 'eval "$(vimgate completion bash)"')
    assert [c for c in RUN if not c.startswith(tested)] == []


def test_the_command_is_on_the_path():
    """The console script is installed under its name."""
    assert shutil.which("vimgate")


def _value(path):
    from spec.documents import read_document  # noqa: PLC0415 - only this test reads YAML

    return read_document(path)
