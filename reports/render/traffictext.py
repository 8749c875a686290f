"""A report of traffic as plain text, 100 columns wide."""

from collections.abc import Iterator

from reports import coverage
from reports.model import Verdict
from reports.render import trafficwords as words
from reports.render.columns import labelled, titled
from reports.render.pictures.life import events
from reports.render.words import LABELS, printable
from reports.traffic import Charge, Counted, Coverage, TrafficReport, redacted


def render(report: TrafficReport) -> str:
    """The report as text, ending in a newline. Its first line is what the traffic comes to."""
    return printable("\n".join(_lines(redacted(report)))) + "\n"


def _lines(report: TrafficReport) -> Iterator[str]:
    yield f"{words.headline(report)}: {words.because(report)}"
    yield ""
    for label, text in words.watched(report):
        yield from labelled(f"{label:<18}", text, indent=0)
    for side, title in words.TITLES.items():
        if found := words.charges(report, side):
            yield from titled(title)
            for charge in found:
                yield from _charge(charge)
    yield from _strategies(report)
    yield from _coverage(report.coverage)
    if report.watched.notes:
        yield from titled("Notes")
        yield from (line for note in report.watched.notes for line in labelled("- ", note, indent=0))


def _charge(charge: Charge) -> Iterator[str]:
    yield ""
    yield f"{LABELS[Verdict.from_word(charge.verdict)]}  {charge.requirement}"
    yield from labelled("", words.about(charge))
    for label, text in (
        ("Required", charge.text),
        ("Seen", charge.message),
        ("Where", charge.where),
        ("Expected", charge.expected),
        ("Actual", charge.actual),
        ("Hint", charge.hint),
        ("Evidence", words.evidence(charge)),
        ("Clients", words.counted(charge.clients)),
        ("Known as", words.counted(charge.deviations)),
    ):
        if text:
            yield from labelled(f"{label:<10}", text)


def _strategies(report: TrafficReport) -> Iterator[str]:
    if not report.timelines and not report.forgotten:
        return
    yield from titled("Strategies")
    for timeline in reversed(report.timelines):
        yield ""
        yield from labelled(f"{timeline.kind} {timeline.uuid}  ", words.life(timeline), indent=0)
        for event in events(timeline):
            yield from labelled(f"{words.clock(event.at)}  {event.what:<8}  ", event.told)
    for each in report.forgotten:
        told = f"{each.times} more of {each.kind}, last state {each.state or 'unknown'}, {each.ended or 'still there'}"
        yield from labelled("… ", told, indent=0)


def _coverage(found: Coverage) -> Iterator[str]:
    yield from titled("What of the contract was touched")
    yield ""
    yield from labelled("", f"{words.touched(found)}; evidence of depth, never a verdict.", indent=0)
    if found.strangers:
        yield from labelled("", f"{found.strangers} exchanges were on no operation of the contract.", indent=0)
    yield ""
    for row in found.operations:
        yield from _row(f"{row.method} {row.path} ({row.requests})", row.statuses, row.others)
    yield ""
    for member in found.members:
        yield from _row(f"{words.home(member)}: {member.member}", member.words, member.others)
    if found.edges:
        yield ""
    for place in coverage.rows(found.edges):
        yield f"{place.strategy_kind:<12}{place.situation:<16}{f'{place.seen} of {place.total} edges':>18}"
        for label, edges in (("unseen", place.unseen), ("unlawful", place.unlawful)):
            if edges:
                yield from labelled(f"{label}: ", "; ".join(map(coverage.told, edges)), indent=12)


def _row(title: str, expected: tuple[Counted, ...], others: tuple[Counted, ...]) -> Iterator[str]:
    yield title
    for label, text in (
        ("seen", words.counted(words.seen(expected))),
        ("not seen", ", ".join(words.unseen(expected))),
        ("other", words.counted(others)),
    ):
        if text:
            yield from labelled(f"{label:<10}", text)
