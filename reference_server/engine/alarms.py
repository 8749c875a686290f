"""Which alarms count (ENGINE.md 7.1, 7.2)."""

from collections.abc import Iterable

from reference_server.engine.fleet import Alarm, Fleet
from reference_server.engine.model import StrategyRequest
from reference_server.engine.rulebook import Rulebook
from reference_server.engine.words import AlarmRestrictions


def counted_alarms(
    alarms: Iterable[Alarm], request: StrategyRequest, fleet: Fleet, rules: Rulebook
) -> tuple[Alarm, ...]:
    """The alarms that hold a strategy up: not on an ignore list and, when relaxed, affecting management.

    Only the exact text `False` means "not affecting"; strict does not look at it.
    """
    ignored = {*rules.ignored_alarms.get(request.kind, ()), *fleet.ignore_alarms}
    relaxed = request.alarm_restrictions is not AlarmRestrictions.STRICT
    return tuple(
        alarm for alarm in alarms if not (relaxed and alarm.mgmt_affecting == "False") and alarm.alarm_id not in ignored
    )
