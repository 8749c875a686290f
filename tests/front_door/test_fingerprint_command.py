"""`vimgate fingerprint`: what it says, its exit codes, its JSON, and the commands of docs/fingerprint.md."""

import json
import re
import shlex
import threading
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from werkzeug.serving import WSGIRequestHandler, make_server

from conformance.fingerprint.table import load_table
from conformance.fingerprint.weighing import Seen, weigh
from reference_server import create_app
from vimgate.cli import command
from vimgate.fingerprinting.showing import evidence, percent, spans

DOC = (Path(__file__).parents[2] / "docs" / "fingerprint.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    \$ vimgate (.*)$", DOC, re.MULTILINE)
SCHEMA = json.loads((files("vimgate") / "fingerprinting" / "fingerprint.schema.json").read_text(encoding="utf-8"))
ADDRESS = "http://127.0.0.1:4545"
PUBLISHED = "wsgi:reference_server:create_app"
TOKEN = "gAAAAAmade-up-token"
KINDS = {"id": "orchestration", "links": [{"rel": rel} for rel in ("self", "sw-patch", "sw-upgrade", "fw-update")]}
CLOSED = """
def create_app():
    def application(environ, start_response):
        start_response("403 Forbidden", [])
        return [b""]
    return application
"""


class _Quiet(WSGIRequestHandler):
    def log(self, *_):
        """Say nothing."""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the command in a folder of its own; exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def vimgate(*arguments, **environment):
        done = CliRunner().invoke(
            command, ["fingerprint", *arguments], env=environment, auto_envvar_prefix="VIMGATE", catch_exceptions=False
        )
        return done.exit_code, done.stdout, done.stderr

    return vimgate


@pytest.fixture
def address():
    """The address of a reference server of stx-3.0."""
    server = make_server("127.0.0.1", 0, create_app(release="stx-3.0"), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def files_of_the_page(tmp_path):
    """The files that the page names: two tokens, and two recordings."""
    (tmp_path / "token.txt").write_text(TOKEN, encoding="utf-8")
    (tmp_path / "reader.txt").write_text("another-token", encoding="utf-8")
    (tmp_path / "capture.har").write_text(har(ADDRESS), encoding="utf-8")
    (tmp_path / "several.har").write_text(har(ADDRESS, "http://other:4545"), encoding="utf-8")


def har(*sites):
    """A recording of sites that were asked for the links of release 4.0."""
    text = json.dumps(KINDS)
    entries = [
        {
            "request": {"method": "GET", "url": f"{site}/api/orchestration", "headers": [], "bodySize": 0},
            "response": {"status": 200, "headers": [], "content": {"text": text, "size": len(text)}},
            "startedDateTime": "2026-01-01T00:00:00Z",
            "time": 1,
        }
        for site in sites
    ]
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "test"}, "entries": entries}})


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_of_the_page_end_well(run, address, files_of_the_page, line):
    """A command that the page shows fails where its reader would run it."""
    asked = shlex.split(line)
    recorded = any(each.endswith(".har") for each in asked)
    code, output, _ = run(*(each if recorded else each.replace(ADDRESS, address) for each in asked[1:]))
    assert (asked[0], code, "stx-" in output, TOKEN in output) == ("fingerprint", 0, True, False)


def test_a_release_is_told_with_what_speaks_for_it_and_what_is_missing(run, address):
    """A person is told a release, and not why, what else it may be, or what to do next."""
    code, output, errors = run(address)
    lines = output.splitlines()
    assert (code, errors) == (0, "")
    assert lines[0].startswith(f"{address} behaves like stx-2018.10, stx-2.0 or stx-3.0 (confidence over 99 %; ")
    assert re.search(
        r"^for +an unknown query argument +refused with 400 +refused with 400 +stx-2018.10 to", output, re.MULTILINE
    )
    assert (
        "Would tell them apart: name of the worker members (any strategy): stx-2018.10: compute-apply-type;" in output
    )
    assert "Cannot be told apart by reading: stx-2.0 and stx-3.0." in output
    assert "no strategy showed this; ask again while one of that kind exists." in output
    assert lines[-1] == f"Next: vimgate certify {address} --release stx-3.0"


@pytest.mark.parametrize(
    ("given", "code", "outcome"), [(PUBLISHED, 0, "told"), ("wsgi:closed:create_app", 3, "little")]
)
def test_the_document_has_everything(run, tmp_path, monkeypatch, given, code, outcome):
    """A program is told another thing than a person, or in another form than was promised."""
    (tmp_path / "closed.py").write_text(CLOSED, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    done, output, _ = run(given, "--json")
    value = json.loads(output)
    jsonschema.Draft202012Validator(SCHEMA).validate(value)
    assert (done, value["outcome"]) == (code, outcome)
    assert len(value["seen"]) + len(value["unseen"]) == len(load_table().signs)
    assert (value["releases"], value["next"]) == (
        (["published"], f"vimgate certify {PUBLISHED} --release published") if outcome == "told" else ([], "")
    )


def test_what_is_no_vim_is_no_release(run, tmp_path, monkeypatch):
    """A web server is taken for a VIM of some release."""
    (tmp_path / "elsewhere.py").write_text(CLOSED.replace("403 Forbidden", "404 Not Found"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    code, output, _ = run("wsgi:elsewhere:create_app")
    assert (code, output.splitlines()[0].partition("behaves like ")[2]) == (
        1,
        "no release that is known: nothing there answers as a VIM does",
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "name the URL of the deployment"),
        (["nothing.har"], 2, "there is no such file"),
        (["notes.txt"], 2, "is no recording"),
        (["ftp://there"], 2, "there is no such file"),
        (["."], 2, "is no file; name a recording, or a URL"),
        ([f"me:{TOKEN}@there:4545"], 2, "'there:4545': there is no such file"),
        (["http://there:0"], 2, "port 0"),
        (["http://127.0.0.1:1", "--site", "http://there"], 2, "--site is for a recording"),
        (["http://127.0.0.1:1"], 3, "the connection was refused or broke; correct the URL, or try again later"),
        (["http://127.0.0.1:1", "--token-file", "none.txt"], 2, "the token cannot be read"),
        (["http://127.0.0.1:1", "--ca", "notes.txt"], 2, "holds no certificates"),
        (["http://127.0.0.1:1", "--reader-token-file", "notes.txt"], 2, "and no first one"),
        (["several.har"], 2, "name one of them with --site: http://127.0.0.1:4545, http://other:4545"),
        (["several.har", "--site", "http://third:1"], 2, "holds nothing of http://third:1; name one of"),
    ],
)
def test_bad_input_is_told(run, tmp_path, files_of_the_page, arguments, code, said):
    """Bad input gives a traceback, another exit code, or no word of what to do."""
    (tmp_path / "notes.txt").write_text("notes", encoding="utf-8")
    done, output, errors = run(*arguments)
    assert (done, output, said in errors, TOKEN in errors) == (code, "", True, False), errors


def test_what_is_told_of_a_recording_is_bounded(run, tmp_path):
    """Thousands of damages, or of deployments, are told one by one."""
    (tmp_path / "many.har").write_text(har(*(f"http://{number}:1" for number in range(12))), encoding="utf-8")
    (tmp_path / "broken.jsonl").write_text('{"request": }\n' * 30, encoding="utf-8")
    _, _, errors = run("many.har")
    assert ("http://9:1, and 2 more" in errors, "http://10:1" in errors) == (True, False)
    code, _, errors = run("broken.jsonl")
    assert (code, len(errors.splitlines()), "and 10 more places" in errors) == (3, 21, True)


def test_a_recording_is_told_and_what_is_broken_in_it(run, files_of_the_page, tmp_path):
    """The signs of a recording are lost because its end is, or nobody hears of that."""
    (tmp_path / "cut.har").write_text(har(ADDRESS)[:-3], encoding="utf-8")
    code, output, errors = run("cut.har")
    assert (code, "behaves like stx-4.0 (confidence" in output, errors.startswith("cut.har: ")) == (0, True, True)


def test_a_mixed_recording_says_what_else_was_seen():
    """A recording over an upgrade is told as if there had been one release."""
    sign = load_table().signs[0]
    seen = Seen(sign, sign.shows["stx-4.0"][0], "GET /api/orchestration", 2, (sign.shows["stx-9.0"][0],))
    cells = list(evidence(weigh(load_table(), [seen])).columns[2].cells)
    assert "(also sw-patch sw-upgrade system-config-update" in cells[0]


def test_likelihoods_and_spans_are_for_people():
    """Somebody is told more digits than there is reason for, or a list where a span would do."""
    order = ("published", "stx-1", "stx-2", "stx-3", "stx-4")
    assert [percent(each) for each in (1.0, 0.99, 0.334, 0.01, 0.0)] == [
        "over 99 %",
        "99 %",
        "33 %",
        "1 %",
        "under 1 %",
    ]
    assert spans(["stx-4", "published", "stx-1", "stx-2"], order) == "published, stx-1 to stx-2, stx-4"
