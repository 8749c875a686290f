"""A predictor of the engine in motion: it sees only the fields of the wire, and was written from ENGINE.md 1 to 4.

It is told what happens (a request, the end of the running step, a timer that fires) and which steps are done at once.
It knows nothing of the engine's tables: the rows of 2.3, 3 and 4.3 stand here a second time.
"""

import json
from functools import partial

import pytest

from reference_server.document import Form, render
from reference_server.engine.machine import deadline

# 3: what a child makes of its parent; a pair that is not listed keeps the parent as it is.
BAD = ("failed", "timed-out", "aborted")
REPLACED_BY = {
    "initial": ("inprogress", "success", "degraded", *BAD),
    "inprogress": ("success", "degraded", *BAD),
    "success": ("degraded", *BAD),
    "degraded": BAD,
}
# 4.1, last column, with the timeouts of the undo steps.
UNDO = {
    "lock-hosts": ("unlock-hosts", 1800),
    "disable-host-services": ("enable-host-services", 180),
    "stop-instances": ("start-instances", 900),
}
UNDONE = {"success": "aborted", "failed": "abort-failed", "timed-out": "abort-timeout"}
BUILT = {"success": "ready-to-apply", "failed": "build-failed", "timed-out": "build-timeout"}
RESTING = {"failed": "apply-failed", "timed-out": "apply-timeout"}
BEING = {"building": "built", "applying": "applied", "aborting": "aborted"}
GONE = "the strategy is gone"


def wire(strategy):
    """The strategy as the wire has it, moments as they are."""
    return render(strategy, form=Form(), stamp=str)


def _copy(document):
    """A copy of a document, made in a tenth of the time of `deepcopy`: there are tens of thousands."""
    return json.loads(json.dumps(document))


def fold(parent, result, reason=""):
    """3: result and reason are replaced together."""
    if result in REPLACED_BY.get(parent["result"], ()):
        parent["result"], parent["reason"] = result, reason


def undo_step(step, number):
    """4.3: the undo step of a step, on the same entities."""
    name, timeout = UNDO[step["step-name"]]
    fresh = {"result": "initial", "reason": "", "start-date-time": "", "end-date-time": ""}
    return step | fresh | {"step-id": number, "step-name": name, "timeout": timeout}


class Prediction:
    """A document that is being moved on, in a copy of its own."""

    def __init__(self, before, now, starts, plan=None, **quirks):
        self.doc = before
        self.now = str(now)
        self.starts = starts
        self.plan = plan
        self.quirks = quirks
        self.begun_now = False

    def quirk(self, name, *, default=True):
        """Whether a quirk of appendix B is on."""
        return self.quirks.get(name, default)

    # Where we are

    @property
    def state(self):
        return self.doc["state"]

    @property
    def where(self):
        return self.doc["current-phase"]

    @property
    def phase(self):
        return self.doc[f"{self.where}-phase"]

    @property
    def stage(self):
        return self.phase["stages"][self.phase["current-stage"]]

    @property
    def step(self):
        return self.stage["steps"][self.stage["current-step"]]

    @property
    def runs(self):
        """Whether the current stage of the apply phase is in progress."""
        apply = self.doc["apply-phase"]
        return any(stage["inprogress"] for stage in apply["stages"][apply["current-stage"] :])

    @property
    def waits_to_abort(self):
        """2.5, 2.6: an abort was asked for in the apply phase."""
        return self.where == "apply" and self.state in {"aborting", "aborted"}

    # Requests (2.3): a reason, GONE, or the document

    def apply(self, n=None):
        refusal = self._why_not_apply(n)
        if refusal is not None:
            return refusal
        self.doc = _copy(self.doc)
        total = self.doc["apply-phase"]["total-stages"]
        self.doc["state"] = "applying"
        self._begin("apply", total if n is None else n + 1)
        return self.done()

    def _why_not_apply(self, n):  # noqa: PLR0911 - a return per row of the table
        apply, built = self.doc["apply-phase"], self.doc["build-phase"]["reason"]
        current, total = apply["current-stage"], apply["total-stages"]
        invalid = f"invalid stage id {n} for the apply, total-stages are {total}"
        if self.state in {"building", "build-failed", "build-timeout"}:
            return built if n is None else f"apply of stage id {n} failed: {built} "
        if self.where == "abort":
            return f"apply{'' if n is None else f' of stage id {n}'} not supported during an abort"
        if self.state == "ready-to-apply":
            return None if n is None or (n == 0 and total) else invalid
        if self.state == "aborting" or (self.state == "applying" and self.runs):
            return "apply already inprogress"
        if self.state != "applying":
            return "apply already completed"
        if n is None or n == current:
            return None
        if n < current:
            return f"apply already complete for stage id {n}"
        return invalid if n >= total else f"stage id {n} is not the next stage to be applied, next-stage = {current}"

    def abort(self, n=None):
        never = self.state in {"building", "build-failed", "build-timeout", "ready-to-apply"} or self.where == "abort"
        ended = self.state in {"applied", "apply-failed", "apply-timeout"}
        if never or (ended and n is None):
            return "apply not inprogress"
        if n is not None and not (self.runs and n == self.phase["current-stage"]):
            return f"apply not inprogress for stage id {n}"
        self.doc = _copy(self.doc)
        if self.waits_to_abort:
            self._give_up()
        elif self.runs:
            self._undo_is_known()
            self.doc["state"] = "aborting"
            if self.quirk("aborted_while_abort_pending"):
                self._show_abort()
        else:
            self._abort_pause()
        return self.done()

    def _give_up(self):
        if self.state == "aborting" and self.quirk("second_abort_gives_up_undo"):
            self._show_abort()
            self.doc["state"] = "aborted"

    def _abort_pause(self):
        self._show_abort()
        if self.quirk("abort_while_paused_leaves_phase_running"):
            self.doc["state"] = "aborted"
            return
        self.phase.update({"inprogress": False, "end-date-time": self.now})
        self.doc["state"] = "aborting"
        self._begin("abort", 0)

    def _show_abort(self):
        fold(self.stage, "aborted")
        fold(self.phase, "aborted")

    def delete(self, *, force):
        refused = self.state in BEING and not force
        return f"strategy is being {BEING[self.state]}, can't delete" if refused else GONE

    # What happens by itself

    def ends(self, result, reason=""):
        """The running step ends like this."""
        self.doc = _copy(self.doc)
        self._end_step(result, reason)
        return self.done()

    def timer(self, of_phase):
        """2.6: the timer of the stage or of the phase fires while a step runs."""
        self.doc = _copy(self.doc)
        self.step.update({"result": "timed-out", "end-date-time": self.now})
        if self.waits_to_abort:
            self._end_pending(sticks=of_phase)
        else:
            self._end_badly("timed-out", "timeout")
        return self.done()

    def _end_step(self, result, reason):
        self.step.update({"result": result, "reason": reason, "end-date-time": self.now})
        if self.waits_to_abort:
            self._end_pending()
        elif result in BAD:
            self._end_badly(result, reason)
        else:
            last = self.stage["current-step"] + 1 == self.stage["total-steps"]
            if last or self.quirk("result_success_after_first_child"):
                fold(self.stage, result, reason)
            self.stage["current-step"] += 1
            self._go_on()

    def _end_pending(self, *, sticks=False):
        self._show_abort()
        self._stop()
        if self.state == "aborting":
            self.doc["state"] = "apply-timeout" if sticks else "aborting"
            self._begin("abort", self.doc["abort-phase"]["total-stages"])

    def _end_badly(self, result, reason):
        fold(self.stage, result, reason)
        fold(self.phase, result, reason)
        self._stop()
        self._phase_has_ended()

    def _stop(self):
        self.stage.update({"inprogress": False, "end-date-time": self.now})
        self.phase.update({"inprogress": False, "end-date-time": self.now})

    def _phase_has_ended(self):
        result = self.phase["result"]
        if self.where == "build":
            self.doc["state"] = BUILT[result]
            if result == "success":
                self._build()
        elif self.where == "abort":
            self.doc["state"] = self.state if self.state == "apply-timeout" else UNDONE[result]
        elif result == "success":
            self.doc["state"] = "applied"
        elif not self.quirk("failed_apply_ends_aborted"):
            self.doc["state"] = RESTING[result]
        else:
            self._undo_is_known()
            self.doc["state"] = "aborting"
            self._begin("abort", self.doc["abort-phase"]["total-stages"])

    def _build(self):
        planned, reason = self.plan()
        stages = wire(planned)["apply-phase"]["stages"]
        self.doc["apply-phase"].update({"stages": stages, "total-stages": len(stages)})
        if reason is not None:
            self.doc["state"] = "build-failed"
            self.phase.update({"result": "failed", "reason": reason})

    def _undo_is_known(self):
        """4.3."""
        apply = self.doc["apply-phase"]
        stages = []
        for stage in apply["stages"][apply["current-stage"] :: -1]:
            reached = (
                [] if stage["current-step"] == stage["total-steps"] else stage["steps"][: stage["current-step"] + 1]
            )
            steps = [step for step in reversed(reached) if step["step-name"] in UNDO]
            steps = [undo_step(step, number) for number, step in enumerate(steps)]
            if steps:
                fresh = {"inprogress": False, "result": "initial", "reason": "", "start-date-time": ""}
                own = {"current-step": 0, "steps": steps, "total-steps": len(steps), "end-date-time": ""}
                timeout = sum(step["timeout"] for step in steps) + 1
                stages.append(stage | fresh | own | {"stage-id": len(stages), "timeout": timeout})
        self.doc["abort-phase"].update({"stages": stages, "total-stages": len(stages)})

    # A run

    def _begin(self, name, stop):
        self.doc["current-phase"] = name
        phase = self.phase
        fold(phase, "inprogress")
        total = sum(stage["timeout"] for stage in phase["stages"][phase["current-stage"] : stop])
        timeout = total + 1 if total else phase["timeout"]
        start = phase["start-date-time"] or self.now
        phase.update({"inprogress": True, "stop-at-stage": stop, "timeout": timeout, "start-date-time": start})
        self._go_on()

    def _go_on(self):
        phase = self.phase
        if phase["current-stage"] == phase["stop-at-stage"]:
            if phase["stop-at-stage"] == phase["total-stages"]:
                fold(phase, "success")
                phase.update({"inprogress": False, "end-date-time": self.now})
                self._phase_has_ended()
        elif not self.stage["inprogress"]:
            fold(self.stage, "inprogress")
            self.stage.update({"inprogress": True, "start-date-time": self.now})
            self.begun_now = True
            self._go_on()
        elif self.stage["current-step"] == self.stage["total-steps"]:
            self._end_stage()
        else:
            self._start_step()

    def _start_step(self):
        self.step["start-date-time"] = self.now
        at_once = self.starts(self.step)
        if at_once is None:
            self.step["result"] = "wait"
        else:
            self._end_step(*at_once)

    def _end_stage(self):
        phase, stage = self.phase, self.stage
        fold(stage, "success")
        stage.update({"inprogress": False, "end-date-time": self.now})
        last = phase["current-stage"] + 1 == phase["total-stages"]
        if last or self.quirk("result_success_after_first_child"):
            fold(phase, stage["result"], stage["reason"])
        phase["current-stage"] += 1
        at_once = self.where == "abort" and self.begun_now
        self._go_on()
        if at_once and self.quirk("synchronous_undo_keeps_indices", default=False):
            phase["current-stage"] -= 1
            stage["current-step"] -= 1

    # What is seen

    def done(self):
        """The document, its percentages (1.4) worked out anew."""
        for name in ("build", "apply", "abort"):
            phase = self.doc[f"{name}-phase"]
            phase["completion-percentage"] = percentage(phase)
        self.doc["current-phase-completion-percentage"] = self.phase["completion-percentage"]
        return self.doc


def percentage(phase):
    """1.4."""
    results = [step["result"] for stage in phase["stages"] for step in stage["steps"]]
    if not phase["inprogress"] or not results:
        return 100
    return 100 * sum(result in ("success", "degraded", *BAD) for result in results) // len(results)


def at_once(fleet):
    """4.2: which of the steps that these tests use are done as soon as they start, in this fleet."""

    def starts(step):
        hosts = [fleet.host_by_name.get(name) for name in step["entity-names"]]
        if step["entity-type"] == "hosts" and None in hosts:
            return "failed", f"Unknown host {step['entity-names'][hosts.index(None)]} given."
        instances = [fleet.instance_by_uuid.get(uuid) for uuid in step["entity-uuids"]]
        if step["step-name"] == "start-instances" and None in instances:
            return "failed", "instance no longer exists"
        satisfied = {
            "lock-hosts": lambda: all(host.locked and not host.enabled for host in hosts),
            "unlock-hosts": lambda: all(host.enabled and not host.locked for host in hosts),
            "disable-host-services": lambda: all(host.services_disabled for host in hosts),
            "enable-host-services": lambda: not any(host.services_disabled for host in hosts),
            "stop-instances": lambda: all(each.locked and not each.enabled for each in instances),
            "start-instances": lambda: all(each.enabled for each in instances),
        }
        return ("success", "") if satisfied.get(step["step-name"], bool)() else None

    return starts


@pytest.fixture
def shown():
    """The strategy as the wire has it; the last one is remembered."""
    last = [None, None]

    def look(strategy):
        if last[0] is not strategy:
            last[:] = strategy, wire(strategy)
        return last[1]

    return look


@pytest.fixture
def predict(shown):
    """Begins a prediction: of what becomes of the strategy of a play, at the play's moment."""

    def begin(played, plan=None, starts=None, **quirks):
        known = at_once(played.fleet)
        return Prediction(
            shown(played.strategy), played.now, partial(starts, known) if starts else known, plan, **quirks
        )

    return begin


@pytest.fixture
def seen():
    """What the wire shows of the strategy of a play, and that its timer is that of the waiting step."""

    def look(played):
        if played.strategy is None:
            return GONE
        shown = wire(played.strategy)
        steps = [
            step
            for name in ("build", "apply", "abort")
            for stage in shown[f"{name}-phase"]["stages"]
            for step in stage["steps"]
        ]
        due = [float(step["start-date-time"]) + step["timeout"] for step in steps if step["result"] == "wait"]
        assert deadline(played.strategy) == min(due, default=None)
        return shown

    return look


def _differences(shown, foretold, path=""):
    """Where two documents, or reasons, differ."""
    if isinstance(shown, dict) and isinstance(foretold, dict):
        pairs = {**dict.fromkeys(shown), **dict.fromkeys(foretold)}
        return [found for key in pairs for found in _differences(shown.get(key), foretold.get(key), f"{path}/{key}")]
    if isinstance(shown, list) and isinstance(foretold, list) and len(shown) == len(foretold):
        return [
            found
            for key, pair in enumerate(zip(shown, foretold, strict=True))
            for found in _differences(*pair, f"{path}/{key}")
        ]
    return [] if shown == foretold else [f"{path}: {shown!r} instead of {foretold!r}"]


@pytest.fixture
def differences():
    """Where what is shown differs from what was foretold, path by path."""
    return _differences
