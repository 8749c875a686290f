"""The findings log says what was noticed, once for each cause and then ever more rarely, and where the evidence is."""

import json
from importlib.resources import files

import jsonschema
import pytest

from proxy.traffic import Action

SCHEMAS = {
    name: jsonschema.Draft202012Validator(
        json.loads(files("proxy.archive").joinpath(f"{name}.schema.json").read_text())
    )
    for name in ("findings", "evidence")
}


@pytest.mark.parametrize("name", ["findings", "evidence"])
def test_each_line_is_as_the_schema_says_in_the_order_of_the_schema(keeper, name):
    """Whoever reads the schema can read the files."""
    kept = keeper(about={"release": "published"})
    kept.keep("VIM-A-001", "VIM-A-002")
    kept.keep("VIM-A-001", status=0, response_body=b"", response_headers=(), action=Action.BLOCK)
    kept.keep("VIM-A-001", request_body=b"\xff\x00", method="POST")
    kept.keep(response_body=b"nothing is wrong here")
    kept.archive.note("resuming")
    kept.archive.close()
    lines = kept.lines(f"{name}.jsonl")
    assert [error.message for line in lines for error in SCHEMAS[name].iter_errors(line)] == []
    definitions = SCHEMAS[name].schema["$defs"]
    assert [list(line) for line in lines] == [list(definitions[line["line"]]["properties"]) for line in lines]


def test_the_schema_refuses_other_lines():
    """The schema can fail."""
    assert not SCHEMAS["findings"].is_valid({"line": "note", "text": "no time"})


def test_a_finding_says_what_who_where_and_what_became_of_it(keeper):
    """All that an operator asks first is on the line."""
    kept = keeper()
    reference = kept.keep("VIM-A-001", action=Action.BLOCK)
    (told,) = kept.lines("findings.jsonl", "finding")
    assert reference == "findings.jsonl#1"
    assert told == told | {
        "number": 1, "requirement": "VIM-A-001", "verdict": "fail", "certain": True, "count": 1, "message": "wrong",
        "method": "GET", "status": 200, "client": "192.0.2.7", "exchange": 1, "action": "blocked",
        "evidence": "evidence.jsonl#1", "at": "2027-01-15T08:00:01.000Z", "direction": "response",
    }  # fmt: skip


def test_a_cause_is_told_ever_more_rarely(keeper):
    """A poll every second does not fill the disk; numbers in a text make no new cause."""
    kept = keeper()
    references = [kept.keep("VIM-A-001", message=f"stage {number} is wrong") for number in range(1, 1235)]
    kept.archive.close()
    assert [line["count"] for line in kept.lines("findings.jsonl", "finding")] == [1, 10, 100, 1000]
    assert [references[at] for at in (0, 8, 9, 98, 99, 1233)] == [f"findings.jsonl#{n}" for n in (1, 1, 2, 2, 3, 4)]
    assert kept.lines("findings.jsonl", "count") == [{"line": "count", "reference": "findings.jsonl#4", "count": 1234}]
    assert kept.lines("findings.jsonl", "end")[0]["findings"] == 1234


def test_another_cause_is_told_at_once(keeper):
    """However often another one came, and on either side."""
    kept = keeper()
    for message in ("one", "one", "two"):
        kept.keep("VIM-A-001", message=message)
    assert [line["message"] for line in kept.lines("findings.jsonl", "finding")] == ["one", "two"]


def test_an_exchange_that_broke_nothing_is_not_stored(keeper):
    """Without findings and captures nothing is written but that there was a run."""
    kept = keeper()
    assert kept.keep() == ""
    assert {file.name for file in kept.folder.iterdir()} == {"findings.jsonl"}


def test_numbers_go_on_in_the_next_run(keeper):
    """An earlier run's lines stay, a header parts the runs, and no number is given twice."""
    first = keeper()
    first.keep("VIM-A-001")
    first.archive.close()
    second = keeper()
    assert second.keep("VIM-A-001") == "findings.jsonl#2"
    kinds = [line["line"] for line in second.lines("findings.jsonl")]
    assert kinds == ["header", "finding", "end", "header", "finding"]
    assert [line["number"] for line in second.lines("evidence.jsonl", "exchange")] == [1, 2]


def test_a_line_that_a_kill_cut_off_spoils_no_other(keeper):
    """The next run begins on a line of its own."""
    first = keeper()
    first.keep("VIM-A-001")
    first.archive.close()
    with (first.folder / "findings.jsonl").open("a") as file:
        file.write('{"line":"finding","number":9')
    second = keeper()
    second.keep("VIM-A-001")
    lines = (second.folder / "findings.jsonl").read_text().splitlines()
    assert lines[3] == '{"line":"finding","number":9'
    assert json.loads(lines[4])["line"] == "header"


def test_what_was_told_in_a_file_that_is_gone_is_told_again(keeper):
    """A reference never leads to a line that was rotated away long ago."""
    kept = keeper(most_bytes=4000, most_files=1)
    for number in range(60):
        kept.keep("VIM-A-001", f"VIM-B-{number:03}", message="one")
    left = [line for name in ("findings.jsonl", "findings.1.jsonl") for line in kept.lines(name, "finding")]
    assert kept.keep("VIM-A-001", message="one") in {f"findings.jsonl#{line['number']}" for line in left}
