"""Schemathesis on the control API itself: what it thinks of is answered as `spec/control.yaml` says."""

import warnings
from functools import cache

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks

from reference_server import create_app
from reference_server.worlds.file import parse_world
from spec.load import load_control

CONFORM = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
REFUSED = [*CONFORM, checks.negative_data_rejection]
LIMITS = settings(max_examples=25, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
WITH_INPUT = [one for one in load_control().operations if one.body == "required" or one.operation_id == "showEvents"]


def named(operations):
    """Operations as parameters."""
    return [pytest.param(one, id=one.operation_id) for one in operations]


@cache
def schema():
    """The control API as Schemathesis knows it: without database, cache, config file or constants of our modules."""
    config = {
        "cache": {"enabled": False},
        "analysis": {"constants": {"enabled": False}},
        "generation": {"database": "none", "with-security-parameters": False},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return schemathesis.openapi.from_dict(digestible(), config=schemathesis.Config.from_dict(config))


def digestible():
    """The document less one rule.

    Names of durations beside the conditions of faults are more than Schemathesis can turn into values. Worlds with
    other names are then sent too; 400 is in order for them.
    """
    document = load_control().document
    del document["components"]["schemas"]["World"]["properties"]["durations"]["propertyNames"]
    return document


@cache
def cases(operation, mode):
    """What Schemathesis makes of an operation."""
    return schema()[operation.path][operation.method].as_strategy(generation_mode=mode)


@pytest.fixture(scope="module")
def app():
    """One server for all that is sent: what one request leaves behind the next one finds."""
    return create_app()


def sent(app, case, wanted):
    """Send a case to the app, and let Schemathesis check the answer."""
    case.validate_response(case.call(app=app), checks=wanted)


@pytest.mark.parametrize("operation", named(load_control().operations))
@LIMITS
@given(data=st.data())
def test_what_is_well_formed_is_answered_as_described(app, operation, data):
    """A well-formed request is no 5xx, and its answer is one that the document describes."""
    sent(app, data.draw(cases(operation, GenerationMode.POSITIVE)), CONFORM)


@pytest.mark.parametrize("operation", named(WITH_INPUT))
@LIMITS
@given(data=st.data())
def test_what_is_malformed_is_refused_as_described(app, operation, data):
    """A malformed request is refused by a 4xx that the document describes."""
    sent(app, data.draw(cases(operation, GenerationMode.NEGATIVE)), REFUSED)


@LIMITS
@given(data=st.data())
def test_the_api_lives_on_after_any_fault(caller_of, world_with_everything, data):
    """Whatever faults were injected, a strategy can be created, applied, shown and deleted without a 5xx."""
    operation = next(one for one in WITH_INPUT if one.operation_id == "injectFaults")
    app = create_app(world_with_everything)
    sent(app, data.draw(cases(operation, GenerationMode.POSITIVE)), CONFORM)
    caller = caller_of(app)
    statuses = [
        caller.create("sw-patch").status,
        caller.advance(600).status,
        caller.act("sw-patch", "apply-all").status,
        caller.advance(5000).status,
        caller.get("sw-patch").status,
        caller.act("sw-patch", "abort").status,
        caller.advance(50_000).status,
        caller.send("GET", "/_control/world").status,
        caller.delete("sw-patch", {"force": True}).status,
    ]
    assert max(statuses) < 500


@pytest.fixture(scope="module")
def world_with_everything():
    """The fleet of the example of a standard world."""
    return parse_world(load_control().example("standard"), "standard")
