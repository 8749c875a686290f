"""A build at one moment: the engine's questions are answered at once from the fleet."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from reference_server.clock import VirtualClock
from reference_server.document import Document, form_of, render
from reference_server.engine import machine, messages
from reference_server.engine.fleet import Fleet
from reference_server.engine.messages import Asking, Event
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.rulebook import Rulebook
from reference_server.rulebooks import Release

ANSWERS: Final[Mapping[type[Asking], Callable[[Asking, Fleet], Event]]] = {
    messages.QueryAlarms:     lambda asked, fleet: messages.AlarmsAnswered(asked.asker, fleet.alarms),
    messages.QueryPatches:    lambda asked, fleet: messages.PatchesAnswered(asked.asker, fleet.patches),
    messages.QueryPatchHosts: lambda asked, fleet: messages.PatchHostsAnswered(asked.asker, fleet.patch_hosts),
    messages.QueryUpgrade:    lambda asked, fleet: messages.UpgradeAnswered(asked.asker, fleet.upgrade),
    messages.Inquire:         lambda asked, fleet: messages.Informed(asked.asker),  # noqa: ARG005 - a row of the table
}  # fmt: skip


def build_at_once(request: StrategyRequest, fleet: Fleet, rules: Rulebook, *, uuid: str, now: float) -> Strategy:
    """The strategy of that uuid when its build has ended, well or not, all at `now` (seconds since 1970-01-01 UTC)."""
    strategy, pending = _told(None, messages.Create(uuid, request), now, fleet, rules)
    while pending:
        asked = pending.popleft()
        strategy, further = _told(strategy, ANSWERS[type(asked)](asked, fleet), now, fleet, rules)
        pending.extend(further)
    return strategy


def planned_document(request: StrategyRequest, fleet: Fleet, release: Release, *, uuid: str, now: float) -> Document:
    """The document `{"strategy": {...}}` of a strategy right after its build, dates in UTC."""
    strategy = build_at_once(request, fleet, release.rulebook, uuid=uuid, now=now)
    return {"strategy": render(strategy, form=form_of(release.wire), stamp=VirtualClock().stamp)}


def _told(
    strategy: Strategy | None, message: messages.Message, now: float, fleet: Fleet, rules: Rulebook
) -> tuple[Strategy, deque[Asking]]:
    turn = machine.handle(strategy, message, now, fleet, rules)
    if isinstance(turn, messages.Refused) or turn.strategy is None:
        raise AssertionError(f"a build cannot be refused: {turn}")
    return turn.strategy, deque(effect for effect in turn.effects if isinstance(effect, Asking))
