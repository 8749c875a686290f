"""What one plan has otherwise than another, in sentences: hosts, steps, timeouts, how the build ended, and the rest.

`differ` finds every place in which two documents differ; here those of plans are told in words that name stages, hosts
and steps. Each difference of a plan is told once, under the part of the plan that it belongs to.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from conformance.predictions.differ import ABSENT, Difference, differences
from conformance.strategy import Stage, Step, Strategy

_APPLY: Final = "/strategy/apply-phase/stages"
_WORK: Final = ("sw-patch-hosts", "upgrade-hosts")
_SHOWN: Final = 6
# What grouping and steps decide, and so is told by them: the stages, their counts and the sums of their timeouts.
_TOLD: Final = re.compile(r"/apply-phase/(stages(/|$)|total-stages$|timeout$|stop-at-stage$)")
_OF_BUILD: Final = re.compile(r"/(state|build-phase/(result|reason|current-stage))$")


class Part(StrEnum):
    """Which part of a plan a remark is about."""

    BUILD = "build"
    GROUPING = "grouping"
    STEPS = "steps"
    TIMEOUTS = "timeouts"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Remark:
    """One difference in words; `where` is a JSON pointer into the actual document.

    `stage` is the name of the stages that it is about, `hosts` the hosts that are worked on there; both may be empty.
    """

    part: Part
    text: str
    expected: str
    actual: str
    where: str
    stage: str = ""
    hosts: frozenset[str] = frozenset()


def remarks(expected: Strategy, actual: Strategy, *, uuids: bool = True) -> tuple[Remark, ...]:
    """Every difference between two strategies of one kind, in words; none when they count as equal.

    `uuids`: the uuids of hosts and instances are known, so that they are compared too.
    """
    if actual.state == expected.state == "build-failed" and not actual.apply.stages:
        expected = _without_plan(expected, actual)
    plan = (*_build(expected, actual), *_groupings(expected, actual), *_steps(expected, actual))
    rest = _rest(expected, actual, told=bool(plan))
    return (*plan, *(each for each in rest if uuids or "/entity-uuids" not in each.where))


def _without_plan(expected: Strategy, actual: Strategy) -> Strategy:
    """A build that failed may keep the stages that it had planned, or drop them (ENGINE.md 5.2, B9)."""
    members = {**expected.members, "apply-phase": actual.members["apply-phase"]}
    return expected._replace(apply=actual.apply, members=members)


def worked_on(stage: Stage) -> tuple[str, ...]:
    """The hosts that a stage patches or upgrades; of a stage that does neither, those that its steps name."""
    work = [step for step in stage.steps if step.name in _WORK]
    named = work or [step for step in stage.steps if step.entity_type == "hosts"]
    return tuple(dict.fromkeys(name for step in named for name in step.entity_names))


# --- how the build ended


def _build(expected: Strategy, actual: Strategy) -> Iterator[Remark]:
    wanted, came = _ending(expected), _ending(actual)
    if wanted != came:
        where = "/strategy/state" if expected.state != actual.state else "/strategy/build-phase/reason"
        yield Remark(Part.BUILD, f"build expected to {wanted[0]}, {came[1]}", wanted[0], came[1], where)


def _ending(strategy: Strategy) -> tuple[str, str]:
    """How a build ended, once as a wish and once as a fact."""
    if strategy.state == "build-failed":
        reason = strategy.build.reason
        return (f"fail with `{reason}`", f"failed with `{reason}`") if reason else ("fail", "failed without a reason")
    if strategy.build.result == "success":
        return "become ready", "became ready"
    return f"end as {strategy.state}", f"ended as {strategy.state}"


# --- which hosts share a stage, and in which order


def _groupings(expected: Strategy, actual: Strategy) -> Iterator[Remark]:
    names = dict.fromkeys(stage.name for strategy in (expected, actual) for stage in strategy.apply.stages)
    for name in names:
        wanted, came = _groups(expected, name), _groups(actual, name)
        if [group for _, group in wanted] != [group for _, group in came]:
            yield from _regrouped(name, wanted, came)


type _Groups = list[tuple[int, tuple[str, ...]]]


def _groups(strategy: Strategy, name: str) -> _Groups:
    return [(index, worked_on(stage)) for index, stage in enumerate(strategy.apply.stages) if stage.name == name]


def _regrouped(name: str, wanted: _Groups, came: _Groups) -> Iterator[Remark]:
    expected_in = {host: set(group) for _, group in wanted for host in group}
    found = [*_company(name, expected_in, came), *_missing(name, expected_in, came)]
    yield from found or _reordered(name, wanted, came)


def _company(name: str, expected_in: dict[str, set[str]], came: _Groups) -> Iterator[Remark]:
    """Hosts that share a stage with others than expected, each pair told once."""
    seen: set[str] = set()
    here = {host: set(group) for _, group in came for host in group}
    for index, group in came:
        for host in group:
            if host in seen:
                yield _grouping(name, index, host, "worked on once", "is worked on again")
            elif host not in expected_in:
                yield _grouping(name, index, host, "in no such stage", "is worked on in this one")
            elif not (seen & (expected_in[host] ^ set(group))):
                yield from _other_company(name, index, host, expected_in, set(group), here)
            seen.add(host)


def _other_company(  # noqa: PLR0913, PLR0917 - a host, its stage, and whom it was and is with
    name: str, index: int, host: str, expected_in: dict[str, set[str]], group: set[str], here: dict[str, set[str]]
) -> Iterator[Remark]:
    """Whom a host misses; or, when it misses nobody, who is with it that misses nobody either."""
    wanted = expected_in[host]
    lost = [other for other in wanted - group if other in here]
    if lost:
        alone = "has a stage of its own" if len(group) == 1 else f"is together with {_names(group - {host})}"
        yield _grouping(name, index, host, f"together with {_names(lost)}", alone)
    strangers = group - wanted
    if strangers and not lost and all(expected_in.get(other, group) <= group for other in strangers):
        alone = "in a stage of its own" if len(wanted) == 1 else f"together with {_names(wanted - {host})} alone"
        yield _grouping(name, index, host, alone, f"is together with {_names(group - {host})}")


def _missing(name: str, expected_in: dict[str, set[str]], came: _Groups) -> Iterator[Remark]:
    present = {host for _, group in came for host in group}
    for host in sorted(expected_in.keys() - present):
        text = f"{host} expected in a stage {name}, is in none"
        yield Remark(Part.GROUPING, text, "a stage", "none", _APPLY, name, frozenset({host}))


def _reordered(name: str, wanted: _Groups, came: _Groups) -> Iterator[Remark]:
    """The same hosts share stages, in another order: the first stage out of its turn is told."""
    for (_, first), (index, other) in zip(wanted, came, strict=False):
        if set(first) != set(other):
            yield _grouping(name, index, _names(first), f"before {_names(other)}", "comes after")
            return
        if first != other:
            text = f"stage {index} ({name}): hosts expected in the order {', '.join(first)}, are {', '.join(other)}"
            where = f"{_APPLY}/{index}"
            yield Remark(Part.GROUPING, text, ", ".join(first), ", ".join(other), where, name, frozenset(first))
    if len(wanted) != len(came):
        text = f"{len(wanted)} stages {name} expected, there are {len(came)}"
        yield Remark(Part.GROUPING, text, str(len(wanted)), str(len(came)), _APPLY, name)


def _grouping(name: str, index: int, host: str, wanted: str, came: str) -> Remark:
    text = f"stage {index} ({name}): {host} expected {wanted}, {came}"
    return Remark(Part.GROUPING, text, wanted, came, f"{_APPLY}/{index}", name, frozenset(host.split(", ")))


# --- the steps of stages that work on the same hosts


def _steps(expected: Strategy, actual: Strategy) -> Iterator[Remark]:
    for where, wanted, came in _pairs(expected, actual):
        if [_what(step) for step in wanted.steps] != [_what(step) for step in came.steps]:
            yield from _otherwise(where, wanted, came)
        else:
            yield from _timeouts(where, wanted, came)


def _pairs(expected: Strategy, actual: Strategy) -> Iterator[tuple[str, Stage, Stage]]:
    """Stages of one name that work on the same hosts, whatever place they have; and those of the build, in order."""
    for index, (wanted, came) in enumerate(zip(expected.build.stages, actual.build.stages, strict=False)):
        yield f"/strategy/build-phase/stages/{index}", wanted, came
    left = list(expected.apply.stages)
    for index, came in enumerate(actual.apply.stages):
        same = [each for each in left if each.name == came.name and set(worked_on(each)) == set(worked_on(came))]
        if same:
            left.remove(same[0])
            yield f"{_APPLY}/{index}", same[0], came


def _what(step: Step) -> tuple[str, tuple[str, ...]]:
    """What a step does; the order of its hosts is told with their grouping."""
    return step.name, tuple(sorted(step.entity_names)) if step.entity_type == "hosts" else step.entity_names


def _otherwise(where: str, wanted: Stage, came: Stage) -> Iterator[Remark]:
    """Steps that are missing, too many, out of order, or on other entities."""
    names, others = [step.name for step in wanted.steps], [step.name for step in came.steps]
    if names == others:
        for index, (step, other) in enumerate(zip(wanted.steps, came.steps, strict=True)):
            if _what(step) != _what(other):
                text = f"{step.name} expected of {_names(step.entity_names, ordered=True)}"
                text += f", is of {_names(other.entity_names, ordered=True)}"
                yield _step(where, came, f"/steps/{index}/entity-names", text, _names(step.entity_names))
        return
    if sorted(names) == sorted(others):
        yield _out_of_order(where, wanted, came)
        return
    for tag, first, last, start, end in SequenceMatcher(a=names, b=others, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for index in range(first, last):
            following = others[end] if end < len(others) else ""
            place = f"before {following}" if following else "at the end"
            yield _step(where, came, "/steps", f"{_told(wanted.steps[index])} expected {place}, is missing", place)
        for index in range(start, end):
            yield _step(where, came, f"/steps/{index}", f"{_told(came.steps[index])} is not expected", "no such step")


def _out_of_order(where: str, wanted: Stage, came: Stage) -> Remark:
    """The same steps in another order: the first of them that comes too late, and what it should come before."""
    for index, (step, other) in enumerate(zip(wanted.steps, came.steps, strict=True)):
        if step.name != other.name:
            return _step(where, came, f"/steps/{index}", f"{_told(step)} expected before {other.name}", step.name)
    raise AssertionError("the steps are in the same order")


def _timeouts(where: str, wanted: Stage, came: Stage) -> Iterator[Remark]:
    for index, (step, other) in enumerate(zip(wanted.steps, came.steps, strict=True)):
        if step.timeout != other.timeout:
            text = f"timeout of {step.name} expected {step.timeout} s, is {other.timeout} s"
            yield _step(where, came, f"/steps/{index}/timeout", text, str(step.timeout), part=Part.TIMEOUTS)


def _step(  # noqa: PLR0913 - where, in what, and what about it
    where: str, stage: Stage, place: str, text: str, expected: str, *, part: Part = Part.STEPS
) -> Remark:
    number = where.rpartition("/")[2]
    hosts = worked_on(stage)
    told = f"stage {number} ({stage.name}): {text}"
    return Remark(part, told, expected, _listed(stage), where + place, stage.name, frozenset(hosts))


def _told(step: Step) -> str:
    return f"{step.name} of {_names(step.entity_names, ordered=True)}" if step.entity_names else step.name


def _listed(stage: Stage) -> str:
    return ", ".join(step.name for step in stage.steps)


# --- everything else


def _rest(expected: Strategy, actual: Strategy, *, told: bool) -> Iterator[Remark]:
    """Every other place that differs. What the sentences above have told is not told again, nor what a vendor adds."""
    for each in differences(_comparable(expected), _comparable(actual)):
        added = each.expected is ABSENT and not each.pointer.rpartition("/")[2].isdigit()
        if added or (told and (_TOLD.search(each.pointer) or _OF_BUILD.search(each.pointer))):
            continue
        yield _plain(each)


def _comparable(strategy: Strategy) -> dict[str, object]:
    return {name: value for name, value in strategy.members.items() if name != "name"}


def _plain(each: Difference) -> Remark:
    wanted, came = _value(each.expected), _value(each.actual)
    text = f"{each.pointer.lstrip('/')} expected {wanted}, is {came}"
    return Remark(Part.REST, text, wanted, came, "/strategy" + each.pointer)


def _value(value: object) -> str:
    text = "absent" if value is ABSENT else "empty" if value == "" else str(value)
    return text if len(text) <= 120 else text[:119] + "…"  # noqa: PLR2004 - a line


def _names(names: Iterable[str], *, ordered: bool = False) -> str:
    listed: Sequence[str] = list(names) if ordered else sorted(names)
    shown = ", ".join(listed[:_SHOWN])
    return f"{shown} and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else shown or "nothing"
