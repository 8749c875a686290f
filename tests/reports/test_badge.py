"""The badge of a report."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from reports.model import Level, Verdict
from reports.render import badge

SVG = "{http://www.w3.org/2000/svg}"


def picture(report):
    """The parsed badge."""
    return ET.fromstring(badge.render(report))  # noqa: S314 - our own document


def title(report):
    """What a screen reader says."""
    return picture(report).find(f"{SVG}title").text


def luminance(colour):
    """The relative luminance of a colour as WCAG reckons it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_badge_is_the_golden_one(sample, golden):
    """The picture does not change by accident."""
    golden("badge.svg", badge.render(sample))


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ([], "vimgate: not conformant, level oracle"),
        ([Verdict.FAIL], "vimgate: incomplete, level oracle"),
        ([Verdict.FAIL, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR], "vimgate: conformant, level lifecycle"),
    ],
)
def test_the_title_says_outcome_and_level(sample, gone, told):
    """A good outcome has the level that was reached; another one the level that was asked for."""
    results = tuple(each for each in sample.results if each.verdict not in gone)
    assert title(replace(sample, results=results, reached=Level.LIFECYCLE)) == told


def test_a_partial_run_says_so(sample):
    """A badge of a part of the ledger does not pass for the whole."""
    assert title(replace(sample, run=replace(sample.run, only=("VIM-API-*",)))).endswith(", a part")


def test_the_words_are_in_the_picture_and_legible(sample):
    """The text that is seen is the title, and has contrast enough on its ground."""
    drawn = picture(sample)
    assert " ".join(each.text for each in drawn.iter(f"{SVG}text")) == title(sample).replace(":", "")
    grounds = [each.get("fill") for each in drawn.iter(f"{SVG}rect") if each.get("fill")]
    assert min(1.05 / (luminance(each) + 0.05) for each in (*grounds, *badge._COLOURS.values())) >= 4.5  # noqa: SLF001
