"""Why a build fails, in the words of the wire (ENGINE.md 5.2, 6.2 to 6.5). Texts with `{}` take one or two names."""

from enum import StrEnum


class Reason(StrEnum):
    """One member per reason; `.format(...)` fills in the names."""

    NO_PATCHES = "no software patches found"
    ALARMS = "active alarms present"
    HOST_NOT_WORKING = "all {} hosts must be unlocked-enabled-available"
    WORKER_STATE = (
        "all worker hosts must be unlocked-enabled-available, locked-disabled-online or locked-disabled-offline"
    )
    UNKNOWN_PATCH_HOST = "host inventory mismatch detected"
    INTERIM_STATE = "at least one host is in pending patch current state"
    NOTHING_TO_PATCH = "no software patches need to be applied"

    PERSONALITY_MISMATCH = "host inventory personality {} mismatch detected"
    FEW_PATCH_CONTROLLERS = "not enough controllers to apply software patches"
    PARALLEL_CONTROLLERS = "parallel apply type not allowed for controllers"
    FEW_STORAGE_HOSTS = "not enough storage hosts to apply software updates"
    FEW_SWIFT_HOSTS = "not enough swift hosts to apply software patches"
    SIMPLEX_MIGRATION = "cannot migrate instances in a single controller configuration"
    LOCKED_INSTANCE_IN_GROUP = "instance {} in group {} must not be shut down"

    NO_UPGRADE = "no upgrade in progress"
    UPGRADE_STATE = "invalid upgrade state for orchestration: {}"
    CONTROLLER_1_NOT_ACTIVE = "controller-1 must be active for orchestration to upgrade controller-0"
    NOTHING_TO_UPGRADE = "no software upgrades need to be applied"
    FEW_UPGRADE_CONTROLLERS = "not enough controllers to apply software upgrades"
    UPGRADE_OF_AIO = "cannot apply software upgrades to CPE configuration"
    LOCKED_INSTANCE = "instance {} must not be shut down"
    # Upstream breaks here without a reason (ENGINE.md 6.6, C5); a failed build is the nearest lawful document.
    NO_CONTROLLER_1 = "host controller-1 not found"
