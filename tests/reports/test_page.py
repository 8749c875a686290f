"""The page in a real browser: headless Chromium, skipped with its reason where there is none."""

import re
from dataclasses import replace
from pathlib import Path

from reports.render import html

# Reads the page, then uses it: filters, a link that filters, copy, the arrow keys and the pointer on a picture.
PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")


def test_the_page_opens_from_a_file_in_the_state_that_its_address_says(browse, sample, undone):
    """The script runs under the page's own policy, the browser complains of nothing, and only failures are shown."""
    dom, log = browse(html.render(replace(sample, strategies=(undone,))), "#verdict=fail&level=lifecycle")
    rows = re.findall(r'<tr role="row" data-verdict="([\w-]+)"[^>]*?( hidden="")?>', dom)
    assert [verdict for verdict, hidden in rows if not hidden] == ["fail"]
    assert "1 of 6 requirements shown" in dom
    assert "CONSOLE" not in log


def test_the_page_works_at_every_width(look, sample, undone):
    """Nothing is moved sideways, verdict and levels are in the first screen, and everything does what it says."""
    page = html.render(replace(sample, strategies=(undone,)))
    (wide, medium, narrow), log = look([(page, 1280), (page, 900), (page, 400)], PROBE)
    assert [(seen["width"], seen["overflow"]) for seen in (wide, medium, narrow)] == [(1280, 0), (900, 0), (400, 0)]
    assert max(seen["verdict_bottom"] for seen in (wide, medium, narrow)) < 300
    assert max(seen["levels_bottom"] for seen in (wide, medium, narrow)) < 700
    assert "CONSOLE" not in log
    assert_used(wide)
    assert_used(narrow)


def assert_used(seen):
    """Filters, copy and pictures have worked."""
    assert (seen["filter"], seen["at_first"], seen["cleared"]) == (True, 6, 6)
    assert (seen["failures"], seen["told"]) == (["fail"], "1 of 6 requirements shown")
    assert (seen["strength"], seen["nothing"], seen["found"]) == (["not-applicable"], [], ["warn"])
    assert seen["linked"] == ["pass"]
    assert seen["buttons"] == ["Copy", "Copy"]
    assert seen["copied"] == ["Copied", True, False]
    assert seen["selected"] in (["Copied", False, True], ["Selected: press Ctrl+C", False, True])
    assert (seen["stops"], seen["walked"], seen["pointed"], seen["dismissed"], seen["titles"]) == (
        1,
        True,
        True,
        True,
        0,
    )
