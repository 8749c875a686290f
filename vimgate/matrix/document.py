"""The matrix as a JSON value. Its schema is `matrix.schema.json`."""

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Final

from conformance.runs.killing import Matrix, Row, Trial
from spec.load import ledger_digest, load_contract
from vimgate.matrix.work import Asked

FORMAT: Final = "vimgate-mutants"
VERSION: Final = 1
_VERSIONS: Final = ("vimgate", "schemathesis", "hypothesis", "pytest")


@dataclass(frozen=True, slots=True)
class Made:
    """When a matrix was made, and how long that took."""

    started: str
    seconds: float


def document(matrix: Matrix, asked: Asked, made: Made) -> dict[str, Any]:
    """Everything that was asked and came out."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "started": made.started,
        "seconds": round(made.seconds, 3),
        "seed": asked.options.seed,
        "workers": asked.workers,
        "full": not asked.options.stop_at_first,
        "contract": load_contract().digest,
        "ledger": ledger_digest(),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in _VERSIONS},
        "peer": {"name": "schemathesis", "runs": asked.peer_runs, "alarms": list(matrix.peer_alarms)}
        if asked.peer
        else None,
        "clean": [asdict(each) | {"seconds": round(each.seconds, 3)} for each in matrix.clean],
        "mutants": [_row(row) for row in matrix.rows],
        "rates": {name: asdict(rate) | {"share": round(rate.share, 4)} for name, rate in matrix.rates.items()},
        "broken_promises": list(matrix.broken_promises),
        "not_run": list(matrix.not_run),
    }


def _row(row: Row) -> Mapping[str, Any]:
    return asdict(row.subject) | {
        "ours": _trial(row.ours) | {"as_promised": row.as_promised},
        "peer": _trial(row.peer) if row.peer is not None else None,
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {"killed": trial.killed} | asdict(trial) | {"seconds": round(trial.seconds, 3)}
