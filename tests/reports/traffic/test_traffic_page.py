"""The page of traffic in a real browser: headless Chromium, skipped with its reason where there is none."""

import json
import re
from html import unescape

import pytest

from reports.render.traffic import render

PROBE = """<script>
const root = document.documentElement, details = [...document.querySelectorAll("details")];
const bar = document.querySelector(".bar rect"), text = document.querySelector(".bar text");
const lanes = document.querySelector(".lanes").getBoundingClientRect();
document.title = JSON.stringify({
  width: innerWidth, overflow: root.scrollWidth - root.clientWidth, open: details.map((each) => each.open),
  heading: document.querySelector("h1").getBoundingClientRect().bottom, lanes: Math.round(lanes.width),
  fill: getComputedStyle(bar).fill, font: getComputedStyle(text).fontSize,
});
</script>"""


def probed(browse, report, width):
    """What the probe saw in the page, in a frame of that width."""
    document = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", render(report))
    escaped = document.replace("</body>", f"{PROBE}</body>").replace("&", "&amp;").replace('"', "&quot;")
    outer = f"""<title></title><iframe style="width:{width}px;height:800px;border:0" srcdoc="{escaped}"></iframe>
    <script>onload = () => {{ document.title = frames[0].document.title; }}</script>"""
    dom, _ = browse(outer, "--window-size=1400,900")
    return json.loads(unescape(re.search(r"<title>(.*?)</title>", dom)[1]))


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_is_wider_than_the_window(browse, traffic, width):
    """At no width has the page to be moved sideways; pictures shrink, their letters do not."""
    seen = probed(browse, traffic, width)
    assert (seen["width"], seen["overflow"]) == (width, 0)
    assert seen["heading"] < 300
    assert 200 < seen["lanes"] < width
    assert (seen["font"], seen["open"]) == ("11px", [True, False])


def test_the_browser_has_nothing_to_complain_about(browse, traffic):
    """The page obeys its own policy."""
    dom, log = browse(render(traffic))
    assert "AT FAULT" in dom
    assert "CONSOLE" not in log
