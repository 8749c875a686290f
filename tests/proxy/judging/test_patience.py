"""When a judge that was lost is started again."""

import pytest

from proxy.judging.patience import Patience


def fates(patience, seconds, lives):
    """The moments at which processes are started, each of which lives so long and judges if `lives` says so."""
    now = 0.0
    while now < seconds:
        patience.started(now)
        yield now
        if lives:
            patience.worked()
        now += 0.5 + patience.lost(now + 0.5)


def test_a_judge_that_was_lost_once_is_started_at_once():
    """What befell it need not befall the next one."""
    patience = Patience()
    patience.started(0.0)
    assert (patience.lost(100.0), patience.hopeless) == (0.0, False)


def test_the_next_start_comes_later_each_time():
    """A judge that never judges is waited for longer and longer, and at some time given up as hopeless."""
    patience = Patience(most=100)
    delays = [patience.lost(0.0) for _ in range(60)]
    assert delays == sorted(delays)
    assert (delays[1] > 0, delays[-1] < 60, patience.hopeless) == (True, True, True)


@pytest.mark.parametrize("lives", [True, False])
def test_starts_are_bounded_in_every_minute(lives):
    """Whatever becomes of the processes, no minute sees more starts than are allowed."""
    starts = list(fates(Patience(most=6), 600, lives))
    assert max(sum(each <= other < each + 60 for other in starts) for each in starts) <= 6
    assert len(starts) > 20


def test_a_judge_that_has_judged_is_lost_as_if_for_the_first_time():
    """Delays are for those that never live."""
    patience = Patience(most=100)
    for _ in range(60):
        patience.lost(0.0)
    patience.worked()
    assert (patience.hopeless, patience.lost(0.0)) == (False, 0.0)
