"""ENGINE.md 4: every step kind, every way it can end, and wherever in a strategy it may stand.

`WAYS` is 4.2 written out: what is there before the step, what happens while it waits, and how it ends. `PLACES` is
where the step stands.
"""

from dataclasses import dataclass, field, replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.fleet import Alarm, PatchHost, UpgradeRecord
from reference_server.engine.model import Stage
from reference_server.engine.words import StageName, StepName

HOSTS = ("compute-0", "compute-1")
VMS = ("vm-0", "vm-1")
GHOSTS = ("compute-0", "ghost-1")
LOCKED = {"locked": True, "enabled": False, "availability": "online"}
UNLOCKED = {"locked": False, "enabled": True, "availability": "available"}
NEW_LOAD = {"software_load": "2", "target_load": "2"}
BUSY = "Another host operation lock-hosts is already inprogress for host compute-1."
SUCCESS = ("success", "")


def failed(reason=""):
    """How a step ends that fails."""
    return "failed", reason


# What is done to the fleet; nobody is told ----------------------------------------------------------------------------


def all_hosts(**changes):
    """Both hosts change."""

    def change(played):
        for name in HOSTS:
            played.change(name, **changes)

    return change


def all_vms(**changes):
    """Both instances change."""

    def change(played):
        for name in VMS:
            of_this_name = played.fleet.instance_by_uuid[f"uuid-{name}"]
            played.fleet = played.fleet.with_instance(replace(of_this_name, **changes))

    return change


def without_vms(played):
    """There is no instance anywhere."""
    played.fleet = replace(played.fleet, instances=())


def without_the_last_vm(played):
    """The second instance is not there."""
    played.fleet = replace(played.fleet, instances=played.fleet.instances[:1])


def without_the_last_host(played):
    """The second host is not there."""
    left = tuple(host for host in played.fleet.hosts if host.name != HOSTS[1])
    played.fleet = replace(played.fleet, hosts=left)


def nothing(played):
    """All is as it was."""


def each(*changes):
    """All these changes."""

    def change(played):
        for one in changes:
            one(played)

    return change


empty_and_down = each(without_vms, all_hosts(**LOCKED))


# What is told --------------------------------------------------------------------------------------------------------


def told(message, after=nothing, *, ticks=(), later=0):
    """After this change, and ticks so many seconds apart, this is told so much later."""

    def happen(played):
        after(played)
        for seconds in ticks:
            played.tick(seconds)
        played.wait(later)
        return message

    return happen


def answered(make, *arguments, ticks=()):
    """This answers a question of the step, asked at the last of these ticks or at the start."""

    def happen(played):
        for seconds in ticks:
            played.tick(seconds)
        return make(played.asker, *arguments)

    return happen


def the_timer(played):
    """The timer of the step fires; it is strict, so at its very moment it does not."""
    played.now = played.step.due
    played.tell(m.Expired())
    assert played.step is not None
    played.wait(0.5)
    return m.Expired()


HOST = m.HostChanged(HOSTS[1])
VM = m.InstanceChanged("uuid-vm-1", "vm-1")
SERVICES = m.ServicesChanged(HOSTS[1])
refused = answered(m.ActionRefused, BUSY)
unanswered = answered(m.QueryFailed)
not_requested = answered(m.RequestFailed)


def action_failed(name):
    """The action failed on the second host."""
    return told(m.HostActionFailed(StepName(name), HOSTS[1]))


def migrate_failed(failure):
    """The migration of the second instance ended like this."""
    return told(m.MigrateFailed("uuid-vm-1", "vm-1", "compute-1", m.Failure(failure)))


def of_patch_hosts(*states):
    """The patch controller tells of the two hosts."""
    words = {"current": (True, False), "failed": (False, True)}
    pairs = zip(HOSTS, states, strict=True)
    requires_reboot = True
    return tuple(PatchHost(name, ("worker",), requires_reboot, *words[state]) for name, state in pairs)


ACTIVATED = UpgradeRecord("activation-complete", "1", "2")


@dataclass(frozen=True)
class Way:
    """How a step of this kind ends. Without `happens` it ends as soon as it starts; `before` prepares the fleet."""

    kind: str
    timeout: int
    label: str
    ending: tuple[str, str]
    happens: object = None
    before: object = nothing
    entities: tuple = ()
    fields: dict = field(default_factory=dict)

    def __str__(self):
        return f"{self.kind}: {self.label}"

    @property
    def is_answer(self):
        """Whether it reaches the step even where news do not (2.6)."""
        return self.happens is the_timer or self.happens.__qualname__.startswith("answered")


def ways(kind, timeout, entities, before, rows, **members):
    """Ways of one kind; a row is label, ending, what happens, and what differs."""
    usual = {"before": before, "entities": entities}
    made = [Way(kind, timeout, *row[:3], **usual | dict(*row[3:])) for row in rows]
    ending = SUCCESS if kind == "system-stabilize" else ("timed-out", "")
    return [*made, Way(kind, timeout, "its timer", ending, the_timer, before, entities, **members)]


def ghost(before=nothing):
    """The row of a host that nobody knows."""
    return ("unknown host", failed("Unknown host ghost-1 given."), None, {"entities": GHOSTS, "before": before})


GONE = failed("host no longer exists")
MOVED = failed("instance vm-1 has moved from compute-1 to controller-1 after strategy created")
VM_GONE = failed("instance no longer exists")
IN_THE_WAY = failed(
    "Lock of host(s) compute-0,compute-1 failed because instance(s) vm-0,vm-1 were not migrated or stopped."
)
QUERY = [("not completed", failed(), unanswered)]


def moved_away(played):
    """The second instance is on another host."""
    played.move("vm-1", "controller-1")


def served(*, disabled):
    """The services of both hosts are like that."""
    return all_hosts(services_disabled=disabled)


FROM_HOSTS = {"fields": {"sources": HOSTS}}
"""Beside the hosts that are emptied: where each instance was at the build."""


# fmt: off
WAYS = [
    *ways("query-alarms", 60, (), nothing, [
        ("no alarm", SUCCESS, answered(m.AlarmsAnswered, ())),
        ("a counted alarm, not to fail on alarms", SUCCESS, answered(m.AlarmsAnswered, (Alarm("u", "100.101"),))),
        ("a counted alarm", failed("alarms from platform are present"),
         answered(m.AlarmsAnswered, (Alarm("u", "100.101"),)), {"fields": {"fail_on_alarms": True}}),
        ("an ignored alarm", SUCCESS,
         answered(m.AlarmsAnswered, (Alarm("u", "200.001"),)), {"fields": {"fail_on_alarms": True}}),
        *QUERY,
    ]),
    *ways("query-sw-patches", 60, (), nothing, [("answered", SUCCESS, answered(m.PatchesAnswered, ("P",))), *QUERY]),
    *ways("query-sw-patch-hosts", 60, (), nothing, [("answered", SUCCESS, answered(m.PatchHostsAnswered, ())), *QUERY]),
    *ways("query-upgrade", 60, (), nothing, [("answered", SUCCESS, answered(m.UpgradeAnswered, ACTIVATED)), *QUERY]),
    *ways("swact-hosts", 900, HOSTS, nothing, [
        ("120 s from its first tick", SUCCESS, told(m.Tick(), ticks=(10, 119.5), later=0.5)),
        ("its request fails", failed("host swact failed"), action_failed("swact-hosts")),
        ("refused", failed(BUSY), refused),
        ghost(),
    ]),
    *ways("disable-host-services", 180, HOSTS, nothing, [
        ("disabled already", SUCCESS, None, {"before": served(disabled=True)}),
        ("all report", SUCCESS, told(SERVICES, served(disabled=True))),
        ("all are, seen by an audit", SUCCESS, told(m.Tick(), served(disabled=True))),
        ("its request fails", failed("disable host services failed"), action_failed("disable-host-services")),
        ("a host vanishes", GONE, told(HOST, without_the_last_host)),
        ("refused", failed(BUSY), refused),
        ghost(),
    ]),
    *ways("enable-host-services", 180, HOSTS, served(disabled=True), [
        ("enabled already", SUCCESS, None, {"before": nothing}),
        ("all report", SUCCESS, told(SERVICES, served(disabled=False))),
        ("all are, seen by an audit", SUCCESS, told(m.Tick(), served(disabled=False))),
        ("its request fails", failed("enable host services failed"), action_failed("enable-host-services")),
        ("a host vanishes", GONE, told(HOST, without_the_last_host)),
        ("refused", failed(BUSY), refused),
        ghost(served(disabled=True)),
    ]),
    *ways("migrate-instances", 1800, VMS, nothing, [
        ("no instance on the hosts", SUCCESS, None, {"before": all_vms(host_name="controller-1")}),
        ("one has moved", MOVED, None, {"before": moved_away}),
        ("one is unknown", failed("Instance uuid-vm-1 does not exist."), None, {"before": without_the_last_vm}),
        ("a host is unknown", failed("Host compute-1 does not exist."), None, {"before": without_the_last_host}),
        ("all are gone from the hosts", SUCCESS, told(VM, all_vms(host_name="controller-1"))),
        ("one vanishes, the other moves", SUCCESS,
         told(VM, each(all_vms(host_name="controller-1"), without_the_last_vm))),
        ("fails", failed("Migrate of instance vm-1 from host compute-1 failed."), migrate_failed("failed")),
        ("times out", failed("Migrate of instance vm-1 from host compute-1 timed out."), migrate_failed("timed out")),
        ("is cancelled", failed("Migrate of instance vm-1 on host compute-1 cancelled."), migrate_failed("cancelled")),
        ("refused", failed(BUSY), refused),
    ]),
    *ways("migrate-instances-from-host", 1800, VMS, nothing, [
        ("no instance on the hosts", SUCCESS, None, {"before": all_vms(host_name="controller-1")} | FROM_HOSTS),
        ("only locked instances on the hosts", SUCCESS, None, {"before": all_vms(locked=True)} | FROM_HOSTS),
        ("one has moved", MOVED, None, {"before": moved_away} | FROM_HOSTS),
        ("a host is unknown", failed("Host compute-1 does not exist."), None,
         {"before": without_the_last_host} | FROM_HOSTS),
        ("all are gone from the hosts", SUCCESS, told(VM, all_vms(host_name="controller-1")), FROM_HOSTS),
        ("all are, seen by an audit", SUCCESS, told(m.Tick(), all_vms(host_name="controller-1")), FROM_HOSTS),
        ("fails", failed("Migrate of instance vm-1 from host compute-1 failed."), migrate_failed("failed"), FROM_HOSTS),
        ("refused", failed(BUSY), refused, FROM_HOSTS),
    ], **FROM_HOSTS),
    *ways("stop-instances", 900, VMS, nothing, [
        ("stopped already", SUCCESS, None, {"before": all_vms(locked=True, enabled=False)}),
        ("one has moved", MOVED, None, {"before": moved_away}),
        ("one is unknown", failed("Instance uuid-vm-1 does not exist."), None, {"before": without_the_last_vm}),
        ("all are stopped", SUCCESS, told(VM, all_vms(locked=True, enabled=False))),
        ("all are, seen by an audit", SUCCESS, told(m.Tick(), all_vms(locked=True, enabled=False))),
        ("one vanishes", VM_GONE, told(VM, without_the_last_vm)),
        ("refused", failed(BUSY), refused),
    ]),
    *ways("start-instances", 900, VMS, all_vms(locked=True, enabled=False), [
        ("started already", SUCCESS, None, {"before": nothing}),
        ("one is unknown", VM_GONE, None, {"before": without_the_last_vm}),
        ("all are started", SUCCESS, told(VM, all_vms(locked=False, enabled=True))),
        ("all are, seen by an audit", SUCCESS, told(m.Tick(), all_vms(locked=False, enabled=True))),
        ("one vanishes", VM_GONE, told(VM, without_the_last_vm)),
        ("refused", failed(BUSY), refused),
    ]),
    *ways("lock-hosts", 900, HOSTS, without_vms, [
        ("locked already", SUCCESS, None, {"before": empty_and_down}),
        ("instances in the way", IN_THE_WAY, None, {"before": nothing}),
        ("all are locked and disabled", SUCCESS, told(HOST, all_hosts(**LOCKED))),
        ("all are, seen by an audit", SUCCESS, told(m.Tick(), all_hosts(**LOCKED))),
        ("simplex, more than 15 s after its first event", SUCCESS,
         told(m.Tick(), all_hosts(locked=True), ticks=(1, 15), later=0.5), {"fields": {"wait_until_disabled": False}}),
        ("its request fails", failed("host lock failed"), action_failed("lock-hosts")),
        ("a host vanishes", GONE, told(HOST, without_the_last_host)),
        ("refused", failed(BUSY), refused),
        ghost(without_vms),
    ]),
    *ways("unlock-hosts", 1800, HOSTS, all_hosts(**LOCKED), [
        ("unlocked already", SUCCESS, None, {"before": nothing}),
        ("all are unlocked and enabled", SUCCESS, told(HOST, all_hosts(**UNLOCKED))),
        ("all are, seen by an audit", SUCCESS, told(m.Tick(), all_hosts(**UNLOCKED))),
        ("its request fails", failed("host unlock failed"), action_failed("unlock-hosts")),
        ("a host vanishes", GONE, told(HOST, without_the_last_host)),
        ("refused", failed(BUSY), refused),
        ghost(all_hosts(**LOCKED)),
    ]),
    *ways("reboot-hosts", 900, HOSTS, all_hosts(**LOCKED), [
        ("60 s from its first tick", SUCCESS, told(m.Tick(), ticks=(10, 59.5), later=0.5)),
        ("a host is not locked", failed("Cannot reboot unlocked host compute-1."), None,
         {"before": lambda played: played.change("compute-0", **LOCKED)}),
        ("its request fails", failed("host reboot failed"), action_failed("reboot-hosts")),
        ("refused", failed(BUSY), refused),
        ghost(all_hosts(**LOCKED)),
    ]),
    *ways("sw-patch-hosts", 1800, HOSTS, nothing, [
        ("all are current", SUCCESS, answered(m.PatchHostsAnswered, of_patch_hosts("current", "current"))),
        ("one has failed", failed("software update failed to apply on host compute-0"),
         answered(m.PatchHostsAnswered, of_patch_hosts("failed", "current"))),
        ("both have failed", failed("software update failed to apply on host compute-1"),
         answered(m.PatchHostsAnswered, of_patch_hosts("failed", "failed"))),
        ("its request is not completed", failed(), not_requested),
        ("refused", failed(BUSY), refused),
    ]),
    *ways("upgrade-hosts", 3600, HOSTS, all_hosts(**LOCKED), [
        ("120 s from its first tick, upgraded", SUCCESS,
         told(m.Tick(), all_hosts(**NEW_LOAD), ticks=(10, 119.5), later=0.5)),
        ("a host is not locked", failed("Cannot upgrade unlocked host compute-0."), None, {"before": nothing}),
        ("its request fails", failed("host upgrade failed"), action_failed("upgrade-hosts")),
        ("a host vanishes", GONE, told(HOST, without_the_last_host)),
        ("refused", failed(BUSY), refused),
        ghost(all_hosts(**LOCKED)),
    ]),
    *ways("system-stabilize", 60, (), nothing, [
        ("a host changes", failed("host compute-1 changed state unexpectedly"), told(HOST)),
        ("an instance changes", failed("instance vm-1 changed state unexpectedly"), told(VM)),
    ]),
    *ways("wait-data-sync", 14400, (), nothing, [
        ("no alarm", SUCCESS, answered(m.AlarmsAnswered, (), ticks=(10, 120))),
        ("only alarms that do not count", SUCCESS,
         answered(m.AlarmsAnswered, (Alarm("u", "200.001"),), ticks=(10, 120))),
        ("a poll is not completed", failed(), unanswered),
    ]),
    *ways("wait-alarms-clear", 600, (), nothing, [
        ("no alarm", SUCCESS, answered(m.AlarmsAnswered, (), ticks=(10, 60))),
        ("only alarms that do not count", SUCCESS,
         answered(m.AlarmsAnswered, (Alarm("u", "200.001"),), ticks=(10, 60))),
        ("a poll is not completed", failed(), unanswered),
    ]),
    *ways("activate-upgrade", 900, (), nothing, [
        ("activated", SUCCESS, answered(m.UpgradeAnswered, ACTIVATED, ticks=(10, 60))),
        ("its request is not completed", failed(), not_requested),
        ("a poll is not completed", failed(), unanswered),
    ]),
    *ways("complete-upgrade", 300, (), nothing, [
        ("no record left", SUCCESS, answered(m.UpgradeAnswered, None, ticks=(10, 60))),
        ("its request is not completed", failed(), not_requested),
        ("a poll is not completed", failed(), unanswered),
    ]),
]
# fmt: on


@dataclass(frozen=True)
class Place:
    """Where a step stands: what is before and after it, and how it comes about that it starts."""

    stages_before: int = 0
    lock_before: bool = False
    step_after: bool = False
    stages_after: int = 0
    single: bool = False
    undoes: bool = False
    quirks: tuple[str, ...] = ()


PLACES = {
    "alone": Place(),
    "first of its stage": Place(step_after=True, stages_after=1),
    "between others": Place(stages_before=1, lock_before=True, step_after=True, stages_after=1),
    "last of its stage": Place(stages_before=1, lock_before=True, stages_after=1),
    "last of all": Place(stages_before=1, lock_before=True),
    "before a pause": Place(stages_after=1, single=True),
    "after a pause": Place(stages_before=1, step_after=True, stages_after=1, single=True),
    "last of all, single": Place(stages_before=1, single=True),
    "alone in the undo": Place(undoes=True),
    "first of the undo": Place(undoes=True, step_after=True),
    "alone in the undo, B11": Place(undoes=True, quirks=("synchronous_undo_keeps_indices",)),
    "first of the undo, B11": Place(undoes=True, step_after=True, quirks=("synchronous_undo_keeps_indices",)),
}


class Scene:
    """A strategy in which a step of some kind is about to start at some place."""

    def __init__(self, play, make_step, predict, way, place):
        self.way, self.place = way, place
        self.predict = predict
        rest = make_step("system-stabilize", timeout=15)
        self.step = make_step(way.kind, *way.entities, timeout=way.timeout, **way.fields)
        lock = [make_step("lock-hosts", "controller-0")] * place.lock_before
        self.steps = [*lock, self.step, *[make_step("swact-hosts", "controller-1")] * place.step_after]
        own = [rest] if place.undoes else self.steps
        self.played = play(*[[rest]] * place.stages_before, own, *[[rest]] * place.stages_after, **self.quirks)
        way.before(self.played)
        self.played.strategy = self.played.with_upgrade(UpgradeRecord("upgrading-hosts", "1", "2"))
        self._arrive()

    @property
    def quirks(self):
        return dict.fromkeys(self.place.quirks, True)

    def _arrive(self):
        """To where the next move starts the step."""
        played, place = self.played, self.place
        if place.undoes:
            played.apply().abort()
            undo = Stage(StageName.PATCH_WORKERS, tuple(self.steps))
            played.strategy = played.strategy.with_phase(replace(played.strategy.abort, stages=(undo,)))
        elif place.stages_before:
            played.apply(0 if place.single else None)
            played.expire() if place.single or place.lock_before else None

    def start(self):
        """The step starts; gives what was foretold."""
        played, place = self.played, self.place
        if place.lock_before:
            played.change("controller-0", **LOCKED)
            return self._both(lambda told: told.ends("success"), m.HostChanged("controller-0"))
        if place.undoes:
            played.now = played.step.due + 0.5
            return self._both(lambda told: told.ends("success"), m.Expired())
        n = place.stages_before if place.single else None
        return self._both(lambda told: told.apply(n), m.Apply(n))

    def abort(self):
        """An abort is asked for; gives what was foretold."""
        return self._both(lambda told: told.abort(), m.Abort())

    def end(self):
        """The step ends, if anybody listens; gives what was foretold."""
        message = self.way.happens(self.played)
        heard = self.way.is_answer or self.played.strategy.state != "aborted"
        return self._both(lambda told: told.ends(*self.way.ending) if heard else told.done(), message)

    def _both(self, foretell, message):
        foretold = foretell(self.predict(self.played, starts=self._starts, **self.quirks))
        self.told = message
        self.played.tell(message)
        return foretold

    def _starts(self, known, step):
        """Whether the step in question ends at once is known from its row; of others the fleet tells."""
        mine = step["step-name"] == self.way.kind and tuple(step["entity-names"]) == self.way.entities
        at_once = None if self.way.happens else self.way.ending
        return at_once if mine else known(step)


@pytest.fixture
def all_ways():
    """Every way of every kind."""
    return WAYS


@pytest.fixture
def wrong(play, make_step, predict, seen, differences):
    """Plays a kind of step in every wanted way and place; the cases in which something else was seen than foretold."""

    def cases(kind, is_wanted):
        for way in WAYS:
            for name, place in PLACES.items():
                if way.kind == kind and is_wanted(way, place):
                    yield f"{way}; {name}", Scene(play, make_step, predict, way, place)

    def played(case, scene, acts):
        try:
            return [each for foretold, shown in acts(scene, seen) for each in differences(shown, foretold)]
        except Exception as error:
            error.add_note(f"in {case}")
            raise

    def all_played(kind, acts, is_wanted=lambda _way, _place: True):
        found = {case: played(case, scene, acts) for case, scene in cases(kind, is_wanted)}
        assert found
        return {case: wrong for case, wrong in found.items() if wrong}

    return all_played
