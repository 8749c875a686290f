"""Is a history of overlapping operations linearizable? The algorithm of Wing and Gong, with Lowe's memory of dead ends.

A history is linearizable when its operations can be put into one order, each somewhere between its invocation and its
return, in which a sequential model gives every operation the answer that was seen. The search takes any operation that
nobody has to precede (it was invoked before the first return among those not yet taken), asks the model, goes on from
there, and takes it back when that leads nowhere. The same set of operations taken, with the model in the same state, is
never tried twice; without that the search would be exponential for the histories of a server that is right.

Where many operations overlap, that is not enough. An answer that no state changes with, such as a refusal, is placed
where it first fits: an order in which it comes later is still one when it comes now, so nothing else is tried there.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple


class Operation(NamedTuple):
    """One operation of one client: what was asked and answered, and the moments of invocation and return."""

    asked: Any
    answered: Any
    invoked: int
    returned: int


type Model[S: Hashable] = Callable[[S, Any, Any], S | None]
"""State, what was asked, what was answered -> the state after it; None when that state gives no such answer."""

type Quiet = Callable[[Any, Any], bool]
"""What was asked, what was answered -> whether no state that gives this answer is changed by it."""


class Verdict(NamedTuple):
    """Whether there is such an order: a witness of all operations, or the longest beginning of one that was found.

    `decided` is false when the search was given up, so that there may be an order.
    """

    linearizable: bool
    order: tuple[Operation, ...]
    decided: bool = True


def _nobody(_asked: Any, _answered: Any) -> bool:
    return False


def check[S: Hashable](
    history: Sequence[Operation], model: Model[S], initial: S, *, limit: int = 1_000_000, quiet: Quiet = _nobody
) -> Verdict:
    """Look for an order of all operations that the model allows; give up after so many dead ends."""
    waiting = sorted(history, key=lambda each: each.invoked)
    everything = (1 << len(waiting)) - 1
    dead_ends: set[tuple[int, S]] = set()
    taken, state = 0, initial
    path: list[tuple[int, S]] = []  # the operations taken, each with the state before it
    longest: tuple[int, ...] = ()
    after = -1  # the last candidate that was tried here
    while taken != everything and len(dead_ends) < limit:
        found = _next(waiting, (taken, state), after, model, dead_ends, quiet)
        if found is not None:
            path.append((found[0], state))
            taken, state, after = taken | 1 << found[0], found[1], -1
            if len(path) > len(longest):
                longest = tuple(each for each, _ in path)
        elif path:
            dead_ends.add((taken, state))
            after, state = path.pop()
            taken &= ~(1 << after)
            if quiet(waiting[after].asked, waiting[after].answered):
                after = len(waiting)
        else:
            break
    order = tuple(waiting[each] for each in (longest if taken != everything else [each for each, _ in path]))
    return Verdict(taken == everything, order, taken == everything or len(dead_ends) < limit)


def _next[S: Hashable](  # noqa: PLR0913, PLR0917 - the search, where it is, and what it asks
    waiting: Sequence[Operation],
    here: tuple[int, S],
    after: int,
    model: Model[S],
    dead_ends: set[tuple[int, S]],
    quiet: Quiet,
) -> tuple[int, S] | None:
    """A quiet operation that may come now, else the first one behind `after`, and the state that it leads to."""
    taken, state = here
    deadline = None
    first = None
    for number, operation in enumerate(waiting):
        if taken >> number & 1:
            continue
        if deadline is not None and operation.invoked > deadline:
            break
        deadline = operation.returned if deadline is None else min(deadline, operation.returned)
        if number > after and (first is None or quiet(operation.asked, operation.answered)):
            following = model(state, operation.asked, operation.answered)
            if following is not None and (taken | 1 << number, following) not in dead_ends:
                if quiet(operation.asked, operation.answered):
                    return number, following
                first = number, following
    return first
