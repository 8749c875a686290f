"""Why a build fails, and why alarms fail a stage (ENGINE.md 5.2, 6.2 to 6.5, 7.3): what is wrong, and its words.

A rulebook gives the text of each reason. In braces it may name what the engine knows of the case.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """What is wrong; the value is the name by which a rulebook gives its text."""

    NO_PATCHES = "no-patches"
    PATCH_ALARMS = "patch-alarms"
    HOST_NOT_WORKING = "host-not-working"
    WORKER_STATE = "worker-state"
    UNKNOWN_PATCH_HOST = "unknown-patch-host"
    INTERIM_STATE = "interim-state"
    NOTHING_TO_PATCH = "nothing-to-patch"

    PERSONALITY_MISMATCH = "personality-mismatch"
    FEW_PATCH_CONTROLLERS = "few-patch-controllers"
    PARALLEL_CONTROLLERS = "parallel-controllers"
    FEW_STORAGE_HOSTS = "few-storage-hosts"
    FEW_SWIFT_HOSTS = "few-swift-hosts"
    SIMPLEX_MIGRATION = "simplex-migration"
    LOCKED_INSTANCE_IN_GROUP = "locked-instance-in-group"

    NO_UPGRADE = "no-upgrade"
    UPGRADE_STATE = "upgrade-state"
    CONTROLLER_1_NOT_ACTIVE = "controller-1-not-active"
    UPGRADE_ALARMS = "upgrade-alarms"
    NOTHING_TO_UPGRADE = "nothing-to-upgrade"
    FEW_UPGRADE_CONTROLLERS = "few-upgrade-controllers"
    UPGRADE_OF_AIO = "upgrade-of-aio"
    LOCKED_INSTANCE = "locked-instance"
    # Upstream breaks here without a reason (ENGINE.md 6.6, C5); a failed build is the nearest lawful document.
    NO_CONTROLLER_1 = "no-controller-1"

    ALARMS_PRESENT = "alarms-present"


_ALARMS: Final = ("alarms", "quoted_alarms")

NAMES: Final[Mapping[Reason, tuple[str, ...]]] = dict.fromkeys(Reason, ()) | {
    Reason.PATCH_ALARMS:             _ALARMS,
    Reason.HOST_NOT_WORKING:         ("personality",),
    Reason.PERSONALITY_MISMATCH:     ("personality",),
    Reason.LOCKED_INSTANCE_IN_GROUP: ("instance", "group"),
    Reason.UPGRADE_STATE:            ("state",),
    Reason.UPGRADE_ALARMS:           _ALARMS,
    Reason.LOCKED_INSTANCE:          ("instance",),
    Reason.ALARMS_PRESENT:           _ALARMS,
}  # fmt: skip
"""What the text of each reason may name in braces."""


def alarm_names(alarm_ids: Iterable[str]) -> dict[str, str]:
    """What a text may name of counted alarms: their ids in the order of the answer, and the same in quotes."""
    ids = tuple(alarm_ids)
    return {"alarms": ", ".join(ids), "quoted_alarms": ", ".join(f"'{each}'" for each in ids)}
