"""What the tests of races share: the checker, the sequential model, servers on real HTTP and crowds of clients."""

import importlib.util
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.histories import checker as checking
from reference_server import create_app

IN_SERVICE = {"requires_reboot": False}
FLEET = {
    "local_host_name": "controller-1",
    "hosts": [
        {"name": "controller-0", "personality": "controller"},
        {"name": "controller-1", "personality": "controller", "software_load": "2"},
        {"name": "compute-0", "personality": "worker"},
    ],
    "patches": [{"name": "P1"}],
    "patch_hosts": [{"name": name} | IN_SERVICE for name in ("controller-0", "controller-1", "compute-0")],
    "upgrade": {"state": "upgrading-controllers", "from_release": "1", "to_release": "2"},
}
AT_ONCE = dict.fromkeys(("query-alarms", "query-sw-patches", "query-sw-patch-hosts", "query-upgrade"), 0)


def _module(name):
    """A file beside this one, which test folders without packages cannot import."""
    full_name = f"race_tests_{name}"
    if full_name not in sys.modules:
        found = importlib.util.spec_from_file_location(full_name, Path(__file__).with_name(f"{name}.py"))
        sys.modules[full_name] = importlib.util.module_from_spec(found)
        found.loader.exec_module(sys.modules[full_name])
    return sys.modules[full_name]


@pytest.fixture(scope="session")
def checker():
    """The checker of histories."""
    return checking


@pytest.fixture(scope="session")
def sequential():
    """The sequential model."""
    return _module("sequential")


@pytest.fixture(scope="session")
def twins():
    """Two drivers that are asked the same."""
    return _module("twins")


@pytest.fixture
def far(twins):
    """One of the twins: a fresh server under `stx-3.0` on real HTTP."""
    crowds = _module("crowd")
    with crowds.served(create_app(release="stx-3.0")) as port:
        client = crowds.Client(port)
        yield twins.Far(client)
        client.close()


class _Inside:
    """A client of an app in this process."""

    def __init__(self, app):
        self._client = app.test_client()

    def send(self, method, path, value=...):
        """Status and JSON value (None for no body) of the answer."""
        answer = self._client.open(path, method=method, **({} if value is ... else {"json": value}))
        return answer.status_code, answer.json if answer.data else None


@pytest.fixture
def inside(twins):
    """One of the twins: a fresh server under `stx-3.0` in this process."""
    return twins.Far(_Inside(create_app(release="stx-3.0")))


@pytest.fixture
def worlds():
    """The fleet of the model, by what time does in it."""
    return {"still": FLEET | {"durations": AT_ONCE}, "moving": FLEET}


@contextmanager
def _gathered(app):
    crowds, checks, model = _module("crowd"), checking, _module("sequential")
    with crowds.served(app) as port:
        crowd = crowds.Crowd(port, checks.Operation, model.seen)
        try:
            yield crowd
        finally:
            crowd.close()


@pytest.fixture
def gathered():
    """Makes a crowd around an app, as a context."""
    return _gathered


@pytest.fixture(scope="module")
def crowd():
    """A crowd around a fresh server under `stx-3.0`; tests load the world that they need."""
    with _gathered(create_app(release="stx-3.0")) as gathered:
        yield gathered
