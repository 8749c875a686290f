"""What checks said of an exchange: those that looked, and what they found."""

from collections.abc import Callable, Iterable
from functools import cached_property

from conformance.checks.context import Context, Deviation
from conformance.exchange import Exchange
from conformance.findings.charges import Bound

type Crashed = Callable[[Bound, Exception], None]


class Said:
    """What some checks said; the same may be counted for many exchanges. `whole`: none of them has crashed."""

    __slots__ = ("broken", "looked", "whole")

    def __init__(self, looked: list[Bound], broken: list[tuple[Bound, list[Deviation]]], *, whole: bool) -> None:
        self.looked = looked
        self.broken = broken
        self.whole = whole


class Verdict:
    """Everything that was said of one exchange, in the order in which it is told."""

    def __init__(self, *said: Said) -> None:
        self.said = said

    @cached_property
    def broken(self) -> list[tuple[Bound, list[Deviation]]]:
        """The checks that found something, with what they found."""
        found = [each for said in self.said for each in said.broken]
        return sorted(found, key=lambda each: each[0].order) if len(found) > 1 else found

    @cached_property
    def looked(self) -> dict[str, bool]:
        """The requirements that were looked at, and whether something was found."""
        broken = {bound.id for bound, _ in self.broken}
        return {bound.id: bound.id in broken for said in self.said for bound in said.looked}


def ask(bound: Iterable[Bound], exchange: Exchange, context: Context, crashed: Crashed) -> Said:
    """Ask these checks; one that crashes is told of, and has said nothing."""
    looked, broken, whole = [], [], True
    for each in bound:
        try:
            found = each.call(exchange, context)
            if found is None:  # it does not apply
                continue
            deviations = list(found)
        except Exception as error:  # noqa: BLE001 - any crash of a check is ours, never the vendor's
            crashed(each, error)
            whole = False
            continue
        looked.append(each)
        if deviations:
            broken.append((each, deviations))
    return Said(looked, broken, whole=whole)
