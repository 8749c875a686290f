"""The 17 documents of the reference stand in the contract unchanged, and both validators take them."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from spec.crosscheck import SecondOpinion, example_problems
from spec.load import load_contract

CONTRACT = load_contract()

# SHA-256 of the canonical JSON (members sorted, no blanks, UTF-8) of each document as the reference has it
HASHES = {
    "00-versions-root": "878523116c661eb44bd2a99c0e6f6f93c511d1bd687ba1e94a3ecbb07b5ea5ec",
    "01-versions-api": "69593620f4dddf4adfc274917276d2db5a022e2f71bc55f2f5c80d5b34706bdb",
    "02-orchestration": "8f81db4f6d3a76661c32b79de245c1839e02ab9ba231390ecd95e62a0455dec1",
    "03-sw-patch": "0460691009039438d52553b2a77520fffe7cb684078933c079fd1496cf1ffe68",
    "04-sw-upgrade": "96d69f15c1919d9a8d7f81eb16e6f1ef6e8f39ea3b8228664e09531a48519da8",
    "05-sw-patch-strategy-get-ready-to-apply": "818ce89690f47fdb0a4216b0ca2d0f5ea65b4aee90669e8c6a59b2becddb6908",
    "06-sw-patch-strategy-create-request": "5082fa529ea7585260cd686c5737c5bc516f06b8d5419cf2db2d1ff44c433386",
    "07-sw-patch-strategy-create-response": "ddfd428f6b14101c8a7e73196b7c9184643c0e625df4e7835aa51f96bff70bba",
    "08-sw-patch-strategy-delete-response": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "09-sw-patch-strategy-action-request": "b54992b1c0b7407eea2a3cadb019390a1908ecbba848681192b01be97cc63f56",
    "10-sw-patch-strategy-action-response-applying": "2124b6aeb0d7e60fcd5cf1da5059a150ee4cfb36c97d7bfe331a05ed52fe50a4",
    "11-sw-upgrade-strategy-get-ready-to-apply": "88a604abf7b5895afedb1a8c1a6346fa3869b379c141ebf54a3ba83b0524577e",
    "12-sw-upgrade-strategy-create-request": "6d66502c66a4a53c5f86443e9429934eb7416c1ad2389507cc3b9e6009423af0",
    "13-sw-upgrade-strategy-create-response": "5a124440de2bd3401712a89027ef209ef46700d2ac7b37418e8ee337bf4aa962",
    "14-sw-upgrade-strategy-delete-response": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "15-sw-upgrade-strategy-action-request": "b54992b1c0b7407eea2a3cadb019390a1908ecbba848681192b01be97cc63f56",
    "16-sw-upgrade-strategy-action-response-applying": "c372fe43cae2e9c7095ef417bc37022ea193cfdf9cd74cf67be4ff5a46692e9e",  # noqa: E501 - name and hash
}


def canonical_hash(value):
    """The SHA-256 of the canonical JSON of a value, in hex."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_all_documents_are_there():
    """The contract holds the 17 documents of the reference and no other."""
    assert tuple(example.name for example in CONTRACT.examples) == tuple(HASHES)


@pytest.mark.parametrize("name", HASHES)
def test_document_is_unchanged(name):
    """A document in the contract is, member for member and value for value, that of the reference."""
    assert canonical_hash(CONTRACT.example(name)) == HASHES[name]


@pytest.mark.parametrize("name", HASHES)
def test_document_equals_the_file(name):
    """A document in the contract equals its file, order of members included, where the files are at hand."""
    folder = os.environ.get("VIMGATE_SEED")
    if folder is None:
        pytest.skip("VIMGATE_SEED does not name the folder with the API reference and its examples")
    theirs = json.loads((Path(folder) / "examples" / f"{name}.json").read_text(encoding="utf-8"))
    assert json.dumps(CONTRACT.example(name)) == json.dumps(theirs)


@pytest.mark.parametrize("example", CONTRACT.examples, ids=lambda example: example.name)
def test_both_validators_take_the_document(example):
    """openapi-core and jsonschema-rs both find a document of the reference valid at its place."""
    value = CONTRACT.example(example.name)
    assert (CONTRACT.example_errors(example, value), SecondOpinion(CONTRACT).on_example(example, value)) == ([], None)


def test_no_example_has_a_problem():
    """What `vimgate spec check` asks about the examples has the answer: nothing."""
    assert list(example_problems(CONTRACT)) == []


def test_every_document_stands_at_its_operation():
    """Four documents are requests, eleven are answers with the success code, two (below a 204) belong to no answer."""
    requests = [example for example in CONTRACT.examples if example.operation_id and example.status is None]
    answers = [example for example in CONTRACT.examples if example.status is not None]
    orphans = [example.name[:2] for example in CONTRACT.examples if example.operation_id is None]
    assert (len(requests), len(answers), orphans) == (4, 11, ["08", "14"])
    assert [example.status for example in answers] == [
        CONTRACT.operation(example.operation_id).success for example in answers
    ]
