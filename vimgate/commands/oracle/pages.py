"""How the outcome of a replay looks to people: counts by session, differing lines, classes left out. Pure.

Recorded text is foreign text: it is written as a quoted literal, so that nothing in it moves a cursor.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.predictions.differ import differences
from reference_server.exchanges.lines import Answer
from reference_server.exchanges.moments import moment_of
from reference_server.exchanges.player import Outcome, Verdict
from reference_server.exchanges.setups import Known, Setups

SHORT: Final = 100  # characters of a text where a line is listed
LONG: Final = 2_000  # characters of a body where it is shown

_COLUMNS: Final = (Verdict.EQUAL, Verdict.KNOWN, Verdict.DIFFERENT, Verdict.GONE, Verdict.EXCLUDED)


@dataclass
class Tally:
    """Counts, in the order in which sessions came."""

    verdicts: dict[str, Counter[Verdict]] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)
    known: dict[int, tuple[Known, list[int]]] = field(default_factory=dict)
    documents: Counter[bool] = field(default_factory=Counter)  # strategies on both sides, by whether all is equal

    def add(self, outcome: Outcome) -> None:
        """Count one line."""
        self.verdicts.setdefault(outcome.exchange.session, Counter())[outcome.verdict] += 1
        if outcome.setup.excluded is not None:
            self.excluded[outcome.setup.excluded] += 1
        else:
            self.documents.update(_wholly_equal(outcome))
        if outcome.verdict is Verdict.KNOWN and outcome.setup.known is not None:
            self.known.setdefault(outcome.setup.known.number, (outcome.setup.known, []))[1].append(
                outcome.exchange.number
            )

    def count(self, verdict: Verdict) -> int:
        """Lines of all sessions that came to this."""
        return sum(counts[verdict] for counts in self.verdicts.values())

    @property
    def lines(self) -> int:
        """All lines."""
        return sum(counts.total() for counts in self.verdicts.values())

    @property
    def compared(self) -> int:
        """The lines that were not excluded."""
        return self.lines - self.count(Verdict.EXCLUDED)

    @property
    def unexplained(self) -> int:
        """The lines that the table does not explain."""
        return self.count(Verdict.DIFFERENT) + self.count(Verdict.GONE)


def _wholly_equal(outcome: Outcome) -> Iterator[bool]:
    """Of two strategy documents whether all values are equal but uuids, dates, and their order of members."""
    given = outcome.given
    if given is not None and moment_of(outcome.exchange.answer.body) and moment_of(given.body):
        found = differences(json.loads(outcome.exchange.answer.body), json.loads(given.body))
        yield next(found, None) is None


def difference(outcome: Outcome) -> str:
    """A line that differs, or that should and does not: the request, and what either side answered."""
    line, request = outcome.exchange, outcome.exchange.request
    first = f"line {line.number} ({line.session}; {line.note})"
    told = [f"  {request.method} {_quoted(request.path)} {_quoted(request.body) if request.body is not None else ''}"]
    if outcome.verdict is Verdict.GONE and outcome.setup.known is not None:
        told.append(f"  is equal now; known difference {outcome.setup.known.number} is gone, take it out of the table")
    told += [
        f"  {mismatch.aspect}: recorded {_quoted(mismatch.recorded)}, here {_quoted(mismatch.given)}"
        for mismatch in outcome.mismatches
    ]
    told.append(f"  recorded: {_answer(line.answer, SHORT)}")
    if outcome.given is not None:
        told.append(f"  here:     {_answer(outcome.given, SHORT)}")
    return "\n".join([_plain(first), *(text.rstrip() for text in told)])


def side_by_side(outcome: Outcome) -> str:
    """One line as it was and as it is here."""
    line, request = outcome.exchange, outcome.exchange.request
    told = [
        _plain(f"line {line.number} ({line.session}; {line.note}): {outcome.verdict}"),
        f"  request:  {request.method} {_quoted(request.path, LONG)}",
        f"  body:     {_quoted(request.body, LONG) if request.body is not None else 'none'}",
        f"  recorded: {_answer(line.answer, LONG)}",
        f"  here:     {_answer(outcome.given, LONG) if outcome.given is not None else 'not sent'}",
    ]
    told += [
        f"  {found.aspect}: {_quoted(found.recorded, LONG)} <> {_quoted(found.given, LONG)}"
        for found in outcome.mismatches
    ]
    return "\n".join(told)


def sessions(tally: Tally) -> str:
    """One line of counts for each session."""
    width = max((len(session) for session in tally.verdicts), default=0)
    head = f"{'session':<{width}}  lines" + "".join(f"  {column:>9}" for column in _COLUMNS)
    rows = [
        f"{_plain(session):<{width}}  {counts.total():>5}" + "".join(f"  {counts[column]:>9}" for column in _COLUMNS)
        for session, counts in tally.verdicts.items()
    ]
    return "\n".join([head, *rows])


def exclusions(tally: Tally, setups: Setups) -> str:
    """The classes that were left out."""
    return "\n".join(f"excluded {count}: {name}. {setups.reasons[name]}" for name, count in tally.excluded.items())


def known_differences(tally: Tally) -> str:
    """The differences that have a reason, and the lines that show them."""
    return "\n".join(
        f"known {number}, {_listed(lines)}: {known.because}" for number, (known, lines) in sorted(tally.known.items())
    )


def documents(tally: Tally) -> str:
    """How many strategy documents are equal in every value, which is more than a shape."""
    if not tally.documents:
        return ""
    whole = tally.documents[True]
    return f"{tally.documents.total()} strategy documents: {whole} equal in every value but uuids and dates"


def totals(tally: Tally) -> str:
    """The last line."""
    equal = tally.count(Verdict.EQUAL)
    share = f"{equal * 100 / tally.compared:.1f} %" if tally.compared else "none"
    return (
        f"{tally.lines} lines: {tally.compared} compared, {equal} equal ({share}), {tally.count(Verdict.KNOWN)} known, "
        f"{tally.unexplained} different; {tally.count(Verdict.EXCLUDED)} excluded"
    )


def _listed(numbers: list[int]) -> str:
    return f"line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _answer(answer: Answer, most: int) -> str:
    return f"{answer.status} {answer.media_type or 'without media type'} {_quoted(answer.body, most)}"


def _quoted(text: str, most: int = SHORT) -> str:
    cut = text if len(text) <= most else text[:most] + "…"
    return ascii(cut)


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
