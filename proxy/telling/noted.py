"""Everything that was noticed, counted by requirement and side, with the earliest of each as an example.

The earliest is that of the first exchange by time, and by number where times are the same or not known.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

import msgspec

from proxy.telling.bounded import count
from proxy.traffic import Action, Direction, Noticed, Passage
from reports.model import Level, Strength, Verdict
from reports.traffic import Charge, Counted
from spec.ledger import Ledger

_REFERENCES: Final = 3
_CLIENTS: Final = 20


@dataclass(slots=True)
class Row:
    """The findings of one requirement about one side; see `reports.traffic.Charge`."""

    verdict: int
    first: float
    last: float
    number: int
    message: str
    expected: str
    actual: str
    where: str
    hint: str
    times: int = 0
    uncertain: int = 0
    blocked: int = 0
    references: list[str] = field(default_factory=list)
    clients: dict[str, int] = field(default_factory=dict)
    deviations: dict[str, int] = field(default_factory=dict)
    explained: int = 0
    recording: str = ""


class Noted:
    """Counts findings, and what was blocked. Grows with the number of requirements only."""

    def __init__(self) -> None:
        self.blocked: Counter[str] = Counter()
        self._rows: dict[tuple[str, str], Row] = {}

    def see(
        self,
        passage: Passage,
        noticed: Iterable[Noticed],
        action: Action = Action.PASS,
        reference: str = "",
    ) -> None:
        """Count what was noticed about an exchange, what became of it, and where the findings log tells of it."""
        found = tuple(noticed)
        if action is Action.BLOCK:
            self.blocked[(Direction.REQUEST if passage.blocked else Direction.RESPONSE).value] += 1
        for each in found:
            row = self._row(passage, each)
            row.times += 1
            row.uncertain += not each.certain
            row.blocked += action is Action.BLOCK
            row.verdict = max(row.verdict, each.finding.verdict)
            row.last = max(row.last, passage.exchange.at)
            if reference and reference not in row.references and len(row.references) < _REFERENCES:
                row.references.append(reference)
            if passage.client:
                count(row.clients, passage.client, 1, _CLIENTS)
            row.explained += bool(each.deviations)
            for number in each.deviations:
                row.deviations[number] = row.deviations.get(number, 0) + 1

    def charges(self, ledger: Ledger) -> tuple[Charge, ...]:
        """A charge per requirement and side, in the order of the ledger; ids that it does not know come first."""
        order = {each.id: place for place, each in enumerate(ledger.requirements)}
        keys = sorted(self._rows, key=lambda key: (order.get(key[0], -1), key))
        return tuple(_charge(*key, self._rows[key], ledger) for key in keys)

    def to_json(self) -> dict[str, Any]:
        """Everything as a JSON value."""
        rows = [[*key, msgspec.to_builtins(row)] for key, row in sorted(self._rows.items())]
        return {"blocked": dict(sorted(self.blocked.items())), "rows": rows}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What `to_json` told."""
        made = cls()
        made.blocked.update(value["blocked"])
        made._rows = {(name, side): msgspec.convert(row, Row) for name, side, row in value["rows"]}
        return made

    def merge(self, other: "Noted", recording: str = "") -> None:
        """Add what another watch has noticed, in a recording of that name; the example is that of the earlier one."""
        self.blocked.update(other.blocked)
        for key, found in other._rows.items():  # noqa: SLF001 - of the same class
            row = replace(found, recording=recording or found.recording)
            known = self._rows.get(key)
            self._rows[key] = row if known is None else _joined(known, row)

    def _row(self, passage: Passage, noticed: Noticed) -> Row:
        finding, at = noticed.finding, passage.exchange.at
        key = finding.requirement, noticed.direction.value
        row = self._rows.get(key)
        if row is None or (at, passage.number) < (row.first, row.number):
            example = Row(
                finding.verdict,
                at,
                at,
                passage.number,
                finding.message,
                finding.expected,
                finding.actual,
                finding.where,
                finding.hint,
            )
            row = self._rows[key] = example if row is None else _joined(example, row)
        return row


def _joined(one: Row, other: Row) -> Row:
    first, second = sorted((one, other), key=lambda row: (row.first, row.number))
    clients = dict(first.clients)
    for client, times in second.clients.items():
        count(clients, client, times, _CLIENTS)
    deviations = Counter(first.deviations) + Counter(second.deviations)
    return Row(
        max(first.verdict, second.verdict),
        first.first,
        max(first.last, second.last),
        first.number,
        first.message,
        first.expected,
        first.actual,
        first.where,
        first.hint,
        first.times + second.times,
        first.uncertain + second.uncertain,
        first.blocked + second.blocked,
        [*first.references, *second.references][:_REFERENCES],
        clients,
        dict(deviations),
        first.explained + second.explained,
        first.recording,
    )


def _charge(requirement: str, direction: str, row: Row, ledger: Ledger) -> Charge:
    known = ledger.by_id.get(requirement)
    return Charge(
        requirement=requirement,
        direction=direction,
        verdict=Verdict(row.verdict).word,
        strength=Strength(known.strength) if known else Strength.MUST,
        level=Level(known.level) if known else Level.WIRE,
        text=known.text if known else "",
        source=known.source if known else "",
        times=row.times,
        uncertain=row.uncertain,
        blocked=row.blocked,
        first=row.first,
        last=row.last,
        number=row.number,
        message=row.message,
        expected=row.expected,
        actual=row.actual,
        where=row.where,
        hint=row.hint,
        references=tuple(row.references),
        clients=tuple(Counted(*each) for each in sorted(row.clients.items(), key=lambda each: (-each[1], each[0]))),
        deviations=tuple(Counted(*each) for each in sorted(row.deviations.items())),
        explained=row.explained,
        recording=row.recording,
    )
