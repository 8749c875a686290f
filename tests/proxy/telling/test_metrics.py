"""A real scrape of the metrics, read by the parser of OpenMetrics."""

import contextlib
import re
import socket
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from urllib.request import Request, urlopen

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from proxy.shadowing.counts import ShadowCounts
from proxy.telling.metrics import Metrics, MetricsError
from proxy.traffic import Direction
from spec.load import load_contract, load_law

TABLE = Path(__file__).parents[3] / "docs" / "metrics.md"
PATCH = "/api/orchestration/sw-patch/strategy"
ENDINGS = {"counter": "_total", "info": "_info", "gauge": "", "histogram": ""}


@pytest.fixture
def counts():
    """What the judge's process has done."""
    return SimpleNamespace(
        judged=9,
        unchecked={"too large": 2},
        faults={"slow": 1},
        restarts=1,
        findings={"VIM-LIFE-024 response": 3, "VIM-PACT-019 request": 1},
        situation=("sw-patch", "applying"),
        latencies=[4, 3, 2],
        latency=0.5,
    )


@pytest.fixture
def metrics(counts):
    """The metrics of a gateway that has seen a few exchanges."""
    shadowed = ShadowCounts(Counter(same=4, dropped=2), Counter({"member-gone": 3}), 1)
    made = Metrics(
        load_contract(),
        load_law(),
        lambda: counts,
        (0.1, 1.0),
        release="published",
        mode="enforce",
        version="0.1.0",
        shadow=lambda: shadowed,
    )
    for status, blocked in ((200, None), (200, None), (502, Direction.RESPONSE), (400, Direction.REQUEST), (0, None)):
        made.begun()
        made.passed("GET", PATCH, status, 0.004, blocked=blocked)
    made.begun()
    return made


@pytest.fixture
def scrape(metrics):
    """Asks for the metrics; gives the content type and the families by name."""

    def ask(accept="application/openmetrics-text; version=1.0.0", address="127.0.0.1"):
        with metrics.serve(0, address) as endpoint:
            request = Request(endpoint.url, headers={"Accept": accept})
            with contextlib.closing(urlopen(request, timeout=120)) as answer:
                kind, text = answer.headers["Content-Type"], answer.read().decode()
        read = text_string_to_metric_families if kind.startswith("application/openmetrics") else text_families
        return kind, {family.name: family for family in read(text)}

    return ask


def values(family, *labels):
    """The samples of a family that are not 0, by the values of these labels."""
    return {tuple(sample.labels[each] for each in labels): sample.value for sample in family.samples if sample.value}


def test_a_scrape_is_openmetrics_when_asked_for(scrape):
    """The content type is that of OpenMetrics, and its own parser reads the text."""
    kind, families = scrape()
    assert kind.startswith("application/openmetrics-text; version=1.0.0")
    assert values(families["vimgate_judged"]) == {(): 9}


@pytest.mark.parametrize("accept", ["*/*", "", "application/openmetrics-text; version=junk"])
def test_a_scrape_is_plain_text_else(scrape, accept):
    """Whoever does not say what it reads gets the older format, and no error."""
    assert scrape(accept)[0].startswith("text/plain")


def test_reads_for_a_shadow_are_told(scrape):
    """What became of reads, and what was answered otherwise, is counted nowhere."""
    families = scrape()[1]
    assert values(families["vimgate_shadow_reads"], "outcome") == {("same",): 4, ("dropped",): 2}
    assert values(families["vimgate_shadow_differences"], "what") == {("member-gone",): 3}
    assert values(families["vimgate_shadow_restarts"]) == {(): 1}


def test_exchanges_are_told_by_what_became_of_them(scrape):
    """Statuses as the client saw them; blocked and lost ones apart."""
    family = scrape()[1]["vimgate_exchanges"]
    counted = {sample.labels["status"]: sample.value for sample in family.samples if sample.name.endswith("_total")}
    assert counted == {"2xx": 2, "5xx": 1, "blocked": 1, "lost": 1}
    assert {sample.labels["operation"] for sample in family.samples} == {"getSwPatchStrategy"}


def test_what_the_judge_did_is_told(scrape):
    """Findings by requirement and side, faults by kind, unchecked by reason."""
    _, families = scrape()
    found = {
        (sample.labels["requirement"], sample.labels["direction"]): sample.value
        for sample in families["vimgate_findings"].samples
    }
    assert found == {("VIM-LIFE-024", "response"): 3, ("VIM-PACT-019", "request"): 1}
    assert values(families["vimgate_unchecked"], "reason") == {("too large",): 2}
    assert values(families["vimgate_judge_faults"], "kind") == {("slow",): 1}
    assert values(families["vimgate_judge_restarts"]) == {(): 1}
    assert values(families["vimgate_in_flight"]) == {(): 1}
    blocked = values(families["vimgate_blocked"], "direction")
    assert set(blocked) == {("request",), ("response",)}


def test_the_latencies_of_judging_are_a_histogram(scrape):
    """Buckets add up, the last holds all, and the sum is the judge's."""
    samples = scrape()[1]["vimgate_judging_seconds"].samples
    buckets = [(sample.labels["le"], sample.value) for sample in samples if sample.name.endswith("_bucket")]
    assert buckets == [("0.1", 4), ("1.0", 7), ("+Inf", 9)]
    assert [sample.value for sample in samples if sample.name.endswith(("_count", "_sum"))] == [9, 0.5]


@pytest.mark.parametrize(
    ("situation", "stands"),
    [
        (("sw-patch", "applying"), {("sw-patch", "applying"), ("sw-upgrade", "absent")}),
        (("", "unknown"), {("sw-patch", "unknown"), ("sw-upgrade", "unknown")}),
        (("", "absent"), {("sw-patch", "absent"), ("sw-upgrade", "absent")}),
        (("sw-patch", "absent"), {("sw-patch", "absent"), ("sw-upgrade", "unknown")}),
        (("sw-upgrade", "invented"), {("sw-upgrade", "unknown"), ("sw-patch", "unknown")}),
    ],
    ids=["one applies", "nothing known", "nothing there", "one kind absent", "no state of the law"],
)
def test_the_strategy_stands_in_one_state_of_each_kind(scrape, counts, situation, stands):
    """1 where it was last seen, 0 for every other state of the law."""
    counts.situation = situation
    family = scrape()[1]["vimgate_strategy_state"]
    assert set(values(family, "kind", "state")) == stands
    assert len(family.samples) == 2 * (len(load_law().states) + 2)


def test_labels_are_bounded(metrics, scrape):
    """Paths, methods and statuses that nobody knows make no series of their own."""
    for number in range(300):
        metrics.begun()
        metrics.passed(f"M{number}", f"/{number}", 600 + number, 0.0)
    samples = scrape()[1]["vimgate_exchanges"].samples
    assert len({tuple(sorted(sample.labels.items())) for sample in samples}) == 5


def test_the_table_names_what_is_exported(scrape):
    """Name, type and labels of every family stand in the document, and nothing else does."""
    rows = re.findall(r"^\| `(\S+)` \| (\w+) \| ([^|]*)\|", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    exported = {
        name + ENDINGS[family.type]: (
            family.type,
            {each for sample in family.samples for each in sample.labels} - {"le"},
        )
        for name, family in scrape()[1].items()
    }
    assert told == exported


def test_ipv6_can_be_listened_on(scrape):
    """The loopback of IPv6 is as good as the other."""
    assert values(scrape(address="::1")[1]["vimgate_judged"]) == {(): 9}


def test_a_port_in_use_is_told(metrics):
    """The error names the place and what to do; nothing is left open."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(MetricsError, match="name another --metrics"):
        metrics.serve(taken.getsockname()[1])


@pytest.mark.parametrize(("port", "address"), [(0, "192.0.2.1"), (0, "no such host"), (70000, "127.0.0.1")])
def test_an_address_that_is_not_ours_is_told(metrics, port, address):
    """No traceback for what somebody typed."""
    with pytest.raises(MetricsError, match="metrics cannot be served at"):
        metrics.serve(port, address)


def test_counts_that_are_asked_for_may_change_meanwhile(scrape, counts):
    """Each scrape reads anew."""
    counts.judged = 10
    assert values(scrape()[1]["vimgate_judged"]) == {(): 10}
