"""What a verdict was judged by, as SHA-256 in hex: digests of the contract and of the ledger of a release.

They are made of the files as they are, so that nothing need be read to know them; that the files are sound is for
`load` to say.
"""

import hashlib
import re
from importlib.resources import files
from typing import Final

PUBLISHED: Final = "published"
"""The release that deviates from the published document in nothing."""

_EXTENDS: Final = re.compile(rb"^extends: *([a-z0-9.-]+[.]yaml) *$", re.MULTILINE)
_LONGEST: Final = 100  # releases; what builds on itself is for `load` to refuse


def contract_digest(release: str = PUBLISHED) -> str:
    """That of the contract: the published API, and what the release changes. OSError for a release without a file."""
    return _digest("openapi.yaml", release=release)


def ledger_digest(release: str = PUBLISHED) -> str:
    """That of the requirements, the law, and what the release changes. OSError for a release without a file."""
    return _digest("requirements.yaml", "lifecycle.yaml", release=release)


def _digest(*names: str, release: str) -> str:
    digest = hashlib.sha256()
    for content in (*map(_content, names), *_contents(release)):
        digest.update(content)
    return digest.hexdigest()


def _contents(release: str) -> list[bytes]:
    """The files of a release and of those that it builds on, the oldest first; none for the document itself."""
    found: list[bytes] = []
    name: str | None = None if release == PUBLISHED else f"{release}.yaml"
    while name is not None and len(found) <= _LONGEST:
        found.insert(0, _content(f"releases/{name}"))
        neighbour = _EXTENDS.search(found[0])
        name = neighbour[1].decode() if neighbour else None
    return found


def _content(name: str) -> bytes:
    return files("spec").joinpath(name).read_bytes()
