"""The page under `/_status` over the test client: when it is there, what it says, that nobody can write into it."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest

from reference_server import create_app
from reference_server.clock import SystemClock, VirtualClock
from reference_server.worlds.file import parse_world

STRATEGY = "/api/orchestration/sw-upgrade/strategy"
BODY = {"storage-apply-type": "serial", "worker-apply-type": "serial"}
EVIL = "</script><img src=x onerror=alert(1)>\"'&{{7*7}}"


class Reader(HTMLParser):
    """Collects the tags of a page, with their attributes, and checks that they are closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        """A tag was opened."""
        self.tags.append((tag, dict(attrs)))
        self.open += [] if tag == "meta" else [tag]

    def handle_endtag(self, tag):
        """A tag was closed: the one that was opened last."""
        assert self.open.pop() == tag


@pytest.fixture
def client():
    """A server with the page, under a virtual clock."""
    return create_app(status_page=True).test_client()


@pytest.mark.parametrize("release", ["published", "stx-3.0"])
@pytest.mark.parametrize(("status_page", "status"), [(True, 200), (False, 404)])
def test_it_is_there_when_it_was_asked_for(release, status_page, status):
    """The page is served with the option, and unknown without."""
    client = create_app(release=release, status_page=status_page).test_client()
    assert [client.get(path).status_code for path in ("/_status", "/_status/")] == [status, status]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_it_can_only_be_read(client, method):
    """No other method than GET is answered."""
    assert client.open("/_status", method=method).status_code == 405


def test_no_strategy_is_said(client):
    """Without a strategy the page says so, and what is served."""
    text = client.get("/_status").text
    assert re.search(r"<h1>.*no strategy", text)
    assert [
        word for word in ("default", "published", "virtual", "8 hosts, 0 locked", "2016-11-16") if word not in text
    ] == []


def test_a_strategy_is_shown_with_its_state(client):
    """A strategy is shown with kind, uuid, state, and a row per stage; what happened between two looks is there."""
    uuid = client.post(STRATEGY, json=BODY).json["strategy"]["uuid"]
    assert ">building<" in client.get("/_status").text
    client.post("/_control/clock", json={"advance": 600})
    text = client.get("/_status").text
    assert [word for word in (uuid, "sw-upgrade strategy", "sw-upgrade-query") if word not in text] == []
    assert re.search(r"<h1><span class=\"badge ([a-z-]+)\">\1</span></h1>", text)[1] != "building"


def test_looking_changes_nothing(client):
    """The page leaves the strategy as it is."""
    client.post(STRATEGY, json=BODY)
    before = client.get(STRATEGY).data
    client.get("/_status")
    assert client.get(STRATEGY).data == before


def test_the_page_forbids_itself_everything_but_its_own(client):
    """The policy names the hashes of the one style and the one script that stand in the page; nothing is fetched."""
    answer = client.get("/_status")
    policy = answer.headers["Content-Security-Policy"]
    style, script = (re.search(rf"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)[1] for tag in ("style", "script"))
    hashes = [f"'sha256-{b64encode(hashlib.sha256(part.encode()).digest()).decode()}'" for part in (style, script)]
    assert policy.startswith(f"default-src 'none'; style-src {hashes[0]}; script-src {hashes[1]}; connect-src 'self';")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"https?://|\ssrc=|url\(|@import", answer.text)
    assert " style=" not in answer.text


def test_names_of_people_are_text(page_of, course):
    """Names of hosts, worlds and reasons are escaped wherever they stand."""
    fields = {"hosts": [{"name": "controller-0", "personality": "controller"}]}
    text = page_of(course(host=EVIL, reason=EVIL), parse_world(fields, EVIL))
    tags = Reader(text)
    assert (tags.open, [tag for tag, _ in tags.tags if tag == "img"]) == ([], [])
    assert [name for _, attributes in tags.tags for name in attributes if name.startswith("on")] == []
    assert text.count("&lt;img") > 5
    assert "{{7*7}}" in text


def test_every_result_is_said_in_words(page_of, course):
    """Colour is never the only sign: each bar has a title, each picture a label, each row its word."""
    tags = Reader(page_of(course())).tags
    pictures = [attributes["aria-label"] for tag, attributes in tags if tag == "svg"]
    assert [label.partition(",")[0] for label in pictures] == ["success", "success", "inprogress", "initial", "initial"]
    assert [tag for tag, _ in tags].count("rect") == [tag for tag, _ in tags].count("title") - 1


def test_a_thousand_stages_stay_small(page_of, course):
    """A strategy of 1,000 stages of 100 hosts each is a page of less than 60 kB."""
    assert 10_000 < len(page_of(course(count=1000, current=480, hosts=100))) < 60_000


@pytest.mark.parametrize(
    ("clock", "told"),
    [
        (VirtualClock(), "virtual, moves when it is told to"),
        (SystemClock(), "system, in real time"),
        (SystemClock(60), "system, 60 times as fast as real time"),
    ],
)
def test_the_clock_is_told(clock, told):
    """The clock is told by its kind and its speed, and a running one says when it was frozen."""
    client = create_app(clock=clock, status_page=True).test_client()
    assert f"<dd>{told}</dd>" in client.get("/_status").text
    client.post("/_control/clock", json={"frozen": True})
    assert f"<dd>{told}{', frozen' * told.startswith('system')}</dd>" in client.get("/_status").text
