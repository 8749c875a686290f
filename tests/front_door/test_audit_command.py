"""`vimgate audit`: what it says, which exit code it ends in, and that what befalls one recording befalls no other."""

import gzip
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow

from conformance.exchange import Exchange
from proxy.archive import Archive
from proxy.audited import Audited
from proxy.traffic import Action, Passage
from vimgate.auditing import telling, work
from vimgate.commands.audit import command
from vimgate.commands.fleet.audit import command as fleet_audit

STRATEGY = "/api/orchestration/sw-patch/strategy"
COMMAND = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()", "audit")
LIMIT = 180  # seconds
TOKEN = "gAAAAAmade-up-token"


def line(method="GET", status=404, body='{"faultstring": "none"}', path=STRATEGY, **more):
    """A line of an exchange: by default what a conformant server answers that has no strategy."""
    answer = {"status": status, "headers": [["Content-Type", "application/json"]], "body": body}
    asked = {"method": method, "path": path, "headers": {"X-Auth-Token": TOKEN}, "body": None}
    return json.dumps({"session": "one", "history": True, "request": asked, "response": answer} | more).encode() + b"\n"


BAD = line(status=200, body="<html>")
ODD = line(method="PUT", status=405)


@pytest.fixture
def audit(tmp_path, monkeypatch):
    """Runs the command in a folder with these files; exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(arguments, **files):
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        done = CliRunner().invoke(command, arguments.split(), catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (line(), 0, "conformant"),
        (line() + BAD, 1, "not-conformant"),
        (line() + ODD, 0, "conformant"),
        (b"", 3, "incomplete"),
        (line() + b"{", 3, "incomplete"),
        (BAD + b"{", 1, "not-conformant"),
        (gzip.compress(line() * 99, mtime=0)[:-20], 3, "incomplete"),
        (b'{"log": {"entries": [', 3, "incomplete"),
        (b"99:", 3, "incomplete"),
        (b'{"request": 1, "response": 2}', 3, "incomplete"),
    ],
    ids=["good", "bad", "odd request", "empty", "cut off", "bad and cut off", "gzip", "HAR", "flows", "nonsense"],
)
def test_exit_codes(audit, data, code, word):
    """The exit code is that of the verdict, and the verdict is the last line; nothing is a traceback."""
    came, output, errors = audit("one", one=data)
    assert (came, output.splitlines()[-1].split()[:2]) == (code, ["VERDICT", word])
    assert "Traceback" not in output + errors


def test_what_is_said(audit):
    """A line for each file, the findings as a table with answers first, why, and the verdict."""
    code, output, errors = audit("good bad", good=line(), bad=line() + BAD + ODD + b"{\n")
    lines = output.splitlines()
    assert code == 1
    assert lines[0] == "good: JSON lines, 1 exchange, 1 judged, 0 findings"
    assert lines[1].startswith("bad: JSON lines, 3 exchanges, 3 judged, ")
    assert errors.startswith("bad: line 4 (byte ")
    rows = [each.split()[:3] for each in lines[4 : lines.index("", 4)]]
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)
    assert {"answer", "request"} == {row[1] for row in rows}
    assert all(each.split()[5:7] == ["of", "bad"] for each in lines[4 : lines.index("", 4)])
    assert lines[-2].startswith("NOT CONFORMANT: ")
    assert " files=2 exchanges=4 judged=4 " in lines[-1]


def test_json_is_one_document(audit):
    """With --json, stdout is one JSON value with the same in it."""
    code, output, _ = audit("good bad --json", good=line(), bad=BAD + b"{\n")
    told = json.loads(output)
    assert (told["exit_code"], told["outcome"]) == (code, "not-conformant")
    assert [(each["file"], each["judged"], len(each["problems"])) for each in told["files"]] == [
        ("good", 1, 0), ("bad", 1, 1),
    ]  # fmt: skip
    assert sum(each["times"] for each in told["findings"]) == told["files"][1]["findings"] > 0
    assert {each["file"] for each in told["findings"]} == {"bad"}


GONE = line(status=500, body='{"faultcode": "Server", "faultstring": "[Errno 111] Connection refused"}')
NONE = line(status=200, body='{"strategy": null}')


def test_findings_are_told_by_deviations_of_the_release(audit):
    """What every deployment of a release does has its number, and counts all the same; other findings have none."""
    code, output, _ = audit("one --explain-by stx-3.0", one=NONE + NONE + GONE + BAD)
    table = [each.split() for each in output.splitlines()]
    assert code == 1
    assert ["VIM-PGET-012", "answer", "FAIL", "3", "1", "D3-04", "2"] in [row[:7] for row in table]
    assert "\nDeviations of stx-3.0: D3-04 (2), D3-40 (1); 2 findings of none.\n" in output


def test_json_tells_the_deviations(audit):
    """Under its own release those are named that it keeps; the document says what each is about."""
    code, output, _ = audit("one --release stx-3.0 --json", one=NONE + GONE)
    told = json.loads(output)
    assert (code, told["explained_by"]) == (1, "stx-3.0")
    assert [(each["id"], each["group"], each["times"]) for each in told["deviations"]] == [("D3-40", "contradicts", 1)]
    assert [each["deviations"] for each in told["findings"]] == [{"D3-40": 1}]


def test_quiet_says_the_verdict_alone(audit):
    """With --quiet there is one line."""
    code, output, errors = audit("one --quiet", one=BAD + b"{\n")
    assert (code, len(output.splitlines()), errors) == (1, 1, "")


def test_the_order_is_that_of_the_arguments(audit):
    """Whatever ends first: a long recording that comes first is told of first."""
    _, output, _ = audit("-n 2 long b a", long=line() * 400, a=line(), b=line())
    assert [each.partition(":")[0] for each in output.splitlines()[:3]] == ["long", "b", "a"]


def test_a_folder_is_all_recordings_in_it(audit, tmp_path):
    """Files in a folder and below it, by their names; what is none, hidden or empty is passed over."""
    (tmp_path / "folder" / "below").mkdir(parents=True)
    for name, data in {"b": line(), "a": line(), "below/c": line(), "README": b"text", ".d": line(), "e": b""}.items():
        (tmp_path / "folder" / name).write_bytes(data)
    code, output, _ = audit("folder folder/a")
    assert code == 0
    assert [each.partition(":")[0] for each in output.splitlines()[:3]] == ["folder/a", "folder/b", "folder/below/c"]
    assert " files=3 " in output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("nowhere", "there is no such file"),
        ("empty", "holds no recordings"),
        ("garbage", "is no recording"),
        ("/dev/null", "is no regular file"),
        ("good --only VIM-NONE-*", "names no requirement"),
        ("good --out good", "Directory 'good' is a file"),
        ("good --out good/below", "cannot be made"),
        ("good --release stx-99", "stx-99"),
        ("", "Missing argument"),
    ],
)
def test_wrong_use(audit, tmp_path, arguments, told):
    """What cannot be meant is said with what to write instead, before anything is judged."""
    (tmp_path / "empty").mkdir()
    code, output, errors = audit(arguments, good=line(), garbage=b"\0\1\2" * 99)
    assert (code, output) == (2, "")
    assert told in errors


def test_a_selection_is_partial(audit):
    """With --only, other requirements do not count, and the verdict says so."""
    code, output, _ = audit("one --only VIM-LIFE-*", one=BAD)
    assert (code, "selection=partial" in output) == (0, True)


def test_what_others_recorded(audit, tmp_path):
    """Flows of mitmproxy that are none of HTTP are counted, and other sites are."""
    with (tmp_path / "flows").open("wb") as file:
        for each in (tflow.ttcpflow(), tflow.tdnsflow(), tflow.twebsocketflow(), tflow.tflow(resp=True)):
            FlowWriter(file).add(each)
    code, output, errors = audit("flows")
    assert code == 3
    assert output.startswith(
        "flows: flow file, 1 exchange, 0 judged, 0 findings (1 of sites that are no VIM, 1 dns, 1 tcp, 1 websocket)"
    )
    assert errors == "flows: nothing in it was judged\n"


def test_a_process_that_dies_is_charged_to_its_file_alone(audit, monkeypatch, tmp_path):
    """Whatever kills a process, the other recordings are judged, and the run is incomplete."""
    victim = tmp_path / "b"
    monkeypatch.setattr(work, "Task", lambda name, function, arguments: _deadly(name, function, arguments, victim.name))
    code, output, errors = audit("a b c", a=line(), b=line(), c=line())
    assert (code, " judged=2 " in output) == (3, True)
    assert errors == "b: not read to its end: its process ended with exit code -9\n"


def _deadly(name, function, arguments, victim):
    from vimgate.pool import Task  # noqa: PLC0415 - the one that is replaced meanwhile

    dies = arguments[0].files[-1].name == victim
    return Task(name, *((signal.raise_signal, (signal.SIGKILL,)) if dies else (function, arguments)))


def test_memory_that_a_broken_file_wants_is_not_given(audit, monkeypatch):
    """A HAR that is nested without end is one broken file, and no machine on its knees."""
    monkeypatch.setattr("vimgate.commands.audit.Job", partial(work.Job, memory=200_000_000))
    nested = b'{"log": {"entries": [' + b"[" * 100_000
    code, output, errors = audit("a deep", a=line(), deep=nested)
    assert (code, " judged=1 " in output, errors.startswith("deep: ")) == (3, True, True)


def test_out_keeps_summary_and_evidence(audit, tmp_path):
    """The summary and the findings of one recording are in the folder, for its owner alone, without the token."""
    code, output, _ = audit("one --out kept", one=line() + BAD)
    files = {each.name: each for each in (tmp_path / "kept").iterdir() if each.is_file()}
    assert (code, output.splitlines()[-1].endswith(" report=kept")) == (1, True)
    assert {"summary.json", "summary.txt", "summary.html", "findings.jsonl"} <= files.keys()
    assert {each.stat().st_mode & 0o777 for each in files.values()} == {0o600}
    assert not any(TOKEN.encode() in each.read_bytes() for each in files.values())


def test_out_of_several_is_a_folder_each(audit, tmp_path):
    """Findings of several recordings do not mix."""
    audit("a b --out kept", a=BAD, b=BAD)
    assert (tmp_path / "kept" / "summary.html").is_file()
    assert (tmp_path / "kept" / "1-a" / "findings.jsonl").is_file()
    assert (tmp_path / "kept" / "2-b" / "findings.jsonl").is_file()


@pytest.fixture
def endless(tmp_path):
    """A recording that takes long enough to be stopped: a HAR of one entry after the other, in a pipe of its own."""
    file = tmp_path / "long"
    file.write_bytes(b"".join(line(session=str(number // 50)) for number in range(20_000)))
    return file


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_gets_what_was_judged(tmp_path, endless, number):
    """A signal ends the reading; what was judged is told, and the exit code is that of what is incomplete."""
    (tmp_path / "a").write_bytes(BAD)
    process = subprocess.Popen(
        [*COMMAND, "-n", "1", "a", "long"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    first = process.stdout.readline()
    os.kill(process.pid, number)
    output, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 3, errors
    assert first.startswith("a: ")
    assert output.splitlines()[-1].startswith("VERDICT incomplete files=2 ")
    assert errors == "long: stopped before its end\n"


def test_progress_is_shown_on_a_terminal(tmp_path, endless):
    """On a terminal a bar on stderr says how far the reading is; stdout is as ever."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"}
    with subprocess.Popen(
        [*COMMAND, "long"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True
    ) as process:
        os.close(theirs)
        shown, end = b"", time.monotonic() + LIMIT
        while b" exchanges" not in shown or b"/" not in shown:
            assert time.monotonic() < end, shown
            shown += os.read(ours, 65536)
        process.send_signal(signal.SIGINT)
        output = _drained(process, ours)
    os.close(ours)
    assert "\x1b" not in output
    assert output.startswith("long: JSON lines, ")


def _drained(process, terminal):
    """What the process writes to stdout until its end; its terminal is read meanwhile, so that it never waits."""
    output = process.stdout.read()
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # nobody has it open any more
        pass
    return output


def test_help_has_examples():
    """`--help` shows commands to copy."""
    output = CliRunner().invoke(command, ["--help"]).stdout
    assert "vimgate audit capture.har" in output


def test_histories_that_were_closed_early_are_told():
    """Who has more side by side than are followed at a time is told, and what to do about it."""
    (told,) = telling.damages(Audited(judged=70, closed_early=2))
    assert told.startswith("2 times a history went on after more than 64 others had been open beside it")
    assert "`vimgate fleet audit`" in told


def test_what_a_gateway_rotated_is_one_recording(tmp_path, monkeypatch):
    """A folder with the files of a capture is told as one recording, by its youngest file."""
    monkeypatch.chdir(tmp_path)
    with closing(Archive(tmp_path / "kept", har=True, most_bytes=9_000, most_files=30)) as archive:
        for number in range(1, 21):
            exchange = Exchange("GET", STRATEGY, 404, response_body=b"{}", at=1_700_000_000.0 + number)
            archive.keep(Passage(number, exchange, exchange.at - 0.1), (), Action.PASS)
    count = len(list((tmp_path / "kept").glob("capture*.har")))
    done = CliRunner().invoke(command, ["--out", "out", "kept"], catch_exceptions=False)
    assert count > 1
    assert done.stdout.startswith(f"kept/capture.har ({count} files): HAR, 20 exchanges, 20 judged, ")
    assert done.stdout.splitlines()[-1].startswith("VERDICT conformant files=1 exchanges=20 judged=20 ")
    assert (tmp_path / "out" / "findings.jsonl").is_file()


DOCUMENT = Path(__file__).parents[2] / "docs" / "audit.md"


@pytest.mark.parametrize("words", re.findall(r"^    vimgate (.+)$", DOCUMENT.read_text(), re.MULTILINE))
def test_commands_of_the_document_are_taken(words):
    """What docs/audit.md tells to type is what commands take."""
    name, *rest = shlex.split(words)
    taken = {"audit": command, "fleet": fleet_audit}[name]
    assert taken.make_context(name, rest[1:] if name == "fleet" else rest).params["paths"]
