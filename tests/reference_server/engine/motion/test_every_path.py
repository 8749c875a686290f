"""ENGINE.md 2, 3 and 4.3: every request and every ending of the running step, in every situation that can be reached.

From a strategy that is ready, all moves are made from all strategies they lead to, until nothing new comes. After each
the wire must show what the predictor says, or the refusal must have its reason.
"""

import json
import re
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import product

import pytest

from reference_server.engine import messages as m
from reference_server.engine.fleet import Alarm
from reference_server.engine.model import StrategyRequest
from reference_server.engine.planning import plan
from reference_server.engine.words import Kind, StepName

pytestmark = pytest.mark.long  # thousands of small cases, none of which depends on the Python

LOCKED = {"locked": True, "enabled": False, "availability": "online"}
UNLOCKED = {"locked": False, "enabled": True, "availability": "available"}
STAGE_IDS = range(-2, 5)
PRESENT = ("failed", "alarms from platform are present")
SUCCESS = ("success", "")
FAILED = ("failed", "")
DATE = re.compile(r'("[^"]*date-time": )"[^"]+"')
REFUSED = ("failed", "Another host operation lock is already inprogress for host controller-0.")


# What ends a step ----------------------------------------------------------------------------------------------------


def hosts(**changes):
    """All hosts of the step change; the last change is told."""

    def act(played, step):
        for name in step.entity_names:
            played.change(name, **changes)
        told = m.ServicesChanged if "services_disabled" in changes else m.HostChanged
        return told(step.entity_names[-1])

    return act


def instances(**changes):
    """All instances of the step change; the last change is told."""

    def act(played, step):
        for uuid in step.entity_uuids:
            played.fleet = played.fleet.with_instance(replace(played.fleet.instance_by_uuid[uuid], **changes))
        return m.InstanceChanged(step.entity_uuids[-1], step.entity_names[-1])

    return act


def action_failed(played, step):
    """The action of the step failed on its last host."""
    return m.HostActionFailed(StepName(step.name), step.entity_names[-1])


def another_host(played, step):
    """A host that has nothing to do with the strategy changes."""
    return m.HostChanged("compute-1")


def another_instance(played, step):
    """An instance that has nothing to do with the strategy changes."""
    return m.InstanceChanged("uuid-vm-1", "vm-1")


def refused(played, step):
    """The director refuses the action."""
    return m.ActionRefused(played.asker, REFUSED[1])


def alarms(*ids):
    """The alarms are these."""
    found = tuple(Alarm(f"uuid-{alarm_id}", alarm_id) for alarm_id in ids)
    return lambda played, _step: m.AlarmsAnswered(played.asker, found)


def patches(played, step):
    """The patch controller tells its patches."""
    return m.PatchesAnswered(played.asker, played.fleet.patches)


def patch_hosts(played, step):
    """The patch controller tells of its hosts."""
    return m.PatchHostsAnswered(played.asker, played.fleet.patch_hosts)


def upgrade(played, step):
    """The platform tells of its upgrade."""
    return m.UpgradeAnswered(played.asker, played.fleet.upgrade)


def unanswered(played, step):
    """The query was not completed."""
    return m.QueryFailed(played.asker)


# 4.2: by step, what happens, whether it comes as an answer, and the result and reason of the step.
ENDINGS = {
    "query-alarms": [
        (alarms(), True, SUCCESS),
        (alarms("200.001"), True, SUCCESS),
        (alarms("100.101"), True, PRESENT),
        (unanswered, True, FAILED),
    ],
    "query-sw-patches": [(patches, True, SUCCESS), (unanswered, True, FAILED)],
    "query-sw-patch-hosts": [(patch_hosts, True, SUCCESS), (unanswered, True, FAILED)],
    "query-upgrade": [(upgrade, True, SUCCESS), (unanswered, True, FAILED)],
    "lock-hosts": [
        (hosts(**LOCKED), False, SUCCESS),
        (action_failed, False, ("failed", "host lock failed")),
        (refused, True, REFUSED),
    ],
    "unlock-hosts": [
        (hosts(**UNLOCKED), False, SUCCESS),
        (action_failed, False, ("failed", "host unlock failed")),
        (refused, True, REFUSED),
    ],
    "disable-host-services": [
        (hosts(services_disabled=True), False, SUCCESS),
        (action_failed, False, ("failed", "disable host services failed")),
    ],
    "enable-host-services": [
        (hosts(services_disabled=False), False, SUCCESS),
        (action_failed, False, ("failed", "enable host services failed")),
    ],
    "stop-instances": [(instances(locked=True, enabled=False), False, SUCCESS), (refused, True, REFUSED)],
    "start-instances": [(instances(locked=False, enabled=True), False, SUCCESS), (refused, True, REFUSED)],
    "system-stabilize": [
        (another_host, False, ("failed", "host compute-1 changed state unexpectedly")),
        (another_instance, False, ("failed", "instance vm-1 changed state unexpectedly")),
    ],
}
AT_TIMER = {"system-stabilize": SUCCESS}


# Moves: each brings a play to its next strategy and gives what was predicted of it ------------------------------------


def by_request(command, foretell):
    """A request."""

    def move(played, predict):
        foretold = foretell(predict(played))
        played.told = played.refusal(command)
        if played.told is None:
            played.tell(command)
        return foretold

    return move


def by_ending(act, is_answer, ending):
    """The running step ends, unless nobody listens any more (2.6)."""

    def move(played, predict):
        message = act(played, played.step)
        heard = is_answer or played.strategy.state != "aborted"
        prediction = predict(played, plan=lambda: _planned(played, message))
        harmless = ending is PRESENT and prediction.where == "build"  # 5.1: the build looks at alarms later
        foretold = prediction.ends(*(SUCCESS if harmless else ending)) if heard else prediction.done()
        played.tell(message)
        return foretold

    return move


def _planned(played, last_answer):
    """What the build rules make of the answers, the last one included: a strategy of these stages, a reason or None."""
    before = played.strategy
    answer = {"upgrade": "upgrade"} if isinstance(last_answer, m.UpgradeAnswered) else {"patch_hosts": "patch_hosts"}
    known = replace(before.queried, **{key: getattr(last_answer, value) for key, value in answer.items()})
    made = plan(replace(before, queried=known), played.fleet, played.rules)
    return replace(before, apply=replace(before.apply, stages=made.stages)), made.reason


def by_step_timer(played, predict):
    """The timer of the running step fires."""
    ending = AT_TIMER.get(str(played.step.name), ("timed-out", ""))
    played.now = played.step.due + 0.5
    foretold = predict(played).ends(*ending)
    played.tell(m.Expired())
    return foretold


def by_forced_timer(of_phase):
    """The timer of the stage or the phase fires first: it cannot, but were it to (2.6)."""

    def move(played, predict):
        foretold = predict(played).timer(of_phase)
        phase, past = played.phase, played.now - 1
        early = tuple(replace(each, due=past) if each is played.stage else each for each in phase.stages)
        changed = replace(phase, due=past) if of_phase else replace(phase, stages=early)
        played.strategy = played.strategy.with_phase(changed)
        played.tell(m.Expired())
        return foretold

    return move


def by_noise(make):
    """Something that concerns nobody."""

    def move(played, predict):
        foretold = predict(played).done()
        played.tell(make(played))
        return foretold

    return move


def _of_stage(request, n):
    return lambda prediction: getattr(prediction, request)(n)


def _already(prediction):
    return f"there is a {prediction.doc['name']} strategy already"


REQUESTS = [
    *[by_request(m.Apply(n), _of_stage("apply", n)) for n in (None, *STAGE_IDS)],
    *[by_request(m.Abort(n), _of_stage("abort", n)) for n in (None, *STAGE_IDS)],
    by_request(m.Delete(), lambda prediction: prediction.delete(force=False)),
    by_request(m.Delete(force=True), lambda prediction: prediction.delete(force=True)),
    by_request(m.Create("another", StrategyRequest(Kind.SW_PATCH)), _already),
    by_request(m.Create("another", StrategyRequest(Kind.SW_UPGRADE)), _already),
]
TIMERS = [by_step_timer, by_forced_timer(of_phase=False), by_forced_timer(of_phase=True)]
NOISE = [by_noise(lambda _: m.Tick()), by_noise(lambda _: m.Expired())]


def to_another(**changed):
    """An answer to a step at another address."""
    return by_noise(lambda played: m.AlarmsAnswered(replace(played.asker, **changed), ()))


STRANGERS = [
    to_another(uuid="another"),
    to_another(phase="initial"),
    to_another(stage=7),
    to_another(step=7),
    by_noise(lambda played: m.ActionRefused(replace(played.asker, step=7), "to somebody else")),
]


def moves_of(played):
    """All that can happen now."""
    if played.step is None:
        return [*REQUESTS, *NOISE]
    endings = [by_ending(*ending) for ending in ENDINGS[str(played.step.name)]]
    return [*REQUESTS, *NOISE, *STRANGERS, *TIMERS, *endings]


def moves_where_it_matters(played):
    """Those of them in which a switch of appendix B can show."""
    requests = [
        by_request(make(n), _of_stage(name, n))
        for make, name in ((m.Apply, "apply"), (m.Abort, "abort"))
        for n in (None, 0, 1)
    ]
    if played.step is None:
        return requests
    return [*requests, *TIMERS, *[by_ending(*ending) for ending in ENDINGS[str(played.step.name)]]]


# The search ---------------------------------------------------------------------------------------------------------


def _timeless(shown):
    """The text of a document in which every date is the same one."""
    return DATE.sub(r'\1"date"', json.dumps(shown))


def wire_state(played):
    """State, current phase, and the step that waits."""
    return played.state, str(played.strategy.current_phase), played.step and str(played.step.name)


def explore(predict, seen, differences, first, *, moves_of=moves_of, goes_on=lambda _: True, **quirks):
    """All situations that are reached, and the first move, if any, after which the wire shows something else."""
    found, todo, reached = set(), [first], set()
    while todo:
        before = todo.pop()
        reached.add(wire_state(before))
        for move in moves_of(before) if goes_on(before) else REQUESTS:
            played = copy(before).wait(0.25)
            played.told = None
            foretold = move(played, partial(predict, **quirks))
            shown = played.told if played.told is not None else seen(played)
            if shown != foretold:
                return reached, (wire_state(before), move.__qualname__, differences(shown, foretold))
            key = _timeless(shown) + repr((played.fleet.hosts, played.fleet.instances))
            if goes_on(before) and played.told is None and played.strategy is not None and key not in found:
                found.add(key)
                todo.append(played)
    return reached, None


@pytest.fixture
def explored(predict, seen, differences):
    """Makes all moves from this play on."""
    return partial(explore, predict, seen, differences)


@pytest.fixture
def shapes(make_step):
    """Strategies by what is special about them, each a list of stages, each a list of steps."""
    query = make_step("query-alarms", timeout=60, fail_on_alarms=True)
    rest = make_step("system-stabilize", timeout=15)
    lock, unlock = make_step("lock-hosts", "controller-0"), make_step("unlock-hosts", "controller-0", timeout=1800)
    down = [make_step("disable-host-services", "controller-1", timeout=180), make_step("stop-instances", "vm-0")]
    up = [make_step("unlock-hosts", "controller-1", timeout=1800), make_step("start-instances", "vm-0")]
    return {
        "no stage": [[]],
        "three stages": [[query, lock, unlock, rest], [rest], [query, lock, rest]],
        "much to undo": [[rest], [*down, make_step("lock-hosts", "controller-1"), *up]],
        "done at once": [[rest, make_step("enable-host-services", "controller-0"), unlock], [unlock], [lock, lock]],
        "failing at once": [[rest, lock], [make_step("lock-hosts", "ghost-1"), rest]],
        "undo failing at once": [[lock, make_step("disable-host-services", "controller-1", "ghost-1"), rest], [rest]],
        "stages without steps": [[], [rest], []],
        "small": [[rest, lock], [lock, rest]],
    }


EVERYWHERE = {
    ("ready-to-apply", "build"),
    ("applying", "apply"),
    ("applied", "apply"),
    ("aborting", "apply"),
    ("aborting", "abort"),
    ("aborted", "apply"),
    ("aborted", "abort"),
    ("abort-failed", "abort"),
    ("abort-timeout", "abort"),
    ("apply-timeout", "abort"),
}
UNDONE_AT_ONCE = EVERYWHERE - {("aborting", "abort"), ("abort-failed", "abort"), ("abort-timeout", "abort")}
SHAPES = {
    "no stage": {("ready-to-apply", "build"), ("applied", "apply")},
    "three stages": EVERYWHERE,
    "much to undo": EVERYWHERE,
    "done at once": EVERYWHERE,
    "failing at once": EVERYWHERE - {("applied", "apply")},
    "undo failing at once": EVERYWHERE - {("applied", "apply")},
    "stages without steps": UNDONE_AT_ONCE,
}


def begun(play, stages, **quirks):
    """A play of a strategy of these stages, that is ready."""
    played = play(*stages, **quirks)
    if stages == [[]]:
        played.strategy = replace(played.strategy, apply=replace(played.strategy.apply, stages=()))
    return played


@pytest.mark.parametrize(("shape", "situations"), SHAPES.items(), ids=SHAPES)
def test_every_path_leads_where_it_should(play, explored, shapes, shape, situations):
    """After some move in some situation the wire shows something else than ENGINE.md says, or some is not reached."""
    reached, difference = explored(begun(play, shapes[shape]))
    assert difference is None
    assert {where[:2] for where in reached} == situations


QUIRKS = {
    "result_success_after_first_child": (True, False),
    "aborted_while_abort_pending": (True, False),
    "failed_apply_ends_aborted": (True, False),
    "abort_while_paused_leaves_phase_running": (True, False),
    "second_abort_gives_up_undo": (True, False),
    "synchronous_undo_keeps_indices": (False, True),
}


@pytest.mark.parametrize(
    "values", list(product(*QUIRKS.values())), ids=lambda values: "".join("01"[each] for each in values)
)
def test_every_path_with_every_switch(play, explored, shapes, values):
    """B1 to B5 and B11 in every combination: after some move the wire shows something else than foretold."""
    quirks = dict(zip(QUIRKS, values, strict=True))
    first = begun(play, shapes["small"], **quirks)
    assert explored(first, moves_of=moves_where_it_matters, **quirks)[1] is None


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize("shape", ["done at once", "failing at once", "undo failing at once", "stages without steps"])
def test_a_switch_where_steps_end_at_once(play, explored, shapes, shape, quirk):
    """Appendix B: one switch thrown, after some move the wire shows something else than foretold."""
    quirks = {quirk: QUIRKS[quirk][1]}
    assert explored(begun(play, shapes[shape], **quirks), **quirks)[1] is None


def without_patches(fleet):
    """Nothing is to be patched."""
    return replace(fleet, patches=(), patch_hosts=())


def with_a_locked_instance(fleet):
    """The last stages cannot be built; those before them stay (B9)."""
    return replace(fleet, instances=(*fleet.instances[:1], replace(fleet.instances[1], locked=True, enabled=False)))


def without_controller_1(fleet):
    """The second controller has another name (appendix C5)."""
    renamed = [replace(host, name=host.name.replace("controller-1", "controller-2")) for host in fleet.hosts]
    return replace(fleet, hosts=tuple(renamed))


FAILING = {"building", "build-failed", "build-timeout"}
APPLICABLE = {*FAILING, "ready-to-apply"}
COMPLETE = {"complete_upgrade": True}
BUILDS = {
    "sw-patch": ("sw-patch", {}, replace, APPLICABLE),
    "sw-patch, nothing to do": ("sw-patch", {}, without_patches, FAILING),
    "sw-upgrade": ("sw-upgrade", {}, replace, APPLICABLE),
    "sw-upgrade to its end": ("sw-upgrade", COMPLETE, replace, APPLICABLE),
    "sw-upgrade, instances in the way": ("sw-upgrade", {}, with_a_locked_instance, FAILING),
    "sw-upgrade without controller-1": ("sw-upgrade", COMPLETE, without_controller_1, FAILING),
}


@pytest.mark.parametrize(("kind", "members", "changed", "states"), BUILDS.values(), ids=BUILDS)
def test_every_path_of_a_build(play, fleet, explored, kind, members, changed, states):
    """2.2 T1 to T4, 5.1, 6.1: after some move during a build, or right after it, the wire shows something else."""
    created = play(fleet=changed(fleet)).create(kind, **members)
    reached, difference = explored(created, goes_on=lambda played: played.state == "building")
    assert difference is None
    assert {state for state, _, _ in reached} == states


def test_a_complete_stage_needs_controller_1(play, fleet):
    """C5: without a host of that name the build fails with a reason; the stages before it stay, and delete helps."""
    played = play(fleet=without_controller_1(fleet)).built("sw-upgrade", **COMPLETE)
    assert (played.state, played.strategy.build.reason) == ("build-failed", "host controller-1 not found")
    assert [str(stage.name) for stage in played.strategy.apply.stages] == [
        "sw-upgrade-controllers",
        "sw-upgrade-worker-hosts",
        "sw-upgrade-worker-hosts",
    ]
    assert played.tell(m.Delete()).strategy is None


@pytest.mark.parametrize("message", [m.Tick(), m.Expired(), m.ServicesChanged("compute-1")], ids=str)
def test_what_changes_nothing_leaves_the_very_strategy(play, make_step, message):
    """A strategy to which nothing happened is the same object, so that nobody takes it for a new one."""
    played = play([make_step("system-stabilize", timeout=15)]).apply()
    before = played.strategy
    assert played.tell(message).strategy is before
