"""A report with every verdict, written by hand, and the comparison with golden files.

To write the golden files anew after a change: `VIMGATE_UPDATE_GOLDEN=1 pytest tests/reports`; then read the diff.
"""

import json
import os
import re
import shutil
import subprocess
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports.model import (
    Evidence,
    Finding,
    GraphEdge,
    KillRate,
    Level,
    Report,
    Result,
    Run,
    SeenStrategy,
    Standing,
    Strength,
    Verdict,
)

GOLDEN = Path(__file__).parent / "golden"
UNDONE = Path(__file__).parent / "undone.json"

RUN = Run(
    target="http://192.0.2.10:4545",
    release="published",
    seed=42,
    changes="allowed",
    started="2026-11-23T18:04:05Z",
    versions=(("vimgate", "0.1.0"), ("python", "3.12.1"), ("schemathesis", "4.32.5")),
    contract_digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    duration_seconds=83.46,
    level=Level.ORACLE,
    ledger_digest="60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    world_digest="fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13",
    kills=KillRate(killed=321, mutants=323, false_alarms=0, clean_runs=20),
)

FAILURE = Finding(
    requirement="VIM-LIFE-014",
    verdict=Verdict.FAIL,
    message="The phase shows less progress than before.",
    expected="a completion-percentage of at least 50",
    actual="33",
    where="/strategy/apply-phase/completion-percentage",
    hint="Count finished stages only; a stage that ended never becomes unfinished again.",
    request="GET /api/orchestration/sw-patch/strategy HTTP/1.1\nX-Auth-Token: REDACTED\n",
    response=(
        "HTTP/1.1 200 OK\nContent-Type: application/json\n\n"
        '{"strategy": {"uuid": "6282f049-bb9e-46f0-9ca8-97bf626884e0", "state": "applying",\n'
        ' "apply-phase": {"completion-percentage": 33, "total-stages": 3, "current-stage": 2}}}'
    ),
    reproducer=(
        "#!/bin/sh\nTARGET=http://192.0.2.10:4545\n"
        'curl -s -H "X-Auth-Token: $TOKEN" "$TARGET/api/orchestration/sw-patch/strategy"\n'
    ),
    origin="lifecycle/patch-apply-all",
)

SECOND_FAILURE = Finding(
    requirement="VIM-LIFE-014",
    verdict=Verdict.FAIL,
    message="The phase shows less progress than before.",
    expected="a completion-percentage of at least 100",
    actual="50",
    where="/strategy/build-phase/completion-percentage",
    origin="fuzz",
)

CRASH = Finding(
    requirement="VIM-GEN-007",
    verdict=Verdict.HARNESS_ERROR,
    message="The check dates_are_iso ended in ValueError: month must be in 1..12",
    hint="Please report this together with the exchange.",
    request="GET /api/orchestration/sw-upgrade/strategy HTTP/1.1",
    response="HTTP/1.1 200 OK",
    origin="fuzz",
)

WARNING = Finding(
    requirement="VIM-API-003",
    verdict=Verdict.WARN,
    message="The link of /api cannot be followed.",
    expected="200",
    actual="404",
    where="/links/0/href",
    hint="Print hrefs that a client reaches: keep the /api prefix and the port.",
    request="GET /api HTTP/1.1",
    response='HTTP/1.1 200 OK\n\n{"links": [{"rel": "self", "href": "http://192.0.2.10/api/"}]}',
    reproducer="curl -s http://192.0.2.10:4545/api\n",
    origin="lifecycle/roots",
)

RESULTS = (
    Result(
        requirement="VIM-ROOT-001",
        verdict=Verdict.PASS,
        level=Level.WIRE,
        text="GET / answers 200.",
        source="operations:3",
        checked=31,
    ),
    Result(
        requirement="VIM-API-003",
        verdict=Verdict.WARN,
        strength=Strength.SHOULD,
        level=Level.PROTOCOL,
        text="Each href can be followed.",
        source="api-reference:61",
        checked=12,
        findings=(WARNING,),
    ),
    Result(
        requirement="VIM-PPOST-009",
        verdict=Verdict.UNTESTABLE,
        level=Level.PROTOCOL,
        text="A create request is refused with 401 without a token.",
        source="api-reference:7, api-reference:1904-2259, operations:20, operations:33-35",
        reason="No token was given, and the target asked for none.",
    ),
    Result(
        requirement="VIM-GEN-007",
        verdict=Verdict.HARNESS_ERROR,
        level=Level.PROTOCOL,
        text="Dates are written as ISO 8601.",
        source="api-reference:318",
        checked=5,
        findings=(CRASH,),
    ),
    Result(
        requirement="VIM-LIFE-014",
        verdict=Verdict.FAIL,
        level=Level.LIFECYCLE,
        text="While a phase runs, its completion percentage never becomes smaller – in any phase.",  # noqa: RUF001 - not ASCII
        source="ENGINE 1.5",
        checked=208,
        findings=(FAILURE, SECOND_FAILURE),
        more=3,
    ),
    Result(
        requirement="VIM-UACT-002",
        verdict=Verdict.NOT_APPLICABLE,
        strength=Strength.MAY,
        level=Level.ORCHESTRATION,
        text="An upgrade may be applied stage by stage.",
        source="operations:12",
        reason="The target has no upgrade to apply.",
    ),
)

STRATEGIES = (
    SeenStrategy(
        "sw-patch",
        {
            "uuid": "6282f049-bb9e-46f0-9ca8-97bf626884e0",
            "state": "applying",
            "apply-phase": {"total-stages": 1, "stages": [{"stage-id": 0, "stage-name": "sw-patch-worker-hosts"}]},
        },
        "lifecycle/patch-apply-all",
    ),
)

NOTES = (
    "Fault bodies are JSON objects with faultcode, faultstring and debuginfo.",
    "The target tolerates a trailing slash on every path.",
)


COVERAGE = (
    GraphEdge("sw-patch", "absent", "create accepted", "building", "sw-patch absent create", Standing.SEEN, 12),
    GraphEdge(
        "sw-patch", "building", "delete-force accepted", "absent", "sw-patch building delete-force", Standing.SEEN, 2
    ),
    GraphEdge(
        "sw-patch", "building", "delete-force refused", "building", "sw-patch building delete-force", Standing.OTHERWISE
    ),
    GraphEdge(
        "sw-patch", "building", "itself", "build-timeout", "sw-patch building itself build-timeout", Standing.UNSEEN
    ),
    GraphEdge("sw-patch", "applied", "itself", "ready", "", Standing.UNLAWFUL, 1),
)


EVIDENCE = Evidence(
    file="evidence.zip",
    digest="a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa",
    exchanges=18_311,
    distinct=16_020,
    bytes=1_204_113,
)


@pytest.fixture
def sample():
    """One result of each verdict, the failure with two findings and three more."""
    return Report(
        run=RUN,
        results=RESULTS,
        notes=NOTES,
        reached=Level.WIRE,
        strategies=STRATEGIES,
        coverage=COVERAGE,
        evidence=EVIDENCE,
    )


@pytest.fixture
def undone():
    """A strategy of which one stage succeeded and one failed, and that was undone."""
    return SeenStrategy("sw-patch", json.loads(UNDONE.read_text(encoding="utf-8")), "lifecycle/abort")


@pytest.fixture
def planned():
    """The same before anything of its plan has begun."""
    document = json.loads(UNDONE.read_text(encoding="utf-8")) | {"state": "ready-to-apply"}
    document["abort-phase"] = {**document["abort-phase"], "stages": [], "start-date-time": ""}
    apply = document["apply-phase"]
    for each in [apply, *apply["stages"], *(step for stage in apply["stages"] for step in stage["steps"])]:
        each |= {"result": "initial", "start-date-time": "", "end-date-time": "", "reason": ""}
    return SeenStrategy("sw-patch", document, "plans/own_world")


@pytest.fixture
def golden(request):
    """Compares a text with the golden file of that name, or writes it when VIMGATE_UPDATE_GOLDEN is set."""

    def compare(name, text):
        path = GOLDEN / name
        if os.environ.get("VIMGATE_UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            pytest.skip(f"{path.name} was written anew")
        assert text == path.read_text(encoding="utf-8"), f"{path} differs; see conftest.py for how to write it anew"

    return compare


class Page(HTMLParser):
    """The elements of a page: tags with attributes, and the text within each heading."""

    def __init__(self, document):
        super().__init__()
        self.elements, self.headings, self.open = [], [], []
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        """Remember the element."""
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        """Forget the element that ends; ValueError when none is open."""
        self.open.remove(tag)

    def handle_data(self, data):
        """Remember the first texts of headings."""
        self.headings += [(tag, data.strip()) for tag in self.open[-1:] if re.fullmatch("h[1-6]", tag) and data.strip()]

    def all(self, tag):
        """The attributes of every element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def reading():
    """Reads a document: a class of one argument."""
    return Page


OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--enable-logging=stderr",
    "--virtual-time-budget=3000", "--window-size=1400,900",
]  # fmt: skip

# Looks into each frame as a person would, and writes what it saw into the title.
OUTER = """<!doctype html><title></title>{frames}<script>
const probe = {probe};
onload = async () => {{
  const seen = [];
  for (let number = 0; number < frames.length; number++) {{
    seen.push(await probe(frames[number], frames[number].document).catch((error) => ({{ error: error.stack }})));
  }}
  document.title = JSON.stringify(seen);
}};
</script>"""


@pytest.fixture(scope="session")
def browse(tmp_path_factory):
    """Opens a document in a fresh browser; gives the DOM after its scripts ran, and what the browser logged."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on PATH: the page was not looked at in a browser")

    def run(document, fragment=""):
        folder = tmp_path_factory.mktemp("page")
        (folder / "report.html").write_text(document, encoding="utf-8")
        address = f"file://{folder}/report.html{fragment}"
        command = [chromium, *OPTIONS, f"--user-data-dir={folder}/profile", "--dump-dom", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        return done.stdout, done.stderr

    return run


@pytest.fixture(scope="session")
def look(browse):
    """Opens pages in frames of given widths, in one browser; gives what a probe saw in each, and the log.

    The probe is a JavaScript function of a window and its document. The pages keep their own policy.
    """

    def run(pages, probe):
        frames = "".join(
            f'<iframe style="width:{width}px;height:800px;border:0" srcdoc="{escape(page)}"></iframe>'
            for page, width in pages
        )
        dom, log = browse(OUTER.format(frames=frames, probe=probe))
        return json.loads(unescape(re.search(r"<title>(.*?)</title>", dom)[1])), log

    return run
