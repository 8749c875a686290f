"""The reference server as a target that takes no arguments.

A WSGI target's factory has none, so the rulebook comes by the environment.
"""

import os
from pathlib import Path
from typing import Final

import flask

from reference_server import create_app as create_reference_server
from reference_server.rulebooks import read_release

RULEBOOK_VARIABLE: Final = "VIMGATE_RULEBOOK"
TARGET: Final = "wsgi:vimgate.embedded:create_app"


def create_app() -> flask.Flask:
    """The reference server with the rulebook that $VIMGATE_RULEBOOK names. Raises KeyError, DocumentError."""
    return create_reference_server(release=read_release(Path(os.environ[RULEBOOK_VARIABLE])))
