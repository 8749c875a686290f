"""Clients that meet before a server that is right, through `vimgate proxy`, while everything is restarted meanwhile.

A few of these plays are made; with $VIMGATE_CROWDS every mode has its turn in each of them.
"""

import os
import random

import pytest
from passing_live import LIMIT, Client, Scene, Server, odd, operator, poller, rash

EVERY = "VIMGATE_CROWDS" in os.environ
MODES = ("observe", "annotate", "enforce")


def some(*modes):
    """These modes, or all of them."""
    return pytest.mark.parametrize("mode", MODES if EVERY else modes)


HAPPENS = ("server", "judge", "gateway", "token", "nothing")


@pytest.fixture
def play(tmp_path):
    """Lets clients act for some seconds, while something happens now and then; the scene, when it is over."""

    def run(seed, clients, *arguments, seconds=12 if EVERY else 6, happens=HAPPENS, leaves=False):
        draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
        world = draw.choice(("default", "aio-dx", "standard", "failing-midway", "failing-lock", "storage"))
        release = draw.choice(("published", "stx-3.0"))
        server = Server(world, release, tmp_path / "state", seed)
        scene = Scene(server, tmp_path / "out", "--release", release, *arguments)
        scene.leaves = leaves
        threads = [Client(scene, client, seed + place, keep=place % 2) for place, client in enumerate(clients)]
        try:
            for each in threads:
                each.start()
            left = seconds
            while left > 0:
                pause = draw.uniform(0.5, 2)
                left -= pause
                scene.stop.wait(pause)
                scene.befall(draw.choice(happens))
        finally:
            scene.stop.set()
            for each in threads:
                each.join(LIMIT)
            code = scene.close()
            server.close()
        assert [each.error for each in threads if each.error] == []
        assert code == 0
        assert scene.counts
        return scene

    return run


POLLERS = (poller("sw-patch", 0.2), poller("sw-upgrade", 0.3), poller("sw-patch", 0.05))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2 if EVERY else 1))
@some("enforce")
def test_nobody_who_is_right_is_accused_or_blocked(play, mode, seed):
    """Two operators who take turns, pollers, and somebody who spells what he asks for otherwise."""
    scene = play(seed, (*POLLERS, operator, operator, odd), "--mode", mode)
    assert [each for each in scene.findings() if each["certain"]] == []
    assert scene.of_gateway == []


@pytest.mark.long
@some("observe")
@pytest.mark.parametrize("shared", [(), ("--shared",)] if EVERY else [()])
def test_a_server_that_is_right_is_not_accused(play, mode, shared):
    """Some ask for anything at any time, and go away before they are answered."""
    scene = play(7, (*POLLERS, operator, odd, rash, rash), "--mode", mode, *shared, leaves=True)
    assert [each for each in scene.findings() if each["direction"] == "response"] == []
    assert [answer for answer in scene.of_gateway if answer[3] == 502] == []


@pytest.mark.skipif(not EVERY, reason="plays of half a minute each: set VIMGATE_CROWDS to make all of them")
@pytest.mark.long
@some("observe")
def test_what_nobody_could_read_is_held_against_nobody(play, mode):
    """Creates are too large to be judged, and what they have led to is seen all the same."""
    scene = play(5, (*POLLERS, operator, operator), "--mode", mode, "--max-body", "150")
    assert [each for each in scene.findings() if each["certain"]] == []
