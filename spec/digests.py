"""What a verdict was judged by, as SHA-256 in hex: digests of the contract and of the ledger of a release.

They are made of the files as they are, so that nothing need be read to know them; that the files are sound is for
`load` to say.
"""

import hashlib
from importlib.resources import files
from typing import Final

PUBLISHED: Final = "published"
"""The release that deviates from the published document in nothing."""


def contract_digest(release: str = PUBLISHED) -> str:
    """That of the contract: the published API, and what the release changes. OSError for a release without a file."""
    return _digest("openapi.yaml", release=release)


def ledger_digest(release: str = PUBLISHED) -> str:
    """That of the requirements, the law, and what the release changes. OSError for a release without a file."""
    return _digest("requirements.yaml", "lifecycle.yaml", release=release)


def _digest(*names: str, release: str) -> str:
    of_release = [] if release == PUBLISHED else [f"releases/{release}.yaml"]
    digest = hashlib.sha256()
    for name in (*names, *of_release):
        digest.update(files("spec").joinpath(name).read_bytes())
    return digest.hexdigest()
