"""What a release does as one plain OpenAPI 3.1 file in YAML."""

from typing import Final

import yaml

from spec.contract import Contract
from spec.release import Release

_WIDTH: Final = 120


def openapi_file(release: Release, contract: Contract) -> str:
    """The document of the contract, with a first line that says whose it is; no overlay, alias or anchor is left."""
    document = contract.document  # a copy in which nothing is shared, so that nothing is written as an alias
    body = yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    count = len(release.deviations)
    return f"# The API as {release.title} has it, {count} deviations from its reference included.\n{body}"
