"""The reports of shards made one from their evidence: read with distrust, joined test by test, stored as a whole."""

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from conformance.evidence.form import Gap, Manifest, StoredDeparture
from conformance.evidence.reading import Evidence, EvidenceError, open_evidence
from conformance.evidence.store import FILE_NAME, KeptTest, write
from conformance.runs.account import Account, asked
from conformance.runs.merging import NoMerge, Part, in_order, joined
from conformance.runs.recompute import account_of, report_of, waivers_of
from reports.lines import run_value
from reports.model import Report, Run
from spec.load import RELEASES, ledger_digest, load_contract

# Facts of a header that are told after the evidence was stored.
_TOLD_LATER = frozenset({"waivers_digest"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A report of one shard: how it was named, what it says, and the folder that it is in."""

    place: str
    report: Report
    folder: Path


def merge(shown: Sequence[Shown], out: Path, *, allow_missing: bool = False) -> Report:
    """The report of the whole run whose shards these are; its evidence is stored in the folder `out`.

    Raises NoMerge when they are not the shards of one run or have no evidence, PartsMissing when some are not there
    and that is not allowed, OSError when the evidence cannot be stored.
    """
    with ExitStack() as stack:
        opened = [(each, stack.enter_context(_opened(each))) for each in shown]
        evidences = {each.place: evidence for each, evidence in opened}
        parts = [Part(each.place, each.report.run, account_of(evidence)) for each, evidence in opened]
        if len(evidences) < len(parts):
            raise NoMerge("a report was named twice; name each once")
        ordered, missing = in_order(parts, allow_missing=allow_missing)
        run, account = joined(ordered, missing)
        mine = [evidences[part.place] for part in ordered]
        _check_waivers(ordered, mine)
        report = report_of(account, run, waivers_of(mine[0].manifest))
        tests = [
            KeptTest(test.id, test.handed, partial(evidence.source, test))
            for evidence in mine
            for test in evidence.tests
        ]
        stored = write(out / FILE_NAME, _manifest(mine, account, run), tests)
    return replace(report, evidence=stored)


def _opened(shown: Shown) -> Evidence:
    """The evidence of a report, when it is the evidence of that report. Raises NoMerge."""
    said = shown.report.evidence
    if said is None or Path(said.file).name != said.file:
        raise NoMerge(
            f"{shown.place}: the report has no evidence, from which shards are merged; play it without --no-evidence"
        )
    path = shown.folder / said.file
    try:
        evidence = open_evidence(path)
    except EvidenceError as error:
        raise NoMerge(str(error)) from error
    try:
        _check(shown, evidence, path)
    except BaseException:
        evidence.close()
        raise
    return evidence


def _check(shown: Shown, evidence: Evidence, path: Path) -> None:
    manifest, run = evidence.manifest, run_value(shown.report.run)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    told = {name for name in {*run, *manifest.run} - _TOLD_LATER if run.get(name) != manifest.run.get(name)}
    if shown.report.evidence is None or digest != shown.report.evidence.digest or told:
        raise NoMerge(f"{path}: this is not the evidence of the report beside it; one of them was changed")
    release = shown.report.run.release
    norm = (load_contract(release).digest, ledger_digest(release)) if release in RELEASES else None
    if (manifest.contract, manifest.ledger) != norm:
        version = dict(shown.report.run.versions).get("vimgate", "that wrote it")
        raise NoMerge(f"{shown.place}: it was judged by another contract or ledger; merge it with vimgate {version}")


def _check_waivers(parts: Sequence[Part], evidences: Sequence[Evidence]) -> None:
    for part, evidence in zip(parts, evidences, strict=True):
        if evidence.manifest.waivers != evidences[0].manifest.waivers:
            raise NoMerge(f"{part.place}: it was given other waivers than {parts[0].place}; give all shards the same")


def _manifest(evidences: Sequence[Evidence], account: Account, run: Run) -> Manifest:
    left = account.departure
    gaps: dict[str, Gap] = {}
    for evidence in evidences:
        gaps |= evidence.manifest.gaps
    return msgspec.structs.replace(
        evidences[0].manifest,
        run=run_value(run),
        options=asked(account.options),
        exchanges=sum(evidence.manifest.exchanges for evidence in evidences),
        broken=account.broken,
        notes=account.notes,
        reasons=dict(account.reasons),
        faults=dict(account.faults),
        departure=StoredDeparture(told=left.told, left=left.left, remedy=account.remedy) if left is not None else None,
        gaps=gaps,
    )
