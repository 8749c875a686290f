"""ENGINE.md 7.5 as it is kept: numbered events, the newest of them, and the alarms that stand."""

import pytest

from reference_server.clock import VIRTUAL_START, VirtualClock
from reference_server.driver import Driver, Missing, Refused
from reference_server.engine.model import StrategyRequest
from reference_server.engine.notices import AlarmAct, AlarmChange, AlarmName, EventName, Notice
from reference_server.engine.words import Kind
from reference_server.journal import MOST_EVENTS, Journal, noted
from reference_server.rulebooks import load_release
from reference_server.worlds.file import parse_world

PATCH, UPGRADE = Kind.SW_PATCH, Kind.SW_UPGRADE
RAISED = Notice(PATCH, EventName.IN_PROGRESS, AlarmChange(AlarmAct.RAISED, AlarmName.IN_PROGRESS))
RAISED_FOR_UPGRADE = Notice(UPGRADE, EventName.IN_PROGRESS, AlarmChange(AlarmAct.RAISED, AlarmName.IN_PROGRESS))
CLEARED = Notice(PATCH, None, AlarmChange(AlarmAct.CLEARED))
CLEARED_LATER = Notice(PATCH, EventName.ABORTED, AlarmChange(AlarmAct.CLEARED_BY_AUDIT))
TOLD = Notice(PATCH, EventName.REJECTED, reason="why")


def journal_of(*notices, journal=None, at=100.0):
    """The journal with these, one after the other; the next audit is at 120."""
    return noted(journal or Journal(), notices, at, 120.0)


def alarms(journal):
    """Kind and name of the alarms that stand."""
    return [(alarm.kind, alarm.alarm) for alarm in journal.alarms]


def test_events_are_numbered():
    """Events have numbers from 1 on, their moment, kind, name and reason."""
    journal = journal_of(TOLD, RAISED, journal=journal_of(RAISED, at=99.0))
    assert [(event.number, event.at, event.event, event.reason) for event in journal.events] == [
        (1, 99.0, "in-progress", ""),
        (2, 100.0, "rejected", "why"),
        (3, 100.0, "in-progress", ""),
    ]


def test_the_newest_events_are_kept():
    """Of more than a thousand events the last thousand are there, under their own numbers."""
    journal = journal_of(*[TOLD] * (MOST_EVENTS + 5))
    assert [event.number for event in journal.events] == list(range(6, MOST_EVENTS + 6))


def test_one_alarm_stands_for_each_kind():
    """An alarm that is raised takes the place of the one of its kind, not of the other."""
    journal = journal_of(RAISED, RAISED_FOR_UPGRADE, RAISED)
    assert alarms(journal) == [(UPGRADE, "in-progress"), (PATCH, "in-progress")]


@pytest.mark.parametrize(
    ("notices", "at", "standing"),
    [
        ([RAISED, CLEARED], 100, 0),
        ([RAISED, CLEARED_LATER], 119.9, 1),
        ([RAISED, CLEARED_LATER], 120, 0),
        ([RAISED, CLEARED_LATER, RAISED], 120, 1),
        ([RAISED_FOR_UPGRADE, CLEARED_LATER], 120, 1),
        ([CLEARED_LATER, CLEARED, RAISED], 120, 1),
    ],
)
def test_alarms_that_are_cleared(notices, at, standing):
    """An alarm is gone at once, or from the next audit on unless it is raised again before."""
    assert len(journal_of(*notices).at(at).alarms) == standing


def test_an_emptied_journal_goes_on_counting():
    """Nothing is left but the number of the last event."""
    journal = journal_of(TOLD, journal=journal_of(RAISED, TOLD).emptied())
    assert ([event.number for event in journal.events], journal.alarms) == ([3], ())


@pytest.fixture
def driver():
    """A driver of two controllers and a patch."""
    hosts = [{"name": f"controller-{number}", "personality": "controller"} for number in range(2)]
    world = parse_world({"hosts": hosts, "patches": [{"name": "P1"}]}, "world")
    return Driver(world, load_release("stx-3.0"), VirtualClock())


def test_the_journal_of_a_driver(driver):
    """A driver tells what was asked, refused and done, each at its moment, and which alarm stands."""
    driver.create(StrategyRequest(PATCH))
    with pytest.raises(Refused):
        driver.apply(PATCH)
    driver.advance(2)
    driver.apply(PATCH)
    assert alarms(driver.journal) == [(PATCH, "in-progress")]
    driver.abort(PATCH)
    assert alarms(driver.journal) == [(PATCH, "aborting")]
    driver.advance(1)
    assert [(event.number, event.at - VIRTUAL_START, event.event) for event in driver.journal.events] == [
        (1, 0.0, "apply started"),
        (2, 0.0, "rejected"),
        (3, 2.0, "apply started"),
        (4, 2.0, "in-progress"),
        (5, 2.0, "abort"),
        (6, 2.0, "aborting"),
        (7, 2.5, "aborted"),
    ]
    assert alarms(driver.journal) == [(PATCH, "aborting")]
    driver.advance(27)
    assert alarms(driver.journal) == []


def test_what_is_not_there_is_not_told_of(driver):
    """A request for a strategy that there is not is no event."""
    with pytest.raises(Missing):
        driver.apply(PATCH)
    assert driver.journal == Journal()


def test_a_reset_empties_the_journal(driver):
    """After a reset nothing has been told, and the numbers go on."""
    driver.create(StrategyRequest(PATCH))
    with pytest.raises(Refused):
        driver.apply(PATCH)
    driver.reset()
    assert driver.journal == Journal(last_number=2)
