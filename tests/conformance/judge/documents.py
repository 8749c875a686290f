"""Strategy documents of every moment of a run, made from a plan without any engine, to be shown to the judge.

A moment is written in words: `building 1` (one step done), `build-failed`, `ready`, `running 1 2` (stage 1, two steps
done), `paused 1`, `applied`, `aborting 0 3`, `undoing 0 3 0`, `aborted 0 3`, `abort-failed 0 3`, `given-up 1` (while
paused), `broken-off 0 3` (by a second abort), `failed 0 3` (a failed step, undone). `to=N` after it is the stage at
which the run stops (default: all).
"""

import copy
from datetime import datetime, timedelta

UUID = "15dc4b63-ae5f-48ca-b76e-ec367ef817f5"
BEGIN = datetime(2026, 3, 3, 12, 0, 0)  # noqa: DTZ001 - the wire gives no zone
HOSTS = ("controller-0", "controller-1", "compute-0")
UNDO = {
    "lock-hosts": "unlock-hosts",
    "stop-instances": "start-instances",
    "disable-host-services": "enable-host-services",
}
TIMEOUTS = {
    "query-alarms": 60,
    "query-sw-patches": 60,
    "query-sw-patch-hosts": 60,
    "query-upgrade": 60,
    "swact-hosts": 900,
}
TIMEOUTS |= {
    "lock-hosts": 900,
    "sw-patch-hosts": 1800,
    "upgrade-hosts": 3600,
    "unlock-hosts": 1800,
    "system-stabilize": 60,
}
TIMEOUTS |= {"wait-data-sync": 7200, "stop-instances": 900, "start-instances": 900, "migrate-instances": 1800}
REBOOT = ("query-alarms", "lock-hosts", "sw-patch-hosts", "system-stabilize", "unlock-hosts", "system-stabilize")
PLANS = {
    "sw-patch": (
        ("sw-patch-controllers", ("query-alarms", "swact-hosts", *REBOOT[1:]), ("controller-1",)),
        ("sw-patch-controllers", ("query-alarms", "swact-hosts", *REBOOT[1:]), ("controller-0",)),
        ("sw-patch-worker-hosts", REBOOT, ("compute-0",)),
    ),
    "sw-upgrade": (
        (
            "sw-upgrade-controllers",
            ("query-alarms", "lock-hosts", "upgrade-hosts", "unlock-hosts", "wait-data-sync"),
            ("controller-0",),
        ),
        (
            "sw-upgrade-worker-hosts",
            ("query-alarms", "lock-hosts", "upgrade-hosts", "unlock-hosts", "system-stabilize"),
            ("compute-0",),
        ),
    ),
}
QUERIES = {
    "sw-patch": ("sw-patch-query", ("query-alarms", "query-sw-patches", "query-sw-patch-hosts"), ()),
    "sw-upgrade": ("sw-upgrade-query", ("query-alarms", "query-upgrade"), ()),
}
COMMON = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "swift-apply-type": "ignore",
    "worker-apply-type": "serial",
    "max-parallel-worker-hosts": 2,
}
# As the create bodies of the reference's examples ask for.
PARAMETERS = {
    "sw-patch": COMMON | {"default-instance-action": "stop-start", "alarm-restrictions": "strict"},
    "sw-upgrade": COMMON
    | {"default-instance-action": "migrate", "alarm-restrictions": "relaxed", "name": "sw-upgrade"},
}


def document(kind: str, moment: str, uuid: str = UUID) -> dict:
    """The whole answer body of a strategy of that kind at that moment."""
    word, *rest = moment.split()
    numbers = [int(text) for text in rest if text.isdigit()]
    stop = next((int(text[3:]) for text in rest if text.startswith("to=")), len(PLANS[kind]))
    phases = {name: _idle(name) for name in ("build", "apply", "abort")}
    phases["build"] = (
        _ended("build", [QUERIES[kind]], 1) if word not in ("building", "build-failed", "build-timeout") else None
    )
    phases["apply"] = _idle("apply", PLANS[kind] if word not in ("building", "build-failed", "build-timeout") else ())
    state, current = _MOMENTS[word](kind, phases, numbers, stop)
    strategy = {"uuid": uuid, **PARAMETERS[kind], "state": state, "current-phase": current}
    strategy |= {f"{name}-phase": phase for name, phase in phases.items()}
    strategy["current-phase-completion-percentage"] = phases[current]["completion-percentage"]
    return {"strategy": strategy}


def _building(kind, phases, numbers, stop):
    phases["build"] = _running("build", [QUERIES[kind]], 0, (numbers or [0])[0], 1)
    return "building", "build"


def _build_failed(kind, phases, numbers, stop):
    phases["build"] = _ended("build", [QUERIES[kind]], 1) | {"result": "failed", "reason": "no software patches found"}
    return "build-failed", "build"


def _build_timeout(kind, phases, numbers, stop):
    phases["build"] = _stopped(_running("build", [QUERIES[kind]], 0, 1, 1), "timed-out")
    return "build-timeout", "build"


def _ready(kind, phases, numbers, stop):
    return "ready-to-apply", "build"


def _applying(kind, phases, numbers, stop):
    phases["apply"] = _running("apply", PLANS[kind], numbers[0], numbers[1], stop)
    return "applying", "apply"


def _paused(kind, phases, numbers, stop):
    phases["apply"] = _running("apply", PLANS[kind], numbers[0], None, numbers[0])
    return "applying", "apply"


def _applied(kind, phases, numbers, stop):
    phases["apply"] = _ended("apply", PLANS[kind], len(PLANS[kind]))
    return "applied", "apply"


def _aborting(kind, phases, numbers, stop):
    phases["apply"] = _aborted(_running("apply", PLANS[kind], numbers[0], numbers[1], stop))
    phases["abort"] = _idle("abort", _undo(kind, *numbers[:2]))
    return "aborting", "apply"


def _undoing(kind, phases, numbers, stop):
    phases["apply"] = _stopped(_running("apply", PLANS[kind], numbers[0], numbers[1], stop), "success", "aborted")
    undo = _undo(kind, *numbers[:2])
    phases["abort"] = _running("abort", undo, 0, (numbers[2:] or [0])[0], len(undo))
    return "aborting", "abort"


def _undone(kind, phases, numbers, stop):
    _undoing(kind, phases, numbers, stop)
    undo = _undo(kind, *numbers[:2])
    phases["abort"] = _ended("abort", undo, len(undo))
    return "aborted", "abort"


def _abort_failed(kind, phases, numbers, stop):
    _undoing(kind, phases, numbers, stop)
    phases["abort"] = _stopped(phases["abort"], "failed")
    return "abort-failed", "abort"


def _failed(kind, phases, numbers, stop):
    _undone(kind, phases, numbers, stop)
    phases["apply"] = _stopped(_running("apply", PLANS[kind], numbers[0], numbers[1], stop), "failed")
    return "aborted", "abort"


def _given_up(kind, phases, numbers, stop):
    apply = _running("apply", PLANS[kind], numbers[0], None, numbers[0])
    apply["stages"][numbers[0]]["result"] = apply["result"] = "aborted"
    phases["apply"] = apply
    return "aborted", "apply"


def _broken_off(kind, phases, numbers, stop):
    _aborting(kind, phases, numbers, stop)
    return "aborted", "apply"


_MOMENTS = {
    "building": _building,
    "build-failed": _build_failed,
    "build-timeout": _build_timeout,
    "ready": _ready,
    "running": _applying,
    "paused": _paused,
    "applied": _applied,
    "aborting": _aborting,
    "undoing": _undoing,
    "aborted": _undone,
    "abort-failed": _abort_failed,
    "failed": _failed,
    "given-up": _given_up,
    "broken-off": _broken_off,
}


def _undo(kind: str, stage: int, step: int) -> list:
    name, steps, hosts = PLANS[kind][stage]
    undo = tuple(UNDO[each] for each in reversed(steps[: step + 1]) if each in UNDO)
    return [(name, undo, hosts)] if undo else []


def _idle(name: str, plan=()) -> dict:
    stages = [_stage(index, entry) for index, entry in enumerate(plan)]
    return {
        "phase-name": name,
        "timeout": 0,
        "total-stages": len(stages),
        "current-stage": 0,
        "stop-at-stage": 0,
        "stages": stages,
        "inprogress": False,
        "completion-percentage": 100,
        **_progress("initial"),
    }


def _stage(index: int, entry) -> dict:
    name, steps, hosts = entry
    made = [_step(number, step, hosts) for number, step in enumerate(steps)]
    return {
        "stage-id": index,
        "stage-name": name,
        "timeout": sum(step["timeout"] for step in made) + 1,
        "total-steps": len(made),
        "current-step": 0,
        "steps": made,
        "inprogress": False,
        **_progress("initial"),
    }


def _step(number: int, name: str, hosts) -> dict:
    entities = list(hosts) if name.endswith("-hosts") and not name.startswith("query") else []
    return {
        "step-id": number,
        "step-name": name,
        "timeout": TIMEOUTS[name],
        "entity-type": "hosts" if entities else "",
        "entity-uuids": [f"00000000-0000-4000-8000-{HOSTS.index(name):012d}" for name in entities],
        "entity-names": entities,
        **_progress("initial"),
    }


def _progress(result: str, start: str = "", end: str = "") -> dict:
    return {"result": result, "reason": "", "start-date-time": start, "end-date-time": end}


def _date(phase: str, stage: int, step: int) -> str:
    minutes = {"build": 0, "apply": 60, "abort": 600}[phase] + 20 * stage + step
    return (BEGIN + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S")


def _running(name: str, plan, stage: int, step: int | None, stop: int, first: int = 0) -> dict:
    """A phase in progress at a step of a stage, or (`step` None) paused before that stage."""
    phase = _idle(name, plan)
    run = [each["timeout"] for each in phase["stages"][first:stop]]
    phase |= {"inprogress": True, "stop-at-stage": stop, "current-stage": stage, "timeout": sum(run) + 1 if run else 0}
    phase |= _progress("success" if stage else "inprogress", _date(name, 0, 0))
    for index in range(stage):
        _finish(name, phase["stages"][index], index)
    if step is not None and plan:
        _start(name, phase["stages"][stage], stage, step)
        if step:
            phase["result"] = "success"
        if stage == 0 and step:
            phase["result"] = "inprogress"
    return _counted(phase)


def _start(name: str, stage: dict, index: int, step: int) -> None:
    stage |= {
        "inprogress": True,
        "current-step": step,
        **_progress("success" if step else "inprogress", _date(name, index, 0)),
    }
    for number in range(step):
        stage["steps"][number] |= _progress("success", _date(name, index, number), _date(name, index, number + 1))
    stage["steps"][step] |= _progress("wait", _date(name, index, step))


def _finish(name: str, stage: dict, index: int) -> None:
    count = len(stage["steps"])
    stage |= {
        "current-step": count,
        "inprogress": False,
        **_progress("success", _date(name, index, 0), _date(name, index, count)),
    }
    for number in range(count):
        stage["steps"][number] |= _progress("success", _date(name, index, number), _date(name, index, number + 1))


def _ended(name: str, plan, stages: int) -> dict:
    phase = _running(name, plan, stages, None, stages)
    end = _date(name, max(stages - 1, 0), len(plan[-1][1]) if plan else 0)
    return phase | {"inprogress": False, "completion-percentage": 100, "result": "success", "end-date-time": end}


def _aborted(phase: dict) -> dict:
    phase["result"] = phase["stages"][phase["current-stage"]]["result"] = "aborted"
    return phase


def _stopped(phase: dict, step: str, whole: str = "") -> dict:
    """The phase after its running step has ended so; stage and phase show `whole`, or the same."""
    phase = copy.deepcopy(phase)
    stage = phase["stages"][phase["current-stage"]]
    end = _date(phase["phase-name"], phase["current-stage"], stage["current-step"] + 1)
    reason = "host lock failed" if step == "failed" else ""
    for part in (phase, stage, stage["steps"][stage["current-step"]]):
        part |= {"result": whole or step, "reason": reason, "end-date-time": end}
    stage["steps"][stage["current-step"]]["result"] = step
    phase["inprogress"] = stage["inprogress"] = False
    return phase | {"completion-percentage": 100}


def _counted(phase: dict) -> dict:
    done = [step["result"] not in ("initial", "wait") for stage in phase["stages"] for step in stage["steps"]]
    return phase | {"completion-percentage": 100 * sum(done) // len(done) if done else 100}
