"""What differs between releases, as frozen values; `reference_server.rulebooks` reads them from YAML.

The engine gets a `Rulebook` as an argument and knows no release by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reference_server.engine.words import Kind, StepName


@dataclass(frozen=True, slots=True)
class Quirks:
    """Switches of ENGINE.md appendix B that the engine itself obeys; those of the wire live in `WireRules`."""

    result_success_after_first_child: bool = True  # B1
    aborted_while_abort_pending: bool = True  # B2
    failed_apply_ends_aborted: bool = True  # B3
    abort_while_paused_leaves_phase_running: bool = True  # B4
    second_abort_gives_up_undo: bool = True  # B5
    partial_stages_stay: bool = True  # B9
    restart_forgets_phase_timeout: bool = True  # B10
    synchronous_undo_keeps_indices: bool = False  # B11
    ignore_list_grows: bool = False  # B12


class Entities(StrEnum):
    """Which entities of a stage a recipe step carries."""

    NONE = "none"
    HOSTS = "hosts"
    UNLOCKED_HOSTS = "unlocked-hosts"
    LOCKED_HOSTS = "locked-hosts"
    INSTANCES = "instances"


@dataclass(frozen=True, slots=True)
class RecipeStep:
    """One line of a stage recipe: a step, its timeout in seconds, the entities it carries and when it is present.

    `when` names conditions of `engine.planning.recipes`; the step is present when all of them hold.
    """

    step: StepName
    timeout: int
    entities: Entities = Entities.NONE
    when: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rulebook:
    """Engine rules of one release.

    `step_timeouts`: seconds by step name, for steps that no recipe carries (build queries, undo steps).
    `recipes`: stage recipe by key, such as `sw-patch-controllers.reboot` (ENGINE.md 5.1, 5.3 to 5.7, 6.1, 6.3 to 6.6).
    `ignored_alarms`: alarm ids never counted, by kind (ENGINE.md 7.2).
    `undo`: undo step of each step that has one (ENGINE.md 4.1).
    """

    release: str
    step_timeouts: Mapping[StepName, int]
    recipes: Mapping[str, tuple[RecipeStep, ...]]
    ignored_alarms: Mapping[Kind, tuple[str, ...]]
    undo: Mapping[StepName, StepName]
    quirks: Quirks
