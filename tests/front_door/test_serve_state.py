"""`vimgate serve --state FILE`: stopped, killed and started again it goes on; a wrong file is said and left alone."""

import signal
import sqlite3

import pytest

UPGRADE = "/api/orchestration/sw-upgrade/strategy"
BODY = {"storage-apply-type": "serial", "worker-apply-type": "serial"}


@pytest.fixture
def state(tmp_path):
    """Where a server keeps its state."""
    return tmp_path / "state.db"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_goes_on_where_it_was(serve, state, number):
    """A strategy rests as it did after Ctrl-C, SIGTERM and kill -9, and the second start says what it found."""
    first = serve("--state", str(state), "--speed", "1000")
    first.send("POST", UPGRADE, json=BODY)
    first.wait_for("ready-to-apply")
    before = first.send("GET", UPGRADE).json()["strategy"]
    code, _, errors = first.stop(number)
    assert (code, errors) == (-signal.SIGKILL if number is signal.SIGKILL else 0, "")
    second = serve("--state", str(state))
    after = second.send("GET", UPGRADE).json()["strategy"]
    members = ("uuid", "state", "apply-phase", "abort-phase")
    assert [after[member] for member in members] == [before[member] for member in members]
    assert f"state {state} (new)" in first.greeting[0]
    assert f"state {state} (resumed a sw-upgrade strategy, ready-to-apply)" in second.greeting[0]


def test_a_stopped_server_leaves_one_file(serve, state):
    """After SIGTERM everything is in the one file, which can be copied; an empty state is said to be one."""
    server = serve("--state", str(state))
    server.send("GET", "/")
    assert server.stop(signal.SIGTERM)[0] == 0
    assert [path.name for path in state.parent.iterdir()] == ["state.db"]
    assert f"{state} (no strategy)" in serve("--state", str(state)).greeting[0]


def test_what_happens_by_itself_is_kept(serve, state):
    """What happened while nobody asked is in the file when the server is killed."""
    first = serve("--state", str(state), "--speed", "1000", "--json-log")
    first.send("POST", UPGRADE, json=BODY)
    first.wait_for("ready-to-apply")
    first.send("POST", f"{UPGRADE}/actions", json={"action": "apply-all"})
    first.stop(signal.SIGKILL)
    assert "resumed a sw-upgrade strategy, a" in serve("--state", str(state)).greeting[0]


def test_a_frozen_clock_is_said_or_thawed(serve, state):
    """A clock that was frozen stays so, and it is said, where control can thaw it; else it runs."""
    first = serve("--state", str(state), "--speed", "1000", "--control")
    name, _, token = first.greeting[1].partition(": ")
    first.send("POST", "/_control/clock", json={"frozen": True}, headers={name: token})
    first.send("POST", UPGRADE, json=BODY)
    first.stop()
    second = serve("--state", str(state), "--speed", "1000", "--control")
    assert "clock system x1000 frozen, " in second.greeting[0]
    second.stop()
    third = serve("--state", str(state), "--speed", "1000")
    assert "clock system x1000, " in third.greeting[0]
    third.wait_for("build-timeout")  # the answers to its queries were lost with the first server


def test_two_servers_do_not_share_a_file(serve, run, state):
    """A file that another server has open is refused, and that server goes on."""
    server = serve("--state", str(state))
    code, output, errors = run("--state", str(state))
    assert (code, output, server.send("GET", "/").status_code) == (2, "", 200)
    assert f"Error: {state} is in use" in errors


@pytest.mark.parametrize(
    ("arguments", "word"), [(("--release", "stx-3.0"), "release"), (("--world", "other.yaml"), "world")]
)
def test_a_state_of_something_else_is_refused(serve, run, state, tmp_path, monkeypatch, arguments, word):
    """A file that was begun with another world or release is refused, and can still be gone on with."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.yaml").write_text("hosts: [{name: controller-0, personality: controller}]\n")
    serve("--state", str(state)).stop()
    code, output, errors = run("--state", str(state), *arguments)
    assert (code, output) == (2, "")
    assert word in errors
    assert "(no strategy)" in serve("--state", str(state)).greeting[0]


def foreign(path):
    """A database of another program."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()


def text(path):
    """No database at all."""
    path.write_bytes(b"not a database, but longer than its header" * 9)


@pytest.mark.parametrize(
    "make",
    [foreign, text, lambda path: path.touch(), lambda path: path.mkdir()],
    ids=["foreign", "text", "empty", "folder"],
)
def test_a_wrong_file_is_said_and_left_alone(run, state, make):
    """What is no state file is one clear error, exit code 2, and stays byte for byte as it was."""
    make(state)
    before = state.is_file() and state.read_bytes()
    code, output, errors = run("--state", str(state))
    assert (code, output, errors.count("Error: ")) == (2, "", 1)
    assert str(state) in errors
    assert (state.is_file() and state.read_bytes()) == before
    assert [path.name for path in state.parent.iterdir()] == ["state.db"]


def test_a_folder_that_is_not_there_is_said(run, tmp_path):
    """A state file in a folder that is not there is one clear error, exit code 2."""
    code, output, errors = run("--state", str(tmp_path / "nowhere" / "state.db"))
    assert (code, output) == (2, "")
    assert "nowhere" in errors
