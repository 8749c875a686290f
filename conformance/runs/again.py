"""One finding looked for again: which part of the suite to play, and whether what was seen then was seen now."""

from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.runs.options import Options
from conformance.runs.outcome import Measured
from reports.causes import cause
from reports.model import Finding, Run, Verdict

_UNKNOWN = frozenset({Verdict.UNTESTABLE, Verdict.HARNESS_ERROR, Verdict.NOT_APPLICABLE})


class Seen(StrEnum):
    """What became of the finding."""

    AGAIN = "seen-again"
    OTHERWISE = "seen-otherwise"  # the requirement is broken in another way
    GONE = "not-seen"
    UNTRIED = "not-tried"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What became of a finding, the finding that was made now, if any, and why nothing could be tried, if so."""

    seen: Seen
    finding: Finding | None = None
    reason: str = ""


def part_of(finding: Finding) -> str:
    """The part of the suite that saw the finding; empty when it does not say. A fault of the server may follow it."""
    return finding.origin.partition(";")[0].strip()


def options_again(options: Options, run: Run, finding: Finding) -> Options:
    """The options that play the part of the suite that saw a finding, as that run did, for its requirement alone."""
    then = dict(run.suite)
    return replace(
        options,
        seed=run.seed,
        examples=then.get("examples", options.examples),
        sequences=then.get("sequences", options.sequences),
        clients=then.get("clients", options.clients),
        only=(finding.requirement,),
        skip=(),
        tests=(part_of(finding),),
        workers=1,
    )


def look(finding: Finding, measured: Measured) -> Sighting:
    """Whether the run saw the finding again. What fails alike but for numbers and uuids is the same finding."""
    result = next(each for each in measured.results if each.requirement == finding.requirement)
    same = next((each for each in result.findings if cause(each) == cause(finding)), None)
    if same is not None:
        return Sighting(Seen.AGAIN, same)
    if result.findings:
        return Sighting(Seen.OTHERWISE, result.findings[0])
    faults = [
        each.reason or each.findings[0].message
        for each in measured.results
        if each.verdict in _UNKNOWN and each.source == "vimgate"
    ]
    if measured.broken or result.verdict in _UNKNOWN or faults:
        reason = measured.broken or next(iter(faults), "") or next(iter(measured.notes), "") or result.reason
        return Sighting(Seen.UNTRIED, reason=reason)
    return Sighting(Seen.GONE)
