"""docs/requirements.md, docs/states.md and docs/releases.md are what the contract says today, and can be used.

To write them anew after a change of the contract: `vimgate spec docs --out docs`.
"""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from spec.graph import graph_of
from spec.law import ABSENT
from spec.load import RELEASES, load_law, load_ledger, load_release
from vimgate.commands.spec import command
from vimgate.contractpages import PAGES
from vimgate.contractpages.markdown import text

DOCS = Path(__file__).parents[2] / "docs"
REQUIREMENTS, STATES, PROFILES = (PAGES[name]() for name in ("requirements.md", "states.md", "releases.md"))
LAW = load_law()
DIAGRAMS = dict(zip(LAW.kinds, re.findall(r"```mermaid\n(.*?)```", STATES, re.DOTALL), strict=True))
ADVICE = "run `vimgate spec docs --out docs`, and look at the difference"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_contract_says(name):
    """A page of docs/ is of another contract, ledger, law or check than those that are shipped."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), ADVICE


def test_every_requirement_has_one_row_with_everything():
    """A requirement is missing, stands twice, or lacks its strength, text, source or check."""
    rows = [line for line in REQUIREMENTS.splitlines() if line.startswith('| <a id="vim-')]
    ledger = load_ledger().by_id
    found = {re.search(r"</a>(VIM-\S+)", row)[1]: row for row in rows}
    assert (len(rows), found.keys()) == (len(ledger), ledger.keys())
    wrong = [
        id_
        for id_, row in found.items()
        for part in (f"| {ledger[id_].strength} |", text(ledger[id_].text), text(ledger[id_].source))
        if part not in row
        or text(ledger[id_].check or ledger[id_].excluded).replace("\\", "") not in row.replace("\\", "")
    ]
    assert wrong == []


@pytest.mark.parametrize("page", [REQUIREMENTS, STATES, PROFILES], ids=["requirements", "states", "releases"])
def test_every_link_leads_somewhere(page):
    """A link of the index, or of a check, leads nowhere, or two places have one name."""
    anchors = re.findall(r'<a id="([^"]+)">', page)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) - set(anchors) == set()


@pytest.mark.parametrize("page", [REQUIREMENTS, STATES, PROFILES], ids=["requirements", "states", "releases"])
def test_every_row_has_the_cells_of_its_table(page):
    """A text with a bar in it breaks a table."""
    tables = re.findall(r"(?:^\|.*\|\n)+", page, re.MULTILINE)
    widths = [{len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()} for table in tables]
    assert {len(each) for each in widths} == {1}


@pytest.mark.parametrize("kind", LAW.kinds)
def test_a_diagram_has_every_state_and_every_lawful_edge(kind):
    """A state or an edge of the state graph is missing in the diagram, or is drawn and not lawful."""
    assert re.findall(r'state "(.*?)"', DIAGRAMS[kind]) == list(LAW.states)
    drawn = set(re.findall(r"^ +(\S+) --> (\S+): ", DIAGRAMS[kind], re.MULTILINE))
    states = {name: each.state.replace("-", "_") for name, each in LAW.situations.items()} | {ABSENT: "[*]"}
    lawful = {
        (states[edge.before], states[edge.after])
        for edge in graph_of(LAW).edges
        if edge.kind == kind
        and edge.outcome in ("accepted", "")
        and (edge.request or states[edge.before] != states[edge.after])
    }
    assert drawn == lawful


def test_every_deviation_has_one_row():
    """A number is missing, stands twice, or stands under a release that only inherits it."""
    rows = re.findall(r"^\| (D[\d.M]+-\d\d) \|", PROFILES, re.MULTILINE)
    assert rows == [number for release in RELEASES for number in load_release(release).own]


def test_links_from_releases_to_requirements_lead_somewhere():
    """A link to a requirement leads to no row of the other page."""
    targets = set(re.findall(r"\]\(requirements\.md#([^)]+)\)", PROFILES))
    assert targets
    assert targets - set(re.findall(r'<a id="([^"]+)">', REQUIREMENTS)) == set()


def test_the_kinds_of_a_release_have_their_cells():
    """A release is shown without a kind that it has, or the plan of a kind as judged that is not."""
    row = next(line for line in PROFILES.splitlines() if line.startswith("| stx-6.0 | yes"))
    assert row == "| stx-6.0 | yes | yes | open | open | open |  |"


def test_markup_in_a_text_is_text():
    """A text of the ledger is taken for markup, or code between backticks is not."""
    assert text("a|b *c* <d>\n`e|f_g` [h]_i") == r"a\|b \*c\* \<d\> `e\|f_g` \[h\]\_i"


def test_the_command_writes_the_pages_and_names_what_it_cannot_write(tmp_path):
    """The pages are not written, or a folder that cannot be one ends in a traceback."""
    done = CliRunner().invoke(command, ["docs", "--out", str(tmp_path / "new")])
    assert done.output.splitlines() == [str(tmp_path / "new" / name) for name in PAGES]
    assert (tmp_path / "new" / "states.md").read_text(encoding="utf-8") == STATES
    (tmp_path / "file").touch()
    refused = CliRunner().invoke(command, ["docs", "--out", str(tmp_path / "file" / "below")])
    assert refused.exit_code == 2
    assert "name another folder with --out" in refused.output
