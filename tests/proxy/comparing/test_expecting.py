"""What two releases explain is expected, with its numbers; everything else is not."""

import json
from dataclasses import replace

import pytest
from a_capture import PATCH, captured, changed, compared

from conformance.exchange import Exchange
from proxy.comparing.difference import Comparison, Difference, Subject, What
from proxy.comparing.expecting import Releases

JSON = (("Content-Type", "application/json"),)
CONFIG = "/api/orchestration/system-config-update/strategy"
NULL = b'{"strategy": null}'


@pytest.fixture(scope="module")
def releases():
    """From the published document to 3.0.0."""
    return Releases("published", "stx-3.0")


def explained(releases, *differences):
    """The differences after the releases were asked."""
    return releases.explained(Comparison(differences)).differences


def test_what_a_deviation_says_is_expected_with_its_number(releases):
    """A strategy that is null instead of 404 under 3.0.0 is D3-04, and nobody is told so."""
    capture = captured()
    after = tuple(
        replace(each, status=200, response_body=NULL) if (each.path, each.status) == (PATCH, 404) else each
        for each in capture
    )
    found = releases.explained(compared(capture, after))
    assert [
        (each.what, each.expected, each.numbers[0]) for each in found.differences if not each.asked.count("odd")
    ] == [(What.STATUS, True, "D3-04")]
    assert "VIM-PGET-012" in found.differences[0].numbers


def test_what_no_release_says_is_unexpected(releases):
    """A change that neither release knows is taken for one of theirs."""
    odd = changed(captured(), lambda value: value.update(odd=1), path="/api/orchestration")
    teapot = [Exchange("GET", PATCH, 404), Exchange("GET", "/api", 200)]
    other = [Exchange("GET", PATCH, 418), Exchange("GET", "/api", 404)]
    found = (*compared(captured(), odd).differences, *compared(teapot, other).differences)
    assert [each.expected for each in explained(releases, *found)] == [False] * 3


STRATEGY = Subject("GET", PATCH, (200, 200), "strategy")
CREATE = Subject("POST", PATCH, (200, 400))


@pytest.mark.parametrize(
    ("what", "subject", "there", "back"),
    [
        (What.CREATE_ACCEPTED, replace(CREATE, statuses=(400, 200)), True, False),
        (What.CREATE_REFUSED, CREATE, False, True),
        (What.TYPE, replace(STRATEGY, part="", names=("strategy",), types=("null",)), True, False),
        (What.MEMBER_NEW, replace(STRATEGY, names=("no-such-member",)), False, False),
        (What.WORD, replace(STRATEGY, names=("state", "no-such-word")), False, False),
        (What.LINK_NEW, Subject("GET", "/api", (200, 200), "", ("virtualised_resources",)), True, True),
        (What.LINK_NEW, Subject("GET", "/api", (200, 200), "", ("no-such-rel",)), False, False),
        (What.STATUS, Subject("GET", PATCH, (404, 418)), False, False),
        (What.STATUS, Subject("GET", "/api/no-such-thing", (404, 200)), False, False),
        (What.STATUS, Subject("GET", PATCH, (200, 500)), False, False),
        (What.STATUS, Subject("GET", PATCH, (404, 200)), True, False),
        (What.STATUS, Subject("GET", PATCH, (400, 404), odd=True), False, False),
        (What.STATUS, Subject("DELETE", PATCH, (204, 400), bare=True), True, False),
        (What.STATUS, Subject("DELETE", PATCH, (204, 400)), False, False),
        (What.MEMBER_NEW, replace(STRATEGY, names=("name",)), True, False),
        (What.MEMBER_GONE, replace(STRATEGY, names=("name",)), False, True),
        (What.STATUS, Subject("OPTIONS", PATCH, (404, 405)), False, False),
        (What.FAULT_TEXT, Subject("GET", "/api", (200, 200), names=("links openstack", "links")), True, True),
        (What.FAULT_TEXT, Subject("GET", "/api", (200, 200), names=("links unheard", "links")), False, False),
        (What.BODY, Subject("GET", PATCH, (200, 200)), False, False),
    ],
)
def test_by_contract_one_way_and_not_the_other(what, subject, there, back):
    """What one contract knows and the other does not is expected in one direction alone."""
    body = {
        "controller-apply-type": "parallel",
        "storage-apply-type": "serial",
        "worker-apply-type": "serial",
        "default-instance-action": "migrate",
    }
    each = Difference(what, "somewhere", "is otherwise", "a", "b", subject=replace(subject, body=body))
    ways = Releases("published", "stx-3.0"), Releases("stx-3.0", "published")
    assert [explained(way, each)[0].expected for way in ways] == [there, back]


def test_a_timeout_of_a_recipe_is_expected(releases):
    """The step that a deviation gives another timeout is told of as unexpected, or any timeout as expected."""
    subject = Subject("GET", PATCH, part="apply", names=("unlock-hosts", "sw-patch-worker-hosts"))
    known = Difference(What.TIMEOUT, "strategy of sw-patch", "has another timeout", "900 s", "1800 s", subject=subject)
    found = explained(releases, known, replace(known, new="77 s"))
    assert [each.expected for each in found] == [True, False]
    assert found[0].numbers[0] == "D3-25"


@pytest.mark.parametrize(("name", "expected"), [("unlock-hosts", True), ("swact-hosts", False)])
def test_steps_of_a_recipe_are_expected(releases, name, expected):
    """A step that no deviation names may come or go, or one that a deviation names may not."""
    subject = Subject("GET", PATCH, part="apply", names=(name,))
    each = Difference(What.STEPS, "strategy of sw-patch", "has other steps", "a", "b", subject=subject)
    assert explained(releases, each)[0].expected is expected


@pytest.mark.parametrize(
    ("way", "what", "subject", "expected"),
    [
        ((8, 9), What.STATUS, Subject("GET", CONFIG, (404, 200)), True),
        ((8, 9), What.STATUS, Subject("GET", CONFIG, (404, 418)), False),
        ((8, 9), What.STATUS, Subject("OPTIONS", CONFIG, (404, 405)), True),
        ((8, 9), What.STATUS, Subject("OPTIONS", CONFIG, (404, 500)), False),
        ((9, 8), What.STATUS, Subject("GET", CONFIG, (200, 404)), True),
        ((9, 8), What.STATUS, Subject("GET", CONFIG, (200, 500)), False),
        ((8, 9), What.LINK_NEW, Subject("GET", "/api/orchestration", names=("system-config-update",)), True),
        ((8, 9), What.LINK_GONE, Subject("GET", "/api/orchestration", names=("sw-upgrade",)), False),
    ],
)
def test_kinds_that_come_and_go_with_a_release(way, what, subject, expected):
    """A kind that is new or gone is unexpected, or whatever becomes of its path is excused."""
    each = Difference(what, "somewhere", "is otherwise", "a", "b", subject=subject)
    found = explained(Releases(*(f"stx-{number}.0" for number in way)), each)[0]
    assert (found.expected, "D9-01" in found.numbers) == (expected, expected)


def test_the_same_release_explains_nothing():
    """A change within one release is excused by what the release does anyway."""
    before = [
        Exchange("GET", PATCH, 404, response_headers=JSON, response_body=json.dumps({"faultstring": "no"}).encode())
    ]
    after = [Exchange("GET", PATCH, 200, response_headers=JSON, response_body=NULL)]
    found = Releases("stx-3.0", "stx-3.0").explained(compared(before, after))
    assert [each.expected for each in found.differences] == [False]
