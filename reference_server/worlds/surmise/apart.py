"""Groups that keep hosts apart as the stages of parallel plans did (ENGINE.md 5.4, 5.6: first fit, read backwards).

A host that stands in a later stage did not fit into any earlier one: that one was full, or a host in it, taken before,
shares a group with it. Which group, nobody can tell; a smallest guess is made that never contradicts a stage.
"""

from collections.abc import Sequence

type Lists = Sequence[Sequence[str]]


def groups_apart(packings: Sequence[tuple[Lists, int | None]], order: Sequence[str]) -> list[list[str]]:
    """Groups of host names such that first fit in this order packs them as given.

    Each packing is the lists of one plan and how many hosts a list takes (None: any number).
    """
    place = {name: number for number, name in enumerate(order)}
    together = {frozenset((a, b)) for lists, _ in packings for names in lists for a in names for b in names}
    groups: list[list[str]] = []
    for lists, size in packings:
        for number, names in enumerate(lists):
            for name in sorted(names, key=place.__getitem__):
                for earlier in lists[:number]:
                    before = [each for each in earlier if place[each] < place[name]] or list(earlier)
                    if size is None or len(before) < size:
                        _separate(groups, name, before, together)
    return groups


def _separate(groups: list[list[str]], name: str, before: Sequence[str], together: set[frozenset[str]]) -> None:
    """See to it that the host shares a group with one of those before it, but with none that it ever stood beside."""
    if any(name in group and any(each in group for each in before) for group in groups):
        return
    for group in groups:
        if any(each in group for each in before) and not any(frozenset((name, each)) in together for each in group):
            group.append(name)
            return
    partner = next(
        (each for each in before if frozenset((name, each)) not in together and not _in_any(groups, each)), None
    )
    partner = partner or next((each for each in before if frozenset((name, each)) not in together), None)
    if partner is not None:
        groups.append([partner, name])


def _in_any(groups: list[list[str]], name: str) -> bool:
    return any(name in group for group in groups)
