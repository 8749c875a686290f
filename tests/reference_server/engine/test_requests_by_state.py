"""ENGINE.md 2.3: every request in every situation, by hand. Three stages; where one is current it is stage 1."""

from dataclasses import replace

import pytest

from reference_server.engine import messages as m
from reference_server.engine.lifecycle import REQUESTS, Request, Situation, situation_of
from reference_server.engine.words import StepName


def nothing(play, make_step):
    """No strategy."""
    return play()


def initial(play, make_step):
    """A strategy nobody started."""
    played = play(*three(make_step))
    played.strategy = replace(played.strategy, state="initial", current_phase="initial")
    return played


def three(make_step):
    """Three stages of one step each."""
    return (
        [make_step("system-stabilize", timeout=15)],
        [make_step("lock-hosts", "controller-1")],
        [make_step("swact-hosts")],
    )


def building(play, make_step):
    """The first query of the build runs."""
    return play().create()


def build_failed(play, make_step):
    """A build rule was violated."""
    played = play()
    played.fleet = replace(played.fleet, patches=())
    return played.built()


def build_failed_query(play, make_step):
    """A query of the build failed."""
    played = play().create()
    return played.tell(m.QueryFailed(played.asker))


def build_timeout(play, make_step):
    """A query of the build timed out."""
    return play().create().expire()


def is_ready(play, make_step):
    """Built."""
    return play(*three(make_step))


def running(play, make_step):
    """Stage 1 runs."""
    return is_ready(play, make_step).apply().expire()


def paused(play, make_step):
    """Between stage 0 and stage 1."""
    return is_ready(play, make_step).apply(0).expire()


def applied(play, make_step):
    """All stages have succeeded."""
    return running(play, make_step).locked("controller-1").tick().tick(120)


def pending(play, make_step):
    """An abort waits for stage 1."""
    return running(play, make_step).abort()


def undoing(play, make_step):
    """Stage 1 is being undone."""
    return pending(play, make_step).locked("controller-1")


def aborted_paused(play, make_step):
    """Aborted between stage 0 and stage 1."""
    return paused(play, make_step).abort()


def given_up(play, make_step):
    """Aborted twice while stage 1 runs."""
    return pending(play, make_step).abort()


def given_up_and_ended(play, make_step):
    """Aborted twice, and the step of stage 1 has ended since."""
    return given_up(play, make_step).expire()


def aborted(play, make_step):
    """Stage 1 was undone."""
    return undoing(play, make_step).unlocked("controller-1")


def abort_failed(play, make_step):
    """The undo of stage 1 failed."""
    return undoing(play, make_step).tell(m.HostActionFailed(StepName.UNLOCK_HOSTS, "controller-1"))


def abort_timeout(play, make_step):
    """The undo of stage 1 timed out."""
    return undoing(play, make_step).expire()


def stuck(play, make_step):
    """The corner of 2.6."""
    played = pending(play, make_step)
    played.strategy = played.strategy.with_phase(replace(played.phase, due=played.now))
    return played.wait(1).tell(m.Expired())


def apply_failed(play, make_step):
    """Stage 1 failed, without quirk B3."""
    played = play(*three(make_step), failed_apply_ends_aborted=False).apply().expire()
    return played.tell(m.HostActionFailed(StepName.LOCK_HOSTS, "controller-1"))


def apply_timeout(play, make_step):
    """Stage 1 timed out, without quirk B3."""
    return play(*three(make_step), failed_apply_ends_aborted=False).apply().expire().expire()


GONE = "-> none"
NOT_RUNNING = "apply not inprogress"
NOT_STAGE = "apply not inprogress for stage id {n}"
NO_STRATEGY = dict.fromkeys(["apply-all", "apply-stage", "abort", "abort-stage", "delete"], "there is no strategy")
DURING_ABORT = {
    "apply-all": "apply not supported during an abort",
    "apply-stage": "apply of stage id {n} not supported during an abort",
    "abort": NOT_RUNNING,
    "abort-stage": NOT_RUNNING,
}
COMPLETED = {"apply-all": "apply already completed", "apply-stage": "apply already completed"}
UNBUILT = {
    "apply-all": "",
    "apply-stage": "apply of stage id {n} failed:  ",
    "abort": NOT_RUNNING,
    "abort-stage": NOT_RUNNING,
}
FAILED_BUILD = {
    "apply-all": "no software patches found",
    "apply-stage": "apply of stage id {n} failed: no software patches found ",
    "abort": NOT_RUNNING,
    "abort-stage": NOT_RUNNING,
}
RUNS = {"apply-all": "apply already inprogress", "apply-stage": "apply already inprogress"}
INVALID = "invalid stage id {n} for the apply, total-stages are 3"
BUILT_NOW = {"delete": "strategy is being built, can't delete"}
APPLIED_NOW = {"delete": "strategy is being applied, can't delete"}
ABORTED_NOW = {"delete": "strategy is being aborted, can't delete"}
DELETED = {"delete": GONE}
STAGE_IDS = (-1, 0, 1, 2, 3)


def by_stage(*answers):
    """One answer per stage id -1, 0, 1, 2, 3."""
    return dict(zip(STAGE_IDS, answers, strict=True))


ALREADY = "apply already complete for stage id {n}"
NEXT_IS_1 = "stage id {n} is not the next stage to be applied, next-stage = 1"
ABORT_OF_STAGE_1 = {"abort-stage": by_stage(NOT_STAGE, NOT_STAGE, "-> aborting", NOT_STAGE, NOT_STAGE)}
END_OF_STAGE_1 = {"abort-stage": by_stage(NOT_STAGE, NOT_STAGE, "-> aborted", NOT_STAGE, NOT_STAGE)}
# A reason, or the state that follows; where the stage id matters, one answer per id.
TABLE = {
    nothing:            NO_STRATEGY,
    initial:            UNBUILT | DELETED,
    building:           UNBUILT | BUILT_NOW,
    build_failed_query: UNBUILT | DELETED,
    build_timeout:      UNBUILT | DELETED,
    build_failed:       FAILED_BUILD | DELETED,
    is_ready:           {"apply-all": "-> applying",
                         "apply-stage": by_stage(INVALID, "-> applying", INVALID, INVALID, INVALID),
                         "abort": NOT_RUNNING, "abort-stage": NOT_RUNNING} | DELETED,
    running:            RUNS | APPLIED_NOW | ABORT_OF_STAGE_1 | {"abort": "-> aborting"},
    paused:             {"apply-all": "-> applying",
                         "apply-stage": by_stage(ALREADY, ALREADY, "-> applying", NEXT_IS_1, INVALID),
                         "abort": "-> aborted", "abort-stage": NOT_STAGE} | APPLIED_NOW,
    applied:            COMPLETED | {"abort": NOT_RUNNING, "abort-stage": NOT_STAGE} | DELETED,
    apply_failed:       COMPLETED | {"abort": NOT_RUNNING, "abort-stage": NOT_STAGE} | DELETED,
    apply_timeout:      COMPLETED | {"abort": NOT_RUNNING, "abort-stage": NOT_STAGE} | DELETED,
    pending:            RUNS | ABORTED_NOW | END_OF_STAGE_1 | {"abort": "-> aborted"},
    undoing:            DURING_ABORT | ABORTED_NOW,
    stuck:              DURING_ABORT | DELETED,
    aborted_paused:     COMPLETED | {"abort": "-> aborted", "abort-stage": NOT_STAGE} | DELETED,
    given_up:           COMPLETED | DELETED | END_OF_STAGE_1 | {"abort": "-> aborted"},
    given_up_and_ended: COMPLETED | {"abort": "-> aborted", "abort-stage": NOT_STAGE} | DELETED,
    aborted:            DURING_ABORT | DELETED,
    abort_failed:       DURING_ABORT | DELETED,
    abort_timeout:      DURING_ABORT | DELETED,
}  # fmt: skip

SITUATIONS = {
    nothing: Situation.NONE,
    initial: Situation.INITIAL,
    building: Situation.BUILDING,
    build_failed_query: Situation.BUILD_FAILED,
    build_failed: Situation.BUILD_FAILED,
    build_timeout: Situation.BUILD_TIMEOUT,
    is_ready: Situation.READY,
    running: Situation.RUNNING,
    paused: Situation.PAUSED,
    applied: Situation.APPLIED,
    apply_failed: Situation.APPLY_FAILED,
    apply_timeout: Situation.APPLY_TIMEOUT,
    pending: Situation.ABORT_PENDING,
    undoing: Situation.UNDOING,
    stuck: Situation.STUCK,
    aborted_paused: Situation.ABORTED_IN_APPLY,
    given_up: Situation.ABORTED_IN_APPLY,
    given_up_and_ended: Situation.ABORTED_IN_APPLY,
    aborted: Situation.ABORTED,
    abort_failed: Situation.ABORT_FAILED,
    abort_timeout: Situation.ABORT_TIMEOUT,
}
COMMANDS = {
    "apply-all": [m.Apply()],
    "apply-stage": [m.Apply(n) for n in STAGE_IDS],
    "abort": [m.Abort()],
    "abort-stage": [m.Abort(n) for n in STAGE_IDS],
    "delete": [m.Delete()],
}


def _expected(answer, command):
    n = getattr(command, "stage_id", None)
    return (answer[n] if isinstance(answer, dict) else answer).format(n=n)


CASES = [
    pytest.param(situation, command, _expected(row[request], command), id=f"{situation.__name__} {command}")
    for situation, row in TABLE.items()
    for request, commands in COMMANDS.items()
    for command in commands
]


def _answer(played, command):
    reason = played.refusal(command)
    if reason is not None:
        return reason
    played.tell(command)
    return f"-> {played.strategy.state if played.strategy else 'none'}"


@pytest.mark.parametrize(("situation", "command", "expected"), CASES)
def test_a_request_is_allowed_or_refused_with_its_reason(play, make_step, situation, command, expected):
    """In this situation this request is answered as the table says."""
    assert _answer(situation(play, make_step), command) == expected


@pytest.mark.parametrize("situation", list(TABLE), ids=lambda situation: situation.__name__)
def test_a_refused_request_changes_nothing(play, make_step, situation):
    """After every request that is refused the strategy is the very one it was."""
    played = situation(play, make_step)
    before = played.strategy
    refused = [played.refusal(command) for commands in COMMANDS.values() for command in commands]
    assert any(reason is not None for reason in refused)
    assert played.strategy is before


@pytest.mark.parametrize("situation", [each for each in TABLE if each is not nothing], ids=lambda each: each.__name__)
def test_force_deletes_in_every_situation(play, make_step, situation):
    """A forced delete is never refused and leaves no strategy, and nothing is asked of the infrastructure."""
    played = situation(play, make_step).tell(m.Delete(force=True))
    assert (played.strategy, played.effects) == (None, ())


def test_force_deletes_nothing_where_nothing_is(play):
    """A forced delete without a strategy is refused."""
    assert play().refusal(m.Delete(force=True)) == "there is no strategy"


@pytest.mark.parametrize("situation", [each for each in TABLE if each is not nothing], ids=lambda each: each.__name__)
def test_create_is_refused_while_there_is_a_strategy(play, make_step, situation):
    """One strategy in the whole engine: in every situation a second create is refused and changes nothing."""
    played = situation(play, make_step)
    reason = played.refusal(m.Create("another", played.strategy.request))
    assert reason == "there is a sw-patch strategy already"
    assert played.strategy.uuid == "the-strategy"


@pytest.mark.parametrize(
    ("situation", "row"), SITUATIONS.items(), ids=lambda each: getattr(each, "__name__", str(each))
)
def test_situations_are_what_they_are_called(play, make_step, situation, row):
    """The strategy of each test situation stands in the row of the engine's table that it is meant for."""
    assert situation_of(situation(play, make_step).strategy) is row


def test_every_situation_of_the_engine_is_tested():
    """Some row of the engine's request table is reached by no test situation, or has a cell missing."""
    assert set(SITUATIONS.values()) == set(Situation)
    assert set(REQUESTS) == set(Situation)
    assert {frozenset(row) for row in REQUESTS.values()} == {frozenset(Request)}


def test_a_request_after_the_abort_of_a_pause_changes_nothing(play, make_step):
    """Abort of a strategy that was aborted in a pause is accepted and leaves it as it is."""
    played = aborted_paused(play, make_step)
    before = played.strategy
    assert played.abort().strategy == before


def test_a_strategy_without_stages_has_no_first_stage(play, make_step):
    """Stage 0 is applied only where there is one."""
    played = is_ready(play, make_step)
    played.strategy = replace(played.strategy, apply=replace(played.strategy.apply, stages=()))
    assert played.refusal(m.Apply(0)) == "invalid stage id 0 for the apply, total-stages are 0"
