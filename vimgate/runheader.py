"""The header of a run: what is judged, by what and how, as it is known before the first request."""

import hashlib
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from conformance.runs.options import Options
from conformance.targets.target import EMBEDDED, shown
from reports.model import Run
from vimgate import embedded
from vimgate.matrix.rate import kill_rate, this_harness

_VERSIONS: Final = ("vimgate", "schemathesis", "hypothesis", "pytest")
# Numbers of the options that a finding may depend on: a report says them, so that it can be looked for again.
SUITE: Final = ("examples", "sequences", "clients")


def header(options: Options) -> Run:
    """The header of the run that these options ask for; it begins now.

    The digest of the world is that of its document as JSON, in the members' own order: what the suite is handed.
    """
    harness = this_harness(options.release)
    return Run(
        target=EMBEDDED if options.target == embedded.TARGET else shown(options.target),
        release=options.release,
        seed=options.seed,
        changes=options.changes,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=(("python", platform.python_version()), *((name, version(name)) for name in _VERSIONS)),
        contract_digest=harness.contract,
        only=options.only,
        skip=options.skip,
        shard=options.shard,
        suite=tuple((name, getattr(options, name)) for name in SUITE),
        ledger_digest=harness.ledger,
        world_digest=hashlib.sha256(options.world.encode()).hexdigest() if options.world else "",
        kills=kill_rate(harness),
    )
