"""A report held against its evidence: whether both are of one run, and what the evidence comes to otherwise.

Pure but for the file that is read. Why nothing can be recomputed is another thing than a difference.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conformance.evidence.form import Manifest
from conformance.evidence.reading import Evidence as Opened
from conformance.evidence.reading import MissingEvidence, open_evidence
from conformance.runs.account import asked
from conformance.runs.collector import COUNT
from conformance.runs.recompute import Recomputed, account_of, recompute
from reports.agreement import disagreements
from reports.lines import run_value
from reports.model import Evidence, Report
from spec.load import RELEASES, ledger_digest, load_contract

# Options that stand in the header of a report as well.
_SAME: Final = ("seed", "changes", "only", "skip", "release")


class Unverifiable(Exception):  # noqa: N818 - the name says what happened
    """Nothing can be recomputed here. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of a report when it was recomputed.

    `differences` say what is not as the report says; none: every verdict follows from the evidence. `uncertain` are
    requirements that cannot be recomputed, `why` in words.
    """

    tests: int
    exchanges: int
    requirements: int
    differences: tuple[str, ...] = ()
    uncertain: frozenset[str] = field(default_factory=frozenset)
    why: tuple[str, ...] = ()


def verify(report: Report, folder: Path, watch: Callable[[int, int], None] = lambda _, __: None) -> Verified:
    """Recompute every verdict of a report from the evidence in its folder, and compare.

    `watch` is told how many tests of how many are done. Raises Unverifiable, MissingEvidence, DamagedEvidence.
    """
    said = report.evidence
    if said is None:
        raise Unverifiable(
            "the report has no evidence: it was written with --no-evidence, or by a vimgate that kept none; "
            "nothing of it can be recomputed"
        )
    path = folder / said.file
    if Path(said.file).name != said.file or said.file in ("", ".", ".."):
        return Verified(0, 0, 0, (f"the report names {said.file!a} as its evidence, which is no file beside it",))
    if changed := _other_file(path, said):
        return Verified(0, 0, 0, (changed,))
    with open_evidence(path) as evidence:
        _check_norm(evidence.manifest, report)
        if missing := [test.id for test in evidence.tests if not test.events]:
            raise Unverifiable(
                f"the evidence is partial: of {len(missing)} of {len(evidence.tests)} tests no exchanges were kept, "
                f"{missing[0]} first; their verdicts cannot be recomputed"
            )
        differences = [*_other_run(report, said, evidence)]
        found = recompute(evidence, report.run, watch)
        differences += found.differing
        differences += disagreements(report, found.report, found.uncertain, found.blurred)
        return Verified(
            len(evidence.tests),
            evidence.manifest.exchanges,
            len(report.results) - len(found.uncertain),
            tuple(differences),
            found.uncertain,
            tuple(_why(found)),
        )


def _other_file(path: Path, said: Evidence) -> str:
    """What the file is otherwise than the report says. Raises MissingEvidence."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        raise MissingEvidence(f"{path}: the evidence cannot be read: {error.strerror or error}") from error
    if (digest, size) == (said.digest, said.bytes):
        return ""
    return f"{path}: it is not the file that the report was written with; one of both was changed, or is of another run"


def _check_norm(manifest: Manifest, report: Report) -> None:
    """Raise Unverifiable when this vimgate judges by something else."""
    if report.run.release not in RELEASES:
        raise Unverifiable(
            f"the run was judged by release {report.run.release!a}, which this vimgate does not have; verify it with "
            "the vimgate that wrote it"
        )
    ours = load_contract(report.run.release).digest, ledger_digest(report.run.release)
    if (manifest.contract, manifest.ledger) != ours:
        version = dict(report.run.versions).get("vimgate", "that wrote it")
        raise Unverifiable(
            "the run was judged by another contract or ledger than this vimgate has "
            f"({manifest.contract[:12]} and {manifest.ledger[:12]}; here {ours[0][:12]} and {ours[1][:12]}); "
            f"verify it with vimgate {version}"
        )


def _other_run(report: Report, said: Evidence, evidence: Opened) -> Iterator[str]:
    """What the report's header says otherwise than the evidence."""
    manifest, run = evidence.manifest, run_value(report.run)
    for name in sorted({*run, *manifest.run}):
        if run.get(name) != manifest.run.get(name):
            yield f"the header's {name} is {run.get(name)!a}; the evidence is of a run with {manifest.run.get(name)!a}"
    options = account_of(evidence).options
    told = asked(options)
    known = {"level": run.get("level"), **{name: run.get(name, []) for name in _SAME}, **run.get("suite", {})}
    for name, value in known.items():
        if told.get(name) != value:
            yield f"the header's {name} is {value!a}; the run was asked {told.get(name)!a}"
    counts = {"exchanges": (said.exchanges, manifest.exchanges), "stored": (said.distinct, evidence.distinct)}
    handed = sum(int(test.handed.get(COUNT, "0")) for test in evidence.tests)
    for name, (theirs, ours) in {**counts, "judged": (manifest.exchanges, handed)}.items():
        if theirs != ours:
            yield f"{theirs} exchanges are said to be {name}; there are {ours}"


def _why(found: Recomputed) -> Iterator[str]:
    for nodeid, gap in found.gaps.items():
        yield f"{nodeid}: {', '.join(gap.requirements) or 'what was seen'}: {gap.why}"
