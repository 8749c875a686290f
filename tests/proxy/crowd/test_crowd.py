"""Clients that meet before a server that is right accuse nobody; ordinary traffic accuses one that is wrong."""

import os
import random

import pytest
from passing_crowd import STYLES, Crowd, odd, of_release_3, operator, poller, rash
from werkzeug.test import Client

from proxy.watch import Watch
from reference_server import create_app
from reference_server.mutants import create
from reference_server.worlds.file import load_world

WORLDS = ("default", "aio-dx", "standard", "storage", "failing-lock", "failing-midway")
CIRCUMSTANCES = ("leaves", "overruns", "restarts", "forgets", "denies")


class Untested:
    """A WSGI application with a client of its own."""

    def __init__(self, app):
        self._app = app

    def test_client(self):
        return Client(self._app)


def drawn(seed):
    """A crowd, and who is in it."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    release, shared = draw.choice(("published", "stx-3.0")), draw.random() < 0.15
    app = create_app(load_world(draw.choice(WORLDS)), release)
    happens = {name: draw.random() < 0.3 for name in CIRCUMSTANCES}
    pace = draw.choice((20, 100, 300))
    crowd = Crowd(app, lambda: Watch(release, shared=shared), seed, pace=pace, beside=shared, **happens)
    others = (
        poller("sw-patch", 0.2),
        operator("sw-patch"),
        operator("sw-upgrade"),
        operator("sw-patch"),
        rash,
        rash,
        odd,
    )
    return crowd, [poller("sw-patch", 0.7), poller("sw-upgrade", 1.1), *draw.sample(others, draw.randint(2, 5))]


@pytest.mark.parametrize("seed", range(6))
def test_nobody_is_accused(seed):
    """Whatever meets, is lost, is missed by the judge, or is restarted: every answer was right."""
    crowd, clients = drawn(seed)
    assert crowd.run(clients, 80) == []
    assert 0 < crowd.in_order <= crowd.exchanges == 80


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1030, 1030 + int(os.environ.get("VIMGATE_CROWDS", "8"))))
def test_nobody_is_ever_accused(seed):
    """The same for longer, and with $VIMGATE_CROWDS as often as wished."""
    crowd, clients = drawn(seed)
    assert crowd.run(clients, 500) == []


def test_an_order_that_is_made_up_accuses_somebody(monkeypatch):
    """Were every exchange judged as if nothing else had been under way, the same traffic would look wrong."""
    monkeypatch.setattr("passing_crowd.Order.end", lambda *_: True)
    crowd = Crowd(create_app(), Watch, 1, pace=300)
    assert crowd.run([poller("sw-patch", 0.1), operator("sw-patch"), rash, rash], 120)


@pytest.mark.parametrize("kind", ["sw-patch", "sw-upgrade"])
def test_the_clients_of_3_0_0_are_accused_of_nothing(kind):
    """They send `force`, a stage-id as text or null, and `complete-upgrade`; also what was not accepted is lawful."""
    crowd = Crowd(create_app(release="stx-3.0"), lambda: Watch("stx-3.0"), 3, pace=500, lawful=True)
    assert crowd.run([of_release_3(kind), poller(kind, 2.0)], 100) == []
    assert crowd.statuses.keys() <= {200, 202, 204, 404}


@pytest.mark.parametrize(
    "name",
    [
        "applied-after-one-stage",
        "idle-phase-at-zero",
        "delete-of-aborted-does-nothing",
        "one-uuid-for-all",
    ],
)
def test_ordinary_traffic_shows_what_is_wrong(name):
    """An operator who applies at once and by stages, aborts and deletes, and somebody who looks on."""
    crowd = Crowd(Untested(create(name)), Watch, 0, pace=800)
    assert crowd.run([operator("sw-patch", styles=STYLES), poller("sw-patch", 2.0)], 130)
