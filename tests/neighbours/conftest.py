"""What a VIM has around it: a Keystone, shared by all processes of a run of the tests."""

import fcntl
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

SERVED = Path(__file__).parent / "keystone" / "served.py"
DOMAIN = {"user_domain_name": "Default", "project_domain_name": "Default"}

PEOPLE = {
    "admin": ("admin", "admin"),
    "reader1": ("admin", "reader"),
    "member1": ("admin", "member"),
    "configurator1": ("admin", "configurator"),
    "operator1": ("admin", "operator"),
    "svcadmin": ("services", "admin"),
    "stranger": ("other", "admin"),
}
"""By name: the one project in which somebody has a role, and that role."""


@dataclass(frozen=True)
class Keystone:
    """A Keystone that runs. `expired` has a token of each user whose time is over."""

    url: str
    expired: dict[str, str]

    def session(self, user="admin", project=None):
        """A session of keystoneauth1 for a user in a project, the user's own where none is named."""
        from keystoneauth1 import session  # noqa: PLC0415 - it comes with Keystone
        from keystoneauth1.identity import v3  # noqa: PLC0415

        project = project or PEOPLE[user][0]
        auth = v3.Password(self.url, username=user, password=f"{user}-pw", project_name=project, **DOMAIN)
        return session.Session(auth=auth)

    def token(self, user="admin", project=None):
        """A new token of a user."""
        return self.session(user, project).get_token()

    def unscoped(self, user="admin"):
        """A new token of a user that is for no project."""
        from keystoneauth1 import session  # noqa: PLC0415
        from keystoneauth1.identity import v3  # noqa: PLC0415

        auth = v3.Password(self.url, username=user, password=f"{user}-pw", user_domain_name="Default", unscoped=True)
        return session.Session(auth=auth).get_token()

    def revoke(self, token):
        """From now on the token is worth nothing."""
        self.session().delete(f"{self.url}/auth/tokens", headers={"X-Subject-Token": token})

    def register(self, url, *interfaces):
        """Have the catalogue say where the VIM is, in a region of its own, for no other test to see; its name."""
        region, admin = f"region-{uuid.uuid4().hex[:8]}", self.session()
        admin.put(f"{self.url}/regions/{region}", json={"region": {}})
        service = admin.get(f"{self.url}/services?type=nfv").json()["services"][0]["id"]
        for interface in interfaces or ("public", "internal", "admin"):
            endpoint = {"service_id": service, "interface": interface, "region_id": region, "url": url}
            admin.post(f"{self.url}/endpoints", json={"endpoint": endpoint})
        return region

    def move(self, region, url):
        """From now on the catalogue says that the VIM of a region is somewhere else; who logs in anew reads it."""
        admin = self.session()
        for endpoint in admin.get(f"{self.url}/endpoints?region_id={region}").json()["endpoints"]:
            admin.patch(f"{self.url}/endpoints/{endpoint['id']}", json={"endpoint": {"url": url}})


@pytest.fixture(scope="session")
def keystone(tmp_path_factory, worker_id):
    """The Keystone of this run of the tests; the first process that asks starts it, and it ends with the run."""
    missing = [name for name in ("keystone", "waitress") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"no {' and no '.join(missing)} is installed; pip install 'vimgate[keystone-tests]' brings it")
    if not hasattr(os, "pidfd_open"):
        pytest.skip("this system cannot wait for the end of a process that is no child")
    base = tmp_path_factory.getbasetemp()
    shared, run = (base, os.getpid()) if worker_id == "master" else (base.parent, os.getppid())
    with (shared / "keystone.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        told = lock.read() or started(run)
        lock.seek(0)
        lock.truncate()
        lock.write(told)
    return Keystone(**json.loads(told))


def started(run):
    """Start it for a run of the tests; what it says of itself."""
    home = tempfile.mkdtemp(prefix="vimgate-keystone-")
    with (Path(home) / "errors.log").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(SERVED), home, str(run)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    process.stdin.write(json.dumps(PEOPLE))
    process.stdin.close()
    with process.stdout as output:
        told = output.readline()
    process.returncode = 0  # nobody here waits for it: it ends when the run of the tests does
    assert told, f"Keystone did not start: {(Path(home) / 'errors.log').read_text()[-2000:]}"
    return told


class _Quiet(WSGIRequestHandler):
    """Writes no log: not of requests, nor of handshakes that failed."""

    def log(self, *_):
        pass


@pytest.fixture
def serving():
    """Serves WSGI applications at URLs, over TLS where there is a context for it."""
    with ExitStack() as stack:

        def start(application, context=None, host="127.0.0.1"):
            server = make_server(host, 0, application, threaded=True, request_handler=_Quiet, ssl_context=context)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            shown = f"[{host}]" if ":" in host else host
            return f"{'http' if context is None else 'https'}://{shown}:{server.server_port}"

        yield start
