"""Loading the contract: a damaged file is refused with file, line and what to write instead."""

import importlib.resources

import pytest

from spec.documents import DocumentError
from spec.load import load_contract, load_law, load_ledger, read_contract

GOOD = """\
openapi: 3.1.0
info: {title: small, version: 1.0.0}
paths:
  /a:
    post:
      operationId: makeA
      x-silent: [409]
      requestBody:
        content:
          application/json:
            schema: {type: object}
      responses:
        '200':
          description: good
          content:
            application/json:
              schema: {$ref: '#/components/schemas/A'}
              examples:
                first: {$ref: '#/components/examples/first'}
        '409': {$ref: '#/components/responses/Refused'}
components:
  schemas:
    A: {type: object}
  responses:
    Refused: {description: bad}
  examples:
    first: {value: {}}
    second: {x-schema: A, value: {}}
  links:
    again: {operationId: makeA}
"""


@pytest.fixture
def contract_file(tmp_path):
    """Write a contract, altered by replacing a text once, and give its path."""

    def write(old="", new=""):
        assert GOOD.count(old) >= 1
        path = tmp_path / "openapi.yaml"
        path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
        return path

    return write


def test_the_small_contract_is_good(contract_file):
    """The contract that the other tests damage is read without an error."""
    contract = read_contract(contract_file())
    assert [(each.operation_id, each.silent, each.documented) for each in contract.operations] == [
        ("makeA", {409}, {200})
    ]
    assert [(each.name, each.operation_id, each.status, each.schema) for each in contract.examples] == [
        ("first", "makeA", 200, "A"),
        ("second", None, None, "A"),
    ]


DAMAGE = [
    pytest.param("openapi: 3.1.0", "openapi: 3.0.3", 1, "/openapi: expected text like ^3", id="version of OpenAPI"),
    pytest.param("info: {title: small, version: 1.0.0}\n", "", 1, 'expected a member "info"', id="no info"),
    pytest.param("      operationId: makeA\n", "", 6, 'expected a member "operationId"', id="no operationId"),
    pytest.param(
        "operationId: makeA", "operationId: Make A", 6, "/operationId: expected text like", id="bad operationId"
    ),
    pytest.param("'200':", "200:", 13, "the key 200 is not text; put it in quotes", id="status without quotes"),
    pytest.param(
        "'200':",
        "'201':\n          description: also good\n        '200':",
        13,
        "exactly one status of success",
        id="two successes",
    ),
    pytest.param("'200':", "'404':", 13, "exactly one status of success; these stand here: none", id="no success"),
    pytest.param(
        "x-silent: [409]", "x-silent: [409, 418]", 7, "[418] stand not among the responses", id="silent, not listed"
    ),
    pytest.param(
        "responses/Refused'",
        "responses/Taken'",
        20,
        "'#/components/responses/Taken' leads nowhere",
        id="dangling response",
    ),
    pytest.param("schemas/A'", "schemas/B'", 17, "'#/components/schemas/B' leads nowhere", id="dangling schema"),
    pytest.param(
        "A: {type: object}",
        "A: {items: {$ref: 'b.yaml'}}",
        23,
        "'b.yaml' leads nowhere",
        id="dangling part of a schema",
    ),
    pytest.param(
        "{x-schema: A, value: {}}", "{value: {}}", 28, "no media type shows this example", id="example without a place"
    ),
    pytest.param(
        "again: {operationId: makeA}",
        "again: {operationId: makeB}",
        30,
        "no operation has the id 'makeB'; write one of makeA",
        id="dangling link",
    ),
    pytest.param(
        "  /a:",
        "  /b:\n    get: {operationId: makeA, responses: {'200': {description: x}}}\n  /a:",
        8,
        "is the id of two operations",
        id="id twice",
    ),
    pytest.param("A: {type: object}", "A: {type: objekt}", 23, "is not a JSON Schema", id="bad schema"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), DAMAGE)
def test_damage_is_told_with_its_line(contract_file, old, new, line, message):
    """A damaged contract is refused with file, line and what to write there."""
    path = contract_file(old, new)
    with pytest.raises(DocumentError) as caught:
        read_contract(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("load", [load_contract, load_ledger, load_law])
def test_each_file_is_read_once(load):
    """Loading twice gives the same value, so that a schema is compiled once in a process."""
    assert load() is load()


@pytest.mark.parametrize("name", ["openapi.yaml", "requirements.yaml", "lifecycle.yaml", "reference/lines.tsv"])
def test_the_files_are_part_of_the_package(name):
    """What is loaded lies inside the installed package."""
    assert importlib.resources.files("spec").joinpath(name).is_file()
