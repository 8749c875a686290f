from dataclasses import fields, replace

import pytest

from reference_server.engine.fleet import QueriedData
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.planning import plan
from reference_server.engine.words import AlarmRestrictions, ApplyType, InstanceAction, Kind
from reference_server.rulebooks import load_release
from reference_server.worlds.file import parse_world

WORDS = {
    "controller_apply_type": ApplyType,
    "storage_apply_type": ApplyType,
    "swift_apply_type": ApplyType,
    "worker_apply_type": ApplyType,
    "default_instance_action": InstanceAction,
    "alarm_restrictions": AlarmRestrictions,
}


def planned(world, kind="sw-patch", release="stx-3.0", quirks=None, **request):
    """The plan for a world document; `request` holds members of StrategyRequest."""
    words = {name: WORDS.get(name, lambda value: value)(value) for name, value in request.items()}
    fleet = parse_world(world, "test").fleet
    queried = QueriedData(**{field.name: getattr(fleet, field.name) for field in fields(QueriedData)})
    strategy = Strategy("uuid", StrategyRequest(Kind(kind), **words), queried=queried)
    rules = load_release(release).rulebook
    return plan(strategy, fleet, replace(rules, quirks=replace(rules.quirks, **(quirks or {}))))


def hosts_of(stage):
    """The hosts that a stage patches or upgrades."""
    return next(step.entity_names for step in stage.steps if step.name in {"sw-patch-hosts", "upgrade-hosts"})


def outline(made):
    """A plan in one line: the hosts of each stage and its number of steps."""
    assert made.reason is None, made.reason
    return " ".join(f"{','.join(hosts_of(stage))}:{len(stage.steps)}" for stage in made.stages)


@pytest.fixture
def plan_for():
    """Makes a plan from a world document."""
    return planned


@pytest.fixture
def outline_of():
    """Writes a plan in one line."""
    return outline
