"""docs/gateway.md and its unit: each command and each policy of the text is run, or has a reason why not."""

import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from proxy.deciding import answers
from proxy.deciding.policyfile import read_policy
from proxy.traffic import Action, Direction, Mode, Noticed
from reports.model import Finding, Verdict

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", DOC, re.DOTALL)
    for line in block.splitlines()
    if line.startswith(("$ ", "# "))
]
UNIT = (ROOT / "docs" / "vimgate-proxy.service").read_text(encoding="utf-8")
PROXIES = [line[2:] for line in COMMANDS if line.startswith("$ vimgate proxy --upstream")]
CAPTURING, FREEZING = (next(line for line in PROXIES if f" {word} " in line) for word in ("--capture", "--policy"))
MITMDUMP, AUDIT = (
    next(line[2:] for line in COMMANDS if line.startswith(f"$ {word}")) for word in ("mitmdump", "vimgate audit")
)
VIMGATE = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()")
LIMIT = 180  # seconds that a process may take to start or to end

# What of the commands is not run, and why not.
NOT_RUN = {"# ": "needs root, a system that systemd has started, or a Keystone"}
RUN = ("$ vimgate proxy", "$ vimgate policy", "$ vimgate audit", "$ mitmdump", "$ systemd-analyze")

CAREFUL, FREEZE = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
REQUEST, ANSWER = Direction.REQUEST, Direction.RESPONSE


@pytest.fixture
def policy(tmp_path):
    """Reads a policy of the text."""

    def read(text):
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        return read_policy(path)

    return read


# --- policies

BLOCK, PASS = Action.BLOCK, Action.PASS


@pytest.mark.parametrize(
    ("direction", "requirement", "verdict", "certain", "action"),
    [
        pytest.param(ANSWER, "VIM-PGET-018", Verdict.FAIL, True, PASS, id="an answer of level wire"),
        pytest.param(ANSWER, "VIM-PPOST-012", Verdict.FAIL, True, PASS, id="an answer of level protocol"),
        pytest.param(REQUEST, "VIM-PPOST-012", Verdict.FAIL, True, BLOCK, id="a request"),
        pytest.param(REQUEST, "VIM-PPOST-049", Verdict.WARN, True, BLOCK, id="the SHOULD"),
        pytest.param(REQUEST, "VIM-PPOST-012", Verdict.FAIL, False, BLOCK, id="as last seen"),
        pytest.param(ANSWER, "VIM-PACT-012", Verdict.FAIL, True, PASS, id="the pattern"),
    ],
)
def test_the_first_policy_does_what_its_comments_say(policy, direction, requirement, verdict, certain, action):
    """Requests are blocked, answers are not, and the SHOULD and the doubtful are treated as the comments say."""
    noticed = Noticed(direction, Finding(requirement, verdict, ""), certain)
    assert policy(CAREFUL).decide(Mode.ENFORCE, direction, [noticed]) is action


def test_the_freeze_refuses_what_the_text_says(policy):
    """Forced deletes and creates, while the strategy is applying or aborting; nothing while the state is not known."""
    (freeze,) = policy(FREEZE).freezes
    assert freeze.wishes == {"create", "delete-forced"}
    assert freeze.states == {"applying", "aborting"}
    assert (freeze.unknown, freeze.reason) == (PASS, "upgrade of the north sites, ask the night shift")


# --- answers

FOUND = [Noticed(REQUEST, Finding("VIM-PPOST-012", Verdict.FAIL, "missing"))]
ANSWERS = [
    answers.refusal(FOUND, "findings.jsonl#17"),
    answers.bad_answer(FOUND, "findings.jsonl#17"),
    answers.unjudged("slow"),
    answers.unjudged("slow", ANSWER),
]


def test_the_table_of_answers_is_true():
    """Statuses, types and whether the request was forwarded are those of the table, in its order."""
    table = re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \| .* \| (no|yes)\b", DOC, re.MULTILINE)
    bodies = [json.loads(each.body) for each in ANSWERS]
    assert table == [
        (str(body["status"]), body["type"].rpartition(":")[2], "yes" if body["forwarded"] else "no") for body in bodies
    ]


def test_every_member_of_an_answer_is_told():
    """No member of a document is missing in the text."""
    members = json.loads(ANSWERS[0].body).keys() | json.loads(ANSWERS[0].body)["requirements"][0].keys()
    assert [each for each in members if f"`{each}`" not in DOC] == []


def test_the_header_is_told():
    """The header that `annotate` adds has the name and the length of the text, and looks as it does there."""
    assert f"`{answers.HEADER}`" in DOC
    assert f"{answers.LONGEST_HEADER + len(answers.HEADER) + 2} bytes" in DOC
    shown = re.search(r"`(VIM-PGET-018, .*?)`", DOC)[1]
    assert re.fullmatch(r"(VIM-[A-Z]+-\d{3}, )+\.\.\.\+\d+", shown)


# --- commands


def certificate(path):
    """Write a certificate of 127.0.0.1 that is its own authority, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, path.stem)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with what the commands name, the current one."""
    for name in ("ca.pem", "client.pem", "gateway.pem"):
        certificate(tmp_path / name)
    (tmp_path / "policy.yaml").write_text(FREEZE, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "vimgate-proxy.service").write_text(UNIT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Gateway:
    """A running gateway: its process and its address."""

    def __init__(self, arguments):
        self.process = subprocess.Popen(
            [*VIMGATE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.address = self.process.stdout.readline().strip()

    def stop(self):
        """Ask it to end: exit code, the rest of what it said, its errors."""
        self.process.send_signal(signal.SIGTERM)
        output, errors = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, output.splitlines(), errors


@pytest.fixture
def gateway(folder):
    """Starts gateways before a server, with the addresses of the text replaced; what still runs is killed."""
    started = []

    def start(arguments, upstream):
        arguments = [re.sub(r"^(127\.0\.0\.1|\[::1\]):4546$", r"\1:0", each) for each in arguments]
        arguments = [re.sub(r"^https?://.*:4545$", upstream, each) for each in arguments]
        arguments = ["0" if each == "9546" else each for each in arguments]
        listening = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
        started.append(Gateway([*arguments, *listening]))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()


def test_every_command_is_run_or_has_a_reason():
    """A new command in the text must find a test here, or a reason in the table; no reason is left over."""
    assert [line for line in COMMANDS if not line.startswith((*RUN, *NOT_RUN))] == []
    assert [start for start in (*RUN, *NOT_RUN) if not any(line.startswith(start) for line in COMMANDS)] == []


@pytest.fixture(scope="module")
def upstream(serve_all):
    """A server that is asked for nothing that it would keep."""
    return serve_all("--release", "stx-3.0")


@pytest.mark.long
@pytest.mark.parametrize("line", [line for line in PROXIES if line not in {CAPTURING, FREEZING}])
def test_a_gateway_of_the_text_passes_on_and_leaves_well(upstream, gateway, line):
    """Each gateway that the text starts answers as the server does, has judged it, and ends with 0; see also below."""
    server = upstream
    scheme = "https" if "https://" in line else "http"
    running = gateway(shlex.split(line)[1:], server.address.replace("http", scheme))
    if scheme == "http":
        asked = requests.get(f"{running.address}/api", timeout=LIMIT)
        host = {"Host": running.address.removeprefix("http://")}
        assert (asked.status_code, asked.content) == (200, server.send("GET", "/api", headers=host).content)
    code, output, errors = running.stop()
    assert (code, errors) == (0, "")
    assert output[-1].endswith("unchecked: none; summary in traffic")


@pytest.mark.long
def test_the_files_are_those_of_the_table(upstream, gateway, folder):
    """With captures, a gateway leaves every file of the table, for its owner alone, and the audit reads them."""
    running = gateway([*shlex.split(CAPTURING)[1:], "--capture", "flows"], upstream.address)
    requests.put(f"{running.address}/api", timeout=LIMIT)
    requests.post(f"{running.address}/api/orchestration/sw-patch/strategy", json=[], timeout=LIMIT)
    assert running.stop()[::2] == (0, "")
    section = DOC.partition("## What is kept")[2].partition("\n## ")[0]
    names = {
        name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(.*?)`", row)
    }
    assert {each.name for each in (folder / "traffic").iterdir()} == names
    assert {each.stat().st_mode & 0o777 for each in (folder / "traffic").iterdir()} == {0o600}
    audit = subprocess.run([*VIMGATE, *shlex.split(AUDIT)[1:]], capture_output=True, text=True, check=False)
    assert (audit.returncode, audit.stdout.splitlines()[-1].startswith("VERDICT")) == (0, True), audit.stderr


UPGRADE = "/api/orchestration/sw-upgrade/strategy"
BODY = {"storage-apply-type": "serial", "worker-apply-type": "serial"}


@pytest.mark.long
def test_the_freeze_holds_back_a_forced_delete(serve, gateway):
    """While the strategy is applying a forced delete is refused with the reason of the file, and does not happen."""
    server = serve("--release", "stx-3.0")
    running = gateway([*shlex.split(FREEZING)[1:], "--budget-ms", "60000"], server.address)
    requests.post(running.address + UPGRADE, json=BODY, timeout=LIMIT)
    server.wait_for("ready-to-apply")
    requests.get(running.address + UPGRADE, timeout=LIMIT)
    applied = requests.post(f"{running.address}{UPGRADE}/actions", json={"action": "apply-all"}, timeout=LIMIT)
    forced = requests.delete(running.address + UPGRADE, json={"force": True}, timeout=LIMIT)
    assert (applied.status_code, forced.status_code) == (202, 400)
    assert "upgrade of the north sites, ask the night shift" in forced.json()["faultstring"]
    assert server.send("GET", UPGRADE).json()["strategy"]["state"] == "applying"
    assert running.stop()[0] == 0


@pytest.mark.parametrize("line", [each[2:] for each in COMMANDS if each.startswith("$ vimgate policy")])
def test_a_policy_of_the_text_is_shown(folder, line):
    """The shipped policy and that of the text are shown."""
    done = subprocess.run([*VIMGATE, *shlex.split(line)[1:]], capture_output=True, text=True, check=False)
    assert (done.returncode, "Freeze" in done.stdout) == (0, True), done.stderr


@pytest.mark.long
def test_the_addon_works_in_a_mitmdump(upstream, folder):
    """The line of the text judges and keeps in a mitmdump of somebody else's."""
    path = subprocess.run(
        [*VIMGATE, "proxy", "--addon-path"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert path == str(files("proxy").joinpath("addon.py"))
    line = MITMDUMP.replace("$(vimgate proxy --addon-path)", path).replace("http://127.0.0.1:4545", upstream.address)
    arguments = shlex.split(line.replace("4546", "0"))[1:]
    command = [sys.executable, "-u", "-P", "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()", *arguments]
    (folder / "policy.yaml").write_text(FREEZE, encoding="utf-8")
    policy = ["--set", "vimgate_mode=enforce", "--set", f"vimgate_policy={folder / 'policy.yaml'}"]
    apart = ["--set", f"confdir={folder}", "--listen-host", "127.0.0.1", *policy]
    with subprocess.Popen([*command, *apart], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        late = threading.Timer(LIMIT, running.kill)
        late.start()
        try:
            port = next(found[1] for said in running.stdout if (found := re.search(r"listening at \S*?:(\d+)", said)))
            statuses = set(asked_until_judged(f"http://127.0.0.1:{port}/api", folder / "traffic" / "findings.jsonl"))
            running.send_signal(signal.SIGTERM)
            output, errors = running.communicate(timeout=LIMIT)
        finally:
            late.cancel()
            running.kill()
    assert statuses == {200}
    assert (errors, "vimgate" in output) == ("", False)
    summary = json.loads((folder / "traffic" / "summary.json").read_text(encoding="utf-8"))
    assert summary["watched"]["judged"] > 0


def asked_until_judged(url, log):
    """The statuses of a GET that is sent again and again until the judge has begun its log, and a few times then."""
    end, left = time.monotonic() + LIMIT, 20
    while left and time.monotonic() < end:
        judging = log.is_file()
        left -= judging
        try:
            yield requests.get(url, timeout=LIMIT).status_code
        except requests.ConnectionError:  # a mitmdump that is not ready yet
            if judging:
                raise


# --- the unit


def options_of_the_unit():
    """The options of the command in the unit."""
    return shlex.split(re.search(r"^ExecStart=\S+/vimgate proxy (.*)$", UNIT, re.MULTILINE)[1])


@pytest.mark.long
def test_the_unit_starts_a_gateway(upstream, gateway, folder):
    """The command of the unit runs, with its specifiers put in and free ports."""
    (folder / "policy.yaml").rename(folder / "policy")
    options = [each.replace("%S", str(folder)).replace("%d", str(folder)) for each in options_of_the_unit()]
    running = gateway(["proxy", *options], upstream.address)
    assert requests.get(f"{running.address}/api", timeout=LIMIT).status_code == 200
    assert running.stop()[0] == 0
    assert (folder / "vimgate-proxy" / "findings.jsonl").is_file()


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze on PATH: nobody verified the unit"
)
def test_systemd_accepts_the_unit(folder):
    """Nothing in the unit is unknown or misspelt; the program that is not installed here is put in."""
    unit = folder / "docs" / "vimgate-proxy.service"
    unit.write_text(UNIT.replace("/opt/vimgate/bin/vimgate", sys.executable), encoding="utf-8")
    line = next(each[2:] for each in COMMANDS if each.startswith("$ systemd-analyze"))
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
