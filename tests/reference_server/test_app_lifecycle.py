import json
import logging
import threading

import pytest

from reference_server import create_app

KINDS = ("sw-patch", "sw-upgrade")
both_kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def default(caller_of):
    """The server as it is without arguments."""
    return caller_of(create_app())


def words(history):
    """The distinct states and phases of a history, in order."""
    seen = [(strategy["state"], strategy["current-phase"]) for strategy in history]
    return [pair for index, pair in enumerate(seen) if index == 0 or pair != seen[index - 1]]


def followed(caller, kind, *ends):
    """The documents from event to event until the strategy is in one of these states."""
    history = []
    caller.wait(kind, lambda strategy: history.append(strategy) or strategy["state"] in ends)
    return history


@both_kinds
def test_a_strategy_is_built_applied_and_deleted(default, kind):
    """A server without arguments leads a strategy of either kind through its whole life."""
    default.create(kind)
    built = followed(default, kind, "ready-to-apply")
    default.act(kind, "apply-all")
    applied = followed(default, kind, "applied")
    assert words(built + applied) == [
        ("building", "build"),
        ("ready-to-apply", "build"),
        ("applying", "apply"),
        ("applied", "apply"),
    ]
    assert (applied[-1]["current-phase-completion-percentage"], applied[-1]["apply-phase"]["result"]) == (
        100,
        "success",
    )
    assert (default.delete(kind).status, default.get(kind).status) == (204, 404)


@both_kinds
def test_a_strategy_is_applied_stage_by_stage(default, kind):
    """Applied one stage after the other a strategy waits after each, and is applied after the last."""
    total = default.bring(kind, "ready-to-apply")["apply-phase"]["total-stages"]
    reached = []
    for stage_id in range(total):
        default.act(kind, "apply-stage", stage_id)
        strategy = default.wait(
            kind, lambda strategy: strategy["apply-phase"]["current-stage"] == strategy["apply-phase"]["stop-at-stage"]
        )
        reached.append((strategy["apply-phase"]["current-stage"], strategy["state"]))
    assert reached == [*((stage_id, "applying") for stage_id in range(1, total)), (total, "applied")]


@both_kinds
def test_an_apply_is_aborted(default, kind):
    """An abort while a stage runs is aborting in the apply phase first, and ends as aborted in the abort phase."""
    default.bring(kind, "ready-to-apply")
    default.act(kind, "apply-all")
    default.act(kind, "abort")
    assert words(followed(default, kind, "aborted"))[0] == ("aborting", "apply")
    assert default.get(kind).value["strategy"]["current-phase"] == "abort"


@both_kinds
def test_a_world_serves_strategy_after_strategy(default, kind):
    """After a strategy was aborted and deleted another one can be built and applied."""
    default.bring(kind, "aborted")
    default.delete(kind)
    assert default.bring(kind, "applied")["state"] == "applied"


@pytest.mark.parametrize("release", ["published", "stx-3.0"])
@both_kinds
def test_documents_are_json_all_the_way(caller_of, world, release, kind):
    """The document at the end of an apply is one JSON object in application/json, under every release."""
    caller = caller_of(create_app(world, release))
    caller.bring(kind, "applied")
    answer = caller.get(kind)
    assert (answer.headers["Content-Type"], json.loads(answer.data)["strategy"]["state"]) == (
        "application/json",
        "applied",
    )


def test_one_of_many_creates_wins(world, caller_of):
    """Of simultaneous creates exactly one is 200 and the others are 409."""
    app = create_app(world)
    barrier, statuses = threading.Barrier(16), []

    def create(kind):
        caller = caller_of(app)
        barrier.wait()
        statuses.append(caller.create(kind).status)

    threads = [threading.Thread(target=create, args=(KINDS[number % 2],)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[409] * 15]


def test_a_server_for_an_unknown_release_is_not_made():
    """create_app says which releases there are."""
    with pytest.raises(LookupError, match="published"):
        create_app(release="stx-99")


def test_a_fault_of_ours_is_a_fault(world, caller_of, monkeypatch, caplog):
    """If the server itself fails the answer is a fault with status 500, and the log says why."""
    app = create_app(world)
    monkeypatch.setitem(app.view_functions, "getApi", lambda: 1 / 0)
    with caplog.at_level(logging.CRITICAL + 1, logger="reference_server"):
        answer = caller_of(app).send("GET", "/api")
    assert (answer.status, answer.value["faultcode"]) == (500, "Server")
