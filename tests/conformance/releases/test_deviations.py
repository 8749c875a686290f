"""Which numbered deviation of stx-3.0 a finding comes from: the one whose signs it has, and no other."""

import json

import pytest

from conformance.deviations import Explaining
from conformance.exchange import Exchange
from spec.load import RELEASES, load_ledger, load_release

PATH = "/api/orchestration/sw-patch/strategy"
JSON = "application/json"
FIXED = "The server has either erred or is incapable of performing the requested operation."


def answered(body, status, says="", media=JSON):
    """A request with that JSON body, and its answer."""
    headers = (("Content-Type", media),)
    content = b"" if body is None else json.dumps(body).encode()
    return Exchange("POST", PATH, status, request_headers=headers, request_body=content, response_body=says.encode())


SIGNS = {
    "none there": ("VIM-PGET-012", answered(None, 200, '{"strategy": null}'), "D3-04"),
    "unlawful": ("VIM-PACT-010", answered({"action": "abort"}, 500, FIXED), "D3-03"),
    "unlawful by the law": ("VIM-LIFE-070", answered({"action": "abort"}, 500, FIXED), "D3-03"),
    "unlawful with null": ("VIM-PACT-018", answered({"stage-id": None}, 500, FIXED), "D3-03"),
    "null taken": ("VIM-PACT-018", answered({"stage-id": None}, 202), "D3-13"),
    "true taken": ("VIM-PACT-018", answered({"stage-id": True}, 202), "D3-42"),
    "stage-id as list": ("VIM-PACT-010", answered({"stage-id": []}, 500, "int() argument"), "D3-36"),
    "body as list": ("VIM-PPOST-010", answered([], 500, "Server"), "D3-31"),
    "width as list": ("VIM-PPOST-010", answered({"max-parallel-worker-hosts": []}, 500, "Server"), "D3-32"),
    "as XML": ("VIM-PPOST-010", answered({}, 500, "not well-formed", "text/xml"), "D3-38"),
    "process gone": ("VIM-PPOST-010", answered({}, 500, "[Errno 111] Connection refused"), "D3-40"),
    "null for a word": ("VIM-PPOST-018", answered({"storage-apply-type": None}, 200), "D3-33"),
    "list for a word": ("VIM-PPOST-018", answered({"storage-apply-type": []}, 200), "D3-35"),
    "null for another word": ("VIM-PPOST-018", answered({"worker-apply-type": None}, 200), ""),
    "another error": ("VIM-PPOST-010", answered({}, 500, "KeyError"), ""),
    "another requirement": ("VIM-ROOT-001", answered(None, 200), ""),
}


@pytest.fixture(scope="module")
def explaining():
    """Names the deviations of stx-3.0."""
    return Explaining(load_release("stx-3.0"), load_ledger())


def test_a_finding_has_the_number_whose_signs_it_shows(explaining):
    """Of several deviations that touch one requirement the one is named that the exchange shows, or none."""
    named = {
        case: " ".join(explaining.numbers(exchange, requirement, excused=True))
        for case, (requirement, exchange, _) in SIGNS.items()
    }
    assert named == {case: number for case, (_, _, number) in SIGNS.items()}


def test_what_the_release_finds_too_is_explained_only_if_it_keeps_it(explaining):
    """A finding that the release shares has a number where a deviation keeps it, and nowhere else."""
    shared = {
        case: explaining.numbers(exchange, requirement, excused=False)
        for case, (requirement, exchange, _) in SIGNS.items()
    }
    assert {case: "".join(numbers) for case, numbers in shared.items() if numbers} == {
        "true taken": "D3-42", "process gone": "D3-40", "null for a word": "D3-33", "list for a word": "D3-35",
    }  # fmt: skip


def test_signs_name_requirements_that_there_are():
    """Each pattern of a sign fits a requirement of its release, so that none is written in vain."""
    vain = [
        (name, each.id, pattern)
        for name in RELEASES[1:]
        for each in load_release(name).own.values()
        for sign in each.shows
        for pattern in sign.findings
        if not Explaining(load_release(name), load_ledger(name)).fits(pattern)
    ]
    assert vain == []
