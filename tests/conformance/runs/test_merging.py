"""Shards made whole: the same as one run, and nothing else is taken for the parts of one."""

from dataclasses import replace

import pytest

from conformance.runs.account import Account
from conformance.runs.cleanup import Departure
from conformance.runs.collector import Collector
from conformance.runs.merging import NoMerge, Part, PartsMissing, in_order, joined
from conformance.runs.options import Options
from conformance.runs.run import run_suite
from reports.model import Level, Run, Shard, Verdict

# A server that is wrong in many tests alike, so that findings of one cause come from several shards.
TARGET = "wsgi:reference_server.mutants:inprogress_as_text"
TESTS = (
    "reads/documents",
    "inputs/methods",
    "callers/strangers",
    "plans/own_world",
    "lifecycle/apply-all-sw-patch",
    "lifecycle/abort-at-once-sw-patch",
    "lifecycle/nothing-to-do-sw-patch",
)
OPTIONS = Options(target=TARGET, tests=TESTS, level=Level.ORCHESTRATION, examples=0, sequences=0, clients=0, workers=1)
RUN = Run("wsgi:x", "published", 0, "allowed", "2026-11-29T20:00:00+00:00", duration_seconds=2.0, level=Level.WIRE)
OF = 3


def played(shard):
    """What one shard comes to, and the part that it is."""
    collector = Collector(lambda _: None)
    options = replace(OPTIONS, shard=shard)
    came_to = run_suite(options, collector=collector)
    account = Account.of(options, collector, came_to.broken, ())
    return came_to, Part(f"r{shard}", replace(RUN, shard=shard), account)


@pytest.fixture(scope="module")
def whole():
    """What the run comes to in one."""
    return played(None)[0]


@pytest.fixture(scope="module")
def shards():
    """What each shard comes to, with its part."""
    return [played(Shard(number, OF)) for number in range(1, OF + 1)]


@pytest.fixture(scope="module")
def merged(shards):
    """What the shards come to together, named in any order."""
    return joined(*in_order(part for _, part in reversed(shards)))[1].measured


@pytest.mark.parametrize(
    "what", ["results", "notes", "strategies", "coverage", "reached", "broken", "wrong_use", "level"]
)
def test_shards_come_to_what_one_run_comes_to(whole, merged, what):
    """A merged report differs from that of one run."""
    assert getattr(merged, what) == getattr(whole, what)


def test_the_run_is_worth_comparing(whole, shards):
    """Nothing fails, nothing is capped, or one shard plays all of it."""
    assert any(result.more for result in whole.results if result.verdict is Verdict.FAIL)
    assert (len(whole.strategies) > 1, len(whole.coverage) > 1) == (True, True)
    assert all(part.account.handed for _, part in shards)


def test_a_lone_shard_does_not_know_what_others_look_at(shards):
    """A shard claims a level, or says that nobody looked at what another shard looks at."""
    came_to, _ = shards[0]
    reasons = {result.reason for result in came_to.results if result.verdict is Verdict.UNTESTABLE}
    assert (came_to.reached, came_to.broken) == (None, "")
    assert "no test of shard 1/3 looked at it; see the report of all shards" in reasons
    assert not any(reason.startswith("nothing in this run") for reason in reasons)


def test_an_empty_shard_is_no_fault():
    """Who asks for more shards than there are tests gets an error of the harness."""
    came_to = run_suite(replace(OPTIONS, tests=("callers/strangers",), shard=Shard(2, 2)))
    assert {result.verdict for result in came_to.results} <= {Verdict.UNTESTABLE, Verdict.NOT_APPLICABLE}
    assert came_to.broken == ""


def part(number, of=OF, **changed):
    """A part without tests."""
    options = Options(shard=Shard(number, of), **changed.pop("options", {}))
    run = replace(RUN, **{"shard": Shard(number, of), **changed.pop("run", {})})
    return Part(f"r{number}", run, Account(options, **changed))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"run": {"target": "wsgi:y"}}, "its target is wsgi:y, not wsgi:x"),
        ({"run": {"release": "r9"}}, "its release is r9"),
        ({"run": {"level": Level.ORACLE}}, "its level is oracle, not wire"),
        ({"run": {"seed": 7}}, "its seed is 7, not 0"),
        ({"run": {"contract_digest": "ab"}}, "its contract_digest is ab"),
        ({"run": {"ledger_digest": "ab"}}, "its ledger_digest is ab"),
        ({"run": {"world_digest": "ab"}}, "its world_digest is ab"),
        ({"run": {"versions": (("vimgate", "9"),)}}, "its versions is (('vimgate', '9'),)"),
        ({"run": {"only": ("VIM-A-*",)}}, "its only is"),
        ({"run": {"suite": (("examples", 2),)}}, "its suite is"),
        ({"options": {"moves": 3}}, "its option moves is 3, not 16"),
        ({"of": 4}, "its number of shards is 4, not 3"),
    ],
    ids=str,
)
def test_parts_of_other_runs_do_not_fit(other, said):
    """Two runs are merged into one that nobody made."""
    with pytest.raises(NoMerge) as error:
        in_order([part(1), part(2, **other), part(3)])
    assert str(error.value).startswith("r2: this is a shard of another run than r1: ")
    assert said in str(error.value)


def test_how_a_part_was_carried_out_may_differ():
    """Shards of machines with other CPUs do not fit together."""
    parts = [part(1), part(2, options={"workers": 4}, run={"started": "2026-11-29T19:00:00+00:00"}), part(3)]
    run, account = joined(*in_order(parts))
    assert (run.started, run.duration_seconds, run.shard) == ("2026-11-29T19:00:00+00:00", 6.0, None)
    assert account.options.shard is None


def test_the_same_shard_twice_is_refused():
    """A shard counts twice."""
    with pytest.raises(NoMerge, match=r"r1: shard 1/3 was given already, as r1; name each once"):
        in_order([part(1), part(2), part(1), part(3)])


def test_a_test_of_two_shards_is_refused():
    """A test counts twice."""
    with pytest.raises(NoMerge, match=r"r3: it played t as well as r1"):
        in_order([part(1, handed={"t": {}}), part(2), part(3, handed={"t": {}})])


def test_a_whole_run_is_no_part():
    """A report of one run, or of merged ones, is merged with shards."""
    with pytest.raises(NoMerge, match="r2: this is no shard"):
        in_order([part(1), part(2, run={"shard": None})])


@pytest.mark.parametrize(
    ("numbers", "said"), [((1, 3), "shard 2 of 3 is missing"), ((2,), "shards 1, 3 of 3 are missing")]
)
def test_missing_shards_are_named(numbers, said):
    """A run is merged from less than all of it, and nobody learns that."""
    with pytest.raises(PartsMissing, match=said):
        in_order(map(part, numbers))
    came_to = joined(*in_order(map(part, numbers), allow_missing=True))[1].measured
    assert said in came_to.broken
    assert (came_to.results[-1].verdict, came_to.results[-1].reason) == (Verdict.UNTESTABLE, said)


def test_what_went_wrong_in_a_part_went_wrong_in_the_whole():
    """A shard that was cut off, met an error of the harness, or left something behind is merged into a success."""
    parts = [
        part(1, broken="the target is gone", notes=("a", "b")),
        part(2, faults={"worker gw0": "died"}, departure=Departure(("looked",), ""), notes=("a",)),
        part(3, faults={"worker gw0": "died, too"}, departure=Departure((), "a strategy"), remedy="clean"),
    ]
    came_to = joined(*in_order(parts))[1].measured
    own = {result.requirement: result for result in came_to.results if result.source == "vimgate"}
    assert own["VIM-HARNESS-002"].reason == "shard 1/3: the target is gone"
    assert len(own["VIM-HARNESS-001"].findings) == 2
    assert own["VIM-HARNESS-003"].reason == "left behind: a strategy; clean (looked)"
    assert came_to.notes[:2] == ("a", "b")
