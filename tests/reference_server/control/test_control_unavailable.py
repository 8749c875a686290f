import pytest

from reference_server import create_app
from reference_server.storage.store import Store, StoreError

KIND = "/api/orchestration/sw-patch/strategy"
WRITING = [
    pytest.param("POST", "/_control/clock", {"advance": 60}, id="advance"),
    pytest.param("PUT", "/_control/world", {"hosts": [{"name": "a", "personality": "controller"}]}, id="world"),
    pytest.param("POST", "/_control/reset", ..., id="reset"),
    pytest.param("POST", "/_control/faults", {"faults": [{"step": "lock-hosts", "ends": "fails"}]}, id="faults"),
    pytest.param("DELETE", "/_control/faults", ..., id="clear"),
    pytest.param("POST", "/_control/restart", ..., id="restart"),
]


@pytest.fixture
def store(tmp_path):
    """A store in a file."""
    store = Store.open(tmp_path / "state.db")
    yield store
    store.close()


@pytest.fixture
def full(world, store, held_of, monkeypatch):
    """A client of a server with a strategy whose store takes nothing any more."""
    held = held_of(create_app(world, store=store))
    held.caller.bring("sw-patch", "applying, stage 0 running")

    def save(*_):
        raise StoreError("/var/lib/secret: no space left on device")

    monkeypatch.setattr(type(store), "save", save)
    return held


@pytest.mark.parametrize(("method", "path", "body"), WRITING)
def test_what_cannot_be_written_does_not_happen(full, method, path, body):
    """While the store takes nothing a control request that would change something is 503, and changes nothing."""
    before = full.seen()
    answer = full.send(method, path, body)
    assert (answer.status, answer.value["faultcode"], full.seen()) == (503, "Server", before)


def test_a_restore_that_cannot_be_written_does_not_happen(full):
    """Nor is a snapshot restored."""
    before, snapshot = full.seen(), full.get("/_control/snapshot")
    assert (full.send("PUT", "/_control/snapshot", snapshot).status, full.seen()) == (503, before)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("DELETE", KIND, {"force": True}), ("POST", f"{KIND}/actions", {"action": "abort"})],
    ids=["delete", "abort"],
)
def test_the_published_api_says_so_too(full, method, path, body):
    """A published request that cannot be written is 503 with a fault, and changes nothing."""
    before = full.seen()
    answer = full.caller.send(method, path, body)
    assert (answer.status, answer.value["faultcode"], full.seen()) == (503, "Server", before)


def test_the_answer_does_not_tell_the_file(full):
    """The reason, with a path in it, is not for callers."""
    assert "secret" not in full.caller.send("DELETE", KIND, {"force": True}).fault


def test_when_the_store_takes_things_again_all_goes_on(world, store, held_of, monkeypatch):
    """What was refused with 503 is done when it is asked for again later."""
    held = held_of(create_app(world, store=store))

    def save(*_):
        raise StoreError("full")

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "save", save)
        assert held.caller.create("sw-patch").status == 503
    assert held.caller.create("sw-patch").status == 200
