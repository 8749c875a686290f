"""The benchmark of the gateway: it runs, counts what it says it counts, and its client and server are honest."""

import json
import re
import socket
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.rider import Rider
from benchmarks.tape import CHANGES, Entry, make_tape
from benchmarks.upstream import Player
from conformance.exchange import Exchange
from conformance.judge import Judge
from spec.load import load_contract, load_law, load_ledger

ROOT = Path(__file__).parents[2]
WAYS = ["direct", "bare", "enforce", "idle-annotate", "jsonschema-rs", "prism"]
SPEEDS = {"way", "per_s", "of_bare", "p50_ms", "p99_ms", "p99_added_ms"}
COSTS = {"way", "cpu_ms", "of_bare", "judge_cpu_ms", "judge_core"}
JUDGING = {"cell", "exchanges", "unlike", "judged", "unchecked", "findings", "backlog_s"}


def run(*arguments):
    """The benchmark, run as README.md says, from the root of the checkout."""
    command = [sys.executable, "-W", "error", "-m", "benchmarks.gateway", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A quick run over a few ways: the process, and the JSON that it wrote."""
    file = tmp_path_factory.mktemp("benchmarks") / "figures.json"
    prism = str(file.with_name("nowhere"))
    process = run("--quick", "--seed", "7", "--json", str(file), "--ways", ",".join(WAYS), "--prism", prism)
    assert process.returncode == 0, process.stderr
    return process, json.loads(file.read_text())


@pytest.mark.long
def test_the_file_is_complete(ran):
    """Each cell has a row for each way with all its figures, and says what became of the exchanges."""
    sections = ran[1]["sections"]
    ways = [each for each in WAYS if each != "prism"]
    cells = ("1k unchanged", "1k polled", "1k changing")
    assert {name: [row["way"] for row in sections[name]] for name in cells} == dict.fromkeys(cells, ways)
    assert all(row.keys() == SPEEDS for name in cells for row in sections[name])
    assert all(row.keys() == JUDGING for row in sections["judging"])
    assert all(row["per_s"] > 0 and row["p50_ms"] <= row["p99_ms"] for row in sections["1k changing"])


@pytest.mark.long
def test_cpu_time_is_told_of_every_process(ran):
    """Whatever stands between costs CPU time, and a mode of the gateway has a judge that costs some too."""
    rows = {row["way"]: row for row in ran[1]["sections"]["1k changing, CPU"]}
    assert rows.keys() == {"bare", "enforce", "idle-annotate", "jsonschema-rs"}
    assert all(row.keys() == COSTS and row["cpu_ms"] > 0 for row in rows.values())
    assert {name for name, row in rows.items() if row["judge_cpu_ms"] is not None} == {"enforce", "idle-annotate"}
    assert rows["enforce"]["judge_core"] > 0 < rows["enforce"]["judge_cpu_ms"]


@pytest.mark.long
def test_every_answer_was_that_of_the_server(ran):
    """Whatever stands between, status and length are those of the tape."""
    assert [row["unlike"] for row in ran[1]["sections"]["judging"]] == [0] * 15


@pytest.mark.long
def test_every_exchange_was_judged(ran):
    """A mode of the gateway says of each cell that it judged all of it, and found nothing."""
    rows = [row for row in ran[1]["sections"]["judging"] if row["judged"] is not None]
    assert [(row["judged"], row["unchecked"], row["findings"]) for row in rows] == [
        (row["exchanges"], 0, 0) for row in rows
    ]
    assert len(rows) == 6


@pytest.mark.long
def test_what_is_not_here_is_said(ran):
    """A way that cannot be gone is named with what to do about it."""
    (row,) = ran[1]["sections"]["not here"]
    assert (row["way"], "npm install" in row["why"]) == ("prism", True)


@pytest.mark.long
def test_memory_is_looked_at_twice(tmp_path):
    """The memory of the gateway and of its judge, after a tenth of the exchanges and after all of them."""
    file = tmp_path / "figures.json"
    process = run("--memory", "60", "--ways", "observe", "--json", str(file))
    assert process.returncode == 0, process.stderr
    rows = json.loads(file.read_text())["sections"]["memory"]
    assert [(row["exchanges"], row["judged"]) for row in rows] == [(6, 6), (60, 60)]
    assert all(row["gateway_mib"] > 0 and row["judge_mib"] > 0 for row in rows)


def test_an_unknown_way_is_wrong_use():
    """A word that is no way is told with those that are."""
    process = run("--ways", "bear")
    assert (process.returncode, "bear: write some of direct, bare" in process.stderr) == (2, True)


def test_help():
    """`--help` shows a command to copy."""
    assert "python -m benchmarks.gateway --json" in run("--help").stdout


# --- tapes


@pytest.mark.parametrize("changing", [False, True], ids=["unchanged", "changing"])
@pytest.mark.parametrize("wanted", [1_000, 15_000])
def test_a_judge_finds_nothing_in_a_tape(wanted, changing):
    """What is played is lawful, round after round, so that no finding slows a judge down."""
    tape = make_tape(wanted, 7, changing=changing)
    player = Player(1)
    player.begin(tape)
    judge = Judge(load_contract(), load_ledger(), load_law())
    rounds = 2 if changing else 5
    for number, entry in enumerate([*tape.opening, *tape.repeated * rounds, *tape.closing]):
        head, *body = player.answer(entry.method)
        headers = tuple(tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")[1:] if line)
        exchange = Exchange(
            entry.method, entry.path, entry.status, request_headers=(("Content-Type", "application/json"),),
            request_body=entry.body, response_headers=headers, response_body=b"".join(body), at=float(number),
        )  # fmt: skip
        assert [each for each in judge.judge(exchange) if each.verdict.word == "fail"] == []
    assert judge.judged > 5


def test_every_answer_of_an_unchanged_tape_is_the_same():
    """What is read again and again is the same bytes."""
    tape = make_tape(1_000, 7, changing=False)
    player = Player(1)
    player.begin(tape)
    player.answer("POST")
    assert len({b"".join(player.answer("GET")) for _ in range(5)}) == 1


def test_every_answer_of_a_changing_tape_is_another():
    """No two documents in a row are the same bytes."""
    answers = [entry.answer for entry in make_tape(15_000, 7, changing=True).repeated]
    assert all(one != other for one, other in pairwise(answers))
    assert CHANGES <= len(answers) <= CHANGES + 6


def test_a_polled_tape_shows_each_document_several_times():
    """A client that polls meets the same life, with each document as often as it looks."""
    life, polled = (make_tape(1_000, 7, changing=True, looks=looks).repeated for looks in (1, 3))
    assert [each for each in polled if each.method != "GET"] == [each for each in life if each.method != "GET"]
    reads = [each for each in polled if each.method == "GET"]
    assert reads[::3] == reads[1::3] == reads[2::3] == [each for each in life if each.method == "GET"]


def test_every_round_is_a_strategy_of_its_own():
    """The uuid of a round is new, and the length of an answer the same."""
    tape = make_tape(1_000, 7, changing=True)
    player = Player(3)
    player.begin(tape)
    first, second = ([b"".join(player.answer(each.method)[1:]) for each in tape.repeated] for _ in range(2))
    assert [len(each) for each in first] == [len(each) for each in second]
    uuids = [json.loads(answers[0])["strategy"]["uuid"] for answers in (first, second)]
    assert uuids[0] != uuids[1]
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-400[01]-8000-[0-9a-f]{12}", each) for each in uuids)


# --- the client

ENTRY = Entry("GET", "/x", b"", 200, b"", None)


@pytest.fixture
def answering():
    """Answers the first connection with these pieces, and gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threads = []

        def answer(*pieces):
            def work():
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65536)
                    for piece in pieces:
                        connection.sendall(piece)

            threads.append(threading.Thread(target=work))
            threads[-1].start()
            return listening.getsockname()[1]

        yield answer
        for thread in threads:
            thread.join(60)


@pytest.mark.parametrize(
    ("pieces", "met"),
    [
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", b"abcde"), (200, 5)),
        ((b"HTTP/1.1 20", b"2 Accepted\r\nContent-Length: 3\r", b"\n\r\na", b"bc"), (202, 3)),
        ((b"HTTP/1.1 204 No Content\r\n\r\n",), (204, 0)),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n", b"x" * 3_000_000), (200, 3_000_000)),
        (
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r", b"\n2;a=b\r\nde\r\n0", b"\r\n\r\n"),
            (200, 5),
        ),
    ],
    ids=["plain", "in pieces", "no body", "larger than the buffer", "chunked"],
)
def test_the_client_reads_whole_answers(answering, pieces, met):
    """Status and length of the body, however it comes."""
    rider = Rider(answering(*pieces))
    took, *found = rider.send(rider.request(ENTRY))
    rider.close()
    assert (tuple(found), took > 0) == (met, True)


def test_the_client_says_when_an_answer_is_cut_off(answering):
    """A connection that closes early is an error, never a short answer."""
    rider = Rider(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"))
    with pytest.raises(ConnectionError):
        rider.send(rider.request(ENTRY))
    rider.close()
