"""The page of traffic in a real browser: headless Chromium, skipped with its reason where there is none."""

from reports.render.traffic import render

PROBE = """async (page, document) => {
  const root = document.documentElement, tip = document.querySelector(".tip");
  const bar = document.querySelector(".lanes .bar"), text = document.querySelector(".lanes .bar text");
  bar.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  return {
    width: page.innerWidth, overflow: root.scrollWidth - root.clientWidth,
    open: [...document.querySelectorAll("details")].map((each) => each.open),
    heading: document.querySelector("h1").getBoundingClientRect().bottom,
    lanes: Math.round(document.querySelector(".lanes").getBoundingClientRect().width),
    font: page.getComputedStyle(text).fontSize, told: tip.textContent,
  };
}"""


def test_the_page_works_at_every_width(look, traffic):
    """Nothing is moved sideways; pictures shrink, their letters do not; bars tell; the browser complains of nothing."""
    page = render(traffic)
    (wide, narrow), log = look([(page, 1280), (page, 400)], PROBE)
    assert [(seen["width"], seen["overflow"]) for seen in (wide, narrow)] == [(1280, 0), (400, 0)]
    assert max(wide["heading"], narrow["heading"]) < 300
    assert 200 < narrow["lanes"] < 400 < wide["lanes"] < 1280
    assert (wide["font"], narrow["font"]) == ("11px", "11px")
    assert wide["open"] == [True, False]
    assert wide["told"] == narrow["told"]
    assert wide["told"].startswith("building: ")
    assert "CONSOLE" not in log
