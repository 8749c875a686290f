"""ENGINE.md 2.3 over HTTP: what each request does in each situation, on both kinds, under both releases."""

import pytest

KINDS = ("sw-patch", "sw-upgrade")
REQUESTS = (
    "apply-all",
    "apply-stage 0",
    "apply-stage 1",
    "apply-stage 99",
    "abort",
    "abort-stage 0",
    "abort-stage 1",
    "delete",
)

# Situation -> the requests that are granted; every other one is refused.
GRANTED = {
    "building":                         (),
    "build-failed":                     ("delete",),
    "ready-to-apply":                   ("apply-all", "apply-stage 0", "delete"),
    "applying, stage 0 running":        ("abort", "abort-stage 0"),
    "applying, paused after stage 0":   ("apply-all", "apply-stage 1", "abort"),
    "applied":                          ("delete",),
    "aborting, stage 0 still running":  ("abort", "abort-stage 0"),
    "aborted while paused":             ("abort", "delete"),
    "aborted":                          ("delete",),
}  # fmt: skip
CELLS = [(situation, wanted, wanted in granted) for situation, granted in GRANTED.items() for wanted in REQUESTS]


REAL_REFUSALS = {
    "delete": (409, "There was a conflict when trying to complete your request."),
    "action": (500, "The server has either erred or is incapable of performing the requested operation."),
}


def ask(caller, kind, wanted):
    """Send one of the requests."""
    if wanted == "delete":
        return caller.delete(kind, {"force": False})
    action, _, stage_id = wanted.partition(" ")
    return caller.act(kind, action, *([int(stage_id)] if stage_id else []))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("situation", "wanted"), [cell[:2] for cell in CELLS if cell[2]])
def test_a_request_is_granted(published, kind, situation, wanted):
    """What the situation allows is 202 with the document after it, a delete 204."""
    published.bring(kind, situation)
    answer = ask(published, kind, wanted)
    assert answer.status == (204 if wanted == "delete" else 202)
    assert answer.data == b"" or answer.value == published.get(kind).value


def refusals(caller, kind, situation):
    """What the situation does not allow, each asked in it: the request, the answer, and whether nothing has changed."""
    before = caller.bring(kind, situation)
    for wanted in [cell[1] for cell in CELLS if cell[0] == situation and not cell[2]]:
        answer = ask(caller, kind, wanted)
        after = caller.get(kind)
        yield wanted, answer, after.status == 200 and after.value["strategy"] == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("situation", GRANTED)
def test_a_request_is_refused_with_its_reason(published, kind, situation):
    """What the situation does not allow is 409 under published, the fault says why, and nothing has changed."""
    wrong = {
        wanted: (answer.status, answer.data, unchanged)
        for wanted, answer, unchanged in refusals(published, kind, situation)
        if (answer.status, unchanged) != (409, True)
        or answer.value["faultcode"] != "Client"
        or len(answer.fault) <= len(f"{wanted} is not possible now: ")
    }
    assert wrong == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("situation", GRANTED)
def test_a_real_server_refuses_without_a_reason(stx, kind, situation):
    """Under stx-3.0 a refused action is 500, a refused delete 409, with one text each (B6, D3-03)."""
    wrong = {
        wanted: (answer.status, answer.data, unchanged)
        for wanted, answer, unchanged in refusals(stx, kind, situation)
        if (answer.status, unchanged) != (REAL_REFUSALS["delete" if wanted == "delete" else "action"][0], True)
        or answer.fault != REAL_REFUSALS["delete" if wanted == "delete" else "action"][1]
    }
    assert wrong == {}


REASONS = [
    ("applying, stage 0 running", "apply-all", "apply already inprogress"),
    ("applied", "apply-all", "apply already completed"),
    ("ready-to-apply", "apply-stage 99", "invalid stage id 99 for the apply"),
    ("ready-to-apply", "abort", "apply not inprogress"),
    ("applying, paused after stage 0", "apply-stage 0", "apply already complete for stage id 0"),
    ("applying, paused after stage 0", "abort-stage 1", "apply not inprogress for stage id 1"),
    ("aborted", "apply-all", "apply not supported during an abort"),
    ("building", "delete", "strategy is being built"),
    ("applying, stage 0 running", "delete", "strategy is being applied"),
    ("aborting, stage 0 still running", "delete", "strategy is being aborted"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("situation", "wanted", "reason"), REASONS)
def test_the_reason_is_the_engines(published, kind, situation, wanted, reason):
    """The fault names the engine's own reason (ENGINE.md 2.3)."""
    published.bring(kind, situation)
    assert reason in ask(published, kind, wanted).fault


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("situation", GRANTED)
def test_force_deletes_always(published, kind, situation):
    """DELETE with force is 204 in every situation, and afterwards another strategy can be created."""
    published.bring(kind, situation)
    assert (published.delete(kind, {"force": True}).status, published.get(kind).status) == (204, 404)
    assert published.create(kind).status == 200


@pytest.mark.parametrize("situation", ["applying, stage 0 running", "applying, paused after stage 0"])
def test_a_stage_id_beside_abort_counts_on_a_real_server(stx, situation):
    """Under stx-3.0 abort with the id of a stage that does not run is refused (B8)."""
    stx.bring("sw-patch", situation)
    assert (stx.act("sw-patch", "abort", 1).status, stx.act("sw-patch", "abort").status) == (500, 202)
