"""A small playbook language: messages in, effects out, one strategy, one fleet, one moment."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.fleet import Alarm, Fleet, Host, Instance, PatchHost, UpgradeRecord
from reference_server.engine.machine import deadline, handle
from reference_server.engine.model import Phase, Stage, Step, Strategy, StrategyRequest
from reference_server.engine.rulebook import Quirks
from reference_server.engine.timing import waiting_step
from reference_server.engine.words import EntityType, Kind, PhaseName, Result, StageName, State, StepName
from reference_server.rulebooks import load_release

NAMES = ("controller-0", "controller-1", "compute-0", "compute-1")
PERSONALITIES = ("controller", "controller", "worker", "worker")
FLEET = Fleet(
    local_host_name="controller-0",
    hosts=tuple(
        Host(name, f"uuid-{name}", personality, software_load="1", target_load="1")
        for name, personality in zip(NAMES, PERSONALITIES, strict=True)
    ),
    instances=(
        Instance("vm-0", "uuid-vm-0", "compute-0"),
        Instance("vm-1", "uuid-vm-1", "compute-1"),
    ),
    patches=("P1",),
    patch_hosts=tuple(
        PatchHost(name, (personality,), requires_reboot=True, patch_current=False)
        for name, personality in zip(NAMES, PERSONALITIES, strict=True)
    ),
    upgrade=UpgradeRecord("upgrading-hosts", "1", "2"),
)


def rules_of(release):
    """The rulebook of a release, its switches as in ENGINE.md appendix B."""
    return replace(load_release(release).rulebook, quirks=Quirks())


RULES = rules_of("stx-3.0")
START = 1000.0


def step(name, *entities, timeout=900, **fields):
    """A step on these hosts, or on these instances, or on nothing."""
    name = StepName(name)
    if not entities:
        return Step(name, timeout, **fields)
    if entities[0] in FLEET.host_by_name or entities[0].startswith("ghost"):
        uuids = tuple(f"uuid-{entity}" for entity in entities)
        return Step(name, timeout, EntityType.HOSTS, uuids, entities, entities, **fields)
    uuids = tuple(f"uuid-{entity}" for entity in entities)
    sources = tuple(f"compute-{entity[-1]}" for entity in entities)
    return Step(name, timeout, EntityType.INSTANCES, uuids, entities, sources, **fields)


def ready(*stages, request=None):
    """A strategy that is ready to apply these stages, each a list of steps."""
    query = Stage(
        StageName.PATCH_QUERY, (Step(StepName.QUERY_ALARMS, 60, result=Result.SUCCESS),), 1, result=Result.SUCCESS
    )
    build = Phase(PhaseName.BUILD, (query,), 62, 1, 1, result=Result.SUCCESS, started=1.0, ended=2.0)
    apply = Phase(PhaseName.APPLY, tuple(Stage(StageName.PATCH_WORKERS, tuple(steps)) for steps in stages))
    return Strategy(
        "the-strategy",
        request or StrategyRequest(Kind.SW_PATCH),
        state=State.READY_TO_APPLY,
        current_phase=PhaseName.BUILD,
        build=build,
        apply=apply,
    )


class Play:
    """One engine on a stage: what it is told, what it then is, what it asked for last."""

    def __init__(self, strategy=None, fleet=FLEET, release=None, **quirks):
        self.strategy = strategy
        self.fleet = fleet
        rules = RULES if release is None else rules_of(release)
        self.rules = replace(rules, quirks=replace(rules.quirks, **quirks))
        self.now = START
        self.effects = ()

    # Told

    def tell(self, message):
        turn = handle(self.strategy, message, self.now, self.fleet, self.rules)
        assert isinstance(turn, m.Turn), turn
        self.strategy, self.effects = turn.strategy, turn.effects
        return self

    def refusal(self, message):
        """The reason with which a message is refused; None if it is not."""
        turn = handle(self.strategy, message, self.now, self.fleet, self.rules)
        return turn.reason if isinstance(turn, m.Refused) else None

    def create(self, kind=Kind.SW_PATCH, **members):
        return self.tell(m.Create("the-strategy", StrategyRequest(Kind(kind), **members)))

    def apply(self, stage_id=None):
        return self.tell(m.Apply(stage_id))

    def abort(self, stage_id=None):
        return self.tell(m.Abort(stage_id))

    def wait(self, seconds):
        self.now += seconds
        return self

    def expire(self):
        """Let the earliest timer fire, at the first look at the timers after it."""
        self.now = deadline(self.strategy) + 0.5
        return self.tell(m.Expired())

    def tick(self, seconds=0):
        return self.wait(seconds).tell(m.Tick())

    def host(self, name, **changes):
        return self.change(name, **changes).tell(m.HostChanged(name))

    def change(self, name, **changes):
        """Change a host; nobody is told."""
        self.fleet = self.fleet.with_host(replace(self.fleet.host_by_name[name], **changes))
        return self

    def move(self, name, host_name):
        """Move an instance; nobody is told."""
        moved = replace(self.fleet.instance_by_uuid[f"uuid-{name}"], host_name=host_name)
        self.fleet = self.fleet.with_instance(moved)
        return self

    def with_upgrade(self, record):
        """The strategy as if its build had found this upgrade record."""
        return replace(self.strategy, queried=replace(self.strategy.queried, upgrade=record))

    def services(self, name, *, disabled):
        return self.change(name, services_disabled=disabled).tell(m.ServicesChanged(name))

    def locked(self, name):
        return self.host(name, locked=True, enabled=False, availability="online")

    def unlocked(self, name):
        return self.host(name, locked=False, enabled=True, availability="available")

    def instance(self, name, **changes):
        self.fleet = self.fleet.with_instance(replace(self.fleet.instance_by_uuid[f"uuid-{name}"], **changes))
        return self.tell(m.InstanceChanged(f"uuid-{name}", name))

    def patched(self, name, **changes):
        """Change what the patch controller says of a host; nobody is told."""
        host = self.fleet.patch_host_by_name[name]
        self.fleet = self.fleet.with_patch_host(replace(host, **(changes or {"patch_current": True})))
        return self

    def gone(self, name):
        self.fleet = replace(self.fleet, hosts=tuple(host for host in self.fleet.hosts if host.name != name))
        return self.tell(m.HostChanged(name))

    def instance_gone(self, name):
        left = tuple(each for each in self.fleet.instances if each.name != name)
        self.fleet = replace(self.fleet, instances=left)
        return self.tell(m.InstanceChanged(f"uuid-{name}", name))

    def alarms(self, *ids, mgmt_affecting="True"):
        """Answer the question for alarms with these."""
        alarms = tuple(Alarm(f"uuid-{alarm_id}", alarm_id, mgmt_affecting) for alarm_id in ids)
        return self.tell(m.AlarmsAnswered(self.asker, alarms))

    def answered(self, times=1):
        """Answer the question that was asked last, as the fleet is, and so on."""
        for _ in range(times):
            self._answer()
        return self

    def _answer(self):
        answers = {
            m.QueryAlarms: lambda asker: m.AlarmsAnswered(asker, self.fleet.alarms),
            m.QueryPatches: lambda asker: m.PatchesAnswered(asker, self.fleet.patches),
            m.QueryPatchHosts: lambda asker: m.PatchHostsAnswered(asker, self.fleet.patch_hosts),
            m.QueryUpgrade: lambda asker: m.UpgradeAnswered(asker, self.fleet.upgrade),
        }
        (question,) = self.effects
        self.tell(answers[type(question)](question.asker))

    def built(self, kind=Kind.SW_PATCH, **members):
        """Create a strategy and answer the queries of its build."""
        self.create(kind, **members)
        while self.strategy.state is State.BUILDING:
            self.wait(1).answered()
        return self

    # Seen

    @property
    def phase(self):
        return self.strategy.phase(self.strategy.current_phase)

    @property
    def stage(self):
        return self.phase.stages[self.phase.current_stage]

    @property
    def step(self):
        """The step that waits."""
        return waiting_step(self.phase)

    @property
    def asker(self):
        phase = self.phase
        return m.Address(
            self.strategy.uuid, phase.name, phase.current_stage, phase.stages[phase.current_stage].current_step
        )

    @property
    def state(self):
        return str(self.strategy.state)

    @property
    def story(self):
        """State, current phase, result and reason of the apply phase."""
        apply = self.strategy.apply
        return self.state, str(self.strategy.current_phase), str(apply.result), apply.reason

    @property
    def outcome(self):
        """Result and reason of the apply phase."""
        return self.story[2:]


@pytest.fixture
def play():
    """Begins a play: of a strategy that is ready to apply these stages (lists of steps), or of none."""

    def begin(*stages, fleet=FLEET, request=None, release=None, **quirks):
        return Play(ready(*stages, request=request) if stages else None, fleet, release, **quirks)

    return begin


@pytest.fixture
def make_step():
    """Makes a step of a name, on hosts or instances."""
    return step


@pytest.fixture
def fleet():
    """Two controllers and two workers with an instance each, everything to be patched and upgraded."""
    return FLEET


@pytest.fixture
def rules():
    """The rulebook of 3.0.0, its switches as in ENGINE.md appendix B."""
    return RULES
