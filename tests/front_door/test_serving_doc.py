"""docs/serving.md and its unit: each command is run here as it stands, or stands in a table with the reason why not."""

import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reference_server.auth import TokenFile
from vimgate.commands.serve import command

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
UNIT = (ROOT / "docs" / "vimgate.service").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", DOC, re.DOTALL)
    for line in block.splitlines()
    if line.startswith(("$ ", "# "))
]
SERVE = [line[2:] for line in COMMANDS if line.startswith("$ vimgate serve")]
YAML = re.search(r"```yaml\n(.*?)```", DOC, re.DOTALL)[1]

# What of the commands is not run, and why not.
NOT_RUN = {
    "# ": "needs root, or a system that systemd has started",
    "$ python3 -m venv /opt/vimgate": "writes outside the test's folder",
    "$ /opt/vimgate/bin/pip install": "needs that environment, and a package index or the wheelhouse",
    "$ PIP_CONSTRAINT=constraints.txt python3 -m pip wheel": "needs a package index",
    "$ tar -xzf vimgate-offline.tar.gz": "needs the archive of the other machine",
}
RUN = ("$ python3 -c", "$ chmod", "$ vimgate serve", "$ systemd-analyze", "$ tar -czf", "$ sha256sum")
UPGRADE = "/api/orchestration/sw-upgrade/strategy"
BODY = {"storage-apply-type": "serial", "worker-apply-type": "serial"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with what the commands name."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "wheelhouse").mkdir()
    (tmp_path / "docs" / "vimgate.service").write_text(UNIT)
    (tmp_path / "tokens.yaml").write_text(YAML.replace("…", "-and-so-on"))
    (tmp_path / "tokens.yaml").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shell(line):
    """What a command of the text prints."""
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout


def test_every_file_of_tokens_can_be_read(tmp_path):
    """A token of an example is refused, or is known by another header than the text says."""
    path = tmp_path / "tokens.yaml"
    examples = [text.replace("…", "-and-so-on") for text in re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)]
    known = {}
    for example in examples:
        path.write_text(example)
        tokens = TokenFile.read(path, lambda: 0.0)
        for entry in yaml.safe_load(example)["tokens"]:
            identity = tokens.identify_oidc(entry["token"]) if entry.get("oidc") else tokens.identify(entry["token"])
            known[entry["user"]] = identity and identity.project
    assert known == {"operator": "admin", "dashboard": "admin", "backup": "services", "portal": "admin"}


def test_every_command_is_run_or_has_a_reason():
    """A new command in the text must find a test here, or a reason in the table; no reason is left over."""
    assert [line for line in COMMANDS if not line.startswith((*RUN, *NOT_RUN))] == []
    assert [start for start in (*RUN, *NOT_RUN) if not any(line.startswith(start) for line in COMMANDS)] == []


def test_the_archive_is_packed_and_summed(folder):
    """The archive holds the wheels and the unit, and has a sum."""
    pack, add_up = (line[2:] for line in COMMANDS if line.startswith(("$ tar -czf", "$ sha256sum")))
    shell(pack)
    assert re.fullmatch(r"[0-9a-f]{64}  vimgate-offline.tar.gz\n", shell(add_up))
    assert shell("tar -tzf vimgate-offline.tar.gz").splitlines() == ["wheelhouse/", "docs/vimgate.service"]


def test_a_token_can_be_made_and_kept(folder):
    """The line that makes a token makes one that a token file takes, and nobody else reads the file after the next."""
    make, close = (line[2:] for line in COMMANDS if line.startswith(("$ python3 -c", "$ chmod")))
    token = shell(make.replace("python3", sys.executable)).strip()
    path = folder / "tokens.yaml"
    path.write_text(yaml.safe_dump({"tokens": [{"token": token, "user": "u", "roles": []}]}))
    path.chmod(0o644)
    shell(close)
    assert (TokenFile.read(path).identify(token).user, path.stat().st_mode & 0o777) == ("u", 0o600)


@pytest.mark.parametrize("line", SERVE)
def test_a_server_of_the_text_runs(folder, serve, line):
    """Each server that the text starts, with the tokens that it shows, answers and stops."""
    server = serve(*shlex.split(line)[2:])
    turned_away = 403 if "stx-3.0" in line else 401
    assert server.send("GET", "/").status_code == (turned_away if "--auth" in line else 200)
    code, _, errors = server.stop(signal.SIGTERM)
    assert (code, errors) == (0, "")


def test_the_table_of_events_is_true(serve):
    """The members of the events are those of the table."""
    table = dict(re.findall(r"^\| `(start|request|stop)` \| ?(.*)\|$", DOC, re.MULTILINE))
    members = {event: {"event", "time", *re.findall(r"`(\w+)`", row)} for event, row in table.items()}
    server = serve("--json-log")
    server.send("GET", "/")
    written = [json.loads(line) for line in [*server.greeting, *server.stop()[1]]]
    assert {each["event"]: set(each) for each in written} == members


def test_a_backup_is_gone_on_with(folder, serve):
    """The copy of a state file of a server that has stopped, put in its place, is the state again."""
    first = serve("--state", "state.db", "--speed", "1000")
    first.send("POST", UPGRADE, json=BODY)
    first.wait_for("ready-to-apply")
    first.stop(signal.SIGTERM)
    copy = next(line[2:] for line in COMMANDS if line.startswith("# install -m 600 /var/lib"))
    shell(copy.replace("/var/lib/vimgate/", "").replace("/var/backups/", ""))
    (folder / "state.db").unlink()
    (folder / "vimgate-state.db").rename(folder / "state.db")
    assert "resumed a sw-upgrade strategy, ready-to-apply" in serve("--state", "state.db").greeting[0]


def options_of_the_unit():
    """The options of the command in the unit."""
    return shlex.split(re.search(r"^ExecStart=\S+/vimgate serve (.*)$", UNIT, re.MULTILINE)[1])


def test_the_unit_starts_a_server(folder, serve):
    """The command of the unit runs, with its specifiers put in and a free port."""
    (folder / "tokens.yaml").rename(folder / "tokens")
    (folder / "vimgate").mkdir()
    options = [option.replace("%S", str(folder)).replace("%d", str(folder)) for option in options_of_the_unit()]
    server = serve(*options, "--port", "0")
    assert [server.send("GET", path).status_code for path in ("/", "/_status")] == [401, 200]
    assert server.stop(signal.SIGTERM)[0] == 0
    assert (folder / "vimgate" / "state.db").is_file()


def test_the_unit_uses_options_that_exist():
    """Each option of the unit is one of the command."""
    known = {name for option in command.params for name in option.opts}
    assert [option for option in options_of_the_unit() if option.startswith("--") and option not in known] == []


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze on PATH: nobody verified the unit"
)
def test_systemd_takes_the_unit(folder):
    """systemd-analyze has nothing against the unit, with a command that is here in the place of the installed one."""
    unit = folder / "docs" / "vimgate.service"
    unit.write_text(UNIT.replace("/opt/vimgate/bin/vimgate", sys.executable))
    line = next(line[2:] for line in COMMANDS if line.startswith("$ systemd-analyze"))
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
