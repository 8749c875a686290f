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

ONCE = tuple(
    str(Path(__file__).parent / place)
    for place in (
        # Thousands of small cases, nearly all without process or socket, in which no Python differs from another.
        "conformance/findings",
        "conformance/fingerprint",
        "conformance/histories",
        "conformance/judge",
        "conformance/predictions",
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
        "reference_server/releases",
        "reference_server/simulation",
        "reference_server/test_rulebooks",
        "reference_server/worlds",
        "reports/pictures",
        "reports/test_",
        "reports/traffic",
        "spec",
        # What the drivers play, a run comes to and reports show, every Python meets in the certification of the server.
        "conformance/drivers",
        "conformance/model",
        "conformance/runs",
        "conformance/test_",
        # What the documents say is said of a command, and not of the Python that it runs under.
        "front_door/test_ci_doc",
        "front_door/test_compare_doc",
        "front_door/test_fleet_doc",
        "front_door/test_gateway_doc",
        "front_door/test_gating_doc",
        "front_door/test_implementers_doc",
        "front_door/test_readme",
        "front_door/test_serving_doc",
        "front_door/test_worlds_doc",
        # A cluster is Dask's, and what is judged on it is judged on every Python elsewhere.
        "fleet",
        # Commands in processes of their own around what other tests run on every Python: starting them is most of it.
        "benchmarks",
        "front_door/matrix",
        "front_door/test_audit_of_captures",
        "front_door/test_callers",
        "front_door/test_oracle_command",
        "front_door/test_output",
        "front_door/test_real_targets",
        "front_door/test_replay",
        "front_door/test_serve_log",
        "front_door/test_serve_state",
        "front_door/test_session",
        "front_door/test_verify_command",
        "front_door/test_waivers",
        "front_door/test_ways_out",
        # Clusters, and fleets judged on them.
        "fleet",
    )
)
"""Folders, and beginnings of files, that run on one Python, and are not even collected on the others."""


def _runs_everything() -> bool:
    return LONG_ON in ("", "{}.{}".format(*sys.version_info))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """On Pythons but one leave out what runs once."""
    return True if not _runs_everything() and str(collection_path).startswith(ONCE) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what is long, so that it ends no run alone; on Pythons but one leave it out."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if _runs_everything():
        return
    long = [item for item in items if item.get_closest_marker("long") is not None]
    config.hook.pytest_deselected(items=long)
    items[:] = items[len(long) :]


@pytest.fixture
def runs_everything():
    """Whether this Python is the one that runs everything."""
    return _runs_everything()


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path_factory, monkeypatch):
    """A run notes what it does in a place of the test's own, never in the home of whoever runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / f"state-{uuid.uuid4().hex}"))
