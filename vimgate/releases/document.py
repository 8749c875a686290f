"""What changes from one release to another, as one JSON value. Its schema is `changes.schema.json`."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from spec.comparison import Change, Edition
from vimgate.releases.changes import sentence, where

FORMAT: Final = "vimgate-release-changes"
VERSION: Final = 1


def document(old: Edition, new: Edition, changes: Iterable[Change]) -> dict[str, Any]:
    """Both releases, and every change with its sentence."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "old": _release(old),
        "new": _release(new),
        "changes": [asdict(each) | {"where": where(each, old, new), "text": sentence(each)} for each in changes],
    }


def _release(edition: Edition) -> dict[str, Any]:
    return {
        "release": edition.release.name,
        "title": edition.release.title,
        "contract": edition.contract.digest,
        "kinds": list(edition.contract.kinds),
    }
