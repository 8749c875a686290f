import json

import pytest

from reference_server.clock import VirtualClock
from reference_server.document import Form, render
from reference_server.engine.model import Phase, Stage, Step, Strategy, StrategyRequest
from reference_server.engine.words import EntityType, Kind, PhaseName, Result, StageName, State, StepName

STEP = Step(
    StepName.LOCK_HOSTS,
    900,
    EntityType.HOSTS,
    entity_uuids=("u",),
    entity_names=("compute-0",),
    result=Result.FAILED,
    reason="host lock failed",
    started=1.0,
    ended=61.9,
)
STAGE = Stage(StageName.PATCH_WORKERS, (STEP, Step(StepName.SYSTEM_STABILIZE, 60)), result=Result.FAILED, started=1.0)
APPLY = Phase(
    PhaseName.APPLY, (STAGE,), timeout=962, stop_at_stage=1, inprogress=True, result=Result.FAILED, started=0.0
)
STRATEGY = Strategy("a-uuid", StrategyRequest(Kind.SW_PATCH), State.APPLYING, PhaseName.APPLY, apply=APPLY)
EMPTY = {
    "timeout": 0,
    "total-stages": 0,
    "current-stage": 0,
    "stop-at-stage": 0,
    "stages": [],
    "inprogress": False,
    "completion-percentage": 100,
    "result": "initial",
    "reason": "",
    "start-date-time": "",
    "end-date-time": "",
}
DOCUMENT = {
    "uuid": "a-uuid",
    "name": "sw-patch",
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "swift-apply-type": "ignore",
    "worker-apply-type": "serial",
    "max-parallel-worker-hosts": 2,
    "default-instance-action": "migrate",
    "alarm-restrictions": "strict",
    "state": "applying",
    "current-phase": "apply",
    "current-phase-completion-percentage": 50,
    "build-phase": {"phase-name": "build"} | EMPTY,
    "apply-phase": {
        "phase-name": "apply",
        "timeout": 962,
        "total-stages": 1,
        "current-stage": 0,
        "stop-at-stage": 1,
        "stages": [
            {
                "stage-id": 0,
                "stage-name": "sw-patch-worker-hosts",
                "timeout": 961,
                "total-steps": 2,
                "current-step": 0,
                "steps": [
                    {
                        "step-id": 0,
                        "step-name": "lock-hosts",
                        "timeout": 900,
                        "entity-type": "hosts",
                        "entity-uuids": ["u"],
                        "entity-names": ["compute-0"],
                        "result": "failed",
                        "reason": "host lock failed",
                        "start-date-time": "1970-01-01 00:00:01",
                        "end-date-time": "1970-01-01 00:01:01",
                    },
                    {
                        "step-id": 1,
                        "step-name": "system-stabilize",
                        "timeout": 60,
                        "entity-type": "",
                        "entity-uuids": [],
                        "entity-names": [],
                        "result": "initial",
                        "reason": "",
                        "start-date-time": "",
                        "end-date-time": "",
                    },
                ],
                "inprogress": False,
                "result": "failed",
                "reason": "",
                "start-date-time": "1970-01-01 00:00:01",
                "end-date-time": "",
            }
        ],
        "inprogress": True,
        "completion-percentage": 50,
        "result": "failed",
        "reason": "",
        "start-date-time": "1970-01-01 00:00:00",
        "end-date-time": "",
    },
    "abort-phase": {"phase-name": "abort"} | EMPTY,
}


def rendered(strategy=STRATEGY, *, named=True):
    """The document with dates in UTC."""
    form = Form() if named else Form(named=frozenset())
    return render(strategy, form=form, stamp=VirtualClock().stamp)


def test_the_whole_document():
    """Every member of a strategy is on the wire, in this order, with these types."""
    assert json.dumps(rendered()) == json.dumps(DOCUMENT)


def test_a_document_without_a_name():
    """A release that writes no name leaves out that member and nothing else."""
    assert rendered(named=False) == {member: value for member, value in DOCUMENT.items() if member != "name"}


def test_words_are_plain_text():
    """Words leave the engine as text, not as members of an enumeration."""
    assert {type(rendered()[member]) for member in ("name", "state", "current-phase", "alarm-restrictions")} == {str}


def test_a_strategy_before_its_first_phase():
    """The percentage of no phase is 0."""
    initial = Strategy("a-uuid", StrategyRequest(Kind.SW_UPGRADE))
    assert (rendered(initial)["current-phase"], rendered(initial)["current-phase-completion-percentage"]) == (
        "initial",
        0,
    )


@pytest.mark.parametrize("moment", [0.0, 59.999])
def test_dates_have_whole_seconds(moment):
    """A date is cut to the second, never rounded up."""
    strategy = STRATEGY.with_phase(Phase(PhaseName.BUILD, started=moment))
    assert rendered(strategy)["build-phase"]["start-date-time"] == f"1970-01-01 00:00:{int(moment):02}"
