"""Rulebooks: what differs between releases, as data.

Lives here: the rulebooks that are shipped, their schema, and the reading of rulebook files, shipped or somebody's own,
into a `Release`.
Never here: what a rule means (engine, engine.planning, the Flask shell).

  published.yaml        the published API reference
  stx-*.yaml            the releases of StarlingX, each on its neighbour (docs/adr/0038)
  rulebook.schema.json  the public format
  files.py              a file and those that it extends, merged
  engine_rules.py       the engine's part of a merged rulebook -> engine.rulebook.Rulebook
  generic_rules.py      ... of it the kinds whose stages are plausible rather than known
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from reference_server.engine.rulebook import Rulebook
from reference_server.rulebooks.engine_rules import build_rulebook
from reference_server.rulebooks.files import SHIPPED, Merged, merge_file
from reference_server.wirerules import WireRules

__all__ = ["RELEASES", "Release", "load_release", "read_release"]

RELEASES: Final = SHIPPED
"""Names of the shipped releases."""


@dataclass(frozen=True)
class Release:
    """One release: its name, what the engine does, what the wire looks like."""

    name: str
    rulebook: Rulebook
    wire: WireRules


@cache
def load_release(name: str) -> Release:
    """The shipped release of that name. Raises LookupError for another name."""
    if name not in RELEASES:
        raise LookupError(f"there is no release {name!r}; write one of {', '.join(RELEASES)}")
    return _release(merge_file(Path(f"{name}.yaml")))


def read_release(path: Path, base: str = "published") -> Release:
    """The release of a rulebook file; it extends the shipped `base` unless it says otherwise. Raises DocumentError."""
    return _release(merge_file(path, base))


def _release(merged: Merged) -> Release:
    rulebook = build_rulebook(merged)
    wire = WireRules.from_mapping(merged.value.get("wire", {}), name=f"{merged.name}: /wire")
    return Release(rulebook.release, rulebook, wire)
