"""First-fit packing that stays near-linear.

A list is closed for a *mark* (the number of an aggregate, of a server group) once it holds as many items with it as it
may, and to all items once it is full. It never opens again; so the lists closed for one mark form runs, and a
disjoint-set forest jumps over a run instead of looking at each list.
"""

from collections.abc import Collection, Iterable, Mapping

type _Jumps = dict[int, int]
"""From a closed list to a later one; a list that is not a key is open."""


class FirstFit:
    """Puts items into the first list that neither its size nor any of their marks has closed.

    `limits` says how many items with a mark one list takes (1 when the mark is not named); `size` is how many items
    a list takes.
    """

    def __init__(self, limits: Mapping[int, int] | None = None, size: int | None = None) -> None:
        self._limits = limits or {}
        self._size = size
        self._full: _Jumps = {}
        self._closed: dict[int, _Jumps] = {}
        self._counts: dict[tuple[int, int], int] = {}
        self._lengths: list[int] = []

    def place(self, marks: Iterable[int]) -> int:
        """The number (from 0) of the list that takes an item with these marks; it may be a new one."""
        marks = frozenset(marks)
        number = self._first_open(marks)
        if number == len(self._lengths):
            self._lengths.append(0)
        self._lengths[number] += 1
        if self._lengths[number] == self._size:
            self._full[number] = number + 1
        for mark in marks:
            if self._is_used_up(mark, number):
                self._closed.setdefault(mark, {})[number] = number + 1
        return number

    def _first_open(self, marks: Collection[int]) -> int:
        """Each mark pushes the number on until all of them agree."""
        closed = [self._full, *(self._closed[mark] for mark in marks if mark in self._closed)]
        number, before = 0, -1
        while number != before:
            before = number
            for jumps in closed:
                if number in jumps:
                    number = _first_after(jumps, number)
        return number

    def _is_used_up(self, mark: int, number: int) -> bool:
        limit = self._limits.get(mark, 1)
        if limit == 1:
            return True
        count = self._counts.get((mark, number), 0) + 1
        self._counts[mark, number] = count
        return count == limit


def _first_after(jumps: _Jumps, number: int) -> int:
    """The first open list after a closed one; shortens the way for the next who asks."""
    found = jumps[number]
    while found in jumps:
        found = jumps[found]
    while number != found:
        jumps[number], number = found, jumps[number]
    return found
