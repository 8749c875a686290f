"""Failure paths: faults told in the names of the target's world, and scenarios that need a target which can fail."""

from dataclasses import replace

import pytest

from conformance.control import detect
from conformance.faults import named
from conformance.lifecycle import play, read_scenarios
from reference_server import create_app
from reference_server.rulebooks import load_release

SCENARIOS = {scenario.id: scenario for scenario in read_scenarios()}
WORLD = {
    "hosts": [
        {"name": "c-0", "personality": "controller,worker"},
        {"name": "w-0", "personality": "worker", "admin_state": "locked"},
        {"name": "w-1", "personality": "worker", "admin_state": "unlocked"},
    ],
    "instances": [{"name": "vm-0", "uuid": "u0", "host": "w-1", "admin_state": "unlocked"}],
}


@pytest.fixture
def wrong(target_of, talking):
    """A conversation with a reference server some of whose quirks are changed; control works."""

    def make(**quirks):
        release = load_release("published")
        rules = replace(release.rulebook, quirks=replace(release.rulebook.quirks, **quirks))
        target = target_of(create_app(release=replace(release, rulebook=rules)))
        target.control = detect(target.send, None)
        return talking(target)

    return make


@pytest.mark.parametrize(
    ("word", "name"), [("{controller}", "c-0"), ("{worker}", "w-1"), ("{instance}", "vm-0"), ("w-0", "w-0")]
)
def test_words_stand_for_the_first_of_their_sort(word, name):
    """A scenario names no host of its own: its words are the first working worker, controller, instance."""
    assert named([{"step": "lock-hosts", "host": word}], WORLD) == [{"step": "lock-hosts", "host": name}]


def test_a_world_without_one_of_the_sort_is_said():
    """A fault on an instance cannot be told to a world without one."""
    with pytest.raises(LookupError, match="no instance"):
        named([{"change": "instance-vanishes", "instance": "{instance}"}], WORLD | {"instances": []})


def test_without_faults_on_offer_nothing_is_played(target_of, talking):
    """A target whose control offers no faults is not asked for anything, and the reason says what is missing."""
    target = target_of(create_app())
    target.control = detect(target.send, None)
    target.control.offers = frozenset({"clock", "world", "reset"})
    talk = talking(target)
    assert play(SCENARIOS["step-fails-lock-fails-sw-patch"], talk) == "it needs a target whose control offers faults"
    assert talk.exchanges == []


@pytest.mark.parametrize(
    ("scenario", "states"),
    [
        ("build-fails-alarm-sw-patch", ["building", "build-failed"]),
        ("build-times-out-alarms-sw-upgrade", ["building", "build-timeout"]),
        ("step-fails-alarm-sw-patch", ["building", "ready-to-apply", "applying", "aborted"]),
        ("step-fails-patch-hangs-sw-patch", ["building", "ready-to-apply", "applying", "aborting", "aborted"]),
        ("undo-fails-fails-sw-upgrade", ["building", "ready-to-apply", "applying", "aborting", "abort-failed"]),
        ("undo-fails-hangs-sw-patch", ["building", "ready-to-apply", "applying", "aborting", "abort-timeout"]),
        ("restart-unanswered-sw-patch", ["building", "build-timeout"]),
    ],
)
def test_a_failure_shows_its_states(scenario, states, talk):
    """The states of a failure path are all seen, in their order, and none is charged."""
    assert play(SCENARIOS[scenario], talk) is None
    assert (list(dict.fromkeys(talk.states)), talk.failures) == (states, set())


def test_faults_are_over_with_the_scenario(talk):
    """After a scenario with faults the same target applies a strategy to the end."""
    play(SCENARIOS["step-fails-lock-fails-sw-patch"], talk)
    assert play(SCENARIOS["apply-all-sw-patch"], talk) is None


def test_a_server_that_rests_in_apply_failed_is_found_out(wrong):
    """A server that does not abort by itself after a failure fails, which no run without faults could show."""
    talk = wrong(failed_apply_ends_aborted=False)
    play(SCENARIOS["apply-all-sw-patch"], talk)
    assert talk.failures == set()
    play(SCENARIOS["step-fails-lock-fails-sw-patch"], talk)
    assert talk.failures != set()
