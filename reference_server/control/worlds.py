"""The world as it is now, and another one in its place."""

from flask import Response

from reference_server.control.bodies import sent
from reference_server.control.standing import begun
from reference_server.refusals import Refusal
from reference_server.wire import current, json_answer
from reference_server.worlds.file import parse_world
from spec.documents import DocumentError


def show_world() -> Response:
    """The world document of what has become of the world, faults in force included; a PUT of it loads it again."""
    return json_answer(current().driver.world_document())


def load_world() -> Response:
    """Put another world in place of this one, without a strategy."""
    try:
        world = parse_world(sent("a world as a JSON object"), "the body")
    except DocumentError as error:
        raise Refusal(400, str(error)) from None
    current().driver.reset(world)
    return begun()
