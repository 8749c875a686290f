"""What the gateway itself answers: problem documents that old clients can print too, bounded and without secrets."""

import json

import pytest

from proxy.deciding import answers
from proxy.deciding.answers import annotation, bad_answer, refusal, unjudged
from proxy.traffic import Direction, Noticed
from reports.model import Finding, Verdict
from spec.load import load_ledger

TOKEN = "gAAAAABmzz-0123456789abcdefABCDEF0123456789"
REFERENCE = "findings.jsonl#17"


def noticed(requirement="VIM-PPOST-012", message="`controller-apply-type` is missing.", verdict=Verdict.FAIL, **more):
    """Something that was noticed about a request."""
    certain = more.pop("certain", True)
    return Noticed(Direction.REQUEST, Finding(requirement, verdict, message, **more), certain)


ANSWERS = {
    "refusal": (refusal([noticed()], REFERENCE), 400, "request", False, "Client"),
    "bad answer": (bad_answer([noticed()], REFERENCE), 502, "response", True, "Server"),
    "request not judged": (unjudged("crashed"), 503, "request", False, "Server"),
    "answer not judged": (unjudged("crashed", Direction.RESPONSE), 502, "response", True, "Server"),
}


@pytest.mark.parametrize(("answer", "status", "direction", "forwarded", "code"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_a_problem_document(answer, status, direction, forwarded, code):
    """Members of RFC 9457, whose side it was, whether it was forwarded, and a fault as known servers say it."""
    body = json.loads(answer.body)
    assert answer.headers[:2] == (("Content-Type", "application/problem+json"), ("Cache-Control", "no-store"))
    assert (answer.status, body["status"]) == (status, status)
    assert body["type"].startswith("urn:vimgate:problem:")
    assert body["title"]
    assert body["detail"]
    assert (body["direction"], body["forwarded"]) == (direction, forwarded)
    assert (body["faultcode"], body["debuginfo"]) == (code, None)
    assert body["faultstring"].startswith(body["detail"])


def test_each_answer_is_of_a_type_of_its_own():
    """A program can tell the four apart by their type."""
    assert len({json.loads(each[0].body)["type"] for each in ANSWERS.values()}) == len(ANSWERS)


@pytest.mark.parametrize("answer", [ANSWERS["refusal"][0], ANSWERS["bad answer"][0]], ids=["refusal", "bad answer"])
def test_an_answer_tells_of_the_requirement_and_the_log(answer):
    """The ids with their texts from the ledger, what was wrong, and where the findings log tells of it."""
    body = json.loads(answer.body)
    text = load_ledger().by_id["VIM-PPOST-012"].text
    assert [(each["id"], each["text"]) for each in body["requirements"]] == [("VIM-PPOST-012", text)]
    assert body["requirements"][0]["message"] == "`controller-apply-type` is missing."
    assert body["instance"] == REFERENCE
    assert "VIM-PPOST-012: `controller-apply-type` is missing" in body["detail"]
    assert body["faultstring"].endswith(f"[{REFERENCE}]")


@pytest.mark.parametrize(("name", "invites"), [(name, name == "request not judged") for name in ANSWERS])
def test_only_a_request_that_was_not_forwarded_is_invited_again(name, invites):
    """Retry-After stands where the request was left alone and nothing was wrong with it."""
    assert any(header == "Retry-After" for header, _ in ANSWERS[name][0].headers) is invites


@pytest.mark.parametrize("kind", ["crashed", "slow", "memory", "overrun", "of another kind"])
def test_every_fault_of_the_judge_has_words(kind):
    """What befell the judge is told, whatever it was."""
    assert "because the judge " in json.loads(unjudged(kind).body)["detail"]


def test_a_freeze_is_told_as_the_operators_wish():
    """What is frozen breaks nothing of the ledger, and whoever is refused learns whose wish it is."""
    (told,) = json.loads(refusal([noticed("freeze", "`create` is frozen")]).body)["requirements"]
    assert (told["id"], "operator" in told["text"]) == ("freeze", True)


def test_without_a_log_there_is_no_reference():
    """Nothing refers to a finding that was not written down."""
    body = json.loads(refusal([noticed()]).body)
    assert ("instance" in body, body["faultstring"]) == (False, body["detail"])


@pytest.mark.parametrize(
    "message", [f"`{TOKEN}` is no value", f"X-Auth-Token: {TOKEN}", f'"password": "{TOKEN}"', f"token={TOKEN}"]
)
@pytest.mark.parametrize("make", [refusal, bad_answer])
def test_no_secret_stands_in_an_answer(make, message):
    """A token in a message or an expectation is replaced."""
    assert TOKEN.encode() not in make([noticed(message=message, expected=message)], REFERENCE).body


@pytest.mark.parametrize(
    "text",
    ["x" * 100_000, '"' * 100_000, "\n\r\x00\x1b[31m" * 900, "\ud800" * 900, "ü…😀" * 900, ""],
    ids=["long", "quotes", "controls", "surrogates", "not ASCII", "empty"],
)
@pytest.mark.parametrize("make", [refusal, bad_answer])
def test_an_answer_is_bounded_and_plain(make, text):
    """Whatever a finding says, the document stays small, is JSON, and has neither line ends nor anything but ASCII."""
    found = [noticed(f"VIM-NEW-{number:03}{text[:50]}", text, expected=text, hint=text) for number in range(40)]
    answer = make(found, REFERENCE)
    body = json.loads(answer.body)
    assert len(answer.body) <= answers.LARGEST
    assert answer.body.isascii()
    assert (len(body["requirements"]) + body["more"], "\n" in body["faultstring"]) == (40, False)


def test_what_surely_breaks_a_must_is_told_first():
    """Certain before doubtful, MUST before SHOULD, each requirement once."""
    found = [
        noticed("VIM-PPOST-049", verdict=Verdict.WARN),
        noticed("VIM-LIFE-025", certain=False),
        noticed("VIM-PPOST-012"),
        noticed("VIM-PPOST-012", "again"),
    ]
    ids = ["VIM-PPOST-012", "VIM-LIFE-025", "VIM-PPOST-049"]
    assert [each["id"] for each in json.loads(refusal(found).body)["requirements"]] == ids
    assert annotation(found) == ", ".join(ids)


@pytest.mark.parametrize("count", [0, 1, 17, 18, 19, 99, 1000])
def test_an_annotation_fits_its_header(count):
    """At most 256 bytes, the first ids whole and in their order, and the number of those that found no place."""
    text = annotation([noticed(f"VIM-LIFE-{number:03}") for number in range(count)])
    shown = [each for each in text.split(", ") if each.startswith("VIM-")]
    left = int(text.rpartition("...+")[2]) if "..." in text else 0
    assert len(text.encode()) <= answers.LONGEST_HEADER
    assert shown == [f"VIM-LIFE-{number:03}" for number in range(len(shown))]
    assert len(shown) + left == count
    assert count > 17 or left == 0


@pytest.mark.parametrize("id_", ["a\r\nSet-Cookie: b", "VIM-Ü-001", "x" * 5000], ids=["lines", "not ASCII", "long"])
def test_an_annotation_is_one_line_of_ascii(id_):
    """No id can end the header, or make it longer."""
    text = annotation([noticed(id_), noticed("VIM-LIFE-001", verdict=Verdict.WARN)])
    assert (text.isprintable(), text.isascii(), len(text) <= answers.LONGEST_HEADER) == (True, True, True)
