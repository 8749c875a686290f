"""The examples of violations that `vimgate explain` shows are what the judge finds today.

To write them anew after a change: `VIMGATE_UPDATE_GOLDEN=1 pytest tests/conformance/judge/test_violations.py`.
"""

import json
import os
import re
from pathlib import Path

from spec.load import RELEASES, load_ledger

FILE = Path(__file__).parents[3] / "vimgate" / "explaining" / "violations.json"
TEXTS = ("message", "expected", "actual", "where")
RUN = re.compile(r"; after \d+ calls|\n")  # where the part of a hint begins that is about one run
READY = "read patch -> 200 ready"
OTHER = "uuid=26dc4b63-ae5f-48ca-b76e-ec367ef817f6"
RACES = {
    "VIM-LIFE-140": (
        "",
        f"a 0 3 create patch -> 200 building 0\nb 1 2 create upgrade -> 200 building 0 {OTHER}",
    ),
    "VIM-LIFE-141": (READY, "a 0 3 apply-all patch -> 202 running 0 0\nb 1 2 apply-all patch -> 202 running 0 0"),
    "VIM-LIFE-142": (READY, "a 0 1 apply-all patch -> 202 running 0 2\nb 2 3 read patch -> 200 ready"),
}
"""For each requirement about several clients what is there, and who asks what when."""


# Those of the published document, and those that a release added to them or changed first.
ROWS = {
    id_: (row, release)
    for release in reversed(RELEASES)
    for id_, row in load_ledger(release).by_id.items()
    if release == "published" or (row.deviation or "").endswith(f" of {release}")
}
CHECKED = {id_: (row, release) for id_, (row, release) in sorted(ROWS.items()) if row.check and not row.like}


def seen_of(finding):
    """The request with its status, and what it sent; of a race the calls."""
    head, _, body = finding.request.partition("\n\n")
    if not finding.response:
        return finding.request.splitlines()
    return [f"{head.splitlines()[0]} -> {finding.response.splitlines()[0]}", *filter(None, body.splitlines())]


def example_of(finding):
    """An example as it stands in the file: texts that say nothing are left out, and so is what only a run can say."""
    texts = {name: text for name in TEXTS if (text := getattr(finding, name))}
    return {"seen": seen_of(finding), **texts, **({"hint": RUN.split(finding.hint)[0]} if finding.hint else {})}


def test_the_examples_are_what_the_judge_finds(first_finding):
    """`vimgate explain` shows as an example what nobody is told any more, or none for a requirement."""
    made = {id_: example_of(first_finding(*each, RACES.get(id_))) for id_, each in CHECKED.items()}
    rows = ",\n".join(f"{json.dumps(id_)}: {json.dumps(value)}" for id_, value in made.items())
    text = f"{{\n{rows}\n}}\n"
    if os.environ.get("VIMGATE_UPDATE_GOLDEN"):
        FILE.write_text(text, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == text
