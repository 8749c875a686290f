"""A fingerprint for people: which release, why, what speaks against it, and what would tell more."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from rich.table import Table as Shown

from conformance.fingerprint.table import Sign
from conformance.fingerprint.weighing import Fingerprint, Outcome, Seen
from reports.render.words import printable
from vimgate.tables import empty_table

_FURTHER: Final = 2  # releases that are shown beside those that were told
_NOBODY: Final = "none of these"


def headline(found: Fingerprint, subject: str, exchanges: int) -> str:
    """What it comes to, in a sentence."""
    signs = f"{counted(len(found.seen), 'sign')} in {counted(exchanges, 'answer')}"
    if found.outcome is Outcome.TOLD:
        named = _either(found.told)
        return printable(f"{subject} behaves like {named} (confidence {percent(found.confidence)}; {signs})")
    if found.outcome is Outcome.NONE and not found.is_vim:
        return printable(f"{subject} behaves like no release that is known: nothing there answers as a VIM does")
    if found.outcome is Outcome.NONE:
        nearest = _either(found.candidates[:1])
        return printable(f"{subject} behaves like no release that is known ({signs}); the nearest is {nearest}")
    why = signs if found.is_vim else "no answer is one that a VIM gives to a caller whom it knows"
    return printable(f"{subject}: too little was seen to tell a release ({why})")


def candidates(found: Fingerprint) -> Shown:
    """The likeliest releases, and how many signs fit and contradict them."""
    made = empty_table("Release", "Confidence", "Fit", "Against")
    shown = max(len(found.told) if found.outcome is Outcome.TOLD else 0, 1) + _FURTHER
    rows = [(release, found.likelihoods[release]) for release in found.candidates[:shown]]
    for release, likelihood in sorted([*rows, (_NOBODY, found.none)], key=lambda row: -round(row[1], 9)):
        fits = Counter(seen.fits(release) for seen in found.seen)
        against = ", ".join(seen.sign.id for seen in found.seen if seen.fits(release) is False)
        own = release != _NOBODY
        made.add_row(release, percent(likelihood), str(fits[True]) if own else "", against)
    return made


def evidence(found: Fingerprint) -> Shown:
    """What was seen, what the answer's releases show, and which releases show what was seen."""
    made = empty_table("", "Sign", "Seen", "Expected", "Shown by")
    answer = found.told if found.outcome is Outcome.TOLD else found.candidates[:1]
    for seen in sorted(found.seen, key=lambda each: _standing(each, answer) != "against"):
        value = (seen.value or "nothing") + (f" (also {', '.join(seen.others)})" if seen.others else "")
        fits = [release for release in found.table.releases if seen.fits(release)]
        cells = (_standing(seen, answer), seen.sign.text, value, expected(seen.sign, answer))
        made.add_row(*map(printable, (*cells, spans(fits, found.table.releases) or "no release")))
    return made


def missing(found: Fingerprint) -> Iterator[str]:
    """Lines: what would tell the releases apart, which cannot be, and what else was not seen and why."""
    if found.outcome is Outcome.TOLD and len(found.told) > 1:
        yield from _apart(found)
    unseen = Counter(sign.needs for sign in found.unseen)
    for needs, count in unseen.items():
        yield f"Not seen: {counted(count, 'sign')}: {found.table.needs[needs]}."


def expected(sign: Sign, releases: Iterable[str]) -> str:
    """What the releases show, each value once."""
    values = {" or ".join(sign.shows[release]) if release in sign.shows else "not known" for release in releases}
    return "; ".join(sorted(values))


def spans(releases: Iterable[str], order: tuple[str, ...]) -> str:
    """Releases as spans: `published, stx-6.0 to stx-8.0`."""
    places = sorted(order.index(release) for release in releases)
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1 and runs[-1][0] != 0:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(order[run[0]] + (f" to {order[run[-1]]}" if len(run) > 1 else "") for run in runs)


def counted(number: int, noun: str) -> str:
    """So many of them: `1 sign`, `2 signs`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def percent(likelihood: float) -> str:
    """A likelihood for people, who are not told more digits than there is reason for."""
    if likelihood > 0.99:  # noqa: PLR2004 - as the text says
        return "over 99 %"
    return f"{round(100 * likelihood)} %" if likelihood >= 0.01 else "under 1 %"  # noqa: PLR2004 - as above


def _apart(found: Fingerprint) -> Iterator[str]:
    for sign in found.telling():
        shown = [
            f"{spans([each for each in found.told if sign.shows.get(each) == values], found.table.releases)}: "
            f"{' or '.join(values)}"
            for values in dict.fromkeys(sign.shows[each] for each in found.told if each in sign.shows)
        ]
        yield f"Would tell them apart: {sign.text} ({sign.asked}): {'; '.join(shown)}."
    for alike in found.inseparable():
        yield f"Cannot be told apart by reading: {_either(alike, ' and ')}."


def _standing(seen: Seen, answer: tuple[str, ...]) -> str:
    fits = [seen.fits(release) for release in answer]
    return "against" if False in fits else "for" if True in fits else ""


def _either(names: tuple[str, ...], word: str = " or ") -> str:
    return word.join(filter(None, [", ".join(names[:-1]), names[-1]]))
