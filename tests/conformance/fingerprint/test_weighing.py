"""What signs come to together: a release is told, few signs tell little, and a mixture is nothing that is known."""

from itertools import combinations

import pytest

from conformance.fingerprint.weighing import Outcome, weigh

RELEASES = ["2018.10", "2.0", "3.0", "4.0", "5.0", "6.0", "7.0", "8.0", "9.0", "10.0", "11.0", "12.0", "master"]
EVERY = ["published", *(f"stx-{number}" for number in RELEASES)]
ALIKE = {"stx-2.0", "stx-3.0"}  # nothing that anybody could see tells these apart


@pytest.mark.parametrize("release", EVERY)
def test_a_release_that_shows_everything_is_told(table, shown, release):
    """All signs of a release are there, and another is told, or one beside it."""
    found = weigh(table, shown(release))
    assert set(found.told) == (ALIKE if release in ALIKE else {release})
    assert (found.outcome, found.confidence > 0.95) == (Outcome.TOLD, True)


def test_releases_that_differ_are_told_apart_and_others_are_a_set(table, shown):
    """Two releases that differ in a sign come out as likely, or two that do not come out as if they did."""
    wrong = []
    for one, other in combinations(EVERY, 2):
        found = weigh(table, shown(one))
        same = abs(found.likelihoods[one] - found.likelihoods[other]) < 1e-9
        if same != ({one, other} == ALIKE) or found.likelihoods[one] < found.likelihoods[other] - 1e-9:
            wrong.append((one, other))
    assert wrong == []
    assert weigh(table, shown("stx-3.0")).inseparable() == (("stx-2.0", "stx-3.0"),)


def test_what_would_tell_the_rest_apart_is_said(table, shown):
    """An operator is left with a set, and is not told that a strategy would show more."""
    found = weigh(table, shown("stx-7.0", {"answer"}))
    assert found.told == ("stx-6.0", "stx-7.0", "stx-8.0")
    assert [sign.id for sign in found.telling()] == ["lesser-role", "reader", "patch-migrate", "conflict-text"]
    assert found.inseparable() == ()


def test_one_wrong_sign_misleads_nobody(table, shown):
    """One sign of a release is another, or like none, and the release is lost that all others fit."""
    lost = []
    for release in EVERY:
        for sign in (each for each in table.signs if each.needs == "answer"):
            for value in {*sign.values, "odd"} - {*sign.shows.get(release, ()), "never there"}:
                seen = shown(release, {"answer"}, **{sign.id: value})
                found = weigh(table, seen)
                as_well = any(all(each.fits(other) is not False for each in seen) for other in EVERY)
                if not as_well and (release not in found.told or found.outcome != "told"):
                    lost.append((release, sign.id, value))
    assert lost == []


@pytest.mark.parametrize(
    ("one", "other"), [("stx-3.0", "stx-12.0"), ("published", "stx-9.0"), ("published", "stx-12.0")]
)
def test_a_mixture_of_releases_is_none_that_is_known(table, shown, one, other):
    """Half a server is of one release, half of another, and one of them is told as if nothing were wrong."""
    halves = {seen.sign.id: seen for seen in shown(other, {"answer"})[::2]}
    found = weigh(table, [halves.get(seen.sign.id, seen) for seen in shown(one, {"answer"})])
    assert (found.outcome, found.none > 0.9) == (Outcome.NONE, True)


def test_what_may_tell_releases_apart_is_said_as_well(table, shown):
    """A sign that some deployments of a release show is kept back from whoever could look for it."""
    found = weigh(table, shown("stx-12.0", {"answer"}, **{"links-member": "neither"}))
    assert (found.told, "upgrade-release" in [sign.id for sign in found.telling()]) == (tuple(EVERY[-4:]), True)


def test_nothing_seen_tells_nothing(table):
    """A release is told from no sign at all."""
    found = weigh(table, [])
    assert (found.outcome, round(found.none, 6)) == (Outcome.LITTLE, table.prior)
    assert len(set(found.likelihoods.values())) == 1


def test_a_known_empty_403_tells_real_from_published_alone(table, shown):
    """A refused caller is enough to tell a release."""
    found = weigh(table, shown("stx-5.0", {"stranger"}))
    assert (found.outcome, found.told) == (Outcome.LITTLE, tuple(EVERY[1:]))


def test_likelihoods_add_up(table, shown):
    """More, or less, than all is handed out."""
    found = weigh(table, shown("stx-8.0", {"answer"}))
    assert abs(sum(found.likelihoods.values()) + found.none - 1) < 1e-9
