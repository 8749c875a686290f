"""`vimgate compare`: what it takes for a side, what it says, and which exit code it ends in."""

import gzip
import json
import socket
from importlib.resources import files

import jsonschema
import pytest
from click.testing import CliRunner

from conformance.targets.target import Target
from reports import stream
from reports.model import Level, Report, Result, Run, Strength, Verdict
from vimgate.commands.compare import command

PATCH = "/api/orchestration/sw-patch/strategy"
EMBEDDED = "wsgi:reference_server:create_app"
TOKEN = "a-token-of-somebody-0123456789"
SCHEMA = json.loads((files("proxy.comparing") / "comparison.schema.json").read_text(encoding="utf-8"))


def line(method="GET", status=200, value=None, path="/api", **more):
    """A line of an exchange."""
    headers = [["Content-Type", "application/json"], ["Date", "Mon, 30 Nov 2026 01:02:03 GMT"]]
    answer = {"status": status, "headers": headers, "body": json.dumps(value or {"versions": []})}
    asked = {"method": method, "path": path, "headers": {"X-Auth-Token": TOKEN}, "body": None}
    return json.dumps({"session": "one", "history": True, "request": asked, "response": answer} | more).encode() + b"\n"


def report(verdict=Verdict.PASS):
    """A report of one requirement."""
    result = Result("VIM-API-001", verdict, Strength.MUST, Level.WIRE, "It answers.", "a source")
    return Report(Run("http://a", "published", 1, "allowed", "2026-11-30T01:00:00Z"), (result,))


NULL = line(path=PATCH, value={"strategy": None})
NONE = line(path=PATCH, status=404, value={"faultstring": "There is none."})
SECRET = line(path="/api/orchestration", status=404, value={"faultstring": f"who is {TOKEN}"})


@pytest.fixture
def compare(tmp_path, monkeypatch):
    """Runs the command in a folder with these files; exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **contents):
        for name, data in contents.items():
            (tmp_path / name).write_bytes(data)
        done = CliRunner().invoke(command, arguments, catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        (line(), line(), 0, "NOTHING CHANGED: 1 question compared."),
        (line(), gzip.compress(line()), 0, "NOTHING CHANGED"),
        (line(), line(status=500), 1, "CHANGED: 1 difference, 0 of them expected"),
        (line() + NONE, line() + NULL, 1, "null for a strategy"),
        (line(), line() + b"{", 3, "note: new: line 2"),
        (line(), line(status=500) + b"{", 1, "note: new: line 2"),
        (line(), line(path="/api/orchestration"), 3, "nothing in common"),
        (line(), b"", 3, "nothing in common"),
    ],
    ids=["same", "gzip", "changed", "null", "cut off", "changed and cut off", "others", "empty"],
)
def test_captures(compare, old, new, code, said):
    """The exit code of two captures is another one, or what is said does not say why."""
    came, output, errors = compare("old", "new", old=old, new=new)
    assert (came, errors) == (code, "")
    assert said in output


def test_what_the_releases_explain_does_not_count(compare):
    """An upgrade that does what its release says ends in 1."""
    code, output, _ = compare(
        "old", "new", "--old-release", "published", "--new-release", "stx-3.0", old=line() + NONE, new=line() + NULL
    )
    assert code == 0
    assert output.startswith("NOTHING UNEXPECTED: 1 difference, all of them expected; 2 questions compared.")
    assert "expected D3-04, VIM-PGET-012" in output


def test_json_is_one_document(compare):
    """The document is another than its schema says, holds a secret, or the exit code is another."""
    releases = ("--old-release", "published", "--new-release", "stx-3.0")
    code, output, _ = compare(
        "old", "new", "--json", *releases, old=line() + SECRET, new=line(status=500) + NULL + SECRET
    )
    value = json.loads(output)
    jsonschema.validate(value, SCHEMA)
    assert (code, value["exit_code"], value["unexpected"], value["releases"]) == (1, 1, 1, ["published", "stx-3.0"])
    assert [each["what"] for each in value["differences"]] == ["status"]
    assert value["new_only"] == [f"GET {PATCH} (no strategy)"]
    assert TOKEN not in output


def test_no_secret_is_said(compare):
    """A token that an answer repeats is said."""
    _, output, _ = compare("old", "new", old=SECRET, new=SECRET.replace(b"404", b"400"))
    assert "answered otherwise" in output
    assert TOKEN not in output


def test_a_target_is_read_and_nothing_else(compare, monkeypatch):
    """A target differs from itself, or is asked for something that may change it."""
    sent = set()
    send = Target.send
    monkeypatch.setattr(
        Target, "send", lambda self, method, *a, **o: (sent.add(method), send(self, method, *a, **o))[1]
    )
    code, output, _ = compare(EMBEDDED, EMBEDDED)
    assert (code, output.split(":")[0]) == (0, "NOTHING CHANGED")
    assert sent == {"GET", "OPTIONS"}


def test_a_target_against_a_capture(compare):
    """What both have is not compared because the clients of the capture had tokens."""
    code, output, _ = compare("old", EMBEDDED, old=line(path="/api/nothing", status=200) + line(path="/other"))
    assert (code, "GET /api/nothing: is answered otherwise" in output) == (1, True)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [(Verdict.PASS, Verdict.PASS, 0), (Verdict.PASS, Verdict.FAIL, 1), (Verdict.FAIL, Verdict.PASS, 0)],
)
def test_reports(compare, tmp_path, old, new, code):
    """Two reports are compared otherwise than by `vimgate report diff`."""
    for name, verdict in (("old", old), ("new", new)):
        stream.write(report(verdict), tmp_path / name / "report.jsonl")
    came, output, _ = compare("old", "new")
    assert (came, output.startswith("BROKEN" if code else "NOTHING BROKEN")) == (code, True)
    came, output, _ = compare("old", "new", "--json")
    assert json.loads(output)["format"] == "vimgate-difference"


def test_no_half_of_a_secret_is_said(compare):
    """A token that stands where a text is cut is said but for its last letters."""
    texts = [line(status=404, value={"faultstring": f"{'no ' * many}{TOKEN} {'no ' * 99}"}) for many in range(35, 75)]
    for text in texts:
        for form in ((), ("--json",)):
            _, output, _ = compare("old", "new", *form, old=text, new=text.replace(b"404", b"400"))
            assert ("answered otherwise" in output, TOKEN[:5] in output) == (True, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("reported", "old"), "a report is compared with a report alone"),
        (("reported", EMBEDDED), "a report is compared with a report alone"),
        (("old", "missing"), "there is no such file or folder"),
        (("old", "odd"), "is no recording"),
        (("old", "old", "--old-release", "stx-3.0"), "belong together"),
        (("old", "old", "--old-release", "stx-0.1"), "is not one of"),
        (("reported", "reported", "--old-release", "stx-3.0", "--new-release", "stx-3.0"), "names its release itself"),
        (("old", "wsgi:nowhere"), "wsgi:"),
        (("old", "http://"), "http://host:port"),
        (("old", EMBEDDED, "--new-token-file", "missing"), "token cannot be read"),
        (("old", EMBEDDED, "--old-token-file", "missing"), "says who asks old, which is a capture; leave it out"),
        (("old", ""), "there is no such file or folder; name a recording, a report, or a URL"),
        (("old", f"me:{TOKEN}@host:4545"), "'host:4545': there is no such file or folder"),
        (("old", f"http://host/?token={TOKEN}"), "has a query"),
    ],
    ids=[
        "capture",
        "target",
        "missing",
        "no recording",
        "one release",
        "no release",
        "release of a report",
        "no target",
        "no URL",
        "no token",
        "token for a capture",
        "nothing",
        "no scheme",
        "query",
    ],
)
def test_wrong_use(compare, tmp_path, arguments, said):
    """Bad input is a traceback, or an error that does not say what to do."""
    stream.write(report(), tmp_path / "reported" / "report.jsonl")
    code, output, errors = compare(*arguments, old=line(), odd=b"odd")
    assert (code, output) == (2, "")
    assert said in errors.replace("\n", " ")
    assert TOKEN not in errors


def test_a_token_that_no_header_carries(compare, monkeypatch):
    """A token with a space before it is a traceback."""
    monkeypatch.setenv("VIMGATE_TOKEN", f" {TOKEN}")
    code, output, errors = compare("old", EMBEDDED, old=line())
    assert (code, output, "$VIMGATE_TOKEN holds no token" in errors, TOKEN in errors) == (2, "", True, False)


CLOSED = b"""
def create_app():
    def application(environ, start_response):
        start_response("403 Forbidden", [])
        return [b""]
    return application
"""


def test_two_that_turn_everybody_away_are_not_alike(compare, monkeypatch, tmp_path):
    """Who forgot the token, or asks a gateway before a server that is down, is told that nothing changed, with 0."""
    monkeypatch.syspath_prepend(tmp_path)
    code, output, _ = compare(
        "wsgi:turning_away:create_app", "wsgi:turning_away:create_app", **{"turning_away.py": CLOSED}
    )
    notes = [each for each in output.splitlines() if each.startswith("note: wsgi:turning_away:create_app: no answer")]
    assert (code, len(notes), "--token-file" in notes[0]) == (3, 2, True)


def test_nobody_there(compare):
    """A target that does not answer is taken for one that changed."""
    with socket.socket() as taken:  # and nobody listens
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        code, output, errors = compare("old", f"http://127.0.0.1:{port}", old=line())
    assert (code, output) == (3, "")
    assert errors.startswith(f"Error: http://127.0.0.1:{port} gave no answer")
    assert errors.endswith("correct the URL, or try again later\n")
