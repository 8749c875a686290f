"""The guard before a target: its budget, its deadline, and its patience with a target that is gone."""

import pytest

from conformance.targets import spent
from conformance.targets.budget import Budget
from conformance.targets.guard import MOST_UNAVAILABLE, Guard
from conformance.targets.terms import Terms
from conformance.targets.transport import Answer, NoMoreRequests, NoMoreTime, Request, Unreachable

GET = Request("GET", "/api", "", (), b"")
POST = Request("POST", "/api", "", (), b"")
CONTROL = Request("POST", "/_control/clock", "", (), b"")
GONE = Unreachable("gone", passing=True)
OK = Answer(200, (), b"", ())


class Clock:
    """A clock that sleeping moves."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


class Line:
    """A transport that answers as told, one thing after the other, the last for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def send(self, request):
        self.asked.append(request.method)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def beside(self):
        return self

    def close(self):
        pass


@pytest.fixture
def clock():
    """A clock at zero."""
    return Clock()


@pytest.fixture
def guard(clock):
    """Makes a guard before a line."""

    def make(line, **terms):
        return Guard(line, Terms(**terms), clock=clock, sleep=clock.sleep)

    return make


@pytest.mark.parametrize(
    ("per_minute", "count", "seconds"), [(60, 5, 0), (60, 6, 1), (60, 65, 60), (6, 1, 0), (6, 3, 20), (1200, 100, 0)]
)
def test_a_budget_spreads_requests_over_the_minute(per_minute, count, seconds, clock):
    """A few requests may follow each other at once, and every further one waits for its share of the minute."""
    budget = Budget(per_minute, clock=clock, sleep=clock.sleep)
    taken = [budget.take() for _ in range(count)]
    assert (len(taken), round(clock.now, 6)) == (count, seconds)


def test_requests_to_the_control_cost_nothing(guard, clock):
    """Control requests are not counted in the budget, and pass when the time is up."""
    stand = guard(Line(OK), requests_per_minute=1, until=0.5, deadline=0.5)
    clock.now = 1.0
    answers = [stand.send(CONTROL) for _ in range(50)]
    assert (len(answers), clock.slept) == (50, [])


def test_clients_beside_each_other_share_one_budget(guard, clock):
    """Two clients of one target send no more together than one may."""
    first = guard(Line(OK), requests_per_minute=60)
    second = first.beside()
    answers = [each.send(GET) for each in (first, second) * 5]
    assert (len(answers), round(clock.now, 6)) == (10, 5)


def test_a_target_that_is_gone_for_a_moment_is_waited_for(guard, clock):
    """A GET is sent again until the target is back, with longer and longer pauses."""
    line = Line(OK, GONE, GONE, GONE, OK)
    stand = guard(line, reconnect=30)
    stand.send(GET)
    assert stand.send(GET) == OK
    assert (line.asked, clock.slept) == (["GET"] * 5, [0.2, 0.4, 0.8])


def test_a_target_that_does_not_come_back_is_given_up(guard, clock):
    """After the time of reconnecting a target that is gone is given up, and the reason says how long it was waited."""
    stand = guard(Line(OK, GONE), reconnect=10)
    stand.send(GET)
    with pytest.raises(Unreachable, match="gone; it did not come back within 10 s"):
        stand.send(GET)
    assert round(clock.now, 6) == 10


@pytest.mark.parametrize(
    ("before", "request_", "error"),
    [
        ([OK], POST, GONE),
        ([OK], GET, Unreachable("its certificate is not trusted")),
        ([], GET, GONE),
    ],
    ids=["a change", "what does not pass", "a target that never answered"],
)
def test_nothing_else_is_sent_twice(before, request_, error, guard):
    """A change, what waiting cannot mend, and the first request of all are sent once."""
    line = Line(*before, error)
    stand = guard(line)
    for _ in before:
        stand.send(GET)
    with pytest.raises(Unreachable):
        stand.send(request_)
    assert len(line.asked) == len(before) + 1


def test_when_the_time_is_up_only_clearing_up_goes_on(guard, clock):
    """After the deadline nothing is sent any more, except in overtime."""
    line = Line(OK)
    stand = guard(line, deadline=90, until=90.0)
    stand.send(GET)
    clock.now = 90.0
    with pytest.raises(NoMoreTime, match="--deadline 90 seconds"):
        stand.send(GET)
    with stand.overtime():
        assert stand.send(POST) == OK
    with pytest.raises(NoMoreTime):
        stand.send(GET)
    assert line.asked == ["GET", "POST"]


def test_when_as_many_requests_as_may_be_were_sent_only_clearing_up_goes_on(guard):
    """The requests of all targets of a run are counted, repeated ones too, and those in overtime are never refused."""
    spent.begin()
    line = Line(OK, GONE, OK)
    stand, other = guard(line, most_requests=4), guard(Line(OK), most_requests=4)
    answers = [stand.send(GET), stand.send(GET), other.beside().send(POST), stand.send(CONTROL)]
    with pytest.raises(NoMoreRequests, match="--most-requests 4"):
        other.send(GET)
    with stand.overtime():
        assert stand.send(POST) == OK
    assert (answers, line.asked, spent.sent()) == ([OK] * 4, ["GET", "GET", "GET", "POST", "POST"], 5)


def test_a_deadline_ends_the_wait_for_a_target_that_is_gone(guard, clock):
    """The time of the run is up also while a target is waited for."""
    stand = guard(Line(OK, GONE), reconnect=1000, deadline=20, until=20.0)
    stand.send(GET)
    with pytest.raises(NoMoreTime):
        stand.send(GET)
    assert clock.now < 30


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_target_that_is_not_available_for_long_is_gone(status, guard):
    """So many answers on end that the service is not available are no answers; one in between is counted anew."""
    away = Answer(status, (), b"", ())
    stand = guard(Line(*[away] * (MOST_UNAVAILABLE - 1), OK, away))
    answers = [stand.send(GET).status for _ in range(2 * MOST_UNAVAILABLE - 1)]
    assert answers.count(status) == 2 * MOST_UNAVAILABLE - 2
    with pytest.raises(Unreachable, match=f"it answered {status} to the last {MOST_UNAVAILABLE} requests"):
        stand.send(GET)
