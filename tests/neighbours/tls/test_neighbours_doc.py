"""docs/neighbours.md: its commands are run together, as one deployment, or have a reason why not."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from reports import stream

DOC = (Path(__file__).parents[3] / "docs" / "neighbours.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", DOC, re.DOTALL)
    for line in block.splitlines()
    if line.startswith(("$ ", "# "))
]
CERTIFY, SERVE, PROXY = (
    [line[2:] for line in COMMANDS if line.startswith(f"$ vimgate {word}")] for word in ("certify", "serve", "proxy")
)
CLOUDS = re.search(r"```yaml\n(.*?)```", DOC, re.DOTALL)[1]
VIMGATE = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()")
LIMIT = 120  # seconds that a process may take
SMALL = {f"VIMGATE_CERTIFY_{name}": "0" for name in ("FUZZ_EXAMPLES", "SEQUENCES", "CLIENTS")}
SMALL |= {"VIMGATE_CERTIFY_LEVEL": "wire"}


def test_every_command_is_run_or_has_a_reason():
    """A new command in the text must find a test here; those of the catalogue need OpenStack's client."""
    others = [line for line in COMMANDS if line[2:] not in {*CERTIFY, *SERVE, *PROXY}]
    assert [line.split(" -")[0] for line in others] == ["# openstack endpoint list", "# openstack endpoint set"]
    assert [len(CERTIFY), len(SERVE), len(PROXY)] == [2, 1, 2]


class Serving:
    """A command that serves until it is asked to end."""

    def __init__(self, arguments, errors):
        self._errors = errors
        with errors.open("w") as file:
            self.process = subprocess.Popen([*VIMGATE, *arguments], stdout=subprocess.PIPE, stderr=file, text=True)
        self.address = self.process.stdout.readline().strip()
        self._reader = threading.Thread(target=self.process.stdout.read)  # a full pipe would stop it
        self._reader.start()

    def stop(self):
        """Exit code and errors."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(LIMIT)
        finally:
            self.process.kill()
            self._reader.join()
            self.process.stdout.close()
        return self.process.wait(), self._errors.read_text()


@pytest.fixture
def start(tmp_path):
    """Starts a command that serves, with texts replaced; its address. In the end all of them end well."""
    running = []

    def run(line, texts):
        arguments = shlex.split(line)[1:]
        for old, new in texts.items():
            arguments = [each.replace(old, new) for each in arguments]
        running.append(Serving(arguments, tmp_path / f"errors-{len(running)}.txt"))
        return running[-1].address

    yield run
    assert [each.stop() for each in reversed(running)] == [(0, "")] * len(running)


@pytest.fixture
def folder(tmp_path, monkeypatch, certificates):
    """The current folder has the files that the commands name; the environment names no cloud."""
    for name, which in (("ca", "authority"), ("vim", "chain"), ("gateway", "right")):
        (tmp_path / f"{name}.pem").write_bytes(certificates[which].read_bytes())
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("OS_", "REQUESTS_", "VIMGATE_"))]:
        monkeypatch.delenv(name)
    return tmp_path


def variables(region, url):
    """What an openrc file sets."""
    said = {"AUTH_URL": url, "USERNAME": "admin", "PASSWORD": "admin-pw", "PROJECT_NAME": "admin"}
    said |= {"USER_DOMAIN_NAME": "Default", "PROJECT_DOMAIN_NAME": "Default", "REGION_NAME": region}
    return {f"OS_{name}": value for name, value in said.items()}


def certified(line, **more):
    """Exit code and output of a certification of the text, no deeper than need be."""
    command, environment = [*VIMGATE, *shlex.split(line)[1:]], {**os.environ, **SMALL, **more}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.long
def test_the_commands_are_a_deployment(keystone, keystone_tls, folder, start):
    """A VIM that asks a Keystone, a door with TLS before it, a gateway in the catalogue before that, certified."""
    identity = keystone_tls()
    texts = {"https://keystone.example.com:5000/v3": identity}
    vim = start(f"{SERVE[0]} --port 0", texts)
    door = start(PROXY[0], {"http://127.0.0.1:4545": vim, "127.0.0.1:4546": "127.0.0.1:0"})
    gateway = start(PROXY[1], {"https://127.0.0.1:4546": door, "0.0.0.0:4547": "127.0.0.1:0"})
    region = keystone.register(gateway)
    clouds = CLOUDS.replace("RegionOne", region).replace("not in a shell history", "admin-pw")
    Path("clouds.yaml").write_text(clouds.replace("https://keystone.example.com:5000/v3", identity), encoding="utf-8")
    with_cloud, with_variables = CERTIFY
    code, said = certified(with_cloud)
    assert (code, stream.read("vimgate-report").run.target) == (0, gateway), said
    code, said = certified(f"{with_variables} --dry-run", **variables(region, identity))
    assert (code, said.startswith(f"Dry run for {gateway}")) == (0, True), said
    assert {scheme.partition(":")[0] for scheme in (identity, door, gateway)} == {"https"}
