"""What the infrastructure can be asked for, and how many seconds it takes."""

from collections.abc import Mapping
from typing import Final

from reference_server.engine import messages as ask
from reference_server.engine.words import StepName

DURATIONS: Final[Mapping[StepName, float]] = {
    StepName.QUERY_ALARMS:            0.5,
    StepName.QUERY_SW_PATCHES:        0.5,
    StepName.QUERY_SW_PATCH_HOSTS:    0.5,
    StepName.QUERY_UPGRADE:           0.5,
    StepName.SWACT_HOSTS:            30.0,
    StepName.DISABLE_HOST_SERVICES:   5.0,
    StepName.ENABLE_HOST_SERVICES:    5.0,
    StepName.MIGRATE_INSTANCES:      30.0,
    StepName.STOP_INSTANCES:         10.0,
    StepName.START_INSTANCES:        10.0,
    StepName.LOCK_HOSTS:             20.0,
    StepName.UNLOCK_HOSTS:           60.0,
    StepName.REBOOT_HOSTS:           60.0,
    StepName.SW_PATCH_HOSTS:        300.0,
    StepName.UPGRADE_HOSTS:         600.0,
    StepName.ACTIVATE_UPGRADE:       60.0,
    StepName.COMPLETE_UPGRADE:       60.0,
}  # fmt: skip
"""Seconds that each action takes where the world file says nothing; what the engine itself waits for comes on top."""

GENERIC_DURATIONS: Final[Mapping[str, float]] = {"question": 0.5, "work": 10.0}
"""Seconds that a question and the work of a generic step take: what goes wrong with them goes wrong then."""

REFUSAL: Final = 0.5
"""Seconds after which a refusal is known, where the action itself does not take less."""

KINDS: Final[Mapping[type[ask.Effect], StepName]] = {
    ask.QueryAlarms:         StepName.QUERY_ALARMS,
    ask.QueryPatches:        StepName.QUERY_SW_PATCHES,
    ask.QueryPatchHosts:     StepName.QUERY_SW_PATCH_HOSTS,
    ask.QueryUpgrade:        StepName.QUERY_UPGRADE,
    ask.SwactHosts:          StepName.SWACT_HOSTS,
    ask.DisableHostServices: StepName.DISABLE_HOST_SERVICES,
    ask.EnableHostServices:  StepName.ENABLE_HOST_SERVICES,
    ask.MigrateInstances:    StepName.MIGRATE_INSTANCES,
    ask.MigrateFromHosts:    StepName.MIGRATE_INSTANCES,
    ask.StopInstances:       StepName.STOP_INSTANCES,
    ask.StartInstances:      StepName.START_INSTANCES,
    ask.LockHosts:           StepName.LOCK_HOSTS,
    ask.UnlockHosts:         StepName.UNLOCK_HOSTS,
    ask.RebootHosts:         StepName.REBOOT_HOSTS,
    ask.InstallPatches:      StepName.SW_PATCH_HOSTS,
    ask.UpgradeHosts:        StepName.UPGRADE_HOSTS,
    ask.ActivateUpgrade:     StepName.ACTIVATE_UPGRADE,
    ask.CompleteUpgrade:     StepName.COMPLETE_UPGRADE,
}  # fmt: skip
"""The kind of action that an effect is, named like the step that usually asks for it."""

QUERIES: Final = frozenset({
    StepName.QUERY_ALARMS, StepName.QUERY_SW_PATCHES, StepName.QUERY_SW_PATCH_HOSTS, StepName.QUERY_UPGRADE,
})  # fmt: skip
"""Actions whose only outcome is an answer."""

POLLING: Final = frozenset({StepName.WAIT_DATA_SYNC, StepName.WAIT_ALARMS_CLEAR})
"""Steps that ask for the alarms again and again."""

ON_HOSTS: Final = frozenset(kind for effect, kind in KINDS.items() if issubclass(effect, ask.OnHosts))
ON_INSTANCES: Final = frozenset(kind for effect, kind in KINDS.items() if issubclass(effect, ask.OnInstances))
