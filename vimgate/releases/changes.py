"""A change between two releases as a sentence of what a client sees."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from spec.comparison import Area, Change, Edition, What
from vimgate.releases.phrases import ids, listed, places, quoted


def where(change: Change, old: Edition, new: Edition) -> str:
    """The operations or kinds that a change is about, in words; `the service` when it is none in particular."""
    if change.area is Area.REQUIREMENTS:
        return listed(change.subjects)
    operations = {each.operation_id: each for edition in (old, new) for each in edition.contract.operations}
    shared = [kind for kind in new.contract.kinds if kind in old.contract.kinds]
    return places(change.subjects, operations, shared) or "the service"


def sentence(change: Change) -> str:
    """What changes, in words; without the place."""
    return _SAYING[change.area](change)


# ---- whole things ----


def _kind(change: Change) -> str:
    names = listed(change.names)
    if change.what is What.ENDS:
        return f"{names} goes, with {listed(change.old['operations'])}"
    create = f"a create needs {quoted(change.new['mandatory'])}, and may have {quoted(change.new['optional'])}"
    return f"{names} comes, with {listed(change.new['operations'])}; {create}"


def _operation(change: Change) -> str:
    match change.what, change.aspect:
        case What.BEGINS, _:
            return f"{listed(change.names)} comes: {change.new}"
        case What.ENDS, _:
            return f"{listed(change.names)} goes: {change.old}"
        case _, "body":
            return f"a request body is {_BODIES[change.new]} now, {_BODIES[change.old]} before"
        case _, "success":
            return f"success is {change.new} now, {change.old} before"
    return f"{change.new} now, {change.old} before"


_BODIES: Final = {"none": "of no use", "optional": "optional", "required": "mandatory"}


def _caller(change: Change) -> str:
    names = listed(change.names)
    match change.part, change.what:
        case "header", What.BEGINS:
            return f"a token is read from {names}, too"
        case "header", _:
            return f"a token is not read from {names} any more"
        case _, What.BEGINS:
            return f"{names}: roles {listed(change.new, 'or')}"
        case _, What.ENDS:
            return f"{names}: nothing is said of roles any more; {listed(change.old, 'or')} before"
    return f"{names}: roles {listed(change.new, 'or')} now, {listed(change.old, 'or')} before"


def _status(change: Change) -> str:
    codes = listed(change.names, "or")
    match change.what:
        case What.BEGINS:
            return f"may answer {codes}"
        case What.ENDS:
            return f"does not answer {codes} any more"
    return f"{codes} is {change.new} by the published document now, {change.old} before"


def _link(change: Change) -> str:
    names = listed(change.names)
    return f"links to {names}" if change.what is What.BEGINS else f"does not link to {names} any more"


# ---- members ----


def _asked(change: Change) -> str:
    names = quoted(change.names)
    match change.what:
        case What.BEGINS:
            return f"{names}: known now; {_needed(change.new['needed'])}, {_held(change.new)}"
        case What.ENDS:
            return f"{names}: unknown now, and refused; {_needed(change.old['needed'])} before"
    return f"{names}: {_SIDES[change.aspect](change.old, change.new)}"


def _shown(change: Change) -> str:
    names = f"{change.part} {quoted(change.names)}"
    match change.what:
        case What.BEGINS:
            return f"{names}: there now, {_SHOWN[change.new['needed']]}; {_held(change.new)}"
        case What.ENDS:
            return f"{names}: gone; {_SHOWN[change.old['needed']]} before"
    if change.aspect == "needed":
        return f"{names}: {_SHOWN[change.new]} now, {_SHOWN[change.old]} before"
    return f"{names}: {_SIDES[change.aspect](change.old, change.new)}"


_SHOWN: Final = {"yes": "always", "no": "not always"}


def _needed(word: str) -> str:
    return {"yes": "mandatory", "no": "optional"}.get(word, f"mandatory {word}")


def _held(side: Mapping[str, Any]) -> str:
    """What may stand in a member, with bounds and what holds without it."""
    what = [*side["words"], *side["types"], *(["null"] if side["null"] else [])] or ["any value"]
    bounds = "" if side["range"] is None else f", {_range(side['range'])}"
    default = "" if side["default"] is None else f", {_value(side['default'])} when left out"
    return f"{listed(what, 'or')}{bounds}{default}"


def _words(old: list[str], new: list[str]) -> str:
    more, fewer = [each for each in new if each not in old], [each for each in old if each not in new]
    if not old:
        return f"{listed(new, 'or')} now, open before"
    if not new:
        return f"open now, {listed(old, 'or')} before"
    parts = [f"also {listed(more, 'or')} now"] if more else []
    parts += [f"not {listed(fewer, 'or')} any more"] if fewer else []
    return ", ".join(parts) or "its words in another order"


def _range(bounds: list[Any] | None) -> str:
    match bounds:
        case None:
            return "no bound"
        case [low, None]:
            return f"{low} or more"
        case [None, high]:
            return f"{high} or less"
    return f"{bounds[0]} to {bounds[1]}"


def _types(types: list[str]) -> str:
    return listed(types or ["one of its words"], "or")


def _value(value: Any) -> str:
    if value is None:
        return "nothing is said"
    return str(value).lower() if isinstance(value, bool) else str(value)


_SIDES: Final[Mapping[str, Callable[[Any, Any], str]]] = {
    "needed": lambda old, new: f"{_needed(new)} now, {_needed(old)} before",
    "null": lambda _, new: "null is allowed now" if new else "null is not allowed any more",
    "words": _words,
    "types": lambda old, new: f"{_types(new)} now, {_types(old)} before",
    "range": lambda old, new: f"{_range(new)} now, {_range(old)} before",
    "default": lambda old, new: f"when left out, {_value(new)} now, {_value(old)} before",
}


# ---- what may be seen ----


def _lifecycle(change: Change) -> str:
    return _LAWS[change.part](listed(change.names), change)


def _answered(name: str, change: Change) -> str:
    now, before = (listed(side or ["nothing"], "or") for side in (change.new, change.old))
    return f"{_ANSWERED[name]} is answered {now} now, {before} before"


def _null_stage(names: str, change: Change) -> str:
    return f"null as `stage-id` of {names} means {change.new or 'nothing any more'}"


def _state(names: str, change: Change) -> str:
    now, before = (listed(side or ["no state"], "or") for side in (change.new, change.old))
    return f"after {names} comes {now} now, {before} before"


def _request(names: str, change: Change) -> str:
    return f"{names}: {change.new or 'not said'} now, {change.old or 'not said'} before"


_LAWS: Final[Mapping[str, Callable[[str, Change], str]]] = {
    "requests": _request,
    "answers": _answered,
    "null-stage": _null_stage,
    "states": _state,
}
_ANSWERED: Final = {
    "refused": "what is refused",
    "missing": "what finds no strategy",
    "aside": "who is turned away, or comes at a bad moment,",
}


def _plan(change: Change) -> str:
    if change.aspect == "generic":
        return "plans are not judged any more, their words are an open set" if change.new else "plans are judged"
    return f"{change.part}: {'also' if change.what is What.BEGINS else 'no longer'} {', '.join(change.names)}"


# ---- deviations and requirements ----


def _deviation(change: Change) -> str:
    side = change.old if change.what is What.ENDS else change.new
    turn = f"{listed(change.names)} ({side['group']}) {_TURNS[change.what]}"
    return f"{turn}. The document: {side['document']} Deployments: {side['deployment']}"


_TURNS: Final = {What.BEGINS: "begins", What.ENDS: "ends", What.CHANGES: "is told otherwise"}


def _requirement(change: Change) -> str:
    verb = {What.BEGINS: "asked", What.ENDS: "not asked any more", What.CHANGES: "asked otherwise"}[change.what]
    return f"{verb}: {ids(change.names)}"


_SAYING: Final[Mapping[Area, Callable[[Change], str]]] = {
    Area.KINDS: _kind,
    Area.OPERATIONS: _operation,
    Area.CALLERS: _caller,
    Area.REQUESTS: _asked,
    Area.STATUSES: _status,
    Area.ANSWERS: _shown,
    Area.LINKS: _link,
    Area.LIFECYCLE: _lifecycle,
    Area.PLANS: _plan,
    Area.DEVIATIONS: _deviation,
    Area.REQUIREMENTS: _requirement,
}
