"""What befalls a judge's process befalls no gateway: it is told, counted, and followed by a new process."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from proxy.judging.courier import JudgeFault

PATIENCE = 300  # seconds


async def fault_of(waiting):
    """The kind of fault that somebody who asked was told of."""
    with pytest.raises(JudgeFault) as caught:
        await waiting
    return caught.value.kind


@pytest.mark.parametrize(
    ("what", "seconds", "kind", "word"),
    [
        ("an-error", 0, "crashed", "exit code 70"),
        pytest.param("an-abort", 0, "crashed", "SIGABRT", marks=pytest.mark.long),
        pytest.param("an-endless-loop", 1.5, "slow", "gave no sign", marks=pytest.mark.long),
    ],
)
def test_a_process_that_is_lost_is_told_counted_and_followed(play, passage, what, seconds, kind, word):
    """Who waits is told at once; what was under way is unchecked; the next process judges, and says nothing twice."""

    async def scene(at):
        asked = asyncio.create_task(at.courier.ask(passage(query=what).exchange))
        await asyncio.sleep(0)
        told = [at.courier.tell(passage(number)) for number in range(2, 5)]
        at.now += seconds
        assert (await fault_of(asked), told) == (kind, [True] * 3)
        await at.until(lambda: at.courier.ready)
        assert await at.courier.see(passage(5)) == ((), "")

    after = play(scene, stuck=1.0)
    counts = after.courier.counts
    assert (counts.judged, counts.unchecked, counts.faults) == (1, {kind: 3}, {kind: 1})
    assert counts.restarts == 1
    assert word in after.said[-1]
    assert "sesame" not in "".join(after.said)


GATEWAY = """
import asyncio, sys
from pathlib import Path
from conformance.exchange import Exchange
from proxy.judging.courier import Courier, DeskSettings
from proxy.traffic import Passage

async def main(out):
    courier = Courier(DeskSettings(out=str(out), watch="befalling:Forsaken"))
    await courier.start()
    courier.tell(Passage(1, Exchange("GET", "/api", 200, sys.argv[2], at=1.0), started=0.5))
    while sys.argv[2] and not (out / "begun").exists():
        await asyncio.sleep(0.005)
    print(courier.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("does", ["", "an-endless-loop"])
def test_a_judge_ends_when_its_gateway_was_killed(does, tmp_path):
    """A judge that does something without an end uses a CPU for ever when nobody is left to end it."""
    path = f"{Path(__file__).parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    command = [sys.executable, "-c", GATEWAY, str(tmp_path), does]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path}) as gateway:
        judge = os.pidfd_open(int(gateway.stdout.readline()))
        gateway.kill()
    ended = select.poll()
    ended.register(judge, select.POLLIN)
    try:
        assert ended.poll(PATIENCE * 1000)
    finally:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(judge, signal.SIGKILL)
        os.close(judge)


@pytest.mark.long
def test_while_there_is_no_process_everything_is_unchecked(play, passage):
    """Nobody waits for a process that is not there yet."""

    async def scene(at):
        at.kill()
        await at.at_once(lambda: at.courier.counts.restarts)
        assert await fault_of(at.courier.ask(passage().exchange)) == "crashed"
        assert await fault_of(at.courier.see(passage(2))) == "crashed"
        await at.until(lambda: at.courier.ready)
        assert await at.courier.ask(passage().exchange) == ()

    assert play(scene).courier.counts.unchecked == {"crashed": 1}


def test_who_waits_longer_than_the_budget_is_told_so_and_the_answer_is_dropped(play, passage):
    """The exchange is judged all the same, later; its answer is nobody else's."""

    async def scene(at):
        assert await fault_of(at.courier.ask(passage(query="a-wait").exchange)) == "slow"
        assert await fault_of(at.courier.see(passage(2))) == "slow"
        at.go()
        at.courier.budget = at.patience
        assert await at.courier.see(passage(3)) == ((), "")
        await at.until(lambda: at.courier.counts.judged == 2)

    counts = play(scene, budget=0.05).courier.counts
    assert (counts.faults, counts.unchecked, counts.restarts) == ({"slow": 2}, {}, 0)


def test_a_process_without_memory_says_so_and_goes_on(play, passage):
    """The limit holds, the exchange is unchecked, and the next one is judged by the same process."""

    async def scene(at):
        first = at.courier.pid
        assert await fault_of(at.courier.see(passage(1, query="no-memory"))) == "memory"
        assert await fault_of(at.courier.ask(passage(2, query="no-memory").exchange)) == "memory"
        assert await at.courier.see(passage(3)) == ((), "")
        assert at.courier.pid == first

    counts = play(scene).courier.counts
    assert (counts.judged, counts.unchecked, counts.faults) == (1, {"memory": 1}, {"memory": 2})


@pytest.mark.long
def test_a_process_that_stays_without_memory_makes_room_for_another(play, passage):
    """Three in a row are enough: a new process begins with what there is."""

    async def scene(at):
        for number in range(3):
            at.courier.tell(passage(number, query="no-memory"))
        await at.until(lambda: at.courier.counts.restarts == 1 and at.courier.ready)
        assert await at.courier.see(passage(4)) == ((), "")

    after = play(scene)
    assert after.courier.counts.unchecked == {"memory": 3}
    assert "memory" in after.said[0]


@pytest.mark.long
def test_a_check_that_crashes_is_a_fault_of_that_exchange_alone(play, passage):
    """An exchange that was not looked at whole is no exchange that was judged; the process lives."""

    async def scene(at):
        assert await fault_of(at.courier.see(passage(1))) == "crashed"

    counts = play(scene, watch="befalling:Unwhole").courier.counts
    assert (counts.judged, counts.unchecked, counts.restarts) == (0, {"crashed": 1}, 0)


@pytest.mark.long
def test_what_does_not_fit_into_the_queue_is_not_taken(play, passage):
    """The queue is bounded in bytes; who asks is told, and when there is room again everything is as before."""

    async def scene(at):
        large = b"[" + b"0," * 40_000 + b"0]"
        at.courier.tell(passage(1, query="a-wait"))
        taken = [at.courier.tell(passage(2, path=f"/{each}", answer=large)) for each in range(4)]
        assert taken == [True, True, False, False]
        assert await fault_of(at.courier.see(passage(3, answer=large, path="/other"))) == "overrun"
        assert await fault_of(at.courier.ask(passage(4, body=large).exchange)) == "overrun"
        at.go()
        await at.until(lambda: at.courier.counts.judged == 3)
        assert at.courier.tell(passage(5, path="/2", answer=large))

    counts = play(scene, queue=200_000).courier.counts
    assert (counts.judged, counts.unchecked, counts.faults) == (4, {"overrun": 3}, {"overrun": 4})


@pytest.mark.long
@pytest.mark.parametrize(
    "options", [{"module": "proxy.nowhere"}, {"memory": 8 << 20, "watch": ""}], ids=["no module", "no memory"]
)
def test_a_process_that_cannot_live_is_no_reason_to_stop(play, passage, options):
    """Everything is unchecked, that is said once, and the gateway goes on and ends."""

    async def scene(at):
        await at.until(lambda: any("cannot live" in line for line in at.said))
        assert at.courier.tell(passage(1)) in (True, False)

    after = play(scene, start=False, **options)
    assert sum(after.courier.counts.unchecked.values()) == 1
    assert len([line for line in after.said if "cannot live" in line]) == 1
