"""The evidence of a run: where its events go while it runs, and how they are stored at its end.

A test whose stored events need not come to the same, since a secret was taken out of them or it was broken off, is
told to a judge again at the end, and what differs is written down.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from conformance.evidence.form import (
    FORMAT,
    VERSION,
    Gap,
    Manifest,
    StoredDeparture,
    StoredWaiver,
)
from conformance.evidence.spool import read_spool, spool_path
from conformance.evidence.store import KeptTest, write
from conformance.runs.account import Account, Handed, asked
from conformance.runs.collector import COUNT, DOUBT
from conformance.runs.recompute import Court, difference
from reports.lines import run_value
from reports.model import Evidence, Report, Run, Waiver
from reports.redact import redact_report, redact_text
from spec.load import ledger_digest, load_contract


def store(  # noqa: PLR0913 - what a report is made of
    path: Path,
    folder: Path,
    account: Account,
    run: Run,
    *,
    waivers: Iterable[Waiver] | None,
    secrets: tuple[str, ...],
) -> Evidence:
    """Store the evidence of a run whose events are in a folder; what its report says of it. Raises OSError."""
    clean = account.without(secrets)
    tests = [kept_in(folder, nodeid, handed) for nodeid, handed in clean.handed.items()]
    manifest = Manifest(
        format=FORMAT,
        version=VERSION,
        run=run_value(redact_report(Report(run), secrets).run),
        options=asked(account.options),
        contract=load_contract(run.release).digest,
        ledger=ledger_digest(run.release),
        members={},
        exchanges=sum(int(handed.get(COUNT, "0")) for handed in clean.handed.values()),
        broken=clean.broken,
        notes=clean.notes,
        reasons=dict(clean.reasons),
        faults=dict(clean.faults),
        departure=_departure(clean),
        gaps=dict(_gaps(tests, account)),
        waivers=None if waivers is None else tuple(_waiver(each, frozenset(secrets)) for each in waivers),
    )
    return write(path, manifest, tests)


def kept_in(folder: Path, nodeid: str, handed: Handed) -> KeptTest:
    """A test whose events are in a folder."""
    return KeptTest(nodeid, handed, lambda: read_spool(spool_path(folder, nodeid)))


def _gaps(tests: Iterable[KeptTest], account: Account) -> Iterator[tuple[str, Gap]]:
    """What does not come to the same again, of the tests that are in doubt."""
    court = Court(account.options)
    for test in tests:
        source = test.open() if DOUBT in test.handed else None
        if source is not None:
            with closing(source):
                told = difference(test.handed, court.rejudge(source))
            if told.any:
                yield test.id, Gap(why=test.handed[DOUBT], **asdict(told))


def _departure(account: Account) -> StoredDeparture | None:
    if account.departure is None:
        return None
    return StoredDeparture(told=account.departure.told, left=account.departure.left, remedy=account.remedy)


def _waiver(waiver: Waiver, known: frozenset[str]) -> StoredWaiver:
    told = asdict(waiver)
    return StoredWaiver(**(told | {name: redact_text(told[name], known) for name in ("reason", "ticket")}))
