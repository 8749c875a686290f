"""From what a run has collected to its results.

Those of the judge in ledger order, and what became of the run itself.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conformance.collector import Collector, plain
from conformance.gallery import Gallery
from conformance.judge import Judge
from conformance.options import Options
from conformance.tally import Tally
from reports.model import Finding, Level, Result, SeenStrategy, Strength, Verdict
from spec.load import load_contract, load_law, load_ledger

# No requirement of the reference: what the run itself came to, so that a run that went wrong is never green.
HARNESS: Final = "VIM-HARNESS-001"
COMPLETE: Final = "VIM-HARNESS-002"

_SHOWN: Final = 1500


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run came to.

    Results are in ledger order, notes in the order of the tests; `strategies` are those that were seen. `broken` says
    in a sentence why the run ended early, `wrong_use` what is wrong with a target that could not even be opened; each
    is empty when there is nothing to say.
    """

    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
    broken: str = ""
    wrong_use: str = ""
    reached: Level | None = None
    strategies: tuple[SeenStrategy, ...] = ()


def unreached(options: Options, reason: str) -> Measured:
    """What a run came to that could not begin."""
    return measured(options, Collector(lambda _: None), broken=reason)


def measured(options: Options, collector: Collector, broken: str) -> Measured:
    """What the collector has, as results and notes; `broken` says why the run ended early, if it did."""
    judge = Judge(load_contract(), load_ledger(), load_law())
    for nodeid in sorted(collector.tallies):
        judge.tally.merge(Tally.from_json(json.loads(collector.tallies[nodeid])))
    judged = tuple(judge.results(changes=options.changes, together=options.clients > 1))
    results = (*judged, *_own_results(collector, broken))
    notes = tuple(
        f"{plain(nodeid)}: {reason}" for nodeid, reason in sorted(collector.reasons.items()) if reason not in broken
    )
    told = (note for nodeid in sorted(collector.notes) for note in json.loads(collector.notes[nodeid]))
    notes += tuple(dict.fromkeys(told))
    gallery = Gallery()
    for nodeid in sorted(collector.galleries):
        gallery.merge(Gallery.from_json(json.loads(collector.galleries[nodeid])))
    notes += tuple(filter(None, [gallery.note()]))
    return Measured(results, notes, broken, collector.wrong_use, _reached(judged), gallery.shown())


def _reached(results: tuple[Result, ...]) -> Level | None:
    """The deepest level at which something was looked at."""
    looked = {result.level for result in results if result.checked}
    return next((level for level in reversed(Level) if level in looked), None)


def _own_results(collector: Collector, broken: str) -> Iterator[Result]:
    """What the run itself came to; nothing when all went well."""
    if collector.faults:
        findings = tuple(
            Finding(
                HARNESS,
                Verdict.HARNESS_ERROR,
                f"{plain(nodeid)} met an error of the harness",
                actual=text[-_SHOWN:],
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
