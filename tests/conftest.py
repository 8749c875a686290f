"""What every test of every room runs under."""

import os
import sys
import uuid
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine and run, and no clock on a machine that others use too.
settings.register_profile("vimgate", deadline=None, derandomize=True, database=None)
settings.load_profile("vimgate")

LONG_ON = os.environ.get("VIMGATE_LONG_ON", "")
"""The one Python (such as 3.12) that runs everything; `make test` names its own. Empty: this one."""

PURE = tuple(
    str(Path(__file__).parent / room)
    for room in (
        "conformance/judge",
        "conformance/releases",
        "proxy/archive",
        "proxy/crowd",
        "proxy/deciding",
        "proxy/recordings",
        "proxy/secrets",
        "proxy/telling",
        "proxy/test_",
        "proxy/watch",
        "reference_server/engine",
        "reference_server/mutants",
        "reports/traffic",
        "spec",
    )
)
"""Thousands of small cases, nearly all without process or socket, in which no Python differs from another."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what is long, so that it ends no run alone; on Pythons but one leave it out, and what is pure."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if LONG_ON in ("", "{}.{}".format(*sys.version_info)):
        return
    kept = [item for item in items if item.get_closest_marker("long") is None and not str(item.path).startswith(PURE)]
    kept_ones = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept_ones])
    items[:] = kept


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path_factory, monkeypatch):
    """A run notes what it does in a place of the test's own, never in the home of whoever runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / f"state-{uuid.uuid4().hex}"))
