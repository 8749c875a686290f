"""The six strategy documents of the API reference come out of the engine, field by field (ENGINE.md 9)."""

import calendar
import time

import pytest

from reference_server.clock import VirtualClock
from reference_server.document import form_of, render
from reference_server.engine import machine, messages
from reference_server.engine.words import Kind
from reference_server.requests import parse_create
from reference_server.rulebooks import load_release
from reference_server.worlds.file import load_world
from spec.load import load_contract

ANSWERS = {
    messages.QueryAlarms: lambda asker, fleet: messages.AlarmsAnswered(asker, fleet.alarms),
    messages.QueryPatches: lambda asker, fleet: messages.PatchesAnswered(asker, fleet.patches),
    messages.QueryPatchHosts: lambda asker, fleet: messages.PatchHostsAnswered(asker, fleet.patch_hosts),
    messages.QueryUpgrade: lambda asker, fleet: messages.UpgradeAnswered(asker, fleet.upgrade),
}
SERIAL_PATCH = {f"{word}-apply-type": "serial" for word in ("controller", "storage", "worker")} | {
    "swift-apply-type": "ignore"
}
SHOWN = SERIAL_PATCH | {"default-instance-action": "migrate"}


def seconds(moment):
    """Seconds since 1970-01-01 of a moment in UTC."""
    return float(calendar.timegm(time.strptime(moment, "%Y-%m-%d %H:%M:%S")))


class Play:
    """The engine under `published` in one world, moved by messages at moments of one's choice."""

    def __init__(self, world):
        self.fleet = load_world(world).fleet
        self.release = load_release("published")
        self.strategy = None
        self.asked = []

    def tell(self, moment, message):
        """Hand a message to the engine."""
        turn = machine.handle(self.strategy, message, seconds(moment), self.fleet, self.release.rulebook)
        self.strategy = turn.strategy
        self.asked = list(turn.effects)

    def create(self, moment, kind, body, uuid):
        """Create a strategy."""
        self.tell(moment, messages.Create(uuid, parse_create(Kind(kind), body, self.release.wire)))

    def answer(self, *moments):
        """Answer one question after the other, each at its moment."""
        for moment in moments:
            (asked,) = self.asked
            self.tell(moment, ANSWERS[type(asked)](asked.asker, self.fleet))

    def document(self):
        """The document as it is now."""
        form = form_of(self.release.wire)
        return {"strategy": render(self.strategy, form=form, stamp=VirtualClock().stamp)}


def example(stem):
    """A document of the reference."""
    return load_contract().example(stem)


@pytest.fixture
def patch_shown():
    """S1 right after its build."""
    play = Play("published-sw-patch-ready")
    play.create("2016-11-16 13:36:27", "sw-patch", SHOWN, "c1971c42-b494-4ff0-8abf-dbde17929972")
    play.answer("2016-11-16 13:36:27", "2016-11-16 13:36:28", "2016-11-16 13:36:28")
    return play


@pytest.fixture
def patch_created():
    """S2 right after its creation."""
    play = Play("published-sw-patch-applying")
    body = example("06-sw-patch-strategy-create-request")
    play.create("2016-11-16 19:14:05", "sw-patch", body, "15dc4b63-ae5f-48ca-b76e-ec367ef817f5")
    return play


@pytest.fixture
def upgrade_created():
    """S5 right after its creation."""
    play = Play("published-sw-upgrade")
    body = example("12-sw-upgrade-strategy-create-request")
    play.create("2017-01-10 15:23:12", "sw-upgrade", body, "ac9b953a-caf1-4abe-8d53-498b598e6731")
    return play


def test_the_sw_patch_strategy_that_is_shown(patch_shown):
    """S1: the document of GET sw-patch is not reproduced."""
    assert patch_shown.document() == example("05-sw-patch-strategy-get-ready-to-apply")


def test_the_sw_patch_strategy_that_is_created(patch_created):
    """S2: the document of POST sw-patch is not reproduced."""
    assert patch_created.document() == example("07-sw-patch-strategy-create-response")


def test_the_sw_patch_strategy_that_is_applied(patch_created):
    """S3: the document of apply-all of sw-patch is not reproduced."""
    patch_created.answer(*["2016-11-16 19:14:05"] * 3)
    patch_created.tell("2016-11-16 19:28:28", messages.Apply())
    assert patch_created.document() == example("10-sw-patch-strategy-action-response-applying")


def test_the_sw_upgrade_strategy_that_is_shown(upgrade_created):
    """S4: the document of GET sw-upgrade is not reproduced."""
    upgrade_created.answer(*["2017-01-10 15:23:12"] * 2)
    assert upgrade_created.document() == example("11-sw-upgrade-strategy-get-ready-to-apply")


def test_the_sw_upgrade_strategy_that_is_created(upgrade_created):
    """S5: the document of POST sw-upgrade is not reproduced."""
    assert upgrade_created.document() == example("13-sw-upgrade-strategy-create-response")


def test_the_sw_upgrade_strategy_that_is_applied(upgrade_created):
    """S6: the document of apply-all of sw-upgrade is not reproduced."""
    upgrade_created.answer(*["2017-01-10 15:23:12"] * 2)
    upgrade_created.tell("2017-01-10 16:19:12", messages.Apply())
    assert upgrade_created.document() == example("16-sw-upgrade-strategy-action-response-applying")
