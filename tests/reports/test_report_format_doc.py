"""docs/report-format.md: its lines are those of the golden report, and what it says of the format is true.

`VIMGATE_UPDATE_GOLDEN=1` writes the lines of the page anew.
"""

import hashlib
import json
import os
import re
from importlib.resources import files
from pathlib import Path

import pytest

from reports import stream
from reports.lines import VERSION

PAGE = Path(__file__).parents[2] / "docs" / "report-format.md"
GOLDEN = Path(__file__).parent / "golden" / "report.jsonl"
BLOCK = re.compile(r"(?<=```json\n).*?(?=```)", re.DOTALL)
SCHEMA = json.loads(files("reports").joinpath("report.schema.json").read_text(encoding="utf-8"))
KINDS = [each["$ref"].rpartition("/")[2] for each in SCHEMA["oneOf"]]


def first_of_each(text):
    """The first line of each kind, in the order of the file."""
    lines = {}
    for line in text.splitlines(keepends=True):
        lines.setdefault(json.loads(line)["kind"], line)
    return lines


def test_the_lines_of_the_page_are_those_of_the_golden_report():
    """The page shows a line that no report has any more."""
    lines = first_of_each(GOLDEN.read_text(encoding="utf-8"))
    if os.environ.get("VIMGATE_UPDATE_GOLDEN"):
        text = BLOCK.sub(lambda _: "".join(lines.values()), PAGE.read_text(encoding="utf-8"))
        PAGE.write_text(text, encoding="utf-8")
    assert BLOCK.search(PAGE.read_text(encoding="utf-8"))[0] == "".join(lines.values())
    assert list(lines) == KINDS


def test_the_table_has_every_kind_of_line():
    """A kind of line is missing in the table, or is told in another order than that of the file."""
    assert (
        re.findall(r"^\| `([a-z]+)` \| (?:1|0 or 1|any|one for)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        == KINDS
    )


def test_the_digest_is_what_the_page_says():
    """The digest of the footer is of other bytes."""
    before, _, after = GOLDEN.read_bytes().rpartition(b',"digest":')
    assert json.loads(b'{"digest":' + after)["digest"] == f"sha256:{hashlib.sha256(before).hexdigest()}"


def test_a_version_that_nobody_knows_is_refused_by_its_number(tmp_path):
    """A report of a later version is read as one of this version."""
    path = tmp_path / "report.jsonl"
    path.write_bytes(GOLDEN.read_bytes().replace(b'"version":1', b'"version":2', 1))
    with pytest.raises(stream.ReportError, match="report version 2; this vimgate reads version 1"):
        stream.read(path)


def test_the_table_of_documents_is_true():
    """A schema is not installed at that place, or is of another version."""
    rows = re.findall(r"^\| .* \| `(\w+)/(.*?\.json)` \| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    texts = [
        (files(package).joinpath(name).read_text(encoding="utf-8"), int(version)) for package, name, version in rows
    ]
    stated = [re.findall(r'"version": \{ ?"const": (\d+) ?\}', text) for text, _ in texts]
    assert stated == [[str(version)] for _, version in texts]
    assert len(texts) == 11
    assert texts[0][1] == VERSION
