"""What differs between releases, as frozen values; `reference_server.rulebooks` reads them from YAML.

The engine gets a `Rulebook` as an argument and knows no release by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from reference_server.engine.reasons import Reason
from reference_server.engine.words import Kind, StageName, StepName

WORKER = "worker"
"""The word for workers in recipes, worlds and reasons; a release may write another one (ENGINE.md 9.6)."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """Switches of ENGINE.md appendix B that the engine itself obeys; those of the wire live in `WireRules`."""

    result_success_after_first_child: bool = True  # B1
    aborted_while_abort_pending: bool = True  # B2
    failed_apply_ends_aborted: bool = True  # B3
    abort_while_paused_leaves_phase_running: bool = True  # B4
    second_abort_gives_up_undo: bool = True  # B5
    second_abort_refused: bool = False  # RELEASES.md 4, the main branch: before B5 is asked
    partial_stages_stay: bool = True  # B9
    restart_forgets_phase_timeout: bool = True  # B10
    synchronous_undo_keeps_indices: bool = False  # B11
    ignore_list_grows: bool = False  # B12


@dataclass(frozen=True, slots=True)
class Choices:
    """Ways that releases go apart at one point of a rule (ENGINE-8.0.md R, rules DN).

    `aio_workers`: where AIO controllers stand in worker lists (D2): in series by their instances as any other and in
    parallel last, or before all others.
    `simplex_migration`: whether a single AIO controller may be patched with action migrate (D3).
    `aio_upgrade`: whether AIO controllers are upgraded, as workers, where there are two (D4).
    `failed_patch_host`: what a host is that says both that it has the patch and that patching failed (D12).
    `whole_second_timers`: elapsed time is cut to whole seconds before a timer or a simplex lock looks at it (D13).
    """

    aio_workers: Literal["among-others", "first"] = "among-others"
    simplex_migration: Literal["refused", "without-openstack"] = "refused"
    aio_upgrade: Literal["refused", "duplex"] = "refused"
    failed_patch_host: Literal["current", "failed"] = "current"
    whole_second_timers: bool = False


class Entities(StrEnum):
    """Which entities of a stage a recipe step carries."""

    NONE = "none"
    HOSTS = "hosts"
    UNLOCKED_HOSTS = "unlocked-hosts"
    LOCKED_HOSTS = "locked-hosts"
    COMPUTING_HOSTS = "computing-hosts"
    INSTANCES = "instances"


@dataclass(frozen=True, slots=True)
class RecipeStep:
    """One line of a stage recipe: a step, its timeout in seconds, the entities it carries and when it is present.

    `when` names conditions of `engine.planning.recipes`; the step is present when all of them hold. `retries` is how
    often an unlock that failed is tried again on each host (ENGINE-8.0.md 4.2).
    """

    step: StepName
    timeout: int
    entities: Entities = Entities.NONE
    when: tuple[str, ...] = ()
    retries: int = 0


class Group(StrEnum):
    """Which hosts a generic stage is made for."""

    CONTROLLERS = "controllers"
    FIRST_CONTROLLER = "first-controller"
    SECOND_CONTROLLER = "second-controller"
    ACTIVE_CONTROLLER = "active-controller"
    STORAGE = "storage"
    WORKERS = "workers"
    PURE_WORKERS = "pure-workers"


@dataclass(frozen=True, slots=True)
class GenericStage:
    """A stage for each list of hosts of its groups, or without groups one for the system (`engine.generic`).

    `name` may name an option of the request in braces. `each` are steps of one host, again for each, after the others.
    `when` names conditions of `engine.generic`, all of which hold.
    """

    name: str
    steps: tuple[RecipeStep, ...]
    each: tuple[RecipeStep, ...] = ()
    groups: tuple[Group, ...] = ()
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A reason for which a strategy is never built, and the conditions of `engine.generic` that all hold then."""

    when: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class GenericKind:
    """The build stage and the apply stages of a kind, and what it refuses before it builds anything.

    `alarms` is the reason of a build that alarms hold up; it may name them as {alarms}. `nothing` is that of a build
    without a stage.
    """

    build: GenericStage
    stages: tuple[GenericStage, ...]
    contradictions: tuple[Contradiction, ...] = ()
    alarms: str = "active alarms present"
    nothing: str = "no hosts to work on"


@dataclass(frozen=True)
class Rulebook:
    """Engine rules of one release.

    `step_timeouts`: seconds by step name, for steps that no recipe carries (build queries, undo steps).
    `recipes`: stage recipe by key, such as `sw-patch-controllers.reboot` (ENGINE.md 5.1, 5.3 to 5.7, 6.1, 6.3 to 6.6).
    `stage_names`: the name of the stage of each recipe.
    `ignored_alarms`: alarm ids never counted, by kind (ENGINE.md 7.2).
    `undo`: undo step of each step that has one (ENGINE.md 4.1).
    `reasons`: text of each reason; `worker_word` is what a worker is called in them.
    `generic`: kinds whose stages are plausible rather than known (RELEASES.md 7).
    """

    release: str
    step_timeouts: Mapping[StepName, int]
    recipes: Mapping[str, tuple[RecipeStep, ...]]
    stage_names: Mapping[str, StageName]
    ignored_alarms: Mapping[Kind, tuple[str, ...]]
    undo: Mapping[StepName, StepName]
    reasons: Mapping[Reason, str]
    quirks: Quirks
    choices: Choices = Choices()
    worker_word: str = WORKER
    generic: Mapping[Kind, GenericKind] = MappingProxyType({})

    def told(self, reason: Reason, names: Mapping[str, str]) -> str:
        """A reason in the words of this release; `names` is what its text may name in braces."""
        if "personality" in names:
            names = {**names, "personality": names["personality"].replace(WORKER, self.worker_word)}
        return self.reasons[reason].format_map(names)
