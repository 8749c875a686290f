"""The reference server as a target, met by name and never by import: the rooms are siblings."""

import importlib
from typing import Final

from conformance.targets.target import Target
from conformance.targets.transport import WsgiTransport

_SERVER: Final = "reference_server"
_FACTORY: Final = "create_app"


def reference_server(release: str, name: str) -> Target:
    """A reference server of its own in this process, under a release; `name` is what it is called."""
    factory = getattr(importlib.import_module(_SERVER), _FACTORY)
    return Target(WsgiTransport(factory(release=release)), name, in_process=True)
