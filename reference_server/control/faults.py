"""Faults at run time, in the grammar of the `faults` of world files."""

from flask import Response

from reference_server.control.bodies import only_member
from reference_server.refusals import Refusal
from reference_server.simulation.faults import fault_document, parse_faults
from reference_server.wire import current, json_answer
from spec.documents import DocumentError


def show_faults() -> Response:
    """What is in force: of the world file and of injections, less what has been used up."""
    return json_answer({"faults": [fault_document(fault) for fault in current().driver.faults]})


def inject_faults() -> Response:
    """Add faults to those in force; all of them or, when one is wrong, none."""
    driver = current().driver
    _, value = only_member('{"faults": [fault, ...]}', "faults")
    try:
        driver.inject(parse_faults(value, "faults", driver.fleet))
    except DocumentError as error:
        raise Refusal(400, str(error)) from None
    return show_faults()


def clear_faults() -> Response:
    """Nothing is to go wrong any more; what has happened stays as it is."""
    current().driver.clear_faults()
    return show_faults()
