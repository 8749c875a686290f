"""A fleet as it was asked for: its targets, before anything is known of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One target of a fleet: its name, where it is (redacted), by which release, how deep (empty: as deep as can be).

    `again` is the command that judges it alone.
    """

    name: str
    target: str
    release: str
    level: str = ""
    again: str = ""

    def to_json(self) -> dict[str, Any]:
        """The target as a JSON value."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Asked":
        """The reverse of `to_json`. Raises KeyError, TypeError for any other value."""
        return cls(**{name: str(value[name]) for name in ("name", "target", "release", "level", "again")})
