"""Steps that ask one question and end with its answer (ENGINE.md 4.2)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from reference_server.engine.alarms import counted_alarms
from reference_server.engine.behaviours.progress import Progress, Scene, failed, succeeded, waiting
from reference_server.engine.fleet import QueriedData
from reference_server.engine.messages import (
    Address,
    AlarmsAnswered,
    Effect,
    Event,
    PatchesAnswered,
    PatchHostsAnswered,
    QueryAlarms,
    QueryFailed,
    UpgradeAnswered,
)
from reference_server.engine.model import Step
from reference_server.engine.reasons import Reason, alarm_names


@dataclass(frozen=True, slots=True)
class Query:
    """Ask; the answer is kept in the strategy and is the success. A query not completed fails without a reason."""

    question: Callable[[Address], Effect]

    def start(self, step: Step, scene: Scene) -> Progress:
        """Send the query."""
        return waiting(step, self.question(scene.asker))

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Keep the answer."""
        queried = kept(event, scene.strategy.queried)
        if queried is not None:
            return Progress(succeeded(step).step, queried=queried)
        return failed(step) if isinstance(event, QueryFailed) else waiting(step)


@dataclass(frozen=True, slots=True)
class AlarmQuery:
    """Forget earlier alarms and ask; a step that is to fail on alarms fails if one counts."""

    def start(self, step: Step, scene: Scene) -> Progress:
        """Send the query."""
        begun = waiting(step, QueryAlarms(scene.asker))
        return replace(begun, queried=replace(scene.strategy.queried, alarms=()))

    def react(self, step: Step, event: Event, scene: Scene) -> Progress:
        """Keep the alarms and look at them if that is asked."""
        if isinstance(event, QueryFailed):
            return failed(step)
        if not isinstance(event, AlarmsAnswered):
            return waiting(step)
        present = counted_alarms(event.alarms, scene.strategy.request, scene.fleet, scene.rules)
        if step.fail_on_alarms and present:
            names = alarm_names(alarm.alarm_id for alarm in present)
            ended = failed(step, scene.rules.told(Reason.ALARMS_PRESENT, names))
        else:
            ended = succeeded(step)
        return replace(ended, queried=kept(event, scene.strategy.queried))


def kept(event: Event, queried: QueriedData) -> QueriedData | None:
    """The queried data with this answer in its place; None if the event is no answer to a query."""
    match event:
        case AlarmsAnswered(alarms=alarms):
            return replace(queried, alarms=alarms)
        case PatchesAnswered(patches=patches):
            return replace(queried, patches=patches)
        case PatchHostsAnswered(patch_hosts=patch_hosts):
            return replace(queried, patch_hosts=patch_hosts)
        case UpgradeAnswered(upgrade=upgrade):
            return replace(queried, upgrade=upgrade)
        case _:
            return None
