"""From a report to an outcome, an exit code and the VERDICT line. Pure: no file, no clock, no opinion of its own.

A failure outranks not knowing; not knowing outranks success; and a run in which nothing was judged knows nothing.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from reports import waivers
from reports.model import Level, Outcome, Report, Result, Verdict

# The order in which counts are told, everywhere.
TOLD: Final = (
    Verdict.PASS,
    Verdict.WARN,
    Verdict.FAIL,
    Verdict.UNTESTABLE,
    Verdict.HARNESS_ERROR,
    Verdict.NOT_APPLICABLE,
)

# The first row whose verdicts occur in the report decides; when no row does, the run is incomplete.
RULES: Final = (
    (frozenset({Verdict.FAIL}), Outcome.NOT_CONFORMANT),
    (frozenset({Verdict.UNTESTABLE, Verdict.HARNESS_ERROR}), Outcome.INCOMPLETE),
    (frozenset({Verdict.PASS, Verdict.WARN}), Outcome.CONFORMANT),
)

# The source of results about the run itself.
OWN: Final = "vimgate"

# Why a requirement of a deeper level does not apply.
DEEPER: Final = "deeper than the level asked for"

EXIT_CODES: Final = {Outcome.CONFORMANT: 0, Outcome.NOT_CONFORMANT: 1, Outcome.INCOMPLETE: 3}


def outcome(report: Report) -> Outcome:
    """What the run comes to. An empty report, or one in which everything is not applicable, is incomplete.

    A shard is never conformant: what passed in it may fail in another.
    """
    came_to = outcome_of(result.verdict for result in report.results)
    return Outcome.INCOMPLETE if came_to is Outcome.CONFORMANT and report.run.shard is not None else came_to


def outcome_of(verdicts: Iterable[Verdict]) -> Outcome:
    """What verdicts come to; none, or not applicable alone, is incomplete."""
    seen = frozenset(verdicts)
    return next((outcome for those, outcome in RULES if seen & those), Outcome.INCOMPLETE)


def up_to(report: Report, level: Level) -> Report:
    """The report as a run to that level would have had it; what the run did not go deep enough for is untestable."""
    looked = report.run.level or level
    run = replace(report.run, level=level if level.is_within(looked) else looked)
    return replace(report, run=run, results=tuple(_up_to(result, level) for result in report.results))


def _up_to(result: Result, level: Level) -> Result:
    if not result.level.is_within(level):
        return replace(result, verdict=Verdict.NOT_APPLICABLE, reason=DEEPER, waived=None)
    if result.verdict is Verdict.NOT_APPLICABLE and result.reason == DEEPER:
        return replace(result, verdict=Verdict.UNTESTABLE, reason=f"the run did not go as deep as {level}")
    return result


def exit_code(outcome: Outcome) -> int:
    """The exit code of every command that ends in an outcome: 0, 1 or 3."""
    return EXIT_CODES[outcome]


def run_code(report: Report) -> int:
    """The exit code of a run: that of its outcome, or for a shard what that alone came to."""
    return shard_code(report) if report.run.shard else exit_code(outcome(report))


def shard_code(report: Report) -> int:
    """The exit code of a run that played one shard: what its tests did not look at is the matter of other shards.

    1 when something failed, 3 when the run itself went wrong, else 0; the outcome stays incomplete.
    """
    elsewhere = {result.requirement for result in report.results if result.source != OWN} if report.run.shard else set()
    rest = [
        result
        for result in report.results
        if result.verdict is not Verdict.UNTESTABLE or result.requirement not in elsewhere
    ]
    failed = any(result.verdict is Verdict.FAIL for result in rest)
    unable = any(result.verdict in (Verdict.UNTESTABLE, Verdict.HARNESS_ERROR) for result in rest)
    return EXIT_CODES[Outcome.NOT_CONFORMANT if failed else Outcome.INCOMPLETE if unable else Outcome.CONFORMANT]


def counts(report: Report) -> dict[str, int]:
    """How many requirements came to each verdict, by its word, in the order told."""
    return {verdict.word: report.count(verdict) for verdict in TOLD}


def because(report: Report, known: int = 0) -> str:
    """Why the outcome is what it is, in one sentence, and in another that only a part of it all was judged.

    `known` failures count as warnings because a baseline has them.
    """
    left_out = " This is no verdict on a whole level: requirements were left out by --only or --skip."
    shard = f" This is shard {report.run.shard} and no verdict on the whole: `vimgate report merge` joins the shards."
    return _because(report, known) + (left_out if report.run.partial else "") + (shard if report.run.shard else "")


def _because(report: Report, known: int) -> str:
    total = len(report.results)
    failed, unable = report.count(Verdict.FAIL), report.count(Verdict.UNTESTABLE) + report.count(Verdict.HARNESS_ERROR)
    waived = waivers.count(report)
    judged = report.count(Verdict.PASS) + report.count(Verdict.WARN)
    warned = report.count(Verdict.WARN) - waived - known
    if failed:
        also = f"; {unable} could not be judged" if unable else ""
        excused = f"; {waived} more are waived" if waived else ""
        excused += f"; {known} more are known from the baseline" if known else ""
        return f"{failed} of {total} requirements failed{also}{excused}."
    if unable:
        return f"{unable} of {total} requirements could not be judged."
    if judged:
        warnings = f", {warned} of them with a warning" if warned else ""
        rest = f"; {total - judged} do not apply" if total > judged else ""
        if waived or known:
            aside = [f"{waived} waived"] if waived else []
            aside += [f"{known} known from the baseline"] if known else []
            passed = judged - waived - known
            return f"{passed} of the {judged} requirements that apply passed{warnings}; {', '.join(aside)}{rest}."
        return f"Each of the {judged} requirements that apply passed{warnings}{rest}."
    return "No requirement was judged."


def verdict_line(report: Report, path: object, known: int | None = None) -> str:
    """The last line of a run: outcome, a count for each verdict, the level asked for, the seed, the report's place.

    What is waived is counted once more, beside its verdict, and so are failures `known` from a baseline, where there is
    one; a run that was told to leave out requirements, or is a shard, says so.
    """
    told = " ".join(f"{word}={count}" for word, count in counts(report).items())
    waived = waivers.count(report)
    told += f" waived={waived}" if waived else ""
    told += f" baseline={known}" if known is not None else ""
    told += " selection=partial" if report.run.partial else ""
    told += f" shard={report.run.shard}" if report.run.shard else ""
    level = report.run.level.value if report.run.level else "unknown"
    return f"VERDICT {outcome(report).value} {told} level={level} seed={report.run.seed} report={path}"
