"""The one table of step kinds: what each asks for, when it has ended, and why it fails (ENGINE.md 4.1, 4.2).

What undoes a step, and its timeout, are the rulebook's: `Rulebook.undo`, `Rulebook.step_timeouts`.
"""

from collections.abc import Mapping

from reference_server.engine import messages as ask
from reference_server.engine.behaviours.generic import Generic
from reference_server.engine.behaviours.hosts import (
    HostState,
    Lock,
    Unlock,
    is_disabled,
    is_locked,
    is_served,
    is_unlocked,
)
from reference_server.engine.behaviours.instances import Evacuate, Migrate, Start, Stop
from reference_server.engine.behaviours.progress import Behaviour
from reference_server.engine.behaviours.queries import AlarmQuery, Query
from reference_server.engine.behaviours.software import Patch, UpgradeRequest, is_activated, is_gone, runs_new_release
from reference_server.engine.behaviours.waiting import (
    REBOOT_UNLOCKED,
    UPGRADE_UNLOCKED,
    AlarmsGone,
    HostTicks,
    Stabilize,
)
from reference_server.engine.model import Step
from reference_server.engine.words import Result, StepName

NOT_DISABLED = "disable host services failed"
NOT_ENABLED = "enable host services failed"

# Rows of hosts: effect at start, then either seconds of ticks or the state to reach and who is asked, then the reason.
# fmt: off
STEPS: Mapping[StepName, Behaviour] = {
    StepName.QUERY_ALARMS:          AlarmQuery(),
    StepName.QUERY_SW_PATCHES:      Query(ask.QueryPatches),
    StepName.QUERY_SW_PATCH_HOSTS:  Query(ask.QueryPatchHosts),
    StepName.QUERY_UPGRADE:         Query(ask.QueryUpgrade),
    StepName.SWACT_HOSTS:           HostTicks(ask.SwactHosts,           120, "host swact failed"),
    StepName.REBOOT_HOSTS:          HostTicks(ask.RebootHosts,           60, "host reboot failed", REBOOT_UNLOCKED),
    StepName.UPGRADE_HOSTS:         HostTicks(ask.UpgradeHosts,         120, "host upgrade failed", UPGRADE_UNLOCKED,
                                              ready=runs_new_release, fails_when_gone=True),
    StepName.DISABLE_HOST_SERVICES: HostState(ask.DisableHostServices, is_disabled, is_served,   NOT_DISABLED),
    StepName.ENABLE_HOST_SERVICES:  HostState(ask.EnableHostServices,  is_served,   is_disabled, NOT_ENABLED),
    StepName.UNLOCK_HOSTS:          Unlock(ask.UnlockHosts,            is_unlocked, is_locked,   "host unlock failed"),
    StepName.LOCK_HOSTS:            Lock("host lock failed"),
    StepName.MIGRATE_INSTANCES:     Migrate(),
    StepName.MIGRATE_FROM_HOST:     Evacuate(),
    StepName.STOP_INSTANCES:        Stop(),
    StepName.START_INSTANCES:       Start(),
    StepName.SW_PATCH_HOSTS:        Patch(),
    StepName.SYSTEM_STABILIZE:      Stabilize(),
    StepName.WAIT_DATA_SYNC:        AlarmsGone(120),
    StepName.WAIT_ALARMS_CLEAR:     AlarmsGone(60, one_by_one=True),
    StepName.ACTIVATE_UPGRADE:      UpgradeRequest(ask.ActivateUpgrade, is_activated),
    StepName.COMPLETE_UPGRADE:      UpgradeRequest(ask.CompleteUpgrade, is_gone),
}
# fmt: on

GENERIC: Behaviour = Generic()
"""What a step does that is only known by its name."""


def behaviour_of(step: Step) -> Behaviour:
    """What a step does."""
    return GENERIC if step.generic else STEPS.get(step.name, GENERIC)


AT_TIMEOUT: Mapping[StepName, Result] = {StepName.SYSTEM_STABILIZE: Result.SUCCESS}
"""What the timer makes of a waiting step; a step that is not listed has timed out."""
