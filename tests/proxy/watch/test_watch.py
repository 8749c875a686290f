"""The watch against the reference server, with faults put into its answers."""

from dataclasses import replace

import pytest

from proxy.traffic import Direction, Noticed
from proxy.watch import Situation, Watch
from reports.model import Finding, Verdict

OF_PATCH = "/api/orchestration/sw-patch/strategy"


def directions(found):
    """Whom something was found about."""
    return {direction for direction, _ in found}


def test_nothing_is_known_of_a_deployment_at_first(watch, request_of):
    """A deployment that was never seen is unknown, and no request is wrong for that."""
    assert watch.situation == Situation("", "unknown")
    for body in ({"action": "apply-all"}, {"action": "abort"}):
        assert watch.ask(request_of("POST", f"{OF_PATCH}/actions", body)) == ()
    assert watch.ask(request_of("DELETE", OF_PATCH)) == ()
    assert watch.take_notes() == ()


@pytest.mark.parametrize("kind", ["sw-patch", "sw-upgrade"])
def test_a_whole_life_is_without_findings(deployment, kind):
    """What a conformant server and a careful client do is never noticed, and the situation is followed."""
    found = deployment.read(kind) | deployment.create(kind) | deployment.until("ready-to-apply", kind)
    found |= deployment.act("apply-all", kind) | deployment.until("applied", kind, step=600)
    assert deployment.watch.situation == Situation(kind, "applied")
    found |= deployment.delete(kind) | deployment.read(kind)
    assert (found, deployment.watch.situation) == (set(), Situation("", "absent"))
    assert not deployment.watch.resumed


def test_an_apply_while_building_is_noticed(deployment):
    """A request that does not fit what was last seen is a warning, since the build may have ended meanwhile."""
    deployment.create()
    assert deployment.act("apply-all") == {("request", "VIM-LIFE-058")}
    assert (deployment.last[0].certain, deployment.last[0].finding.verdict) == (False, Verdict.WARN)
    assert deployment.last[0].finding.message.endswith(", as last seen")


def test_an_apply_that_the_server_accepts_had_nothing_against_it(deployment):
    """Building was the last that was seen; the server was ready when the request came."""
    deployment.create()
    deployment.advance(600)
    assert deployment.act("apply-all") == set()


def test_a_delete_while_applying_without_force_is_noticed(deployment):
    """Who deletes a strategy that is being applied must say so."""
    deployment.create()
    deployment.until("ready-to-apply")
    deployment.act("apply-all")
    assert deployment.delete() == {("request", "VIM-LIFE-078")}
    assert deployment.delete(force=True) == set()


def test_a_second_create_is_certainly_wrong(deployment):
    """A strategy does not go by itself, so there is no doubt about a second one, of either kind."""
    deployment.create()
    assert deployment.create() == {("request", "VIM-LIFE-081")}
    assert (deployment.last[0].certain, deployment.last[0].finding.verdict) == (True, Verdict.FAIL)
    assert directions(deployment.create("sw-upgrade")) == {"request"}


def test_a_server_that_takes_a_second_create_is_wrong_too(deployment):
    """Client and server are told of separately."""
    deployment.create()
    first = deployment.exchange("GET", "sw-patch")
    second = deployment.exchange("POST", "sw-patch", {"storage-apply-type": "serial"})
    taken = replace(second, status=200, response_body=first.response_body, response_headers=first.response_headers)
    assert directions(deployment.show(taken)) == {"request", "response"}


def test_an_abort_that_nobody_asked_for_is_noticed(deployment):
    """Nothing failed, and no abort came through here; after one that did, the same is as it should be."""

    def aborts(strategy):
        strategy["state"] = "aborting"
        strategy["apply-phase"]["result"] = "aborted"
        strategy["apply-phase"]["stages"][0]["result"] = "aborted"

    deployment.create()
    deployment.until("ready-to-apply")
    deployment.act("apply-all")
    deployment.read()
    assert deployment.read(spoil=aborts) == {("response", "VIM-LIFE-146")}
    assert deployment.read(spoil=aborts) == set()
    deployment.watch = Watch()
    deployment.read()
    assert deployment.act("abort") | deployment.read() == set()


def test_a_state_that_runs_backwards_is_noticed(deployment):
    """From applying nothing leads back to ready-to-apply."""

    def back(strategy):
        strategy |= {"state": "ready-to-apply", "current-phase": "build"}

    deployment.create()
    deployment.until("ready-to-apply")
    deployment.act("apply-all")
    deployment.read()
    found = deployment.read(spoil=back)
    assert {("response", "VIM-LIFE-047"), ("response", "VIM-LIFE-049")} <= found


def test_a_strategy_that_disappears_is_noticed(deployment):
    """Nobody deleted it, and it is gone."""
    deployment.create()
    deployment.read()
    gone = replace(deployment.exchange("GET", "sw-upgrade"), path=OF_PATCH)
    assert gone.status == 404
    assert directions(deployment.show(gone)) == {"response"}


def test_a_strategy_that_is_exchanged_is_noticed(deployment):
    """Another uuid is another strategy, and nobody created it."""
    deployment.create()
    deployment.read()
    assert deployment.read(spoil=lambda strategy: strategy.update(uuid="7c4ab3e5-0d6c-4df7-a8bb-3a2a1a1a4a5e"))


@pytest.mark.parametrize(
    ("header", "mark"), [("X-Auth-Token", "***"), ("X-Auth-Token", "***reader***"), ("OIDC-Token", "***oidc***")]
)
def test_a_token_that_was_blotted_out_is_nobodys(deployment, header, mark):
    """In a recording all tokens read the same: one that is refused may be another than one that is taken."""

    def seen(status, token=None):
        headers = () if token is None else ((header, token),)
        read = replace(deployment.exchange("GET", "sw-patch"), request_headers=headers)
        return deployment.show(replace(read, status=status, response_body=b"" if status != 200 else read.response_body))

    deployment.create()
    found = seen(401) | seen(200, mark) | seen(401, mark)
    read = deployment.exchange("GET", "sw-upgrade")
    found |= deployment.show(replace(read, request_headers=((header, mark),)))
    assert (found | seen(200, mark)) == set()


def test_a_watch_that_begins_in_the_middle_says_so_once(deployment):
    """It learns from the first answer that shows something, and says what; nothing is wrong with it."""
    deployment.create()
    deployment.until("ready-to-apply")
    deployment.act("apply-all")
    deployment.watch = later = Watch()
    assert (deployment.read(), later.resumed) == (set(), True)
    (note,) = later.take_notes()
    assert note.startswith("resuming: sw-patch strategy ")
    assert note.endswith(", state applying")
    assert (deployment.read(), later.take_notes()) == (set(), ())
    assert later.situation == Situation("sw-patch", "applying")


def test_a_watch_that_begins_with_an_action_resumes_from_its_answer(deployment):
    """An accepted action shows the strategy as well as a look does."""
    deployment.create()
    deployment.until("ready-to-apply")
    deployment.watch = later = Watch()
    assert (deployment.act("apply-all"), later.resumed) == (set(), True)


def test_a_note_harms_no_terminal(deployment):
    """What a server calls a strategy is shown without control characters, and cut."""
    deployment.create()
    deployment.watch = later = Watch()
    deployment.read(spoil=lambda strategy: strategy.update(uuid="\x1b[2J" + "x" * 500))
    (note,) = later.take_notes()
    assert note.isprintable()
    assert len(note) < 150


def test_a_blocked_request_is_judged_alone_and_changes_nothing(deployment):
    """What was never forwarded is known to have done nothing."""
    deployment.create()
    asked = replace(deployment.exchange("DELETE", "sw-patch"), status=0, response_headers=(), response_body=b"")
    assert directions(deployment.show(asked, blocked=True)) == {"request"}
    assert deployment.watch.situation == Situation("sw-patch", "building")


def test_after_a_change_that_was_lost_nothing_is_known(deployment):
    """Nobody can tell whether, or when, a change without an answer took effect: no answer contradicts an earlier one.

    Later everything is as before.
    """
    deployment.create()
    deployment.until("ready-to-apply")
    deployment.show(replace(deployment.exchange("DELETE", "sw-patch"), status=0, response_body=b""), lost=True)
    assert deployment.watch.situation == Situation("", "unknown")
    found = deployment.read() | deployment.create() | deployment.read()
    gone = replace(deployment.exchange("GET", "sw-upgrade"), path=OF_PATCH)
    assert (found | deployment.show(gone)) == set()
    assert deployment.watch.situation.state == "absent"
    deployment.now += 120
    deployment.read()
    assert deployment.show(replace(deployment.exchange("GET", "sw-upgrade"), path=OF_PATCH, at=deployment.now))


def test_a_look_that_was_lost_costs_nothing(deployment):
    """A read that was never answered leaves what is known."""
    deployment.create()
    lost = replace(deployment.exchange("GET", "sw-patch"), status=0, response_body=b"")
    assert deployment.show(lost, lost=True) == set()
    assert deployment.watch.situation == Situation("sw-patch", "building")


def test_what_is_not_in_order_is_judged_without_a_memory(deployment):
    """An answer that raced with a change contradicts nothing, and a change that raced makes everything unknown."""
    deployment.create()
    deployment.read()
    gone = replace(deployment.exchange("GET", "sw-upgrade"), path=OF_PATCH)
    assert deployment.show(gone, in_order=False) == set()
    assert deployment.watch.situation == Situation("sw-patch", "building")
    assert deployment.create(in_order=False) == set()
    assert deployment.watch.situation == Situation("", "unknown")


def test_asking_learns_nothing(deployment, request_of):
    """However often a request is asked about, what is known stays as it is, and so does the answer."""
    deployment.create()
    request = request_of("POST", OF_PATCH, {"storage-apply-type": "serial"}, at=deployment.now)
    told = [deployment.watch.ask(request) for _ in range(3)]
    assert told[0]
    assert told[0] == told[1] == told[2]
    assert {each.direction for each in told[0]} == {Direction.REQUEST}
    assert deployment.watch.situation == Situation("sw-patch", "building")


def test_where_others_change_the_deployment_no_succession_is_judged(deployment):
    """Beside unseen clients a strategy may go and come; single answers are judged all the same."""
    deployment.watch = Watch(shared=True)
    deployment.create()
    gone = replace(deployment.exchange("GET", "sw-upgrade"), path=OF_PATCH)
    assert deployment.show(gone) == set()
    assert deployment.read(spoil=lambda strategy: strategy.update(state="unheard-of"))


def test_a_freeze_is_asked_about_changes_in_what_is_known(deployment, request_of):
    """The operator's own rule is told what is wished and what is there, and its word stands beside the contract's."""
    asked = []

    def freeze(wish, situation):
        asked.append((wish.word, situation))

    deployment.watch = Watch(freeze=freeze)
    deployment.create()
    deployment.read()
    deployment.watch.ask(request_of("DELETE", OF_PATCH, {"force": True}, at=deployment.now))
    assert asked == [("create", Situation("", "unknown")), ("delete-forced", Situation("sw-patch", "building"))]


@pytest.fixture
def frozen(deployment, request_of):
    """The situation that a freeze is told when somebody wishes a forced delete now."""

    def ask():
        asked = []
        deployment.watch._freeze = lambda _, situation: asked.append(situation)  # noqa: SLF001 - in mid-life
        deployment.watch.ask(request_of("DELETE", OF_PATCH, {"force": True}, at=deployment.now))
        return asked[-1]

    return ask


def test_a_freeze_does_not_forget(deployment, frozen, request_of):
    """A change without an answer, a refusal after it, strangers: a judge forgets, a freeze goes by the last look."""
    deployment.read("sw-patch")
    assert frozen() == Situation()  # nobody knows of the other kind
    deployment.create()
    building = frozen()
    lost = request_of("POST", f"{OF_PATCH}/actions", {"action": "apply-all"}, at=deployment.now)
    deployment.show(lost, lost=True)
    deployment.show(replace(lost, at=deployment.now + 1), blocked=True)
    deployment.show(replace(request_of("PUT", "/anything", {}, at=deployment.now + 2), status=500))
    assert deployment.watch.situation == Situation()
    assert frozen() == building == Situation("sw-patch", "building")
    deployment.delete(force=True)
    assert frozen() == Situation("", "absent")


def test_a_freeze_holds_where_others_change_things_too(deployment, frozen):
    """With `shared` no succession is judged; what was seen last was seen all the same."""
    deployment.watch = Watch(shared=True)
    deployment.create()
    assert (deployment.watch.situation, frozen()) == (Situation(), Situation("sw-patch", "building"))


@pytest.mark.parametrize(("release", "word"), [("stx-3.0", "apply-all"), ("published", "apply-stage")])
def test_a_freeze_is_told_what_a_release_makes_of_no_stage(request_of, release, word):
    """Where an action on the stage `null` is one on the whole strategy, that is what is wished."""
    asked = []
    watch = Watch(release, freeze=lambda wish, _: asked.append((wish.word, wish.clear)))
    watch.ask(request_of("POST", f"{OF_PATCH}/actions", {"action": "apply-stage", "stage-id": None}))
    assert asked == [(word, release != "published")]


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("DELETE", f"/{OF_PATCH}", ""),
        ("DELETE", f"{OF_PATCH}.json", ""),
        ("DELETE", f"{OF_PATCH};v=1", ""),
        ("DELETE", OF_PATCH.replace("/sw-patch", "/./x/../sw-patch"), ""),
        ("DELETE", OF_PATCH.replace("/sw-patch", "%2Fsw-patch"), ""),
        ("DELETE", OF_PATCH.upper(), ""),
        ("delete", OF_PATCH, ""),
        ("GET", OF_PATCH, "_method=delete"),
        ("POST", f"{OF_PATCH}/", "%5Fmethod=DELETE"),
    ],
)
def test_a_freeze_holds_however_a_request_is_spelled(request_of, method, path, query):
    """What a lenient server may take for a deletion is refused as one."""
    refused = Noticed(Direction.REQUEST, Finding("freeze", Verdict.FAIL, "not now"))
    watch = Watch(freeze=lambda wish, _: refused if wish.word.startswith("delete") else None)
    assert refused in watch.ask(replace(request_of(method, path, {"force": True}), query=query))
    assert refused not in watch.ask(request_of("POST", "/api/orchestration", {"force": True}))


@pytest.mark.parametrize(("error", "word"), [(ValueError, "crashed"), (MemoryError, "memory")])
def test_a_check_that_crashes_is_told_and_harms_nobody(deployment, monkeypatch, error, word):
    """An exchange that was not judged whole is marked; the next one is judged as ever."""

    def crash(*_):
        raise error

    deployment.create()
    with monkeypatch.context() as patched:
        patched.setattr("conformance.findings.charges.Bound.call", crash)
        assert (deployment.read(), deployment.watch.crash) == (set(), word)
        assert deployment.create() == set()
        assert deployment.watch.crash == word
    assert (deployment.read(), deployment.watch.crash) == (set(), "")


def test_a_watch_that_crashes_itself_forgets_and_goes_on(deployment, monkeypatch):
    """Whatever is wrong with the watch, it returns."""

    def crash(*_, **__):
        raise KeyError

    deployment.create()
    with monkeypatch.context() as patched:
        patched.setattr(deployment.watch.judge, "judge", crash)
        assert (deployment.read(), deployment.watch.crash) == (set(), "crashed")
    assert deployment.watch.situation == Situation("", "unknown")
    assert (deployment.read(), deployment.watch.crash) == (set(), "")
