"""How plans differ: stages, steps, timeouts and groups of strategies for the same request."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from proxy.comparing.difference import Difference, Subject, What
from proxy.comparing.gathered import Wish
from proxy.comparing.plans import Plan, Stage


def differences(old: Mapping[Wish, Sequence[Plan]], new: Mapping[Wish, Sequence[Plan]]) -> Iterator[Difference]:
    """What changed in the plans of the wishes that both sides have shown; a plan that both had is none."""
    for wish in sorted(old.keys() & new.keys()):
        if not any(plan in new[wish] for plan in old[wish]):
            pairs = ((one, other) for one in old[wish] for other in new[wish])
            yield from min((list(_between(wish, *pair)) for pair in pairs), key=lambda found: (len(found), str(found)))


def _between(wish: Wish, old: Plan, new: Plan) -> Iterator[Difference]:
    phase = wish[1]
    if old.names != new.names:
        names = tuple(sorted(set(old.names) ^ set(new.names)))
        text = f"the {phase} phase has other stages for the same request"
        yield _made(What.STAGES, wish, text, _list(old.names), _list(new.names), *names)
    for name in (each for each in old.names if each in new.names):
        yield from _stages(wish, name, old.of(name), new.of(name))


def _stages(wish: Wish, name: str, old: tuple[Stage, ...], new: tuple[Stage, ...]) -> Iterator[Difference]:
    """How the stages of one name differ. With other hosts the stages may be of other kinds, of which some are alike."""
    one, other = _steps(old), _steps(new)
    same_fleet = sum(stage.hosts for stage in old) == sum(stage.hosts for stage in new)
    if one != other and (same_fleet or not one & other):
        text = f"a stage {name} has other steps for the same request"
        told = tuple(sorted(one - other)), tuple(sorted(other - one))
        yield _made(
            What.STEPS,
            wish,
            text,
            *(" or ".join(map(_list, each)) or _also(one & other) for each in told),
            *_moved(_most(one), _most(other)),
        )
    before, after = _timeouts(old), _timeouts(new)
    moved = [step for step in before if step in after and not before[step] & after[step]]
    for step in moved:
        text = f"the step {step} of a stage {name} has another timeout"
        yield _made(What.TIMEOUT, wish, text, _seconds(before[step]), _seconds(after[step]), step, name)
    if one == other and not moved and not (lengths := _lengths(old)) & _lengths(new):
        text = f"a stage {name} with the same steps has another timeout"
        yield _made(What.TIMEOUT, wish, text, _seconds(lengths), _seconds(_lengths(new)), name)
    groups = Counter(stage.hosts for stage in old), Counter(stage.hosts for stage in new)
    if same_fleet and one == other and groups[0] != groups[1]:
        yield _made(What.GROUPS, wish, f"the stages {name} take the hosts in other groups", *map(_groups, groups), name)


def _steps(stages: tuple[Stage, ...]) -> set[tuple[str, ...]]:
    return {tuple(step.name for step in stage.steps) for stage in stages}


def _most(sequences: set[tuple[str, ...]]) -> Counter[str]:
    """How often each step stands in a stage, at most."""
    found: Counter[str] = Counter()
    for steps in sequences:
        found |= Counter(steps)
    return found


def _moved(old: Counter[str], new: Counter[str]) -> list[str]:
    """The steps that came or went; none where they only change places."""
    return sorted((old - new) + (new - old))


def _timeouts(stages: tuple[Stage, ...]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for stage in stages:
        for step in stage.steps:
            found.setdefault(step.name, set()).add(step.timeout)
    return found


def _lengths(stages: tuple[Stage, ...]) -> set[int]:
    return {stage.timeout for stage in stages}


def _made(what: What, wish: Wish, text: str, old: str, new: str, *names: str) -> Difference:
    kind, phase, settings = wish
    asked = ", ".join(f"{name} {value}" for name, value in settings)
    path = f"/api/orchestration/{kind}/strategy"
    return Difference(
        what, f"strategy of {kind}", text, old, new, asked, subject=Subject("GET", path, part=phase, names=names)
    )


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def _also(common: set[tuple[str, ...]]) -> str:
    return f"only {' or '.join(map(_list, sorted(common)))}"


def _seconds(timeouts: set[int]) -> str:
    return " or ".join(f"{each} s" for each in sorted(timeouts))


def _groups(sizes: Counter[int]) -> str:
    return ", ".join(f"{times} of {hosts}" for hosts, times in sorted(sizes.items()))
