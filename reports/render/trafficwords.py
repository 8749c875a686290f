"""Sentences about traffic that its text and its page share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from reports import coverage
from reports.model import Verdict
from reports.render.words import duration
from reports.traffic import Charge, Counted, Coverage, MemberCoverage, Timeline, TrafficReport

ANSWERS: Final = "response"
REQUESTS: Final = "request"

TITLES: Final = {ANSWERS: "Answers: what the server did", REQUESTS: "Requests: what clients sent"}

NO_WORD: Final = "(empty)"

_FIRST_VIM: Final = 946684800.0  # the year 2000, long before there was one
_UNITS: Final = ("operations", "documented statuses", "words of members")


def headline(report: TrafficReport) -> str:
    """What the traffic comes to, in capitals."""
    sides = [side for side in (ANSWERS, REQUESTS) if failed(report, side)]
    if sides == [ANSWERS, REQUESTS]:
        return "ANSWERS AND REQUESTS AT FAULT"
    if sides:
        return f"{'ANSWERS' if sides == [ANSWERS] else 'REQUESTS'} AT FAULT"
    if not report.watched.judged:
        return "NOTHING JUDGED"
    if unchecked(report) or report.watched.faults:
        return "NOTHING BROKEN, NOT ALL CHECKED"
    return "NOTHING BROKEN"


def outcome(report: TrafficReport) -> str:
    """The look of the headline: conformant, not-conformant or incomplete."""
    words = headline(report)
    if words.endswith("AT FAULT"):
        return "not-conformant"
    return "conformant" if words == "NOTHING BROKEN" else "incomplete"


def because(report: TrafficReport) -> str:
    """The headline in a sentence of numbers."""
    told = [
        f"{_many(len(failed(report, side)), 'requirement')} broken by {word}"
        for side, word in ((ANSWERS, "answers"), (REQUESTS, "requests"))
    ]
    left = unchecked(report)
    rest = f", {left} unchecked" if left else ""
    return f"{' and '.join(told)}; {_many(report.watched.judged, 'exchange')} judged{rest}"


def charges(report: TrafficReport, side: str) -> list[Charge]:
    """The charges of one side: failures first, each group in the order of the ledger."""
    found = [charge for charge in report.charges if charge.direction == side]
    return sorted(found, key=lambda charge: -Verdict.from_word(charge.verdict))


def failed(report: TrafficReport, side: str) -> list[Charge]:
    """The broken MUSTs of one side."""
    return [charge for charge in charges(report, side) if charge.verdict == Verdict.FAIL.word]


def unchecked(report: TrafficReport) -> int:
    """How many exchanges nobody judged."""
    return sum(each.times for each in report.watched.unchecked)


def watched(report: TrafficReport) -> tuple[tuple[str, str], ...]:
    """What was watched and how: pairs of a label and a text."""
    seen = report.watched
    return (
        *((("Upstream", seen.upstream),) if seen.upstream else ()),
        *((("Recordings", ", ".join(seen.sources)),) if seen.sources else ()),
        ("Release", seen.release),
        ("Level", seen.level.value),
        ("Mode", seen.mode),
        ("From", moment(seen.began)),
        ("To", f"{moment(seen.ended)} ({duration(max(0.0, seen.ended - seen.began))})"),
        ("Exchanges", f"{seen.exchanges}, of them {seen.judged} judged"),
        ("Unchecked", counted(seen.unchecked) or "none"),
        ("Judge faults", _faults(report)),
        *((("Blocked", counted(seen.blocked) or "none"),) if seen.blocked or seen.mode == "enforce" else ()),
        *((("Began", "in the middle: the state was learned from the first answer"),) if seen.resumed else ()),
        ("Contract SHA-256", seen.contract_digest or "unknown"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in seen.versions) or "unknown"),
    )


def about(charge: Charge) -> str:
    """Strength, level, source and how often, in one line."""
    parts = [charge.strength.value, charge.level.value, charge.source or "no source", seen_times(charge)]
    return " · ".join(parts)


def seen_times(charge: Charge) -> str:
    """How often and when a charge was seen, and with how much doubt."""
    told = "seen once" if charge.times == 1 else f"seen {charge.times} times"
    if charge.uncertain:
        told += f", {'all' if charge.uncertain == charge.times else charge.uncertain} as the strategy was last seen"
    if charge.blocked:
        told += f", {charge.blocked} blocked"
    return told


def evidence(charge: Charge) -> str:
    """Where the first findings are told of in full."""
    of = f" of {charge.recording}" if charge.recording else ""
    first = f"exchange {charge.number}{of} at {moment(charge.first)}"
    return f"{', '.join(charge.references)} ({first})" if charge.references else first


def life(timeline: Timeline) -> str:
    """One strategy in a sentence."""
    state = timeline.states[-1].state if timeline.states else "no state"
    ended = f"{timeline.ended} at {clock(timeline.last)}" if timeline.ended else "still there at the end"
    looks = f"seen {_many(timeline.looks, 'time')} from {moment(timeline.first)} to {clock(timeline.last)}"
    return f"{looks}; last state {state}; {ended}"


def touched(found: Coverage) -> str:
    """How much of the contract was touched, in numbers."""
    operations = [row.requests for row in found.operations]
    statuses = [status.times for row in found.operations for status in row.statuses]
    words = [word.times for row in found.members for word in row.words]
    told = [
        f"{sum(times > 0 for times in counts)} of {len(counts)} {plural}"
        for counts, plural in zip((operations, statuses, words), _UNITS, strict=True)
    ]
    graph = coverage.sentence(found.edges)
    return ", ".join([*told, *([graph] if graph else [])])


def home(row: MemberCoverage) -> str:
    """Where a member stands: `sw-patch answer, Stage: result`."""
    side = f"{row.kind} {row.side}" if row.kind else row.side
    return f"{side}, {row.part}"


def seen(row: Iterable[Counted]) -> list[Counted]:
    """Those that were met."""
    return [each for each in row if each.times]


def unseen(row: Iterable[Counted]) -> list[str]:
    """The words that were not met."""
    return [each.word or NO_WORD for each in row if not each.times]


def counted(counts: Iterable[Counted]) -> str:
    """Words with numbers: `failed 3, success 12`; empty for none."""
    return ", ".join(f"{each.word or NO_WORD} {each.times}" for each in counts)


def moment(seconds: float) -> str:
    """A time for people: `2026-11-23 18:04:05 UTC`; `unknown` for 0, which is no time of any recording.

    Seconds that lie before any VIM are those of another clock: `12.5 s by a clock of its own`.
    """
    if 0 < seconds < _FIRST_VIM:
        return f"{seconds:.1f} s by a clock of its own"
    at = _at(seconds)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at is not None and seconds else "unknown"


def clock(seconds: float) -> str:
    """The time of day alone."""
    at = _at(seconds)
    return f"{at:%H:%M:%S}" if at is not None else "?"


def _at(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _faults(report: TrafficReport) -> str:
    seen_faults = counted(report.watched.faults) or "none"
    return (
        f"{seen_faults}; restarted {_many(report.watched.restarts, 'time')}" if report.watched.restarts else seen_faults
    )


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
