"""The words of the wire in the spelling of the API reference: all that a strategy document can carry."""

import re
from enum import StrEnum
from typing import Self


class Kind(StrEnum):
    """What a strategy orchestrates; also its `name` on the wire (ENGINE.md 0). A release has some of them."""

    SW_PATCH = "sw-patch"
    SW_UPGRADE = "sw-upgrade"
    FW_UPDATE = "fw-update"
    KUBE_UPGRADE = "kube-upgrade"
    KUBE_ROOTCA_UPDATE = "kube-rootca-update"
    SYSTEM_CONFIG_UPDATE = "system-config-update"


class ApplyType(StrEnum):
    """How the hosts of one personality are worked on."""

    SERIAL = "serial"
    PARALLEL = "parallel"
    IGNORE = "ignore"


class InstanceAction(StrEnum):
    """What happens to instances before their host is locked."""

    MIGRATE = "migrate"
    STOP_START = "stop-start"


class AlarmRestrictions(StrEnum):
    """Which alarms count (ENGINE.md 7.1); permissive from 10.0.0 on (RELEASES.md 1)."""

    STRICT = "strict"
    RELAXED = "relaxed"
    PERMISSIVE = "permissive"


class State(StrEnum):
    """State of a strategy (ENGINE.md 2.1)."""

    INITIAL = "initial"
    BUILDING = "building"
    BUILD_FAILED = "build-failed"
    BUILD_TIMEOUT = "build-timeout"
    READY_TO_APPLY = "ready-to-apply"
    APPLYING = "applying"
    APPLY_FAILED = "apply-failed"
    APPLY_TIMEOUT = "apply-timeout"
    APPLIED = "applied"
    ABORTING = "aborting"
    ABORT_FAILED = "abort-failed"
    ABORT_TIMEOUT = "abort-timeout"
    ABORTED = "aborted"


class PhaseName(StrEnum):
    """The three phases of a strategy; `initial` is never visible."""

    INITIAL = "initial"
    BUILD = "build"
    APPLY = "apply"
    ABORT = "abort"


class Result(StrEnum):
    """Result of a step, stage or phase (ENGINE.md 1.6)."""

    INITIAL = "initial"
    WAIT = "wait"
    INPROGRESS = "inprogress"
    SUCCESS = "success"
    DEGRADED = "degraded"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    ABORTED = "aborted"


class EntityType(StrEnum):
    """What the entities of a step are; empty for steps of the whole system."""

    NONE = ""
    HOSTS = "hosts"
    INSTANCES = "instances"


class StageName(StrEnum):
    """Names of stages that the engine plans by rules (ENGINE.md 1.3); generic stages have any other name."""

    PATCH_QUERY = "sw-patch-query"
    PATCH_CONTROLLERS = "sw-patch-controllers"
    PATCH_STORAGE = "sw-patch-storage-hosts"
    PATCH_SWIFT = "sw-patch-swift-hosts"
    PATCH_WORKERS = "sw-patch-worker-hosts"
    UPGRADE_QUERY = "sw-upgrade-query"
    UPGRADE_CONTROLLERS = "sw-upgrade-controllers"
    UPGRADE_STORAGE = "sw-upgrade-storage-hosts"
    UPGRADE_WORKERS = "sw-upgrade-worker-hosts"
    UPGRADE_COMPLETE = "sw-upgrade-complete"
    PATCH_COMPUTES = "sw-patch-compute-hosts"  # what 2018.10 calls the stages of workers (ENGINE.md 9.6)
    UPGRADE_COMPUTES = "sw-upgrade-compute-hosts"


class StepName(StrEnum):
    """Names of steps (ENGINE.md 4.1, ENGINE-8.0.md 4.1); the members are those whose behaviour is known.

    A step of a generic stage may have any other name: it is a member too once it was asked for, the same one each time.
    """

    QUERY_ALARMS = "query-alarms"
    QUERY_SW_PATCHES = "query-sw-patches"
    QUERY_SW_PATCH_HOSTS = "query-sw-patch-hosts"
    QUERY_UPGRADE = "query-upgrade"
    SWACT_HOSTS = "swact-hosts"
    DISABLE_HOST_SERVICES = "disable-host-services"
    ENABLE_HOST_SERVICES = "enable-host-services"
    MIGRATE_INSTANCES = "migrate-instances"
    MIGRATE_FROM_HOST = "migrate-instances-from-host"
    STOP_INSTANCES = "stop-instances"
    START_INSTANCES = "start-instances"
    LOCK_HOSTS = "lock-hosts"
    UNLOCK_HOSTS = "unlock-hosts"
    REBOOT_HOSTS = "reboot-hosts"
    SW_PATCH_HOSTS = "sw-patch-hosts"
    UPGRADE_HOSTS = "upgrade-hosts"
    SYSTEM_STABILIZE = "system-stabilize"
    WAIT_DATA_SYNC = "wait-data-sync"
    WAIT_ALARMS_CLEAR = "wait-alarms-clear"
    ACTIVATE_UPGRADE = "activate-upgrade"
    COMPLETE_UPGRADE = "complete-upgrade"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        """The name of a generic step; None, and so a ValueError, for what is no name of a step."""
        if not (isinstance(value, str) and _STEP_NAME.fullmatch(value)):
            return None
        member = str.__new__(cls, value)
        member._name_, member._value_ = value, value
        known: Self = cls._value2member_map_.setdefault(value, member)  # type: ignore[assignment] # an Enum to mypy
        return known


_STEP_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
