"""Faults of a scenario, told for the target at hand: a scenario does not know how the hosts of a target are called."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

type _Named = Mapping[str, Any]


def _is_worker(host: _Named) -> bool:
    return (host.get("personality"), host.get("admin_state", "unlocked")) == ("worker", "unlocked")


def _is_controller(host: _Named) -> bool:
    return "controller" in str(host.get("personality", ""))


def _is_running(instance: _Named) -> bool:
    return bool(instance.get("admin_state", "unlocked") == "unlocked")


# What stands in a scenario -> the list of a world document, and which of its entries will do.
_WORDS: Final[Mapping[str, tuple[str, Callable[[_Named], bool]]]] = {
    "{worker}":     ("hosts",     _is_worker),
    "{controller}": ("hosts",     _is_controller),
    "{instance}":   ("instances", _is_running),
}  # fmt: skip


def needs_world(faults: Sequence[_Named]) -> bool:
    """Whether a name of the target's world has to be put into them."""
    return any(isinstance(value, str) and value in _WORDS for fault in faults for value in fault.values())


def named(faults: Sequence[_Named], world: _Named) -> list[dict[str, Any]]:
    """The faults with the names of this world (a world document) in place of words such as `{worker}`.

    LookupError when the world has none of that sort.
    """
    return [{member: _name(value, world) for member, value in fault.items()} for fault in faults]


def _name(value: Any, world: _Named) -> Any:
    if not isinstance(value, str) or value not in _WORDS:
        return value
    table, fits = _WORDS[value]
    entries = world.get(table)
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and fits(entry):
            return entry.get("name")
    raise LookupError(f"the target's world has no {value.strip('{}')}")
