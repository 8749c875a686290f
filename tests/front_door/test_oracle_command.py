"""`vimgate oracle replay`: counts, what it shows, and one clear error for a broken corpus."""

import copy
import gzip
import json
import os
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from reference_server.engine.words import Kind
from reference_server.instant import planned_document
from reference_server.replay import read_cases
from reference_server.requests import parse_create
from reference_server.rulebooks import load_release
from reference_server.worlds.file import parse_world
from vimgate.commands.oracle import command

BODY = {f"{word}-apply-type": "serial" for word in ("controller", "storage", "worker")} | {
    "default-instance-action": "migrate"
}
WORLD = {
    "hosts": [{"name": name, "personality": "controller"} for name in ("controller-0", "controller-1")],
    "patches": [{"name": "P"}],
}


def recorded(name, release="stx-3.0"):
    """A case whose recorded document is that of this engine, with other dates and another uuid."""
    rules = load_release(release)
    request = parse_create(Kind.SW_PATCH, BODY, load_release("stx-3.0").wire)
    document = planned_document(request, parse_world(WORLD, name).fleet, rules, uuid="recorded", now=1e9)
    return {"id": name, "kind": "sw-patch", "request": BODY, "world": WORLD, "expect": copy.deepcopy(document)}


def without(case, *path):
    """The case without the member at that path."""
    case = copy.deepcopy(case)
    place = case
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    return case


def altered(case):
    """Give a step of the recorded document another timeout."""
    case["expect"]["strategy"]["apply-phase"]["stages"][0]["steps"][1]["timeout"] = 901
    return case


def lines(*cases):
    """A corpus of these cases."""
    return b"".join(json.dumps(case).encode() + b"\n" for case in cases)


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """Writes a corpus into an empty current folder."""
    monkeypatch.chdir(tmp_path)
    return lambda data, name="cases.jsonl": Path(name).write_bytes(data)


def replay(*arguments):
    """Run the command."""
    return CliRunner().invoke(command, ["replay", *arguments])


def last_line(result):
    """The counts."""
    return result.stdout.splitlines()[-1]


def test_equal_cases_exit_0(corpus):
    """Cases that agree are counted as different."""
    corpus(lines(recorded("a"), recorded("b")))
    result = replay("cases.jsonl")
    assert (result.exit_code, last_line(result)) == (0, "2 cases, 2 equal, 0 different")


def test_a_compressed_corpus_is_read_beside_a_plain_one(corpus):
    """A .jsonl.gz file is not read, or only one of two files is counted."""
    corpus(lines(recorded("a")) + b"\n")
    corpus(gzip.compress(lines(recorded("b"), recorded("c"))), "more.jsonl.gz")
    assert last_line(replay("cases.jsonl", "more.jsonl.gz")) == "3 cases, 3 equal, 0 different"


def test_a_different_case_exits_1_and_is_named(corpus):
    """A recorded document that differs is not found, or not named."""
    corpus(lines(recorded("a"), altered(recorded("b"))))
    result = replay("cases.jsonl")
    assert (result.exit_code, last_line(result)) == (1, "2 cases, 1 equal, 1 different")
    assert "different: b;" in result.stdout


def test_another_release_differs(corpus):
    """--release has no effect on what is built."""
    corpus(lines(recorded("a", "published") | {"request": BODY | {"swift-apply-type": "ignore"}}))
    assert [replay("--release", name, "cases.jsonl").exit_code for name in ("published", "stx-3.0")] == [0, 1]


def test_show_puts_the_differences_side_by_side(corpus):
    """--show does not tell place, recorded and built value of a difference."""
    corpus(lines(recorded("a"), altered(recorded("b"))))
    shown = replay("--show", "b", "cases.jsonl").stdout
    assert "b (cases.jsonl:2), differences: 1" in shown
    assert "901" in shown
    assert "900" in shown
    assert "/strategy/apply-phase/stages/0/steps/1" in shown.replace("\n", "")


def test_show_says_that_a_case_is_equal(corpus):
    """--show of a case that agrees prints nothing about it."""
    corpus(lines(recorded("a")))
    assert "a (cases.jsonl:1): equal" in replay("--show", "a", "cases.jsonl").stdout


BROKEN = {
    "empty": (b"", "cases.jsonl: is empty"),
    "blank": (b"\n  \n", "cases.jsonl: is empty"),
    "not JSON": (lines(recorded("a")) + b"{\n", "cases.jsonl:2: not JSON"),
    "a number without end": (b"9" * 5000 + b"\n", "cases.jsonl:1: "),
    "not UTF-8": (b"\xff\n", "cases.jsonl:1: "),
    "a list": (b"[]\n", "cases.jsonl:1: "),
    "nested too deeply": (b"[" * 100_000 + b"\n", "cases.jsonl:1: nested too deeply"),
    "no world": (lines(without(recorded("a"), "world")), "cases.jsonl:1: "),
    "no document": (lines(without(recorded("a"), "expect", "strategy")), "cases.jsonl:1: /expect"),
    "unknown kind": (lines(recorded("a") | {"kind": "fw-update"}), "cases.jsonl:1: /kind"),
    "world with an unknown field": (lines(recorded("a") | {"world": WORLD | {"moon": 1}}), "cases.jsonl:1: /world: "),
    "dangling instance": (
        lines(recorded("a") | {"world": WORLD | {"instances": [{"name": "vm", "host": "x"}]}}),
        "cases.jsonl:1: /world: /instances/0/host: there is no 'x' among the hosts",
    ),
    "refused request": (lines(recorded("a") | {"request": {}}), "cases.jsonl:1: /request: refused by release stx-3.0"),
}


@pytest.mark.parametrize(("data", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_corpus_is_one_clear_error(corpus, data, message):
    """A broken corpus ends with another code than 2, with counts or a traceback, or without file and line."""
    corpus(data)
    result = replay("cases.jsonl")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_what_was_compared_is_told_when_somebody_stops_it(corpus, monkeypatch):
    """Ctrl-C loses the counts of what was compared until then."""
    cases = iter(read_cases(Path("cases.jsonl")))
    corpus(lines(altered(recorded("\ud800a")), recorded("b")))

    def read(_):
        yield next(cases)
        raise KeyboardInterrupt

    monkeypatch.setattr("vimgate.commands.oracle.plans.read_cases", read)
    result = replay("cases.jsonl")
    assert (result.exit_code, last_line(result)) == (3, "1 cases, 0 equal, 1 different")
    assert ("different: \\ud800a;" in result.stdout, "stopped before the end" in result.stderr) == (True, True)


PACKED = gzip.compress(lines(*(recorded(str(number)) for number in range(3))), mtime=0)
BROKEN_PACKED = {
    "cut off": (PACKED[:-20], "cases.jsonl.gz"),
    "not gzip": (lines(recorded("a")), "cases.jsonl.gz:1: the gzip stream is broken"),
    "damaged": (PACKED[:40] + bytes(60) + PACKED[100:], "cases.jsonl.gz:1: the gzip stream is broken"),
}


@pytest.mark.parametrize(("data", "message"), BROKEN_PACKED.values(), ids=BROKEN_PACKED)
def test_a_broken_compressed_corpus_is_one_clear_error(corpus, data, message):
    """A broken .gz file ends with another code than 2, or with a traceback."""
    corpus(data, "cases.jsonl.gz")
    result = replay("cases.jsonl.gz")
    assert (result.exit_code, message in result.stderr) == (2, True)
    assert isinstance(result.exception, SystemExit)


@pytest.mark.usefixtures("corpus")
def test_a_corpus_that_is_not_there_is_one_clear_error():
    """A missing corpus ends with another code than 2."""
    result = replay("nowhere.jsonl")
    assert (result.exit_code, "nowhere.jsonl: cannot be read" in result.stderr) == (2, True)


def test_an_unknown_id_is_one_clear_error(corpus):
    """--show of an id that is not there passes in silence."""
    corpus(lines(recorded("a")))
    result = replay("--show", "z", "cases.jsonl")
    assert (result.exit_code, "no case has the id 'z'" in result.stderr) == (2, True)


FOLDER = os.environ.get("VIMGATE_CORPUS")


@pytest.mark.skipif(not FOLDER, reason="VIMGATE_CORPUS names no corpus")
def test_every_recorded_case_of_3_0_is_equal():
    """This engine plans some recorded case otherwise than StarlingX 3.0.0 did."""
    result = replay(str(Path(FOLDER or "") / "plans-3.0.jsonl.gz"))
    assert (result.exit_code, last_line(result)) == (0, "1000 cases, 1000 equal, 0 different")


LATER = {"4.0": 250, "5.0": 250, "6.0": 250, "7.0": 250, "8.0": 700, "9.0": 250}
EVERY = 5
"""Of so many recorded cases of a later release one is built."""


@pytest.mark.skipif(not FOLDER, reason="VIMGATE_CORPUS names no corpus")
@pytest.mark.parametrize(("release", "cases"), LATER.items())
def test_recorded_cases_of_later_releases_are_equal(corpus, release, cases):
    """This engine plans some recorded case otherwise than the StarlingX of that release did."""
    with gzip.open(Path(FOLDER or "") / f"plans-{release}.jsonl.gz") as packed:
        corpus(b"".join(islice(packed, None, None, EVERY)))
    result = replay("--release", f"stx-{release}", "cases.jsonl")
    count = cases // EVERY
    assert (result.exit_code, last_line(result)) == (0, f"{count} cases, {count} equal, 0 different")
