"""Targets for the model: further reference servers, one without control, and faulty ones."""

import importlib
import io
import json

import pytest

from conformance.targets.control import detect
from conformance.targets.pace import WallPace
from conformance.targets.target import open_target

EMBEDDED = "wsgi:reference_server:create_app"


@pytest.fixture
def opened():
    """Opens another target of the same kind as the embedded one."""
    targets = []

    def make():
        targets.append(open_target(EMBEDDED))
        return targets[-1]

    yield make
    for target in targets:
        target.close()


@pytest.fixture
def unsimulated(target_of, monkeypatch):
    """The reference server as somebody sees it who may not use its control; waits take no time."""
    application = importlib.import_module("reference_server").create_app()

    def clocked(seconds):
        body = json.dumps({"advance": seconds}).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/_control/clock",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
        }
        list(application(environ, lambda *_: None))

    monkeypatch.setattr(
        "conformance.drivers.conversation.WallPace",
        lambda *_: WallPace(sleep=clocked, clock=iter(range(10**9)).__next__),
    )
    return target_of(application)


@pytest.fixture
def opened_wsgi(target_of):
    """Makes a target of an application, with the control that it offers."""

    def make(application):
        target = target_of(application)
        target.control = detect(target.send, None)
        return target

    return make
