"""Is a history of overlapping operations linearizable? The algorithm of Wing and Gong, with Lowe's memory of dead ends.

A history is linearizable when its operations can be put into one order, each somewhere between its invocation and its
return, in which a sequential model gives every operation the answer that was seen. The search takes any operation that
nobody has to precede (it was invoked before the first return among those not yet taken), asks the model, goes on from
there, and takes it back when that leads nowhere. The same set of operations taken, with the model in the same state, is
never tried twice; without that the search would be exponential for the histories of a server that is right.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple


class Operation(NamedTuple):
    """One operation of one client: what was asked and answered, and the moments of invocation and return."""

    asked: Any
    answered: Any
    invoked: int
    returned: int


type Model = Callable[[Hashable, Any, Any], Hashable | None]
"""State, what was asked, what was answered -> the state after it; None when that state gives no such answer."""


class Verdict(NamedTuple):
    """Whether there is such an order: a witness of all operations, or the longest beginning of one that was found."""

    linearizable: bool
    order: tuple[Operation, ...]


def check(history: Sequence[Operation], model: Model, initial: Hashable) -> Verdict:
    """Look for an order of all operations that the model allows."""
    waiting = sorted(history, key=lambda each: each.invoked)
    everything = (1 << len(waiting)) - 1
    dead_ends: set[tuple[int, Hashable]] = set()
    taken, state = 0, initial
    path: list[tuple[int, Hashable]] = []  # the operations taken, each with the state before it
    longest: tuple[int, ...] = ()
    after = -1  # the last candidate that was tried here
    while taken != everything:
        number, following = _next(waiting, taken, state, after, model, dead_ends)
        if number is not None:
            path.append((number, state))
            taken, state, after = taken | 1 << number, following, -1
            if len(path) > len(longest):
                longest = tuple(each for each, _ in path)
        elif path:
            dead_ends.add((taken, state))
            after, state = path.pop()
            taken &= ~(1 << after)
        else:
            break
    order = tuple(waiting[each] for each in (longest if taken != everything else [each for each, _ in path]))
    return Verdict(taken == everything, order)


def _next(
    waiting: Sequence[Operation], taken: int, state: Hashable, after: int, model: Model, dead_ends: set
) -> tuple[int | None, Hashable]:
    """The first operation behind `after` that may come now and that the model allows, and the state it leads to."""
    deadline = None
    for number, operation in enumerate(waiting):
        if taken >> number & 1:
            continue
        if deadline is not None and operation.invoked > deadline:
            break
        deadline = operation.returned if deadline is None else min(deadline, operation.returned)
        if number > after:
            following = model(state, operation.asked, operation.answered)
            if following is not None and (taken | 1 << number, following) not in dead_ends:
                return number, following
    return None, state
