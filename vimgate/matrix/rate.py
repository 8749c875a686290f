"""How good this harness is, as it was measured: a report says it, and never of a harness that it was not measured with.

`rate.json` is written by `tests/conformance/mutants/regenerate.py` from a matrix of all mutants.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

from reports.model import KillRate
from spec.load import PUBLISHED, ledger_digest, load_contract

FILE_NAME: Final = "rate.json"


@dataclass(frozen=True, slots=True)
class Harness:
    """What a rate is of: the version of vimgate, and the SHA-256 (hex) of the contract and of the ledger.

    The ledger counts: it says what is demanded and how strictly, so under another one other mutants may live.
    """

    version: str
    contract: str
    ledger: str


def this_harness(release: str = PUBLISHED) -> Harness:
    """The harness that is installed here, as it judges by a release."""
    return Harness(version("vimgate"), load_contract(release).digest, ledger_digest(release))


def kill_rate(harness: Harness) -> KillRate | None:
    """The rate that was measured with this harness; None when the one that is known is of another."""
    return rate_of(measured(), harness)


def rate_of(said: Mapping[str, Any], harness: Harness) -> KillRate | None:
    """The rate that a document says, if it is of this harness; see `kill_rate`."""
    if any(said[name] != value for name, value in asdict(harness).items()):
        return None
    return KillRate(**{field.name: said[field.name] for field in fields(KillRate)})


def measured() -> dict[str, Any]:
    """What was measured last, and with what."""
    said: dict[str, Any] = json.loads((files("vimgate") / "matrix" / FILE_NAME).read_text(encoding="utf-8"))
    return said
