"""The page in a real browser: headless Chromium, skipped with its reason where there is none."""

import json
import re
from html import unescape

import pytest

from reports.render import html

# Added to a copy of the page without its policy: acts as a person would, and writes what it saw into the title.
PROBE = """<script>
const select = document.getElementById("filter-verdict"), search = document.getElementById("filter-text");
const rows = [...document.querySelectorAll("#rows tr")], root = document.documentElement;
const shown = () => rows.filter((row) => row.offsetHeight).map((row) => row.dataset.verdict);
const count = () => document.getElementById("filter-count").textContent;
const seen = { at_first: shown().length, overflow: root.scrollWidth - root.clientWidth, width: innerWidth };
select.value = "fail"; select.dispatchEvent(new Event("change")); seen.failures = shown(); seen.told = count();
select.value = ""; const type = (text) => { search.value = text; search.dispatchEvent(new Event("input")); };
type("nowhere followed"); seen.nothing = shown(); type("FOLLOWED href"); seen.found = shown();
seen.filter = document.getElementById("filter").offsetHeight > 0;
seen.buttons = [...document.querySelectorAll("button")].map((button) => button.textContent);
seen.verdict_bottom = document.querySelector("h1").getBoundingClientRect().bottom;
document.title = JSON.stringify(seen);
</script>"""


def probed(browse, document, *options):
    """What the probe saw in the page."""
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
    dom, _ = browse(policy.sub("", document).replace("</body>", f"{PROBE}</body>"), *options)
    return json.loads(unescape(re.search(r"<title>(.*?)</title>", dom)[1]))


def test_the_script_runs_under_the_pages_own_policy(browse, sample):
    """The filter appears, it has counted, and the browser has nothing to complain about."""
    dom, log = browse(html.render(sample))
    assert "6 of 6 requirements shown" in dom
    assert "CONSOLE" not in log


@pytest.mark.parametrize("width", [1280, 500])
def test_filter_search_and_copy_work(browse, sample, width):
    """Rows are shown by verdict and by words in any case and order; the count is told; reproducers have a button."""
    seen = probed(browse, html.render(sample), f"--window-size={width},900")
    assert (seen["at_first"], seen["failures"], seen["nothing"], seen["found"]) == (6, ["fail"], [], ["warn"])
    assert (seen["filter"], seen["told"], seen["buttons"]) == (True, "1 of 6 requirements shown", ["Copy", "Copy"])


@pytest.mark.parametrize("width", [1280, 900, 400])
def test_nothing_is_wider_than_the_window(browse, sample, width):
    """At no width has the page to be moved sideways, and the verdict is in the first screen."""
    frame = html.render(sample).replace("</body>", f"{PROBE}</body>")
    frame = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", frame)
    escaped = frame.replace("&", "&amp;").replace('"', "&quot;")
    outer = f"""<title></title><iframe style="width:{width}px;height:800px;border:0" srcdoc="{escaped}"></iframe>
    <script>onload = () => {{ document.title = frames[0].document.title; }}</script>"""
    dom, _ = browse(outer, "--window-size=1400,900")
    seen = json.loads(unescape(re.search(r"<title>(.*?)</title>", dom)[1]))
    assert (seen["width"], seen["overflow"]) == (width, 0)
    assert seen["verdict_bottom"] < 300
