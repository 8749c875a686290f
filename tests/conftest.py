"""What every test of every room runs under."""

import os
import sys
import uuid

import pytest
from hypothesis import settings

# The same examples on every machine and run, and no clock on a machine that others use too.
settings.register_profile("vimgate", deadline=None, derandomize=True, database=None)
settings.load_profile("vimgate")

LONG_ON = os.environ.get("VIMGATE_LONG_ON", "")
"""The one Python (such as 3.12) that runs the tests marked `long`; `make test` names its own. Empty: this one."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whole certifications, kills and races cost minutes and do not depend on the Python: one of them runs them."""
    items.sort(
        key=lambda item: item.get_closest_marker("long") is None
    )  # what is long comes first: it ends no run alone
    if LONG_ON in ("", "{}.{}".format(*sys.version_info)):
        return
    long = [item for item in items if item.get_closest_marker("long") is not None]
    items[:] = [item for item in items if item not in set(long)]
    config.hook.pytest_deselected(items=long)


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path_factory, monkeypatch):
    """A run notes what it does in a place of the test's own, never in the home of whoever runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / f"state-{uuid.uuid4().hex}"))
