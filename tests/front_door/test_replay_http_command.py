"""`vimgate oracle replay-http`: what it tells, how it leaves, and one clear error for a broken file."""

import copy
import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from reference_server.exchanges.deployment import Deployment
from reference_server.rulebooks import load_release
from reference_server.worlds.file import parse_world
from vimgate.commands.oracle import command

WORLD = {"hosts": [{"name": "controller-0", "personality": "controller"}], "patches": [{"name": "P"}]}
SETUPS = {
    "worlds": {"one": WORLD},
    "excluded": {"away": "Nobody was there."},
    "known": [{"number": 3, "differs": ["status"], "because": "A sentence of the record."}],
    "rules": [
        {"for": {}, "world": "one"},
        {"for": {"note": "odd"}, "known": 3},
        {"for": {"note": "away"}, "excluded": "away"},
    ],
}


def recorded(path, note="", session="links"):
    """A line of which the answer is that of our own server."""
    deployment = Deployment(parse_world(WORLD, "test"), load_release("stx-3.0"))
    answer = deployment.ask("GET", path, {}, None)
    response = {"status": answer.status, "headers": list(map(list, answer.headers.items())), "body": answer.body}
    request = {"method": "GET", "path": path, "headers": {}, "body": None}
    return {"session": session, "history": False, "note": note, "request": request, "response": response}


def altered(line, **response):
    """The line with another answer."""
    line = copy.deepcopy(line)
    line["response"] |= response
    return line


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """Writes a recording and its table into an empty current folder."""
    monkeypatch.chdir(tmp_path)
    Path("setups.yaml").write_text(yaml.safe_dump(SETUPS), encoding="utf-8")
    return lambda *lines: Path("lines.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8"
    )


def replay(*arguments):
    """Run the command."""
    return CliRunner().invoke(command, ["replay-http", "--setups", "setups.yaml", *arguments])


def last_line(result):
    """The totals."""
    return result.stdout.splitlines()[-1]


def test_equal_and_known_lines_exit_0(recording):
    """A known difference, or an excluded line, is a finding."""
    recording(recorded("/"), altered(recorded("/api", "odd"), status=203), altered(recorded("/", "away"), status=500))
    result = replay("lines.jsonl")
    assert (result.exit_code, last_line(result)) == (
        0,
        "3 lines: 2 compared, 1 equal (50.0 %), 1 known, 0 different; 1 excluded",
    )
    assert "known 3, line 2: A sentence of the record." in result.stdout
    assert "excluded 1: away. Nobody was there." in result.stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (altered(recorded("/api"), status=404), "status: recorded '404', here '200'"),
        (altered(recorded("/api"), headers=[]), "media type: recorded 'none', here 'application/json'"),
        (altered(recorded("/api"), body="[]"), "shape: recorded '[]', here '{versions"),
        (recorded("/api", "odd"), "known difference 3 is gone"),
    ],
)
def test_a_difference_is_listed_and_exits_1(recording, line, said):
    """A difference that nobody knows is not told, or does not count."""
    recording(recorded("/"), line)
    result = replay("lines.jsonl")
    assert (result.exit_code, said in result.stdout) == (1, True)
    assert "line 2 (links" in result.stdout
    assert last_line(result).endswith("1 different; 0 excluded")


def test_sessions_are_counted_one_by_one(recording):
    """Counts of one session stand under another."""
    recording(recorded("/"), recorded("/", session="more"), altered(recorded("/", session="more"), status=500))
    rows = [line.split() for line in replay("lines.jsonl").stdout.splitlines()]
    assert ["links", "1", "1", "0", "0", "0", "0"] in rows
    assert ["more", "2", "1", "0", "1", "0", "0"] in rows


def test_a_line_is_shown_side_by_side(recording):
    """--show keeps one of the two answers to itself."""
    recording(recorded("/"), altered(recorded("/api"), body="something else"))
    told = replay("--show", "2", "lines.jsonl").stdout
    assert 'here:     200 application/json \'{"versions"' in told
    assert "recorded: 200 application/json 'something else'" in told


def test_foreign_text_moves_no_cursor(recording):
    """A recorded text is written to the terminal as it is."""
    line = altered(recorded("/", note="\x1b[2J"), body="\x1b[2J")
    line["session"] = "\x1b[1m"
    recording(line)
    assert "\x1b" not in replay("--show", "1", "lines.jsonl").stdout


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "is empty"),
        ("{", "lines.jsonl:1: not JSON"),
        ('{"session": "a"}\n', "lines.jsonl:1"),
        (json.dumps(recorded("/")) + "\n[]\n", "lines.jsonl:2"),
    ],
)
def test_a_broken_recording_exits_2(recording, data, said):
    """A broken line ends in a traceback, in exit 1, or without its place."""
    recording()
    Path("lines.jsonl").write_text(data, encoding="utf-8")
    result = replay("lines.jsonl")
    assert (result.exit_code, said in result.stderr, "Traceback" in result.stderr) == (2, True, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.jsonl"], "missing.jsonl: cannot be read"),
        (["--setups", "missing.yaml", "lines.jsonl"], "there is no table of setups at missing.yaml"),
        (["--setups", "lines.jsonl", "lines.jsonl"], "lines.jsonl"),
        (["--show", "9", "lines.jsonl"], "has no line 9"),
        (["--show", "0", "lines.jsonl"], "--show"),
        (["--release", "none", "lines.jsonl"], "--release"),
    ],
)
def test_wrong_use_exits_2(recording, arguments, said):
    """Wrong use ends in another exit code, or without saying what is wrong."""
    recording(recorded("/"))
    result = replay(*arguments)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_the_default_table_is_that_of_the_repository(recording):
    """Without a table the error does not say how to name one."""
    recording(recorded("/"))
    result = CliRunner().invoke(command, ["replay-http", "lines.jsonl"])
    assert (result.exit_code, "tests/replay/setups.yaml; name one with --setups FILE" in result.stderr) == (2, True)
