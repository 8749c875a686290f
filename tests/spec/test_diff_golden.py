"""What changes between releases, in words, change by change.

To write the files anew after a change: `VIMGATE_UPDATE_GOLDEN=1 pytest tests/spec/test_diff_golden.py`; then read the
difference.
"""

import os
from pathlib import Path

import pytest

from spec.comparison import compare
from vimgate.releases.changes import sentence, where
from vimgate.releases.loading import edition

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(("old", "new"), [("stx-3.0", "stx-8.0"), ("stx-9.0", "stx-10.0")])
def test_what_changes_is_told_as_it_was_read(old, new):
    """A change of a contract, a ledger or a sentence has changed what a client is told."""
    before, after = edition(old), edition(new)
    lines = [f"{each.area}; {where(each, before, after)}; {sentence(each)}\n" for each in compare(before, after)]
    file, text = GOLDEN / f"diff-{old}-{new}.txt", "".join(lines)
    if os.environ.get("VIMGATE_UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text
