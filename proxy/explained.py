"""Follows a deployment under the release that it is, and names the numbered deviations that findings come from."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from conformance.deviations import Explaining
from proxy.traffic import Direction, Noticed, Passage
from proxy.watch import Watch
from reports.model import Level
from spec.load import PUBLISHED, load_ledger, load_release

_SILENT: Final = "silent"


class Explained:
    """One deployment of the release `explained_by`, judged by `release`.

    Under its own release the findings are named that it keeps; under another one, beside those, the ones that it does
    not share. What the document is silent on is no finding: it is counted in `silent` by number.
    """

    def __init__(self, release: str, explained_by: str, level: Level, *, shared: bool) -> None:
        self.silent: Counter[str] = Counter()
        self._explaining = Explaining(load_release(explained_by), load_ledger(release))
        self._watch = Watch(explained_by, level, shared=shared) if explained_by != release else None

    def see(self, passage: Passage, noticed: tuple[Noticed, ...]) -> tuple[Noticed, ...]:
        """What was noticed, with the numbers of the deviations that it comes from, without what is silence."""
        known = noticed if self._watch is None else self._watch.see(passage)
        shared = {each.finding.requirement for each in known if each.direction is Direction.RESPONSE}
        return tuple(self._found(passage, noticed, shared))

    def forget(self) -> None:
        """Nothing is known of the strategies any more."""
        if self._watch is not None:
            self._watch.forget()

    def _found(self, passage: Passage, noticed: tuple[Noticed, ...], shared: set[str]) -> Iterator[Noticed]:
        deviations = self._explaining.release.deviations
        for each in noticed:
            if each.direction is Direction.REQUEST:
                yield each
                continue
            requirement = each.finding.requirement
            numbers = self._explaining.numbers(passage.exchange, requirement, excused=requirement not in shared)
            if numbers and all(deviations[number].group == _SILENT for number in numbers):
                self.silent.update(numbers)
            else:
                yield replace(each, deviations=numbers)


def explained(release: str, by: str, level: Level, *, shared: bool) -> Explained | None:
    """Whoever names deviations; None where there are none, as the published document deviates from nothing."""
    name = by or release
    return None if name == PUBLISHED else Explained(release, name, level, shared=shared)
