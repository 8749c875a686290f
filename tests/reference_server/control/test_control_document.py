import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from reference_server import create_app
from reference_server.control.blueprint import ROUTES
from reference_server.control.standing import LATEST, LONGEST_ADVANCE, OFFERS, VERSION
from reference_server.worlds.file import parse_world, world_schema
from spec.crosscheck import document_problems, example_problems
from spec.load import load_control, own_file

FILE_ONLY = ("$schema", "$id", "title", "$defs")  # of the world file's schema: what a component does not have


def camel(name):
    """A name as the components have it."""
    return "".join(part.capitalize() for part in name.split("_"))


def rewritten(value):
    """A schema with references to components instead of $defs."""
    match value:
        case dict():
            return {name: renamed(member) if name == "$ref" else rewritten(member) for name, member in value.items()}
        case list():
            return [rewritten(item) for item in value]
        case _:
            return value


def renamed(reference):
    """A reference to $defs as one to a component."""
    return "#/components/schemas/" + camel(reference.removeprefix("#/$defs/"))


def world_components():
    """The components that the schema of world files makes."""
    schema = world_schema()
    whole = {name: member for name, member in schema.items() if name not in FILE_ONLY}
    return {"World": rewritten(whole)} | {camel(name): rewritten(part) for name, part in schema["$defs"].items()}


def examples(schema):
    """The names of the examples of a schema."""
    return [example.name for example in load_control().examples if example.schema == schema]


def test_the_document_is_openapi():
    """openapi-spec-validator has nothing against the file."""
    assert list(document_problems(load_control())) == []


def test_the_validator_would_find_a_fault():
    """A document whose summary is a number is not taken by the same validator."""
    document = load_control().document
    document["paths"]["/_control"]["get"]["summary"] = 5
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) != []


def test_the_examples_are_valid():
    """Every example is valid where it stands, by both validators."""
    assert list(example_problems(load_control())) == []


def test_the_routes_are_the_operations():
    """Each route is an operation of the document under its id, and each operation is a route."""
    routes = {(endpoint, method, f"/_control{path}") for endpoint, method, path, _ in ROUTES}
    assert routes == {(one.operation_id, one.method, one.path) for one in load_control().operations}


def test_the_app_has_no_other_control_route():
    """What the app routes below /_control is what the table says."""
    rules = {
        (method, rule.rule)
        for rule in create_app().url_map.iter_rules()
        if rule.rule.startswith("/_control")
        for method in rule.methods
    }
    assert rules == {(one.method, one.path) for one in load_control().operations}


@pytest.mark.parametrize("operation", load_control().operations, ids=lambda one: one.operation_id)
def test_every_operation_has_the_codes_of_the_door(operation):
    """Whoever asks, and while nothing can be written: each operation may be answered 401, 403 and 503."""
    assert {200, 401, 403, 503} <= operation.statuses


@pytest.mark.parametrize("operation", load_control().operations, ids=lambda one: one.operation_id)
def test_operations_with_a_body_say_what_is_wrong_with_it(operation):
    """400 and 413 stand where there is a body."""
    assert (operation.body == "required") == (413 in operation.statuses)
    assert operation.body == "none" or 400 in operation.statuses


def test_the_offers_are_told():
    """The document tells what each offer is, and knows the version."""
    document = load_control().document
    table = document["info"]["description"]
    assert [offer for offer in OFFERS if f"| `{offer}` |" not in table] == []
    assert document["components"]["schemas"]["Standing"]["properties"]["control"]["const"] == VERSION
    assert str(VERSION) == load_control().version


def test_the_longest_advance_is_told():
    """The document has the limit of an advance."""
    advance = load_control().document["components"]["schemas"]["Move"]["oneOf"][0]["properties"]["advance"]
    assert (advance["minimum"], advance["maximum"]) == (0, LONGEST_ADVANCE)
    assert LATEST > LONGEST_ADVANCE


def test_worlds_and_faults_are_those_of_world_files():
    """The schemas of worlds and faults are those of world.schema.json, part by part."""
    components = load_control().document["components"]["schemas"]
    expected = world_components()
    assert {name: components.get(name) for name in expected} == expected


def test_the_fault_grammar_is_among_them():
    """What is compared has the faults in it."""
    assert "Fault" in world_components()
    assert "#/components/schemas/Fault" in json.dumps(world_components()["World"])


@pytest.mark.parametrize("name", examples("World"))
def test_the_example_worlds_are_worlds(name):
    """An example of a world can be loaded."""
    assert parse_world(load_control().example(name), name).name == name


@pytest.mark.parametrize("name", examples("Faults"))
def test_the_example_faults_are_faults(control, name):
    """An example of faults can be injected, and is told as it was written."""
    example = load_control().example(name)
    assert control.post("/_control/faults", example) == example


@pytest.mark.parametrize("name", examples("Move"))
def test_the_example_moves_are_done(running, name):
    """An example of a move is carried out by a clock that runs."""
    assert running.send("POST", "/_control/clock", load_control().example(name)).status == 200


def test_the_file_is_shipped():
    """The document is found where the package is installed."""
    assert own_file("control.yaml").is_file()
