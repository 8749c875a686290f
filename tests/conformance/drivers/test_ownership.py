"""Whose strategy it is, what may be done, and the file in which a run notes both."""

import json
from contextlib import suppress

import pytest

from conformance.drivers.changes import EVERY, Change, changes_of, read_changes
from conformance.drivers.crowd import play_races
from conformance.drivers.lifecycle import play, read_scenarios
from conformance.drivers.ownership import Intruder, Ownership
from conformance.drivers.samples import example_of
from conformance.exchange import Exchange
from conformance.histories.races import races
from conformance.runs.runfile import Busy, RunFile, RunFileError, default_path, read_past
from reference_server import create_app
from reference_server.clock import VirtualClock
from reports.kept import is_held
from spec.load import load_contract, load_law

PATCH = "/api/orchestration/sw-patch/strategy"
UPGRADE = "/api/orchestration/sw-upgrade/strategy"
TWICE = next(scenario for scenario in read_scenarios() if scenario.id == "twice-sw-patch")


def shows(method, path, uuid, status=200):
    """An answer that shows a strategy."""
    body = json.dumps({"strategy": {"uuid": uuid, "state": "building"}}).encode()
    return Exchange(method, path, status, response_body=body)


@pytest.fixture
def kept(tmp_path):
    """An ownership that is noted in a file, and the file."""
    file = RunFile.begin(tmp_path / "run.jsonl", {"target": "http://vim"}, ["s3cret"])
    yield Ownership(note=file.note), file
    file.close()


def created(ownership, path, uuid):
    """Ask for a strategy and get one."""
    ownership.ask(load_contract(), "POST", path)
    ownership.see(load_contract(), shows("POST", path, uuid))


def lost(ownership):
    """Ask for a strategy, and never hear."""
    ownership.ask(load_contract(), "POST", PATCH)


@pytest.mark.parametrize(
    ("events", "own", "pending"),
    [
        (lambda o: created(o, PATCH, "a"), {"a": "sw-patch"}, set()),
        (lost, {}, {"sw-patch"}),
        (lambda o: (lost(o), o.see(load_contract(), Exchange("POST", PATCH, 409))), {}, set()),
        (lambda o: (lost(o), o.see(load_contract(), Exchange("POST", PATCH, 500))), {}, {"sw-patch"}),
        (lambda o: (lost(o), o.see(load_contract(), Exchange("GET", PATCH, 404))), {}, set()),
        (lambda o: (created(o, PATCH, "a"), o.see(load_contract(), Exchange("GET", PATCH, 404))), {}, set()),
        (
            lambda o: (created(o, PATCH, "a"), o.see(load_contract(), Exchange("GET", UPGRADE, 404))),
            {"a": "sw-patch"},
            set(),
        ),
        (
            lambda o: (created(o, PATCH, "a"), o.see(load_contract(), Exchange("GET", PATCH, 503))),
            {"a": "sw-patch"},
            set(),
        ),
        (lambda o: (created(o, UPGRADE, "a"), o.forget()), {}, set()),
    ],
    ids=["created", "lost", "refused", "broken", "not there", "gone", "other kind", "unavailable", "reset"],
)
def test_a_run_knows_what_it_may_have_left_and_so_does_its_file(events, own, pending, kept):
    """What may be left is known after every answer, and a file that is read after a kill says the same."""
    ownership, file = kept
    events(ownership)
    past = read_past(file.path)
    assert (ownership.own, ownership.pending) == (own, pending)
    assert (past.own, past.pending) == (own, pending)
    assert bool(past.left) is bool(own or pending)


@pytest.mark.parametrize(
    ("before", "said"),
    [(Ownership.forget, "this run did not create it"), (lost, "nobody can know")],
    ids=["never asked", "an answer was lost"],
)
def test_a_strategy_of_somebody_else_stops_the_run(before, said, kept):
    """A uuid that no create of the run has shown is somebody else's, also where an answer was lost."""
    ownership, _ = kept
    before(ownership)
    with pytest.raises(Intruder, match=f"{said}.*It is left alone"):
        ownership.see(load_contract(), shows("GET", PATCH, "b"))
    assert not ownership.knows("b")


def test_no_request_is_sent_to_the_strategy_of_somebody_else(served, talking):
    """Before a request that could hit a strategy a run without one looks, and does not send it when one is there."""
    from conformance.drivers.conversation import Leave  # noqa: PLC0415 - of this test alone
    from conformance.targets.target import open_target  # noqa: PLC0415 - of this test alone

    asked = []
    app = create_app(control=False)

    def application(environ, start_response):
        asked.append(environ["REQUEST_METHOD"])
        return app(environ, start_response)

    with open_target(served(application)) as target:
        target.send_json("POST", UPGRADE, {"storage-apply-type": "serial", "worker-apply-type": "serial"})
        talk = talking(target)
        talk.leave = Leave(EVERY, Ownership())
        asked.clear()
        with pytest.raises(Intruder):
            talk.send("DELETE", UPGRADE)
    assert set(asked) == {"GET"}


@pytest.fixture
def real(talking, target_of):
    """A conversation with a server as a real system shows itself, which others use too; its application is given."""
    from conformance.drivers.conversation import Leave  # noqa: PLC0415 - of these tests alone
    from conformance.targets.pace import WallPace  # noqa: PLC0415 - of these tests alone

    def make(wrapped=lambda app: app):
        clock = VirtualClock()
        target = target_of(wrapped(create_app(control=False, clock=clock)))
        talk = talking(target, pace=WallPace(sleep=clock.advance, clock=clock.now))
        talk.leave = Leave(EVERY, Ownership())
        return talk

    return make


def before_request(number, action):
    """Do something before the request of that number is sent."""

    def wrapped(app):
        sent = []

        def application(environ, start_response):
            sent.append(environ["PATH_INFO"])
            if len(sent) == number:
                action(app)
            return app(environ, start_response)

        return application

    return wrapped


def creates(path):
    """A colleague creates a strategy, where none is there."""
    operation = {PATCH: "createSwPatchStrategy", UPGRADE: "createSwUpgradeStrategy"}[path]
    return lambda app: app.test_client().post(path, json=example_of(load_contract(), operation))


@pytest.mark.parametrize("path", [PATCH, UPGRADE])
@pytest.mark.parametrize("number", range(1, 26))
def test_a_strategy_of_somebody_else_is_no_fault_of_the_server(real, path, number):
    """A colleague who creates a strategy while the run has none ends the run, and the server is not charged."""
    talk = real(before_request(number, creates(path)))
    with suppress(Intruder):
        play(TWICE, talk)
    assert talk.failures == set()


def race(talk):
    """Play two races."""
    return play_races(tuple(races(("sw-patch", "sw-upgrade"), seed=1, clients=3, rounds=2)), talk, load_law())


def test_races_that_nobody_else_takes_part_in_are_judged(real):
    """The strategies that clients of the run create are not taken for those of somebody else."""
    talk = real()
    assert race(talk) is None
    assert (talk.failures, talk.judge.tally.rows["VIM-LIFE-141"].checked) == (set(), 2)


@pytest.mark.parametrize("number", range(59, 65))
def test_somebody_else_in_a_race_is_no_fault_of_the_server(real, number):
    """A colleague who creates a strategy while clients race for one ends the run, and the server is not charged."""
    talk = real(before_request(number, creates(PATCH)))
    with suppress(Intruder):
        race(talk)
    assert talk.failures == set()


def refuses_creates(app):
    """A server that refuses to create anything, as if a strategy were there."""

    def application(environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            start_response("409 Conflict", [])
            return [b""]
        return app(environ, start_response)

    return application


def test_a_conflict_with_nothing_is_a_fault_of_the_server(real):
    """A create that is refused while nobody has a strategy there is charged all the same."""
    talk = real(refuses_creates)
    play(TWICE, talk)
    assert "VIM-LIFE-084" in talk.failures


def test_what_is_not_permitted_is_never_sent(embedded, talking):
    """A conversation refuses a change that is not permitted, whoever asks it to send one."""
    from conformance.drivers.conversation import Leave  # noqa: PLC0415 - of this test alone

    talk = talking(embedded)
    talk.leave = Leave(frozenset({Change.CREATE, Change.DELETE}))
    with pytest.raises(AssertionError, match="it needs apply, which --changes leaves out"):
        talk.act("sw-patch", {"action": "apply-all"})
    assert talk.exchanges == []


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", PATCH, b"", set()),
        ("POST", PATCH, b"", {Change.CREATE}),
        ("DELETE", PATCH, b"", {Change.DELETE}),
        ("POST", f"{PATCH}/actions", b'{"action": "apply-stage"}', {Change.APPLY}),
        ("POST", f"{PATCH}/actions", b'{"action": "abort"}', {Change.ABORT}),
        ("POST", f"{PATCH}/actions", b'{"action": "nothing"}', {Change.APPLY}),
        ("POST", f"{PATCH}/actions", b"[", {Change.APPLY}),
        ("PUT", PATCH, b"", set()),
    ],
)
def test_a_request_says_what_it_changes(method, path, body, expected):
    """What a request may do is known from method, path and action; what is not plainly an abort may be an apply."""
    assert changes_of(load_contract(), method, path, body) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("create,delete", {"create", "delete"}), (" abort , create,delete", {"create", "delete", "abort"})],
)
def test_changes_are_read_as_people_write_them(text, expected):
    """Words with commas and blanks between them."""
    assert read_changes(text) == expected


def test_a_file_that_was_cut_off_is_read_up_to_there(kept):
    """A last line without its end, as a kill leaves it, is left out, and going on begins behind the line before."""
    ownership, file = kept
    created(ownership, PATCH, "a")
    file.close()
    with file.path.open("a") as stream:
        stream.write('{"event": "gone", "ki')
    assert read_past(file.path).own == {"a": "sw-patch"}
    again = RunFile.go_on(file.path)
    again.test_done("one", {"vimgate-tally": "{}"})
    assert list(read_past(file.path).tests) == ["one"]
    again.close()
    file._descriptor = RunFile.go_on(file.path)._descriptor  # noqa: SLF001 - for the fixture to close


def test_only_one_run_is_at_work_on_a_target(kept):
    """A file that a live run holds is busy, whoever asks, and its pid is said; a closed one is not."""
    _, file = kept
    assert is_held(file.path)
    with pytest.raises(Busy, match="another run is at work on this target"):
        RunFile.begin(file.path, {})
    assert read_past(file.path).target == "http://vim"


def test_a_run_file_holds_no_secret_and_is_its_owners_alone(kept):
    """A token that finds its way into an event is masked, and nobody else may read the file."""
    _, file = kept
    file.note({"event": "note", "text": "the token is s3cret"})
    assert read_past(file.path).notes == ("the token is ***",)
    assert file.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "\n", "hello\n", '{"schema": "other"}\n', '{"schema": "vimgate-run/1"}\n[]\n'])
def test_what_is_no_run_file_is_said(text, tmp_path):
    """A file of something else is refused with a sentence, never taken for a run without anything left."""
    (tmp_path / "other").write_text(text)
    with pytest.raises(RunFileError, match="this is no run file"):
        read_past(tmp_path / "other")


def test_targets_have_files_of_their_own(monkeypatch, tmp_path):
    """Each target has a file, by its name and a digest; a final slash makes no other target."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    one, two = default_path("http://vim:4545/a"), default_path("http://vim:4545/b")
    assert one != two
    assert default_path("http://vim:4545/a/").name.rpartition("-")[2] == one.name.rpartition("-")[2]
    assert one.parent == tmp_path / "vimgate" / "runs"
