"""What the judge has counted and found so far, by requirement; tallies of several workers are merged into one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from operator import is_
from typing import Any, Final, Self

from conformance.findings.charges import Bound
from reports.causes import FINDINGS_KEPT, cause
from reports.model import Circumstance, Finding, Verdict

_ERRORS_KEPT: Final = 3
_LATELY: Final = 8
_REQUEST: Final = "curl -"
_TEXTS: Final = tuple(each.name for each in fields(Finding) if each.name != "verdict")


@dataclass(slots=True)
class Row:
    """How often a requirement was looked at, what was found, how much more was not kept, and crashes of its check.

    `found` counts every finding, kept or not, by kind and state. `by_chance` are findings that need not come again.
    """

    checked: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    errors: list[str] = field(default_factory=list)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_chance: list[Finding] = field(default_factory=list)

    def has_room_for(self, finding: Finding) -> bool:
        """The finding is of a new cause, and fewer are kept than may be."""
        return len(self.findings) < FINDINGS_KEPT and cause(finding) not in map(cause, self.findings)

    def has_a_longer_script_for(self, finding: Finding, requests: int) -> bool:
        """A finding of this cause is kept whose script takes more than so many requests."""
        return any(
            cause(known) == cause(finding) and known.reproducer.count(_REQUEST) > requests for known in self.findings
        )

    def add(self, finding: Finding) -> None:
        """Keep the finding, or count it when its cause is known or enough are kept; the shortest script stays."""
        self.found[finding.kind, finding.state] += 1
        self._keep(finding)

    def pass_over(self, finding: Finding) -> None:
        """Count a finding that is not kept."""
        self.found[finding.kind, finding.state] += 1
        self.more += 1

    def add_by_chance(self, finding: Finding) -> None:
        """Keep a finding that need not come again, such as one of clients that met; nothing is counted."""
        if len(self.by_chance) < FINDINGS_KEPT and cause(finding) not in map(cause, self.by_chance):
            self.by_chance.append(finding)

    def retell(self, finding: Finding) -> None:
        """Put the finding in the place of that of its cause, or of the first failure."""
        causes = [cause(each) for each in self.findings]
        failures = [index for index, each in enumerate(self.findings) if each.verdict is Verdict.FAIL]
        index = causes.index(cause(finding)) if cause(finding) in causes else failures[0] if failures else None
        if index is not None:
            self.findings[index] = finding

    def settled(self) -> "Row":
        """With what came by chance where nothing else was found: what shows without it is told alike in every run."""
        if self.findings or not self.by_chance:
            return self
        row = Row(self.checked + len(self.by_chance), more=self.more, errors=list(self.errors))
        for finding in self.by_chance:
            row.add(finding)
        return row

    def merge(self, other: "Row") -> None:
        """Add what another row has; findings of the same cause are kept once."""
        self.checked += other.checked
        self.more += other.more
        self.found += other.found
        for finding in other.findings:
            self._keep(finding)
        for finding in other.by_chance:
            self.add_by_chance(finding)
        for error in other.errors:
            self.add_error(error)

    def circumstances(self) -> tuple[Circumstance, ...]:
        """What was found by kind and state, in their order; a listed finding counts where it was told in the end."""
        found = self.found | Counter((each.kind, each.state) for each in self.findings)
        return tuple(Circumstance(kind, state, count) for (kind, state), count in sorted(found.items()))

    def _keep(self, finding: Finding) -> None:
        if self.has_room_for(finding):
            self.findings.append(finding)
            return
        self.more += 1
        for index, known in enumerate(self.findings):
            if cause(known) == cause(finding) and _handiness(finding) < _handiness(known):
                self.findings[index] = finding

    def add_error(self, error: str) -> None:
        """Keep the error text unless it is known."""
        if error not in self.errors and len(self.errors) < _ERRORS_KEPT:
            self.errors.append(error)


@dataclass(slots=True)
class _Looks:
    """So often the same checks have looked, and it was not added to their rows yet."""

    looked: Sequence[Bound]
    times: int


@dataclass(slots=True, eq=False)
class Tally:
    """Rows by requirement id. Mostly the same checks look again and again: that is counted once for all of them."""

    _rows: dict[str, Row] = field(default_factory=dict)
    _lately: list[_Looks] = field(default_factory=list, repr=False)

    @property
    def rows(self) -> dict[str, Row]:
        """The rows with everything that was counted."""
        self._settle()
        return self._rows

    def row(self, requirement: str) -> Row:
        """The row of a requirement, made when it is new."""
        return self._row(requirement, self.rows)

    def count(self, looked: Sequence[Bound]) -> None:
        """Each of these has looked once more."""
        for each in self._lately:
            if len(each.looked) == len(looked) and all(map(is_, each.looked, looked)):
                each.times += 1
                return
        if len(self._lately) >= _LATELY:
            self._settle()
            self._lately.clear()
        for bound in looked:
            self._row(bound.id, self._rows)
        self._lately.append(_Looks(looked, 1))

    def _settle(self) -> None:
        for each in self._lately:
            if each.times:
                for bound in each.looked:
                    self._rows[bound.id].checked += each.times
                each.times = 0

    @staticmethod
    def _row(requirement: str, rows: dict[str, Row]) -> Row:
        row = rows.get(requirement)
        if row is None:
            row = rows[requirement] = Row()
        return row

    @property
    def failed(self) -> tuple[str, ...]:
        """The requirements that have a finding of the verdict FAIL, sorted."""
        rows = {name: row.settled() for name, row in self.rows.items()}
        return tuple(
            sorted(name for name, row in rows.items() if any(each.verdict is Verdict.FAIL for each in row.findings))
        )

    def merge(self, other: "Tally") -> None:
        """Add what another tally has; findings of the same cause are kept once."""
        for requirement, theirs in other.rows.items():
            self.row(requirement).merge(theirs)

    def to_json(self) -> dict[str, Any]:
        """The tally as a JSON value."""
        return {requirement: _row_to_json(row) for requirement, row in self.rows.items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The tally of a JSON value that `to_json` made."""
        return cls({requirement: _row_from_json(row) for requirement, row in value.items()})


def _handiness(finding: Finding) -> tuple[bool, int]:
    """Less is handier: what was played again and has a test comes first, then the shorter script."""
    return not finding.test, len(finding.reproducer)


def _row_to_json(row: Row) -> dict[str, Any]:
    return {
        "checked": row.checked,
        "findings": list(map(_finding_to_json, row.findings)),
        "more": row.more,
        "errors": list(row.errors),
        "found": [[*circumstance, count] for circumstance, count in row.found.items()],
        "by_chance": list(map(_finding_to_json, row.by_chance)),
    }


def _finding_to_json(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "verdict": finding.verdict.word}


def _row_from_json(value: Mapping[str, Any]) -> Row:
    return Row(
        value["checked"],
        list(map(_finding_from_json, value["findings"])),
        value["more"],
        list(value["errors"]),
        Counter({(kind, state): count for kind, state, count in value["found"]}),
        list(map(_finding_from_json, value["by_chance"])),
    )


def _finding_from_json(value: Mapping[str, Any]) -> Finding:
    return Finding(verdict=Verdict.from_word(value["verdict"]), **{name: value[name] for name in _TEXTS})
