"""The colours of the pages: every text can be read on what it stands on, in light, in dark and on paper."""

import re

import pytest

from reports.render.page import asset

VERDICTS = ("fail", "harness-error", "untestable", "warn", "pass", "not-applicable")

# A text and what it stands on. A bar of a picture has its colour on its own back; one that is pointed at, reversed.
PAIRS = [
    *((text, back) for text in ("ink", "soft", "link") for back in ("page", "raised")),
    *((verdict, f"{verdict}-back") for verdict in VERDICTS),
    *((verdict, "page") for verdict in VERDICTS),
    *((verdict, "raised") for verdict in VERDICTS),
    *(("page", verdict) for verdict in VERDICTS),
    ("ink", "pass-back"), ("ink", "fail-back"), ("page", "ink"), ("page", "link"),
]  # fmt: skip

MEDIA = ("light", "dark", "print")


def palettes():
    """The colours by name of each medium; a medium changes what was there before it."""
    blocks = re.findall(r":root \{(.*?)\}", asset("styles/palette.css"), re.DOTALL)
    light, dark, paper = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    return dict(zip(MEDIA, (light, light | dark, light | paper), strict=True))


def luminance(colour):
    """The relative luminance of WCAG 2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """The contrast of WCAG 2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does():
    """Black on white is 21, a colour on itself 1, and a grey in between what everybody says."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize(("text", "back"), PAIRS)
def test_texts_can_be_read(medium, text, back):
    """At least 4.5 to 1, the bound of WCAG 2 AA for small letters."""
    colours = palettes()[medium]
    assert contrast(colours[text], colours[back]) >= 4.5


@pytest.mark.parametrize("medium", MEDIA)
def test_the_focus_can_be_seen(medium):
    """At least 3 to 1, the bound for what is no letter."""
    colours = palettes()[medium]
    assert contrast(colours["focus"], colours["page"]) >= 3


def test_every_colour_of_the_pages_is_of_the_palette():
    """No sheet names a colour of its own, so that what is measured here is what is shown."""
    names = ("page", "verdict", "findings", "tables", "pictures", "traffic", "narrow", "print")
    sheets = "".join(asset(f"styles/{name}.css") for name in names)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", sheets) == []
    used = set(re.findall(r"var\(--([\w-]+)\)", sheets)) - {"fill", "edge", "tone"}
    assert used <= set(palettes()["light"])
