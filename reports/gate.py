"""From a report to an outcome, an exit code and the VERDICT line. Pure: no file, no clock, no opinion of its own.

A failure outranks not knowing; not knowing outranks success; and a run in which nothing was judged knows nothing.
"""

from typing import Final

from reports.model import Outcome, Report, Verdict

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

EXIT_CODES: Final = {Outcome.CONFORMANT: 0, Outcome.NOT_CONFORMANT: 1, Outcome.INCOMPLETE: 3}


def outcome(report: Report) -> Outcome:
    """What the run comes to. An empty report, or one in which everything is not applicable, is incomplete."""
    seen = {result.verdict for result in report.results}
    return next((outcome for verdicts, outcome in RULES if seen & verdicts), Outcome.INCOMPLETE)


def exit_code(outcome: Outcome) -> int:
    """The exit code of every command that ends in an outcome: 0, 1 or 3."""
    return EXIT_CODES[outcome]


def counts(report: Report) -> dict[str, int]:
    """How many requirements came to each verdict, by its word, in the order told."""
    return {verdict.word: report.count(verdict) for verdict in TOLD}


def because(report: Report) -> str:
    """Why the outcome is what it is, in one sentence."""
    total = len(report.results)
    failed, unable = report.count(Verdict.FAIL), report.count(Verdict.UNTESTABLE) + report.count(Verdict.HARNESS_ERROR)
    judged, warned = report.count(Verdict.PASS) + report.count(Verdict.WARN), report.count(Verdict.WARN)
    if failed:
        also = f"; {unable} could not be judged" if unable else ""
        return f"{failed} of {total} requirements failed{also}."
    if unable:
        return f"{unable} of {total} requirements could not be judged."
    if judged:
        warnings = f", {warned} of them with a warning" if warned else ""
        rest = f"; {total - judged} do not apply" if total > judged else ""
        return f"Each of the {judged} requirements that apply passed{warnings}{rest}."
    return "No requirement was judged."


def verdict_line(report: Report, path: object) -> str:
    """The last line of a run: outcome, a count for each verdict, the level asked for, the seed, the report's place."""
    told = " ".join(f"{word}={count}" for word, count in counts(report).items())
    level = report.run.level.value if report.run.level else "unknown"
    return f"VERDICT {outcome(report).value} {told} level={level} seed={report.run.seed} report={path}"
