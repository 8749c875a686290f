import signal
import socket
import subprocess
import sys
import time
from typing import NamedTuple

import pytest
import requests
from click.testing import CliRunner

from vimgate.commands.serve import command

COMMAND = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()", "serve")
LIMIT = 120  # seconds that a process may take to start, to answer or to stop
UPGRADE = "/api/orchestration/sw-upgrade/strategy"


class Server(NamedTuple):
    """A running server: its process, its address, and its other lines up to the first request."""

    process: subprocess.Popen
    address: str
    greeting: list[str]

    def send(self, method, path, **options):
        """Ask it something."""
        return requests.request(method, self.address + path, timeout=LIMIT, **options)

    def stop(self, number=signal.SIGINT):
        """Send a signal; exit code, the rest of the output, the errors."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, output.splitlines(), errors

    def wait_for(self, state):
        """Ask until the upgrade strategy is in that state."""
        end = time.monotonic() + LIMIT
        while (now := self.send("GET", UPGRADE).json()["strategy"]["state"]) != state:
            assert time.monotonic() < end, f"the strategy is still {now}"


def _servers():
    """Starts servers on free ports; what still runs at the end is killed."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [*COMMAND, "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        address = process.stdout.readline().rstrip("\n")
        count = 2 if "--control" in arguments and "--json-log" not in arguments else 1
        greeting = [process.stdout.readline().rstrip("\n") for _ in range(count)]
        return Server(process, address, greeting)

    yield start
    for process in started:
        process.kill()
        process.communicate()


serve = pytest.fixture(_servers, name="serve")
serve_all = pytest.fixture(_servers, scope="module", name="serve_all")
"""For servers that hold nothing that a test could leave behind."""


@pytest.fixture
def refused():
    """Exit code, output and errors of a refused start; the port is taken, so that no server ever runs."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])

        def start(*arguments):
            done = CliRunner().invoke(command, ["--port", port, *arguments], catch_exceptions=False)
            return done.exit_code, done.stdout, done.stderr

        yield start


@pytest.fixture
def run():
    """Exit code, output and errors of a start that ends by itself; the port is free."""

    def start(*arguments):
        done = subprocess.run(
            [*COMMAND, "--port", "0", *arguments], capture_output=True, text=True, timeout=LIMIT, check=False
        )
        return done.returncode, done.stdout, done.stderr

    return start
