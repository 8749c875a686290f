from functools import cache

import pytest

from reference_server import create_app
from reference_server.rulebooks import load_release
from reference_server.worlds.file import parse_world

DEPLOYING = ("stx-10.0", "stx-11.0", "stx-12.0", "stx-master")
WORLD = {
    "local_host_name": "controller-1",
    "hosts": [
        {"name": "controller-0", "personality": "controller"},
        {"name": "controller-1", "personality": "controller", "software_load": "2"},
        {"name": "worker-0", "personality": "worker"},
        {"name": "worker-1", "personality": "worker"},
    ],
    "patches": [{"name": "P1"}],
    "upgrade": {"state": "upgrading-controllers", "from_release": "1", "to_release": "2"},
}
ORCHESTRATION = "/api/orchestration"
HOSTS = {"storage-apply-type": "serial", "worker-apply-type": "serial"}
WHOLE = HOSTS | {"controller-apply-type": "serial", "default-instance-action": "migrate"}
DEPLOY = WHOLE | {"release": "r", "rollback": None, "delete": None}
KUBE = HOSTS | {"default-instance-action": "migrate"}


class Server:
    """A client of a server of one release, with the bodies that its clients would send."""

    def __init__(self, release, **options):
        self.release = release
        self.client = create_app(_world(), release, **options).test_client()

    @property
    def kinds(self):
        """The kinds of the release, in words."""
        return [str(kind) for kind in load_release(self.release).wire.kinds]

    def body(self, kind, **members):
        """The smallest body that creates something."""
        if kind == "sw-upgrade":
            body = DEPLOY if self.release in DEPLOYING else HOSTS
            body = body | {"release": ["r"]} if self.release == "stx-master" else body
        else:
            kubes = {"kube-upgrade": KUBE | {"to-version": "v1.29.2"}, "kube-rootca-update": KUBE}
            body = kubes.get(kind, WHOLE)
        body = body | {name.replace("_", "-"): value for name, value in members.items()}
        if self.release != "stx-2018.10":
            return body
        return {name.replace("worker", "compute"): value for name, value in body.items()}

    def send(self, method, path, body=..., **headers):
        """One request, asking for JSON."""
        options = {} if body is ... else {"json": body}
        headers = {"Accept": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(f"{ORCHESTRATION}/{path}", method=method, headers=headers, **options)

    def create(self, kind, **members):
        """POST a create."""
        return self.send("POST", f"{kind}/strategy", self.body(kind, **members))

    def act(self, kind, action, **members):
        """POST an action."""
        body = {"action": action} | {name.replace("_", "-"): value for name, value in members.items()}
        return self.send("POST", f"{kind}/strategy/actions", body)

    def get(self, kind):
        """The strategy there is of that kind, or None."""
        return self.send("GET", f"{kind}/strategy").json["strategy"]

    def advance(self, seconds):
        """Let time pass."""
        assert self.client.post("/_control/clock", json={"advance": seconds}).status_code == 200

    def ready(self, kind, **members):
        """A strategy of that kind, ready to apply."""
        assert self.create(kind, **members).status_code == 200
        self.advance(300)
        strategy = self.get(kind)
        assert (strategy["state"], strategy["build-phase"]["reason"]) == ("ready-to-apply", "")
        return strategy


@cache
def _world():
    return parse_world(WORLD, "world")


@pytest.fixture
def server():
    """Makes a server of a release."""
    return Server
