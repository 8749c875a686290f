"""Fuzzing: the same seed asks the same, nothing is kept on disk, and our judge alone decides."""

import importlib.metadata

import pytest
import schemathesis

from conformance.drivers.fuzz import Fuzzer, explore, schema_of
from conformance.targets.target import open_target
from conformance.targets.transport import Unreachable
from spec.load import load_contract, load_ledger

EMBEDDED = "wsgi:reference_server:create_app"


def sent(talk):
    """Every request of a conversation, in order."""
    return [
        (exchange.method, exchange.path, exchange.query, exchange.request_headers, exchange.request_body)
        for exchange in talk.exchanges
    ]


def chains(talking, seed, target=None):
    """A conversation in which four chains were followed."""
    talk = talking(target or open_target(EMBEDDED))
    assert explore(talk, load_ledger(), seed=seed, scenarios=4, steps=20) is None
    return talk


def test_the_same_seed_asks_the_same(talking, tmp_path, monkeypatch):
    """Two explorations with one seed send the same requests; another seed sends others; no file is left behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", str(tmp_path / "elsewhere"))
    first, second, other = (sent(chains(talking, seed)) for seed in (5, 5, 6))
    assert first == second
    assert first != other
    assert {path.name for path in tmp_path.iterdir()} <= {"elsewhere"}


def test_chains_reach_states_beyond_building(talking):
    """Chains along the links get a strategy of either kind created, built and applied."""
    talks = [chains(talking, seed) for seed in range(4)]
    reached = {state for talk in talks for state in talk.states}
    assert {"building", "ready-to-apply", "applying"} <= reached
    assert set().union(*(talk.failures for talk in talks)) == set()


def test_every_chain_begins_with_nothing(talking):
    """Each chain is preceded by a reset, and at the end no strategy is left."""
    target = open_target(EMBEDDED)
    resets = []
    reset = target.control.reset
    target.control.reset = lambda: (resets.append(1), reset())
    chains(talking, 3, target)
    assert len(resets) >= 8  # before and after each of four chains
    assert target.send("GET", "/api/orchestration/sw-patch/strategy").status == 404


def test_a_target_that_goes_away_ends_the_exploration(talking, target_of):
    """When the target no longer answers, the exploration ends with that reason, not with an error of Hypothesis."""
    target = open_target(EMBEDDED)
    talk = talking(target)
    send, answers = target.send, []

    def failing(*arguments, **options):
        answers.append(arguments)
        if len(answers) > 30:
            raise Unreachable("the server is gone")
        return send(*arguments, **options)

    target.send = failing
    with pytest.raises(Unreachable, match="the server is gone"):
        explore(talk, load_ledger(), seed=1, scenarios=10, steps=20)


def test_a_schema_can_be_cut_down_to_one_operation():
    """With `only` a schema has one operation, also after the way through a pytest fixture."""
    schema = schema_of(load_contract(), seed=1, examples=3, only="createSwPatchStrategy")
    clone = schema.clone(filter_set=schema.config.operations.filter_set_with(include=schema.filter_set))
    labels = [result.ok().label for result in clone.get_all_operations()]
    assert labels == ["POST /api/orchestration/sw-patch/strategy"]


@pytest.mark.parametrize(
    "operation", ["POST /api/orchestration/sw-patch/strategy", "POST /api/orchestration/sw-upgrade/strategy/actions"]
)
def test_a_request_meets_what_it_needs(operation, talk):
    """A generated create meets an empty target, a generated action a strategy that is ready."""
    method, path = operation.split()
    case = schema_of(load_contract(), seed=1, examples=1)[path][method].Case(
        body={"x": 1}, media_type="application/json"
    )
    fuzzer = Fuzzer(talk, load_ledger())
    fuzzer.send(case)
    before = [exchange.status for exchange in talk.exchanges[:-1]]
    assert (fuzzer.sent, fuzzer.skipped) == (1, 0)
    assert (talk.exchanges[-1].path, talk.exchanges[-1].request_json) == (path, {"x": 1})
    assert (talk.states[-1:] or [None])[0] == ("ready-to-apply" if path.endswith("/actions") else None)
    assert before.count(200) >= (2 if path.endswith("/actions") else 0)


def test_what_differs_between_runs_is_not_sent(talk):
    """No header goes out that the generator's library adds or that differs in every run."""
    schema = schema_of(load_contract(), seed=1, examples=1)
    case = schema["/api"]["GET"].Case(headers={"X-Mine": "1"})
    Fuzzer(talk, load_ledger()).send(case)
    names = {name.lower() for name, _ in talk.exchanges[-1].request_headers}
    assert names == {"host", "x-mine"}


def test_what_http_cannot_carry_is_skipped(talk):
    """A request that cannot be sent is counted as skipped and judged by nobody."""
    schema = schema_of(load_contract(), seed=1, examples=1)
    fuzzer = Fuzzer(talk, load_ledger())
    fuzzer.send(schema["/api"]["GET"].Case(headers={"X-Broken": "a\nb"}))
    assert (fuzzer.sent, fuzzer.skipped, talk.exchanges) == (0, 1, [])


def test_the_generator_is_the_version_that_was_read():
    """The names below the public interface of Schemathesis were read in 4.32; another version needs a look."""
    assert importlib.metadata.version("schemathesis").startswith("4.32.")
    assert schemathesis.Case is not None
