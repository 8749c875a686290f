"""From what a run has collected to its results.

Those of the judge in ledger order, and what became of the run itself.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from conformance.drivers.changes import withheld
from conformance.findings.edges import Edges, standings
from conformance.findings.gallery import Gallery
from conformance.findings.ruling import NO_WORLD, UNTRIED
from conformance.findings.tally import Tally
from conformance.generic import notes_on
from conformance.judge import Judge
from conformance.runs.cleanup import Departure
from conformance.runs.collector import Collector, history_of, plain
from conformance.runs.options import Options
from reports.model import (
    Finding,
    GraphEdge,
    Level,
    Report,
    Result,
    Run,
    SeenStrategy,
    Shard,
    Standing,
    Strength,
    Verdict,
)
from spec.graph import graph_of
from spec.load import load_contract, load_law, load_ledger

# No requirement of the reference: what the run itself came to, so that a run that went wrong is never green.
HARNESS: Final = "VIM-HARNESS-001"
COMPLETE: Final = "VIM-HARNESS-002"
NOTHING_LEFT: Final = "VIM-HARNESS-003"

SHOWN: Final = 1500
"""Letters of a fault that are told: its end."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One test of the suite: how many exchanges it had judged, how long it took, and what failed in it.

    `name` is the history that it made, such as `lifecycle/apply-all-sw-patch`; `failed` are requirement ids.
    """

    name: str
    exchanges: int
    seconds: float
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run came to.

    Results are in ledger order, notes in the order of the tests; `strategies` are those that were seen, `coverage` the
    edges of the state graph. `broken` says
    in a sentence why the run ended early, `wrong_use` what is wrong with a target that could not even be opened; each
    is empty when there is nothing to say. `tests` are those that ran, in their order.
    """

    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
    broken: str = ""
    wrong_use: str = ""
    reached: Level | None = None
    strategies: tuple[SeenStrategy, ...] = ()
    coverage: tuple[GraphEdge, ...] = ()
    level: Level = Level.ORACLE
    tests: tuple[Tried, ...] = ()

    def report(self, run: Run) -> Report:
        """The report of a run that came to this."""
        return Report(run, self.results, self.notes, self.reached, self.strategies, self.coverage)


def unreached(options: Options, reason: str) -> Measured:
    """What a run came to that could not begin."""
    return measured(options, Collector(lambda _: None), broken=reason)


def measured(options: Options, collector: Collector, broken: str) -> Measured:
    """What the collector has, as results and notes; `broken` says why the run ended early, if it did."""
    ledger, wanted = load_ledger(options.release), options.wanted(load_ledger(options.release))
    norm = load_contract(options.release), ledger, load_law(options.release)
    judge = Judge(*norm, level=options.level, wanted=wanted)
    tallies = {name: Tally.from_json(json.loads(collector.tallies[name])) for name in sorted(collector.tallies)}
    for tally in tallies.values():
        judge.tally.merge(tally)
    tests = tuple(
        Tried(
            history_of(nodeid),
            collector.counts.get(nodeid, 0),
            collector.seconds.get(nodeid, 0.0),
            tallies[nodeid].failed,
        )
        for nodeid in collector.tallies
    )
    judged = tuple(judge.results(options.changes, withheld(options.permitted), together=options.clients > 1))
    if options.shard is not None:
        judged = tuple(_of_shard(each, options.shard) for each in judged)
    results = (*judged, *_own_results(collector, broken))
    notes = tuple(
        f"{plain(nodeid)}: {reason}" for nodeid, reason in sorted(collector.reasons.items()) if reason not in broken
    )
    told = (note for nodeid in sorted(collector.notes) for note in json.loads(collector.notes[nodeid]))
    notes += tuple(dict.fromkeys(told))
    if Level.ORCHESTRATION.is_within(options.level):
        notes += notes_on(load_contract(options.release), load_law(options.release))
    gallery = Gallery()
    for nodeid in sorted(collector.galleries):
        gallery.merge(Gallery.from_json(json.loads(collector.galleries[nodeid])))
    notes += tuple(filter(None, [gallery.note()]))
    return Measured(
        results,
        notes,
        broken,
        collector.wrong_use,
        None if options.partial or options.shard else _reached(results),
        gallery.shown(),
        _coverage(collector, options),
        options.level,
        tests,
    )


def _coverage(collector: Collector, options: Options) -> tuple[GraphEdge, ...]:
    """The edges of the state graph; none where the run was not to go along them and has not."""
    edges, graph = Edges(), graph_of(load_law(options.release))
    for nodeid in sorted(collector.edges):
        edges.merge(Edges.from_json(json.loads(collector.edges[nodeid])))
    if not edges.seen and not (options.may_change and Level.LIFECYCLE.is_within(options.level)):
        return ()
    return tuple(
        GraphEdge(*edge, graph.choices.get(edge, ""), Standing(standing), edges.seen[edge])
        for edge, standing in standings(edges, graph).items()
    )


def _reached(results: tuple[Result, ...]) -> Level | None:
    """The deepest level such that, down to it, each was looked at and nothing is wrong or unknown."""
    looked = {result.level for result in results if result.checked}
    wrong = {result.level for result in results if result.verdict >= Verdict.UNTESTABLE}
    sound = itertools.takewhile(lambda level: level in looked - wrong, Level)
    return next(reversed(list(sound)), None)


def _of_shard(result: Result, shard: Shard) -> Result:
    """Another shard may look at what no test of this one did."""
    if result.verdict is Verdict.UNTESTABLE and result.reason.startswith((NO_WORLD, UNTRIED)):
        return replace(result, reason=f"no test of shard {shard} looked at it; see the report of all shards")
    return result


def _own_results(collector: Collector, broken: str) -> Iterator[Result]:
    """What the run itself came to; nothing when all went well."""
    if collector.faults:
        findings = tuple(
            Finding(
                HARNESS,
                Verdict.HARNESS_ERROR,
                f"{plain(nodeid)} met an error of the harness",
                actual=text[-SHOWN:],
                origin=plain(nodeid),
            )
            for nodeid, text in sorted(collector.faults.items())
        )
        text = "The harness itself runs without errors; none of them is charged to the target."
        yield Result(HARNESS, Verdict.HARNESS_ERROR, Strength.MUST, text=text, source="vimgate", findings=findings)
    if broken:
        yield Result(
            COMPLETE,
            Verdict.UNTESTABLE,
            Strength.MUST,
            text="The run goes through the whole suite.",
            source="vimgate",
            reason=broken,
        )


def with_departure(measured: Measured, departure: Departure, remedy: str) -> Measured:
    """The same with the proof that the run has left nothing behind, or what may be left and its remedy."""
    seen = "; ".join(departure.told)
    reason = f"left behind: {departure.left}; {remedy} ({seen})" if departure.left else f"left behind: nothing ({seen})"
    result = Result(
        NOTHING_LEFT,
        Verdict.UNTESTABLE if departure.left else Verdict.PASS,
        Strength.MUST,
        text="The run leaves no strategy of its own on the target.",
        source="vimgate",
        checked=1,
        reason=reason,
    )
    reached = None if departure.left else measured.reached
    broken = "; ".join(filter(None, [measured.broken, reason if departure.left else ""]))
    return replace(measured, results=(*measured.results, result), broken=broken, reached=reached)
