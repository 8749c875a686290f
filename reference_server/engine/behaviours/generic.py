"""Steps whose behaviour nobody has observed: questions that are answered, and work that is done after a while.

They are in generic stages alone (RELEASES.md 7). What they ask for changes nothing in a fleet; it can go wrong there.
"""

from dataclasses import dataclass
from typing import Final

from reference_server.engine.behaviours.hosts import HOST_UNKNOWN, ended_by_refusal
from reference_server.engine.behaviours.progress import (
    Progress,
    Scene,
    failed,
    seen,
    since_first_event,
    succeeded,
    unknown_host,
    waiting,
)
from reference_server.engine.messages import (
    Event,
    Informed,
    Inquire,
    QueryFailed,
    RequestFailed,
    Tick,
    Work,
    WorkOnHosts,
)
from reference_server.engine.model import Step
from reference_server.engine.words import EntityType, PhaseName

LONGEST: Final = 60.0
"""Seconds from the first tick until work is done, at most."""

SHARE: Final = 0.25
"""... and that much of the timeout of the step, where it is less."""


@dataclass(frozen=True, slots=True)
class Generic:
    """Ask, and end with the answer, or with the first tick a while after the first one.

    What is called a query asks a question, and so does every step of a build; anything else is work.
    """

    def start(self, step: Step, scene: Scene) -> Progress:
        """Ask; a listed host that is unknown makes the step fail."""
        if _is_question(step, scene):
            return waiting(step, Inquire(scene.asker, step.name))
        if step.entity_type is not EntityType.HOSTS:
            return waiting(step, Work(scene.asker, step.name))
        unknown = unknown_host(step, scene.fleet)
        if unknown is not None:
            return failed(step, HOST_UNKNOWN.format(host=unknown))
        return waiting(step, WorkOnHosts(scene.asker, step.entity_names, step.name))

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Hear the answer, or count ticks from the first one on."""
        ended = ended_by_refusal(step, event, f"{step.name} failed")
        if ended is not None:
            return ended
        match event:
            case Informed():
                return succeeded(step)
            case QueryFailed() | RequestFailed():
                return failed(step)
            case Tick() if not _is_question(step, scene):
                step = seen(step, scene)
                is_done = since_first_event(step, scene) >= min(LONGEST, SHARE * step.timeout)
                return succeeded(step) if is_done else waiting(step)
            case _:
                return waiting(step)


def _is_question(step: Step, scene: Scene) -> bool:
    return step.name.startswith("query-") or scene.asker.phase is PhaseName.BUILD
