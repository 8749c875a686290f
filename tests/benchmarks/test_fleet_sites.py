"""The sites of a fleet: each is a server of its own, as faulty or silent as it was asked to be, and counts."""

import json
import os
import time
import urllib.error
import urllib.request

import pytest

from benchmarks.fleet.serving import sites_of
from benchmarks.fleet.sites import CONTROL, HEADER, Plan, Seen, running
from benchmarks.tape import BODY, STRATEGY

NOBODY = ("site-0003",)
LIMIT = 180  # seconds until an answer is late
PLAN = Plan(count=7, faulty={"site-0002": "percentage-as-text"}, hanging=("site-0003",), absent=("site-0004",))


@pytest.fixture(scope="module")
def sites():
    """Seven sites."""
    with running(PLAN) as found:
        yield found


@pytest.fixture
def ask(sites):
    """Asks a site; status and value of the answer."""

    def send(name, method, path, body=None, token=None, limit=LIMIT):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | ({HEADER: token} if token else {})
        request = urllib.request.Request(sites.urls[name] + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=limit) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, None

    return send


def test_sites_share_nothing_and_count(ask, sites):
    """A strategy of one site is seen at another, or a request is counted where it was not sent."""
    created = ask("site-0001", "POST", STRATEGY, BODY)
    again = ask("site-0001", "POST", STRATEGY, BODY)
    looks = [ask(name, "GET", STRATEGY)[0] for name in ("site-0001", "site-0005")]
    assert (created[0], again[0], *looks) == (200, 409, 200, 404)
    seen = sites.seen()
    assert (seen["site-0001"], seen["site-0005"]) == (Seen(3, 2, 1, 0), Seen(1))
    assert seen["site-0006"] == Seen()


def test_clocks_are_moved_one_by_one_with_the_token(ask, sites):
    """The clock of a site moves another's, without the token, or counts as a request of it."""
    wrong = ask("site-0006", "POST", "/_control/clock", {"advance": 100.0})
    moved = ask("site-0006", "POST", "/_control/clock", {"advance": 100.0}, sites.environment[CONTROL])
    other = ask("site-0007", "GET", "/_control", token=sites.token)
    assert (wrong[0], moved[0]) == (401, 200)
    assert moved[1]["now"] - other[1]["now"] == 100
    assert sites.seen()["site-0006"] == Seen()


def test_a_faulty_site_has_its_defect(ask, sites):
    """A site that was to be faulty is not."""
    ask("site-0002", "POST", STRATEGY, BODY)
    shown = ask("site-0002", "GET", STRATEGY)[1]["strategy"]
    assert isinstance(shown["current-phase-completion-percentage"], str)


def test_a_site_hangs_until_it_is_released(ask, sites):
    """A site that hangs answers; or does not count what it did not answer; or never answers again."""
    with pytest.raises(TimeoutError):
        ask("site-0003", "GET", STRATEGY, limit=0.2)
    end = time.monotonic() + LIMIT
    while sites.seen()["site-0003"] != Seen(1):
        assert time.monotonic() < end, "what hangs is not counted"
    sites.release("site-0003")
    assert ask("site-0003", "GET", "/")[0] == 200
    sites.hang("site-0003")
    with pytest.raises(TimeoutError):
        ask("site-0003", "GET", STRATEGY, limit=0.2)


def test_an_absent_site_refuses_connections(ask):
    """Somebody answers where no site is."""
    with pytest.raises(urllib.error.URLError, match="refused"):
        ask("site-0004", "GET", STRATEGY)


def test_the_process_ends_with_its_context():
    """Sites that hold a request are left behind."""
    with running(Plan(count=1, hanging=("site-0001",))) as found:
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(found.urls["site-0001"], timeout=0.2)
        os.kill(found.process, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(found.process, 0)


def test_a_site_that_is_not_is_refused():
    """A fleet without the site that was to be absent starts."""
    with pytest.raises(ValueError, match="there is no site-0003 among 2 sites"), running(Plan(count=2, absent=NOBODY)):
        pass


def test_a_mutant_that_is_not_is_refused():
    """A fleet without the fault that was asked for starts."""
    with pytest.raises(LookupError, match="did you mean percentage-as-text"):
        sites_of(Plan(count=1, faulty={"site-0001": "percentage-as-tex"}))
