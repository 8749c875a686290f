"""Labels and sentences that all forms share, and texts from outside made harmless to a terminal, a page or XML."""

import re
from typing import Final

from reports import waivers
from reports.model import Changes, Evidence, KillRate, Outcome, Report, Result, Run, Verdict, Waiver

# In the order of reading: what blocks first, what is fine last.
READING_ORDER: Final = tuple(
    sorted(Verdict, key=lambda verdict: (verdict is Verdict.NOT_APPLICABLE, verdict is Verdict.PASS, -verdict))
)

LABELS: Final = {
    Verdict.PASS:           "PASS",
    Verdict.WARN:           "WARN",
    Verdict.FAIL:           "FAIL",
    Verdict.UNTESTABLE:     "UNTESTABLE",
    Verdict.HARNESS_ERROR:  "HARNESS ERROR",
    Verdict.NOT_APPLICABLE: "NOT APPLICABLE",
}  # fmt: skip

HEADLINES: Final = {
    Outcome.CONFORMANT: "CONFORMANT",
    Outcome.NOT_CONFORMANT: "NOT CONFORMANT",
    Outcome.INCOMPLETE: "INCOMPLETE",
}

# A sign beside each word, so that colour is never the only one.
SIGNS: Final = {Outcome.CONFORMANT: "✓", Outcome.NOT_CONFORMANT: "✗", Outcome.INCOMPLETE: "?"}

SECTIONS: Final[dict[Verdict | str, str]] = {
    Verdict.FAIL: "Failures",
    Verdict.HARNESS_ERROR: "Errors of the harness, never charged to the target",
    Verdict.UNTESTABLE: "Not testable: a prerequisite was missing",
    Verdict.WARN: "Warnings",
    "waived": "Waived: known, and not counted for now",
    Verdict.NOT_APPLICABLE: "Declared not applicable",
}

READ_ONLY: Final = (
    "READ-ONLY: nothing was changed on the target; requirements that need a change were declared not applicable."
)

_CHANGES: Final[dict[str, str]] = {
    Changes.ALLOWED: "allowed",
    Changes.READ_ONLY: "declared read-only",
    Changes.REFUSED: "refused: only safe requests were sent (--allow-changes tests the rest, --read-only declares it)",
}

# Controls other than newline and tab, lone surrogates, noncharacters, and the marks that turn the direction of writing.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def printable(text: str) -> str:
    r"""The text with every character that could disturb a terminal, a page or XML written as an escape: `\u001b`."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text.replace("\r\n", "\n"))


def area(requirement: str) -> str:
    """The area within a requirement id: `PGET` of `VIM-PGET-003`; the whole id when it has another form."""
    parts = requirement.split("-")
    return parts[1] if len(parts) == 3 else requirement  # noqa: PLR2004 - VIM, area, number


def verdict_label(result: Result) -> str:
    """The verdict for people, `WAIVED FAIL` where waivers cover all of it."""
    if waivers.is_waived(result) and result.waived is not None and result.verdict is Verdict.WARN:
        return f"WAIVED {LABELS[result.waived.verdict]}"
    return LABELS[result.verdict]


def in_sections(report: Report) -> list[tuple[str, str, list[Result]]]:
    """The results in the order of reading: a word, a title, and what stands below it; nothing of what passed."""
    found = [(verdict, [result for result in report.results if result.verdict is verdict]) for verdict in READING_ORDER]
    sections = []
    for verdict, results in found:
        whole = [result for result in results if verdict_label(result) == LABELS[verdict]]
        waived = [result for result in results if result not in whole]
        sections += [(verdict.word, SECTIONS.get(verdict, ""), whole), ("waived", SECTIONS["waived"], waived)]
    return [(word, title, results) for word, title, results in sections if title and results]


def waived_by(result: Result) -> tuple[str, ...]:
    """Who waived what of the result, a sentence each."""
    if result.waived is None:
        return ()
    told = tuple(granted(waiver) for waiver in result.waived.waivers)
    covered, left = result.waived.covered, result.waived.left
    if left:
        return (*told, f"{covered} of {covered + left} findings are waived; the rest is not, and the verdict stays.")
    return (*told, f"Every finding ({covered}) is waived; without waivers this is {LABELS[result.waived.verdict]}.")


def granted(waiver: Waiver) -> str:
    """Who waived it, why, and until when."""
    limits = waivers.scope(waiver)
    return f"{waiver.ticket}: {waiver.reason} (through {waiver.expires}{f', {limits}' if limits else ''})"


def circumstances(result: Result) -> str:
    """On which strategies the findings were made; empty when the report does not say, or none was about one."""
    told = [
        f"{each.kind or 'no strategy'}{f' {each.state}' if each.state else ''} ({each.count})"
        for each in result.circumstances
    ]
    return ", ".join(told) if any(each.kind for each in result.circumstances) else ""


def looked_at(result: Result) -> str:
    """How often the requirement was looked at, in words."""
    return {0: "never looked at", 1: "looked at once"}.get(result.checked, f"looked at {result.checked} times")


def judged(report: Report) -> tuple[tuple[str, str], ...]:
    """What was judged, by what and how: pairs of a label and a text."""
    run = report.run
    return (
        ("Target", run.target),
        ("Release", run.release),
        ("Level", run.level.value if run.level else "not said"),
        ("Level reached", report.reached.value if report.reached else "none"),
        *((("Only", ", ".join(run.only)),) if run.only else ()),
        *((("Left out", ", ".join(run.skip)),) if run.skip else ()),
        *((("Part of the suite", str(run.shard)),) if run.shard else ()),
        ("Changes", _CHANGES.get(run.changes, run.changes)),
        ("Seed", str(run.seed)),
        ("Started", run.started),
        ("Duration", duration(run.duration_seconds)),
        ("Contract SHA-256", run.contract_digest or "unknown"),
        *((label, digest) for label, digest in _digests(run) if digest),
        *(_evidence(report.evidence) if report.evidence is not None else ()),
        *((("Kill rate", kill_rate(run.kills)),) if run.kills is not None else ()),
        ("Versions", ", ".join(f"{name} {version}" for name, version in run.versions) or "unknown"),
    )


def _digests(run: Run) -> tuple[tuple[str, str], ...]:
    return (
        ("Ledger SHA-256", run.ledger_digest),
        ("World SHA-256", run.world_digest),
        ("Waivers SHA-256", run.waivers_digest),
    )


def _evidence(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    size = f"{evidence.bytes:,} bytes"
    told = f"{evidence.file}: {evidence.exchanges:,} exchanges, {evidence.distinct:,} of them distinct, {size}"
    return (("Evidence", told), ("Evidence SHA-256", evidence.digest))


def kill_rate(kills: KillRate) -> str:
    """How good the harness is that judged: `321 of 323 mutants killed, 0 false alarms in 20 clean runs`."""
    alarms = f"{kills.false_alarms} false alarm{'' if kills.false_alarms == 1 else 's'}"
    runs = f"{kills.clean_runs} clean run{'' if kills.clean_runs == 1 else 's'}"
    return f"{kills.killed} of {kills.mutants} mutants killed, {alarms} in {runs}"


def duration(seconds: float) -> str:
    """A duration for people: `4.2 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
