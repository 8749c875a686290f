"""The law of what may be seen, by itself and held against the tables of the oracle in both directions."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

from reference_server.engine import lifecycle
from reference_server.engine.results import fold
from reference_server.engine.words import EntityType, Result, StageName, State, StepName
from reference_server.rulebooks import load_release
from spec.documents import DocumentError
from spec.law import ABSENT, Cause, Law
from spec.lawfile import read_law
from spec.load import load_contract, own_file

SPEC = own_file("lifecycle.yaml").parent
LAW = read_law(SPEC / "lifecycle.yaml")  # a constant: the cases below are made from it


@pytest.fixture(scope="module")
def law() -> Law:
    """The law of this distribution."""
    return LAW


# --- successions

DIRECT = [
    ("building", "ready-to-apply", True),
    ("building", "applied", True),  # polls were missed
    ("ready-to-apply", "building", False),
    ("applying", "aborted", True),
    ("aborting", "applying", False),
    ("aborting", "applied", False),
    ("applied", "aborting", False),
    ("aborted", "abort-failed", False),
    ("build-failed", "ready-to-apply", False),
    ("applying", "applying", True),
    ("applying", "apply-failed", False),  # never seen
    ("nonsense", "nonsense", False),
]


@pytest.mark.parametrize(("before", "after", "lawful"), DIRECT)
def test_states_follow_one_another(law: Law, before: str, after: str, lawful: bool):
    """A state may be seen after another when the one leads to the other, with or without states in between."""
    assert law.state_may_follow(before, after) is lawful


@pytest.mark.parametrize(
    ("before", "after", "causes", "lawful"),
    [
        ("ready-to-apply", "applying", {Cause.ITSELF}, False),
        ("ready-to-apply", "applying", {Cause.ITSELF, Cause.APPLY}, True),
        ("building", "applying", {Cause.ITSELF}, False),
        ("building", "applied", {Cause.ITSELF, Cause.APPLY}, True),
        ("applying", "aborting", {Cause.ITSELF}, True),  # a failed apply aborts by itself
        ("building", "aborted", {Cause.ITSELF, Cause.ABORT}, False),
    ],
)
def test_states_need_their_cause(law: Law, before: str, after: str, causes: set[Cause], lawful: bool):
    """A state that only a request brings about is not lawful without that request."""
    assert law.state_may_follow(before, after, causes) is lawful


@pytest.mark.parametrize(
    ("before", "after", "lawful"),
    [("build", "abort", True), ("apply", "apply", True), ("abort", "apply", False), ("apply", "initial", False)],
)
def test_phases_never_go_back(law: Law, before: str, after: str, lawful: bool):
    """The current phase moves forward only."""
    assert law.phase_may_follow(before, after) is lawful


@pytest.mark.parametrize(
    ("part", "before", "after", "at_rest", "lawful"),
    [
        ("step", "initial", "success", False, True),
        ("step", "wait", "initial", False, False),
        ("step", "success", "failed", False, False),
        ("step", "wait", "aborted", False, False),
        ("stage", "success", "failed", False, True),  # quirk B1
        ("stage", "success", "failed", True, False),
        ("stage", "inprogress", "success", False, True),
        ("stage", "success", "inprogress", False, False),
        ("phase", "aborted", "aborted", True, True),
        ("phase", "aborted", "success", False, False),
        ("phase", "initial", "initial", True, True),
        ("stage", "initial", "degraded", False, False),
    ],
)
def test_results_only_move_on(law: Law, part: str, before: str, after: str, at_rest: bool, lawful: bool):
    """A result moves on as long as its part is in progress, and stays afterwards."""
    assert law.result_may_follow(part, before, after, at_rest=at_rest) is lawful


# --- situations and requests


@pytest.mark.parametrize(
    ("state", "phase", "running", "name"),
    [
        ("applying", "apply", True, "running"),
        ("applying", "apply", False, "paused"),
        ("aborting", "apply", True, "aborting"),
        ("aborting", "abort", False, "undoing"),
        ("aborted", "apply", False, "given-up"),
        ("aborted", "abort", False, "aborted"),
        ("ready-to-apply", "build", False, "ready"),
    ],
)
def test_documents_have_situations(law: Law, state: str, phase: str, running: bool, name: str):
    """State, phase and progress of a document tell its situation."""
    situation = law.situation(state, phase, running=running)
    assert situation is not None
    assert situation.name == name


@pytest.mark.parametrize(("state", "phase"), [("building", "apply"), ("apply-failed", "apply"), ("applied", "abort")])
def test_impossible_documents_have_no_situation(law: Law, state: str, phase: str):
    """A state in a phase in which it never is has no situation."""
    assert law.situation(state, phase, running=False) is None


EXPECTED = [
    ("apply-all", "ready", None, 0, "accepted"),
    ("apply-all", "building", None, 0, "refused"),
    ("apply-stage", "ready", 0, 0, "accepted"),
    ("apply-stage", "ready", 1, 0, "refused"),
    ("apply-stage", "paused", 1, 2, "refused"),
    ("apply-stage", "paused", 1, None, "either"),
    ("abort-stage", "running", 1, 1, "accepted"),
    ("abort-stage", "aborting", 1, 1, "either"),
    ("abort-stage", "aborting", 0, 1, "refused"),
    ("abort", "paused", None, 1, "accepted"),
    ("delete", "paused", None, 1, "refused"),
    ("create", "applied", None, None, "refused"),
    ("create", ABSENT, None, None, "accepted"),
    ("delete", ABSENT, None, None, "missing"),
]


@pytest.mark.parametrize(("request_", "situation", "stage", "current", "expected"), EXPECTED)
def test_requests_have_an_expectation(
    law: Law, request_: str, situation: str, stage: int | None, current: int | None, expected: str
):
    """The law says how a request is answered, and binds nobody when the stage that matters is not known."""
    assert law.expected(request_, situation, stage=stage, current=current) == expected


@pytest.mark.parametrize(
    ("request_", "success"),
    [("create", 200), ("apply-all", 202), ("apply-stage", 202), ("abort", 202), ("abort-stage", 202), ("delete", 204)],
)
def test_success_codes_are_those_of_the_contract(law: Law, request_: str, success: int):
    """An accepted request is answered with the success code of its operation."""
    operation = {"create": "createSwPatchStrategy", "delete": "deleteSwPatchStrategy"}.get(
        request_, "actOnSwPatchStrategy"
    )
    assert law.success[request_] == success == load_contract().operation(operation).success


def test_drifting_situations_are_the_moves_that_states_make_by_themselves(law: Law):
    """Situations and states tell the same story: what drifts to what is what states become by themselves."""
    by_situation = {
        (each.state, law.situations[after].state)
        for each in law.situations.values()
        for after in law.drifts_to(each.name)
    }
    by_state = {(before, after) for before in law.states for after in law.reachable(before, {Cause.ITSELF})}
    assert by_situation == by_state


def test_every_phase_of_a_state_has_a_situation(law: Law):
    """Every state in every phase that it may be in has a row in the request table."""
    assert {(each.state, each.phase) for each in law.situations.values()} == {
        (name, phase) for name, each in law.states.items() for phase in each.phases
    }


# --- plans

PATCH = [
    "query-alarms",
    "swact-hosts",
    "lock-hosts",
    "sw-patch-hosts",
    "system-stabilize",
    "unlock-hosts",
    "system-stabilize",
]


@pytest.mark.parametrize(
    ("phase", "names", "offender"),
    [
        ("apply", PATCH, None),
        ("apply", ["query-alarms", "sw-patch-hosts", "system-stabilize"], None),
        ("apply", ["query-alarms", "unlock-hosts", "sw-patch-hosts", "lock-hosts"], 2),
        ("apply", ["query-alarms", "lock-hosts", "swact-hosts"], 2),
        ("apply", ["query-alarms", "lock-hosts", "lock-hosts"], 2),
        ("apply", [*PATCH, "system-stabilize"], 7),
        ("apply", ["query-sw-patches"], 0),
        ("apply", [*PATCH[:-1], "wait-alarms-clear"], None),
        ("apply", ["query-alarms", "migrate-instances", "swact-hosts", "lock-hosts", "upgrade-hosts"], None),
        ("apply", ["query-alarms", "disable-host-services", "migrate-instances-from-host", "lock-hosts"], None),
        ("apply", ["query-alarms", "wait-alarms-clear", "unlock-hosts"], 2),
        ("abort", ["unlock-hosts", "start-instances"], None),
        ("abort", ["enable-host-services", "unlock-hosts"], 1),
        ("abort", ["lock-hosts"], 0),
    ],
)
def test_steps_have_an_order(law: Law, phase: str, names: list[str], offender: int | None):
    """The first step that stands where it may not stand is found."""
    assert law.first_out_of_order(phase, names) == offender


def test_undo_steps_are_those_of_the_abort_order(law: Law):
    """Every step that undoes another has a place in the order of abort stages, and no other step has."""
    assert {each.undone_by for each in law.steps.values()} - {None} == set(law.order["abort"])


@pytest.mark.parametrize(
    ("kind", "phase", "steps"),
    [
        ("sw-patch", "build", {"query-alarms", "query-sw-patches", "query-sw-patch-hosts"}),
        ("sw-upgrade", "build", {"query-alarms", "query-upgrade"}),
        ("sw-upgrade", "abort", {"unlock-hosts", "enable-host-services"}),
    ],
)
def test_phases_have_their_steps(law: Law, kind: str, phase: str, steps: set[str]):
    """A phase may have the steps of its kind alone."""
    assert law.steps_of(kind, phase) == steps


def test_every_known_stage_belongs_somewhere(law: Law):
    """The stages of both kinds are the stages that the wire knows."""
    known = {name for kind, phase in product(law.kinds, law.phases) for name in law.stages_of(kind, phase)}
    of_2018 = {StageName.PATCH_COMPUTES, StageName.UPGRADE_COMPUTES}
    assert known == {name.value for name in StageName} - of_2018


# --- law and oracle, both directions

HIDDEN = {State.INITIAL, State.APPLY_FAILED, State.APPLY_TIMEOUT}
# ENGINE.md 2.6, the corner: a phase timer that fires while an abort waits. Only a forced timer brings the oracle there;
# the law has no such state, so a server that shows it is told so.
CORNER = {(State.ABORTING, State.APPLY_TIMEOUT)}


def seen_after(state: State) -> set[str]:
    """The visible states that the oracle can show after a state, itself included, hidden ones passed through."""
    found, open_ = {state}, [state]
    while open_:
        here = open_.pop()
        later = {after for after in lifecycle.TRANSITIONS[here] if (here, after) not in CORNER} - found
        found |= later
        open_.extend(later)
    return {each.value for each in found - HIDDEN}


@pytest.mark.parametrize("state", [state for state in State if state not in HIDDEN])
def test_states_of_the_oracle_are_those_of_the_law(law: Law, state: State):
    """What the oracle can show after a state is what the law allows after it: nothing more, nothing less."""
    assert seen_after(state) == law.reachable(state)


def test_hidden_states_are_the_same(law: Law):
    """The states that law and oracle never show are the same, and the others are the words of the wire."""
    assert law.hidden == {state.value for state in HIDDEN}
    assert set(law.states) | law.hidden == {state.value for state in State}


def test_the_oracle_rests_where_the_law_rests(law: Law):
    """A state rests in the law exactly when nothing leads out of it in the oracle."""
    resting = {state.value for state, after in lifecycle.TRANSITIONS.items() if not after}
    assert resting == {name for name, each in law.states.items() if each.rests}


# The law's name of each situation of the oracle.
NAMES: Mapping[lifecycle.Situation, str] = {
    lifecycle.Situation.NONE: ABSENT,
    lifecycle.Situation.BUILDING: "building",
    lifecycle.Situation.BUILD_FAILED: "build-failed",
    lifecycle.Situation.BUILD_TIMEOUT: "build-timeout",
    lifecycle.Situation.READY: "ready",
    lifecycle.Situation.RUNNING: "running",
    lifecycle.Situation.PAUSED: "paused",
    lifecycle.Situation.APPLIED: "applied",
    lifecycle.Situation.ABORT_PENDING: "aborting",
    lifecycle.Situation.UNDOING: "undoing",
    lifecycle.Situation.ABORTED_IN_APPLY: "given-up",
    lifecycle.Situation.ABORTED: "aborted",
    lifecycle.Situation.ABORT_FAILED: "abort-failed",
    lifecycle.Situation.ABORT_TIMEOUT: "abort-timeout",
}
UNSEEN = {
    lifecycle.Situation.INITIAL,
    lifecycle.Situation.APPLY_FAILED,
    lifecycle.Situation.APPLY_TIMEOUT,
    lifecycle.Situation.STUCK,
}
REQUESTS: Mapping[lifecycle.Request, str] = {
    lifecycle.Request.APPLY_ALL: "apply-all",
    lifecycle.Request.APPLY_STAGE: "apply-stage",
    lifecycle.Request.ABORT: "abort",
    lifecycle.Request.ABORT_STAGE: "abort-stage",
    lifecycle.Request.DELETE: "delete",
    lifecycle.Request.FORCE_DELETE: "delete-force",
}
# Where the law binds nobody although the oracle does one thing: the reference is silent, known servers differ.
SILENT = {
    *((situation, "delete-force") for situation in ("building", "running", "paused", "aborting", "undoing")),
    *product(("aborting", "given-up"), ("abort", "abort-stage")),
}
CURRENT = 1


def ruling(situation: lifecycle.Situation, request: lifecycle.Request, stage: int) -> str:
    """What the oracle does with a request about a stage while stage 1 of 3 is the current one."""
    holds = {
        lifecycle.When.ALWAYS: True,
        lifecycle.When.NEXT: stage == CURRENT,
        lifecycle.When.PAST: stage < CURRENT,
        lifecycle.When.BEYOND: stage >= 3,
        lifecycle.When.RUNNING: stage == CURRENT,
    }
    first = next(each for each in lifecycle.REQUESTS[situation][request] if holds[each.when])
    return "accepted" if first.act is not None else "refused"


CASES = [
    (situation, request, stage)
    for situation, request, stage in product(NAMES, REQUESTS, (0, CURRENT, 2, 3))
    if (NAMES[situation], REQUESTS[request]) not in SILENT
]


@pytest.mark.parametrize(("situation", "request_", "stage"), CASES)
def test_requests_of_the_oracle_are_those_of_the_law(
    law: Law, situation: lifecycle.Situation, request_: lifecycle.Request, stage: int
):
    """The oracle accepts and refuses what the law says, in every situation, for every request and every stage."""
    expected = law.expected(REQUESTS[request_], NAMES[situation], stage=stage, current=CURRENT)
    assert ruling(situation, request_, stage) == {"missing": "refused"}.get(expected, expected)


def test_the_silent_cells_are_the_only_ones_that_bind_nobody(law: Law):
    """The law binds nobody in the named cells and nowhere else."""
    free = {
        (situation, request)
        for situation, row in law.requests.items()
        for request, cell in row.items()
        if cell.startswith("either")
    }
    assert free == SILENT


def test_every_situation_of_the_oracle_has_a_name(law: Law):
    """Every situation of the oracle that can be seen is one of the law, and the other way round."""
    assert set(NAMES) | UNSEEN == set(lifecycle.Situation)
    assert set(NAMES.values()) == set(law.requests)


VISIBLE = [Result(word) for word in LAW.results["stage"]]


@pytest.mark.parametrize(
    ("parent", "child"), list(product(VISIBLE, [result for result in VISIBLE if result is not Result.INITIAL]))
)
def test_combinations_of_the_oracle_are_lawful(law: Law, parent: Result, child: Result):
    """Whatever the oracle makes of a parent after a child is a lawful succession of that parent."""
    assert law.result_may_follow("stage", parent, fold(parent, "", child, "")[0])


@pytest.mark.parametrize("parent", VISIBLE)
def test_successions_of_the_law_happen_in_the_oracle(law: Law, parent: Result):
    """Every direct succession of the law is the combination with some child."""
    made = {fold(parent, "", child, "")[0].value for child in VISIBLE} - {parent.value}
    assert made == law.results["stage"][parent]


def test_weights_are_those_of_the_oracle(law: Law):
    """The heaviest of two results is what the oracle makes of a parent that had the lighter one."""
    lighter = [Result.INITIAL, Result.INPROGRESS, Result.SUCCESS, Result.DEGRADED]
    heavier = [Result.FAILED, Result.TIMED_OUT, Result.ABORTED]
    made = {(first, then): fold(first, "", then, "")[0] for first, then in product(lighter, lighter + heavier)}
    assert made == {pair: Result(law.heaviest(pair)) for pair in made}


# Steps of releases later than the oracle's, which known deployments show.
LATER = {"migrate-instances-from-host", "wait-alarms-clear"}


def test_steps_are_those_of_the_oracle(law: Law):
    """The law has a row for every step of the oracle and of later releases, with an entity type of the wire."""
    assert set(law.steps) == {name.value for name in StepName} | LATER
    assert {each.entities for each in law.steps.values()} == {entity.value for entity in EntityType}


def test_kinds_are_those_of_the_oracle(law: Law):
    """The law has both kinds of strategy."""
    assert set(law.kinds) == {kind.value for kind in load_release("published").wire.kinds}


# --- the file

BROKEN: Mapping[str, tuple[str, str, str]] = {
    "state that leads nowhere": (
        "ready-to-apply: {phase: [build],",
        "ready: {phase: [build],",
        "`ready-to-apply` is no state",
    ),
    "situation of no state": (
        "    state: applied\n",
        "    state: done\n",
        "situation `applied`: state `done` is never in phase `apply`",
    ),
    "drift to no situation": (
        "drifts: [undoing, aborted]",
        "drifts: [undone]",
        "situation `aborting`: `undone` is no situation",
    ),
    "row that is missing": (
        "  applied:       [refused,",
        "  finished:      [refused,",
        "the rows must be `absent` and every situation",
    ),
    "step without a row": (
        "undone-by: unlock-hosts",
        "undone-by: free-hosts",
        "step `free-hosts` has no row in `steps`",
    ),
    "step without a place": ("    - reboot-hosts\n", "", "step `reboot-hosts` has no place in `order` or in a build"),
    "effect of a request that is refused": (
        "  apply-all:    {ready: [running],",
        "  apply-all:    {applied: [running],",
        "effects: `apply-all` needs a row for each situation that may accept it, and no other: `applied`",
    ),
    "effect that leads nowhere": (
        "create:       {absent: [building]}",
        "create:       {absent: [planning]}",
        "effects: `create`: `planning` is no situation",
    ),
    "effect that the states do not know": (
        "  apply-all:    {ready: [running],",
        "  apply-all:    {ready: [applied],",
        "effects: `apply-all` of `ready`: no apply leads to the state of `applied`",
    ),
    "unknown word of the table": (
        "ready:         [refused,  accepted,",
        "ready:         [refused,  maybe,",
        "lifecycle.yaml:",
    ),
    "unknown member": ("hidden: [", "secret: [", "lifecycle.yaml:"),
}


@pytest.mark.parametrize(("good", "bad", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_law_is_refused(tmp_path: Path, good: str, bad: str, message: str):
    """A law that contradicts itself or its schema is refused, and the refusal says where."""
    text = (SPEC / "lifecycle.yaml").read_text(encoding="utf-8")
    assert text.count(good) == 1
    (tmp_path / "lifecycle.yaml").write_text(text.replace(good, bad), encoding="utf-8")
    (tmp_path / "lifecycle.schema.json").write_text(
        (SPEC / "lifecycle.schema.json").read_text(encoding="utf-8"), encoding="utf-8"
    )
    with pytest.raises(DocumentError) as refusal:
        read_law(tmp_path / "lifecycle.yaml")
    assert message in str(refusal.value)


# --- the examples of the reference


@pytest.mark.parametrize(
    ("name", "situation"),
    [
        ("05-sw-patch-strategy-get-ready-to-apply", "ready"),
        ("07-sw-patch-strategy-create-response", "building"),
        ("10-sw-patch-strategy-action-response-applying", "running"),
        ("11-sw-upgrade-strategy-get-ready-to-apply", "ready"),
        ("13-sw-upgrade-strategy-create-response", "building"),
        ("16-sw-upgrade-strategy-action-response-applying", "running"),
    ],
)
def test_examples_are_lawful(law: Law, name: str, situation: str):
    """The strategies of the reference are in the situations that they are shown for, each phase as the law says."""
    strategy = load_contract().example(name)["strategy"]
    running = any(stage["inprogress"] for stage in strategy["apply-phase"]["stages"])
    found = law.situation(strategy["state"], strategy["current-phase"], running=running)
    assert found is law.situations[situation]
    phases = {name: strategy[f"{name}-phase"] for name in law.phases}
    assert {
        name: found.looks[name].fits(inprogress=phase["inprogress"], result=phase["result"])
        for name, phase in phases.items()
    } == dict.fromkeys(law.phases, True)
