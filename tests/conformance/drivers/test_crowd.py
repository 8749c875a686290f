"""Several clients at once: who is right is never accused, who has no lock is caught, and chance decides no count."""

import json
import threading
from collections import Counter
from contextlib import nullcontext

import pytest

from conformance.drivers.conversation import NotCleared
from conformance.drivers.crowd import play_races
from conformance.histories.races import races
from conformance.targets.target import open_target
from conformance.targets.transport import Unreachable, WsgiTransport
from reference_server import create_app
from reference_server.driver import Driver
from reference_server.mutants import MUTANTS
from reports.model import Verdict
from spec.load import load_law

KINDS = ("sw-patch", "sw-upgrade")
TOGETHER = {"VIM-LIFE-140", "VIM-LIFE-141", "VIM-LIFE-142"}


def play(talk, *, clients=4, rounds=6, seed=0):
    """Play some races; the reason why not, or None."""
    drawn = tuple(races(KINDS, seed=seed, clients=clients, rounds=rounds))
    return play_races(drawn, talk, load_law())


def counted(talk):
    """How often each requirement about several clients was looked at."""
    return {id_: row.checked for id_, row in talk.judge.tally.rows.items() if id_ in TOGETHER}


def test_the_same_seed_draws_the_same_races():
    """Two runs with one seed ask different things, or two seeds the same."""
    first, second, other = (tuple(races(KINDS, seed=seed, clients=3, rounds=9)) for seed in (1, 1, 2))
    assert first == second
    assert first != other
    assert {len(race.plans) for race in first} == {3}
    assert {asked.word for plan in first[0].plans for asked in plan} == {"create", "read"}


@pytest.mark.long
@pytest.mark.parametrize(("clients", "rounds"), [(2, 20), (4, 20), (8, 8)])
def test_the_reference_server_is_never_accused(talk, clients, rounds):
    """Requests that meet in this process are charged to a server that is right."""
    assert play(talk, clients=clients, rounds=rounds) is None
    assert talk.failures == set()
    assert counted(talk)["VIM-LIFE-141"] == rounds


@pytest.mark.parametrize("clients", [2, 8])
def test_the_reference_server_is_never_accused_over_http(talking, served, clients):
    """Requests that meet on real connections are charged to a server that is right."""
    with open_target(served(create_app(), threaded=True)) as target:
        talk = talking(target)
        assert play(talk, clients=clients) is None
    assert (talk.failures, counted(talk)["VIM-LIFE-141"]) == (set(), 6)


def test_chance_decides_no_count(talking):
    """Two runs of the same races on a server that is right give other numbers, pictures or edges."""
    tallies, galleries = [], []
    for _ in range(2):
        talk = talking(open_target("wsgi:reference_server:create_app"))
        play(talk, rounds=3)
        tallies.append(talk.judge.tally.to_json())
        galleries.append(json.dumps(talk.judge.gallery.to_json()))
    assert tallies[0] == tallies[1]
    assert galleries[0] == galleries[1]


class Torn(Driver):
    """A driver whose lock holds nobody: the first create of several waits until a second one has looked, too.

    Each of the two is answered with its own strategy, of whichever kind, although only the later one stays.
    """

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._lock = nullcontext()
        self._meeting = threading.Condition()
        self._looked = 0
        self._mine = threading.local()

    def _existing(self, kind):
        return getattr(self._mine, "strategy", None) or super()._existing(kind)

    def _take_turn(self, turn):
        if threading.current_thread() is not threading.main_thread():
            with self._meeting:
                self._looked += 1
                self._meeting.notify_all()
                self._meeting.wait_for(lambda: self._looked > 1, timeout=60)
            self._mine.strategy = turn.strategy
        super()._take_turn(turn)


def test_a_server_without_a_lock_is_caught(talking, target_of):
    """A server that looks for a strategy, and stores one later, passes."""
    talk = talking(controlled(target_of, create_app(driver=Torn)))
    assert play(talk, rounds=1) is None
    (finding,) = talk.judge.tally.rows["VIM-LIFE-140"].findings
    assert finding.message == "two creates were accepted, and no delete lies between"
    assert finding.origin == "test/0-nothing-sw-patch"


def controlled(target_of, application):
    """A target of an application with its control."""
    from conformance.targets.control import detect  # noqa: PLC0415 - here alone

    target = target_of(application)
    target.control = detect(target.send, None)
    return target


class Replacing(Driver):
    """Forgets the strategy that is there when another one is to be created."""

    def create(self, request):
        with self._lock:
            self._strategy = None
            return super().create(request)


def is_found(talk, breaks):
    """Which calls meet is up to chance: a few seeds are tried."""
    return any(play(talk, rounds=20, seed=seed) is None and talk.failures & set(breaks) for seed in range(4))


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, each in MUTANTS.items() if each.area == "concurrency"])
def test_every_fault_of_concurrency_is_found(talking, name):
    """A server that looks first and acts later passes the races."""
    talk = talking(open_target(f"wsgi:reference_server.mutants:{name.replace('-', '_')}"))
    assert is_found(talk, MUTANTS[name].breaks)


def test_what_one_client_finds_is_not_charged_to_several(talking, target_of):
    """A server that breaks the law for one client alone is accused of running requests into each other."""
    talk = talking(controlled(target_of, create_app(driver=Replacing)))
    assert "one client alone" in play(talk)
    assert counted(talk) == {}


class Flaky(WsgiTransport):
    """Loses the connection of every client but one."""

    def beside(self):
        self.made = getattr(self, "made", 0) + 1
        return self if self.made % 3 else Lost(self._application)


class Lost(WsgiTransport):
    """Never answers."""

    def send(self, request):
        raise Unreachable("lost")


def test_a_lost_connection_is_nobodys_fault(talking):
    """A call that was never answered makes an accusation, or ends the run."""
    target = open_target("wsgi:reference_server:create_app")
    target._transport = Flaky(create_app())  # noqa: SLF001
    target.control._send = target.send  # noqa: SLF001
    talk = talking(target)
    assert play(talk, clients=2, rounds=3) is None
    assert talk.failures == set()


def test_a_target_that_is_gone_ends_the_run(talking):
    """When nobody answers after a race, the run goes on."""
    target = open_target("wsgi:reference_server:create_app")
    target._transport.beside = lambda: Lost(None)  # noqa: SLF001
    with pytest.raises(Unreachable, match="after 4 clients at once"):
        play(talking(target), rounds=1)


def test_a_target_that_cannot_be_prepared_is_not_played(talking, target_of, answering):
    """Races are played on a target that is not where they begin."""
    talk = talking(target_of(answering("200 OK", {"strategy": {"state": "ready-to-apply"}})))
    with pytest.raises(NotCleared):
        play(talk, rounds=1)


def test_a_target_without_work_is_raced_all_the_same(talking):
    """Where every build fails, requests that meet are charged to a server that is right, or not tried."""
    target = open_target("wsgi:reference_server:create_app")
    target.control.load({"hosts": [{"name": "controller-0", "personality": "controller"}]})
    talk = talking(target)
    assert play(talk, rounds=4) is None
    assert (counted(talk)["VIM-LIFE-141"], talk.failures) == (4, set())


def test_races_that_cannot_be_begun_are_left_out(talking, target_of):
    """A target on which nothing can be applied is not raced from nothing either, or is raced from where it is not."""
    application = create_app()

    def deaf(environ, start_response):
        if environ["PATH_INFO"].endswith("/strategy") and environ["REQUEST_METHOD"] == "POST":
            start_response("503 SERVICE UNAVAILABLE", [])
            return [b""]
        return application(environ, start_response)

    talk = talking(controlled(target_of, deaf))
    assert play(talk, rounds=4) is None
    assert (counted(talk)["VIM-LIFE-141"], talk.failures) == (1, set())


def test_a_run_that_wants_no_clients_is_not_incomplete(talk):
    """Whoever asks for no clients is told that something could not be tested."""
    results = Counter(each.verdict for each in talk.judge.results(together=False) if each.requirement in TOGETHER)
    assert results == {Verdict.NOT_APPLICABLE: 3}
    wanted = Counter(each.verdict for each in talk.judge.results() if each.requirement in TOGETHER)
    assert wanted == {Verdict.UNTESTABLE: 3}
