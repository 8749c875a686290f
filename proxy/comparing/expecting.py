"""Which differences two releases explain, and by which numbers. Pure.

A difference is expected where the newer contract allows what came, or the older one what went, and the other contract
does not (`by_contract`); or where a deviation that one of the two releases has names both (`by_words`). Everything else
is not.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from proxy.comparing.by_contract import explained_by_contracts
from proxy.comparing.by_words import mentions, says, touched
from proxy.comparing.difference import Comparison, Difference, Subject
from proxy.comparing.knowing import Side
from spec.load import load_ledger, load_release
from spec.release import Deviation

_MOST_NUMBERS: Final = 3
_MOST_REQUIREMENTS: Final = 4


class Releases:
    """Two releases, by their names in `spec.load.RELEASES`. Raises LookupError, DocumentError."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = Side(old), Side(new)
        rows = (*load_ledger(old).requirements, *load_ledger(new).requirements)
        self._texts = {row.id: row.text for row in rows}
        before, after = load_release(old).deviations, load_release(new).deviations
        self._deviations = (
            *((each, True) for number, each in after.items() if number not in before),
            *((each, False) for number, each in before.items() if number not in after),
        )

    def explained(self, comparison: Comparison) -> Comparison:
        """The comparison with what was to be expected marked, and with numbers."""
        return replace(
            comparison,
            differences=tuple(map(self._explained, comparison.differences)),
            doubtful=tuple(map(self._explained, comparison.doubtful)),
        )

    def _explained(self, each: Difference) -> Difference:
        by_contract = explained_by_contracts(each, self._old, self._new)
        saying = [one for one, came in self._deviations if says(one, each, self._texts, came=came)]
        if not by_contract and not saying:
            return each
        return replace(each, expected=True, numbers=tuple(_numbers(saying or list(self._about(each.subject)))))

    def _about(self, subject: Subject) -> Iterator[Deviation]:
        """The deviations that name what a contract explains already: the member or word, else the kind."""
        kind = next((part for part in subject.path.split("/")[3:4] if part), "")
        for word in (*reversed(subject.names[:2]), kind):
            found = [each for each, _ in self._deviations if word and mentions(each, word)]
            if found:
                yield from found
                return


def _numbers(deviations: list[Deviation]) -> Iterator[str]:
    """The numbers of the first deviations, and of the requirements that they have to do with."""
    told = deviations[:_MOST_NUMBERS]
    yield from (each.id for each in told)
    ids = (id_ for each in told for id_ in touched(each))
    yield from list(dict.fromkeys(ids))[:_MOST_REQUIREMENTS]
