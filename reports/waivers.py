"""Waivers laid over a report: a waived failure does not count, and stays to be seen. Pure: the day is an argument.

A finding that nobody could look at is never waived: a waiver of a kind or state covers what the report counts under
it, and nothing else. A waiver that has run out, names what no run judges, or finds nothing to waive is an error; but
what a shard of a run has not found another may have.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from reports.model import Circumstance, Finding, Report, Result, Strength, Verdict, Waived, Waiver

# No requirement of the reference: what became of the waivers themselves.
WAIVERS: Final = "VIM-WAIVER-001"

# What may be waived, and what it then counts as. A failure whose check crashed as well is not known to be all there is.
_COUNTS_AS: Final = {Verdict.FAIL: Verdict.WARN, Verdict.WARN: Verdict.WARN}
_JUDGED: Final = frozenset({Verdict.PASS, Verdict.WARN, Verdict.FAIL})


@dataclass(frozen=True, slots=True)
class _Cover:
    """What the waivers of one requirement do to its result."""

    waived: Waived | None
    idle: tuple[Waiver, ...]  # those that cover nothing


def apply(report: Report, waivers: Iterable[Waiver], today: date) -> Report:
    """The report as it counts with these waivers on that day (UTC), and with none that were laid over it before."""
    raw = without(report)
    given = tuple(waivers)
    valid = [waiver for waiver in given if not _has_run_out(waiver, today)]
    here = [waiver for waiver in valid if waiver.release in ("", raw.run.release)]
    covers = {
        result.requirement: _cover(result, [waiver for waiver in here if waiver.requirement == result.requirement])
        for result in raw.results
    }
    results = tuple(_counted(result, covers[result.requirement].waived) for result in raw.results)
    complaints = tuple(_complaints(raw, given, today, covers))
    return replace(raw, results=(*results, *([_own_result(complaints)] if complaints else [])))


def without(report: Report) -> Report:
    """The report as it was before any waiver."""
    return replace(
        report,
        results=tuple(
            result if result.waived is None else replace(result, verdict=result.waived.verdict, waived=None)
            for result in report.results
            if result.requirement != WAIVERS
        ),
    )


def count(report: Report) -> int:
    """How many requirements count as a warning and no more, because all that was found is waived."""
    return sum(is_waived(result) and result.verdict is Verdict.WARN for result in report.results)


def is_waived(result: Result) -> bool:
    """Every finding of the result is covered by a waiver."""
    return result.waived is not None and not result.waived.left


def complaints(report: Report) -> list[str]:
    """What is wrong with the waivers of the report, a line each."""
    found = [finding for result in report.results if result.requirement == WAIVERS for finding in result.findings]
    return [f"{finding.message} {finding.hint}" for finding in found]


def covers(result: Result, finding: Finding) -> tuple[Waiver, ...]:
    """The waivers laid over the result that cover this finding of it."""
    given = result.waived.waivers if result.waived is not None else ()
    return tuple(each for each in given if _covers(each, Circumstance(finding.kind, finding.state, 1)))


def scope(waiver: Waiver) -> str:
    """What the waiver is limited to, in words; empty when it is not."""
    parts = (("kind", waiver.kind), ("state", waiver.state), ("release", waiver.release))
    return ", ".join(f"{name} {value}" for name, value in parts if value)


def _cover(result: Result, waivers: list[Waiver]) -> _Cover:
    if result.verdict not in _COUNTS_AS:
        return _Cover(None, tuple(waivers))
    circumstances = _circumstances(result)
    used = tuple(waiver for waiver in waivers if any(_covers(waiver, each) for each in circumstances))
    covered = sum(each.count for each in circumstances if any(_covers(waiver, each) for waiver in used))
    left = sum(each.count for each in circumstances) - covered
    waived = Waived(result.verdict, used, covered, left) if used else None
    return _Cover(waived, tuple(waiver for waiver in waivers if waiver not in used))


def _circumstances(result: Result) -> tuple[Circumstance, ...]:
    """Every finding by kind and state. What a report does not say stands under no kind and no state."""
    if result.circumstances:
        return result.circumstances
    listed = tuple(Circumstance(finding.kind, finding.state, 1) for finding in result.findings)
    unlisted = max(result.more, 0 if listed else 1)
    return (*listed, Circumstance("", "", unlisted)) if unlisted else listed


def _covers(waiver: Waiver, found: Circumstance) -> bool:
    return waiver.kind in ("", found.kind) and waiver.state in ("", found.state)


def _counted(result: Result, waived: Waived | None) -> Result:
    """The result with the verdict that counts."""
    if waived is None or waived.left:
        return replace(result, waived=waived)
    crashed = result.verdict is Verdict.FAIL and bool(result.reason)
    verdict = Verdict.HARNESS_ERROR if crashed else _COUNTS_AS[result.verdict]
    return replace(result, verdict=verdict, waived=waived)


def _has_run_out(waiver: Waiver, today: date) -> bool:
    return date.fromisoformat(waiver.expires) < today


# --- what is wrong with the waivers


def _complaints(
    report: Report, waivers: tuple[Waiver, ...], today: date, covers: dict[str, _Cover]
) -> Iterator[Finding]:
    results = {result.requirement: result for result in report.results}
    for waiver in waivers:
        result = results.get(waiver.requirement)
        if result is None:
            yield _unknown(waiver, results)
        elif _has_run_out(waiver, today):
            yield _run_out(waiver, today)
        elif report.run.shard is None and waiver in covers[waiver.requirement].idle and result.verdict in _JUDGED:
            yield _stale(waiver, result)


def _unknown(waiver: Waiver, known: Iterable[str]) -> Finding:
    near = difflib.get_close_matches(waiver.requirement, list(known), n=3)
    return _complaint(
        waiver,
        "names no requirement of this report",
        hint=f"Did you mean {' or '.join(near)}?" if near else "See `vimgate spec requirements` for the ids.",
    )


def _run_out(waiver: Waiver, today: date) -> Finding:
    return _complaint(
        waiver,
        f"was valid through {waiver.expires}",
        expected=f"a day not before {today.isoformat()}",
        actual=waiver.expires,
        hint="Delete it if the deviation is gone; else ask those who granted it for a later day.",
    )


def _stale(waiver: Waiver, result: Result) -> Finding:
    found = ", ".join(f"{each.kind or 'no strategy'} {each.state}".rstrip() for each in _seen(result))
    return _complaint(
        waiver,
        "has nothing to waive: the requirement was judged, and no finding is in its scope",
        expected="a finding" + (f" of {limits}" if (limits := scope(waiver)) else ""),
        actual=f"findings of {found}" if found else f"verdict {result.verdict.word}, no finding",
        hint="Delete it, or correct its scope.",
    )


def _seen(result: Result) -> tuple[Circumstance, ...]:
    return _circumstances(result) if result.findings or result.more else ()


def _complaint(waiver: Waiver, what: str, *, expected: str = "", actual: str = "", hint: str = "") -> Finding:
    limits = f" ({scope(waiver)})" if scope(waiver) else ""
    return Finding(
        WAIVERS,
        Verdict.FAIL,
        f"The waiver {waiver.ticket} of {waiver.requirement}{limits} {what}.",
        expected=expected,
        actual=actual,
        hint=hint,
        origin="waivers",
    )


def _own_result(complaints: tuple[Finding, ...]) -> Result:
    return Result(
        WAIVERS,
        Verdict.FAIL,
        Strength.MUST,
        text="Each waiver is in force, names a requirement, and has something to waive.",
        source="vimgate",
        checked=len(complaints),
        findings=complaints,
    )
