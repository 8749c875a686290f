"""What the courier brings to the judge's process, and what it brings back."""

import asyncio
import hashlib
import os
import random
import signal

import msgspec
import pytest

from proxy.judging import courier as module
from proxy.judging.courier import Courier, DeskSettings
from proxy.judging.lifeline import Lifeline
from proxy.judging.messages import encode, framed
from proxy.traffic import Direction, Situation
from spec.load import load_contract

DOCUMENT = "05-sw-patch-strategy-get-ready-to-apply"


def digest(body):
    """What the mirror says of a body."""
    return hashlib.sha256(body).hexdigest()


def message_of(seen):
    """What was said about an exchange."""
    return seen.noticed[0].finding.message


def ids(noticed):
    """What was noticed, and about whom."""
    return {(each.direction, each.finding.requirement) for each in noticed}


def test_what_is_asked_and_seen_is_judged_in_its_order(play, passage):
    """A request is held against what was told before it; counts and situation come back."""
    create = {"method": "POST", "body": b'{"storage-apply-type": "serial"}'}

    async def scene(at):
        asked = await at.courier.ask(passage(1, **create).exchange)
        assert at.courier.tell(passage(2, **create, status=200))
        again = await at.courier.ask(passage(3, **create).exchange)
        assert ids(again) > ids(asked) == ids(await at.courier.ask(passage(3, **create).exchange, in_order=False))
        gone = await at.courier.see(passage(5))
        assert {direction for direction, _ in ids(gone.noticed)} == {Direction.RESPONSE}
        blocked = await at.courier.see(passage(6, method="BREW", status=0, answer=b"", blocked=True))
        assert {direction for direction, _ in ids(blocked.noticed)} == {Direction.REQUEST}
        assert gone.reference != blocked.reference != ""
        await at.until(lambda: at.courier.counts.judged == 3)

    counts = play(scene, watch="").courier.counts
    assert counts.situation == Situation("", "absent")
    assert sum(counts.findings.values()) > 1
    assert (sum(counts.latencies), counts.latency > 0) == (3, True)


def test_nobody_waits_for_what_is_taken_down(play, passage):
    """Who asks is told as soon as it is clear that nothing was found; what a summary needs comes after that."""

    async def scene(at):
        seen = await at.courier.see(passage(1))
        assert (seen.noticed, at.courier.counts.judged) == ((), 0)
        at.go()
        await at.until(lambda: at.courier.counts.judged == 1)

    play(scene, watch="befalling:Thorough")


@pytest.mark.parametrize(("mode", "more"), [("observe", 5), ("enforce", 0)])
def test_a_judge_for_whom_nobody_waits_lets_traffic_go_first(play, mode, more):
    """In observe the judge takes the CPU time that is left; in other modes clients wait for it."""

    async def scene(at):
        ours, theirs = (os.getpriority(os.PRIO_PROCESS, each) for each in (0, at.courier.pid))
        assert theirs == min(19, ours + more)

    play(scene, mode=mode)


def test_a_body_that_did_not_change_is_sent_once(play, passage):
    """The judge remembers the last body of a path, and to it every exchange is whole."""
    sent, seen = [], []

    async def scene(at):
        for number, letter in enumerate(b"aaabba"):
            asked = passage(number, answer=bytes([letter]) * 5000)
            before = at.courier.waiting
            at.courier.tell(asked)
            sent.append(at.courier.waiting - before > 5000)
            seen.append(message_of(await at.courier.see(asked)))

    play(scene, watch="befalling:Mirror")
    assert sent == [True, False, False, True, False, True]
    assert seen == [digest(bytes([letter]) * 5000) for letter in b"aaabba"]


@pytest.mark.long
def test_a_new_process_is_sent_what_the_last_one_remembered(play, passage):
    """What one process remembers dies with it."""
    body = b"a" * 5000

    async def scene(at):
        await at.courier.see(passage(1, answer=body))
        at.kill()
        await at.until(lambda: at.courier.counts.restarts and at.courier.ready)
        assert message_of(await at.courier.see(passage(2, answer=body))) == digest(body)

    play(scene, watch="befalling:Mirror")


@pytest.mark.long
def test_more_paths_than_are_remembered_are_all_judged_by_their_own_bodies(play, passage):
    """However paths and bodies change places, and in a queue that overflows, each exchange shows what it showed."""
    drawn = random.Random(5)  # noqa: S311 - no secret

    async def scene(at):
        taken = 0
        for number in range(300):
            body = bytes([drawn.choice(b"ab")]) * drawn.choice((10, 3000, 20_000))
            asked = passage(number, path=f"/{drawn.randrange(7)}", answer=body)
            if drawn.random() < 0.5:
                taken += at.courier.tell(asked)
                continue
            try:
                assert message_of(await at.courier.see(asked)) == digest(body)
                taken += 1
            except module.JudgeFault:
                await at.until(lambda: not at.courier.waiting)
        assert 100 < taken < 300

    play(scene, watch="befalling:Mirror", queue=60_000)


def test_what_was_told_is_judged_before_the_end(play, passage):
    """To finish is to let the process judge what it was told, and write its summary."""

    async def scene(at):
        told = [at.courier.tell(passage(number)) for number in range(500)]
        assert all(told)

    after = play(scene)
    assert after.courier.counts.judged == 500
    assert (after.out / "summary.json").exists()
    assert after.said == []


@pytest.mark.long
def test_a_process_that_is_lost_at_the_end_is_started_once_more(play, passage):
    """There is a summary, of what is known, whatever befell the last process."""

    async def scene(at):
        at.courier.tell(passage(1, query="an-abort"))

    after = play(scene)
    assert (after.out / "summary.json").exists()
    assert after.courier.counts.unchecked == {"crashed": 1}


@pytest.mark.long
def test_a_process_that_does_not_end_is_killed(play, passage):
    """Nobody waits for the end for ever."""

    async def scene(at):
        at.courier.tell(passage(1, query="an-endless-loop"))
        await at.courier.finish(timeout=0.2)
        assert at.courier.pid == 0

    assert "did not come to an end" in play(scene, finish=False).said[0]


@pytest.mark.long
def test_what_is_typed_at_a_terminal_ends_no_judge(play, passage):
    """The process is no member of the gateway's group, and heeds no signal but the one that nobody can ignore."""

    async def scene(at):
        assert os.getpgid(at.courier.pid) == at.courier.pid
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            at.kill(each)
        assert await at.courier.see(passage(1)) == ((), "")

    assert play(scene).courier.counts.restarts == 0


def test_whatever_keeps_a_process_from_starting_keeps_nobody_waiting(monkeypatch, tmp_path):
    """No memory for a process, or anything else: the start is told to have failed, and is tried again."""

    async def fail(*_):
        raise MemoryError

    async def scene():
        said = []
        courier = Courier(DeskSettings(out=str(tmp_path)), say=said.append)
        async with asyncio.timeout(300):
            started = await courier.start()
            await courier.finish(timeout=0.1)
        return started, len(said) > 0

    monkeypatch.setattr(Lifeline, "open", fail)
    assert asyncio.run(scene()) == (False, True)


def test_a_process_whose_gateway_is_gone_ends(tmp_path):
    """Nothing is left behind by a gateway that died: the process writes its summary, and goes."""

    async def scene():
        heard = []
        line = await Lifeline.open(heard.append)
        line.write([*framed(encode(DeskSettings(out=str(tmp_path))))])
        async with asyncio.timeout(300):
            while not heard:
                await asyncio.sleep(0.005)
            line.close()
            return await line.over

    assert asyncio.run(scene()) == 0
    assert (tmp_path / "summary.json").exists()


@pytest.mark.long
def test_nothing_that_lies_in_the_current_folder_is_run(play, passage, tmp_path_factory, monkeypatch):
    """The process imports what the gateway imports, and no file of the operator's that happens to have its name."""
    folder = tmp_path_factory.mktemp("trap")
    (folder / "proxy").mkdir()
    for name in ("json.py", "proxy/__init__.py", "select.py"):
        (folder / name).write_text("raise SystemExit('trap')")
    monkeypatch.chdir(folder)

    async def scene(at):
        assert await at.courier.see(passage(1)) == ((), "")

    assert play(scene).said == []


@pytest.mark.long
def test_who_stops_asking_leaves_nothing_behind(play, passage):
    """A client that hangs up while the judge is asked costs neither a ticket nor an error."""

    async def scene(at):
        asked = asyncio.create_task(at.courier.ask(passage(query="a-wait").exchange))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])
        at.go()
        assert await at.courier.see(passage(2)) == ((), "")

    assert play(scene).courier.counts.faults == {}


def test_what_is_passed_over_is_counted(tmp_path):
    """The gateway says why an exchange was judged by nobody."""
    courier = Courier(DeskSettings(out=str(tmp_path)))
    courier.pass_over("too large")
    assert courier.counts.unchecked == {"too large": 1}


@pytest.mark.long
def test_after_the_end_nothing_is_taken(play, passage):
    """Whoever comes late is unchecked."""

    async def scene(at):
        await at.courier.finish()
        assert at.courier.tell(passage(1)) is False

    assert play(scene, finish=False).courier.counts.unchecked == {"crashed": 1}


def test_what_befalls_a_judge_is_told_on_stderr_when_nobody_else_listens(capsys):
    """One line, by the name of the command."""
    module.say_on_stderr("the judge is back")
    assert capsys.readouterr().err == "vimgate: the judge is back\n"


def test_a_change_that_the_judge_is_not_told_of_is_held_against_nobody(play, passage):
    """One that does not fit, or that nobody could read, may have led anywhere: what comes after it accuses nobody."""
    create = {"method": "POST", "body": b"{}" + b" " * 40_000, "status": 200}
    strategy = msgspec.json.encode(load_contract().example(DOCUMENT))
    there, elsewhere = {"status": 200, "answer": strategy}, {"path": "/api/orchestration/sw-upgrade/strategy"}
    told = {}

    async def scene(at):
        async def after(unseen):
            await at.courier.see(passage(1, **elsewhere))
            await at.courier.see(passage(2))
            unseen(passage(3, **create))
            return ids((await at.courier.see(passage(4, **there))).noticed)

        told["nothing"] = await after(lambda _: None)
        told["overrun"] = await after(at.courier.tell)
        told["too large"] = await after(lambda _: at.courier.pass_over("too large", change=True))

    counts = play(scene, watch="", queue=30_000).courier.counts
    assert counts.unchecked == {"overrun": 1, "too large": 1}
    assert told["overrun"] == told["too large"] < told["nothing"]
