"""The reference server as a target that takes no arguments.

A WSGI target's factory has none, so its release and its rulebook come by the environment.
"""

import os
from pathlib import Path
from typing import Final

import flask

from reference_server import create_app as create_reference_server
from reference_server.rulebooks import Release, load_release, read_release
from spec.load import PUBLISHED

RELEASE_VARIABLE: Final = "VIMGATE_EMBEDDED_RELEASE"
RULEBOOK_VARIABLE: Final = "VIMGATE_RULEBOOK"
TARGET: Final = "wsgi:vimgate.embedded:create_app"


def create_app() -> flask.Flask:
    """The reference server of the release, or with the rulebook, that the environment names.

    A rulebook extends that release unless it says otherwise. Raises LookupError, DocumentError.
    """
    release = os.environ.get(RELEASE_VARIABLE, PUBLISHED)
    return create_reference_server(release=chosen(release, os.environ.get(RULEBOOK_VARIABLE)))


def chosen(release: str, rulebook: str | None) -> Release:
    """The shipped release of that name, or that of a rulebook file over it. Raises LookupError, DocumentError."""
    return load_release(release) if rulebook is None else read_release(Path(rulebook), release)
