"""Which alarms stop a build, by release (ENGINE.md 7.1, 7.2)."""

import pytest

HOSTS = [{"name": name, "personality": "controller"} for name in ("controller-0", "controller-1")]
READY = {
    "hosts": HOSTS,
    "local_host_name": "controller-1",
    "patches": [{"name": "P"}],
    "upgrade": {"state": "upgrading-hosts", "from_release": "1", "to_release": "2"},
}
PATCH_IGNORES = ("900.001", "900.005", "900.101", "200.001", "700.004", "280.002")
UPGRADE_IGNORES = ("900.005", "900.201")
CASES = [
    *(("sw-patch", alarm_id, True) for alarm_id in PATCH_IGNORES),
    *(("sw-upgrade", alarm_id, True) for alarm_id in UPGRADE_IGNORES),
    *(("sw-patch", alarm_id, False) for alarm_id in ("900.201", "400.001", "900")),
    *(("sw-upgrade", alarm_id, False) for alarm_id in ("200.001", "900.001", "750.006")),
]


@pytest.mark.parametrize("release", ["published", "stx-3.0"])
@pytest.mark.parametrize(("kind", "alarm_id", "builds"), CASES)
def test_only_the_ignored_alarms_of_the_kind_let_a_build_pass(plan_for, release, kind, alarm_id, builds):
    """An ignored alarm stops a build, or another one does not."""
    made = plan_for(READY | {"alarms": [{"alarm_id": alarm_id}]}, kind, release)
    assert made.reason == (None if builds else "active alarms present")


@pytest.mark.parametrize(
    ("restrictions", "affecting", "builds"),
    [("relaxed", "False", True), ("relaxed", "True", False), ("strict", "False", False), ("strict", "True", False)],
)
def test_relaxed_passes_over_what_does_not_affect_management(plan_for, restrictions, affecting, builds):
    """Relaxed counts an alarm that does not affect management, or strict does not (ENGINE.md 7.1)."""
    alarm = {"alarm_id": "400.001", "mgmt_affecting": affecting}
    assert (plan_for(READY | {"alarms": [alarm]}, alarm_restrictions=restrictions).reason is None) is builds


def test_the_operator_may_ignore_more(plan_for):
    """An alarm of the operator's own list stops a build (ENGINE.md 7.2)."""
    assert plan_for(READY | {"alarms": [{"alarm_id": "400.001"}], "ignore_alarms": ["400.001"]}).reason is None
