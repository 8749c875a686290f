"""A fleet of eight targets, written by hand: five alike, one that fails alone, one lost and cleared, one not begun.

What the run of the one that fails had left on it was removed later.
"""

import pytest

from reports.fleet.asked import Asked
from reports.fleet.ending import End, Ending
from reports.fleet.merged import merged
from reports.fleet.summary import Summary
from reports.model import Level, Outcome, Verdict

FAILED, WARNED = "VIM-LIFE-014", "VIM-API-003"
TEXT = "While a phase runs, its completion percentage never becomes smaller."
FOUND = "The phase shows less progress than before."
WORKER = "tcp://127.0.0.1:40001"
GOOD = {
    Level.WIRE: Outcome.CONFORMANT,
    Level.PROTOCOL: Outcome.CONFORMANT,
    Level.LIFECYCLE: Outcome.CONFORMANT,
    Level.ORCHESTRATION: None,
    Level.ORACLE: None,
}


@pytest.fixture
def judged():
    """Makes the ending of a target that was judged: by default all is well but a warning that all have."""

    def make(name, verdicts=(), *, release="stx-8.0", duration=600.0, requests=18_000, **members):
        held = {WARNED: Verdict.WARN} | dict(verdicts)
        failed = [requirement for requirement, verdict in held.items() if verdict is Verdict.FAIL]
        outcome = Outcome.NOT_CONFORMANT if failed else Outcome.CONFORMANT
        summary = Summary(
            release=release,
            changes="allowed",
            level=Level.LIFECYCLE,
            reached=Level.PROTOCOL if failed else Level.LIFECYCLE,
            levels=GOOD | ({Level.LIFECYCLE: Outcome.NOT_CONFORMANT} if failed else {}),
            counts={"pass": 200, "warn": 1, "fail": len(failed)},
            duration_seconds=duration,
            requests=requests,
            verdicts=held,
            texts=dict.fromkeys(failed, TEXT),
            found=dict.fromkeys(failed, FOUND),
        )
        given = {"target": f"https://{name}:4545", "seconds": duration + 4.0, "worker": WORKER} | members
        return Ending(name, End.JUDGED, outcome, summary=summary, **given)

    return make


@pytest.fixture
def asked():
    """Makes a target as it was asked for."""

    def make(name, release="stx-8.0"):
        again = f"vimgate certify https://{name}:4545 --release={release} --level=lifecycle"
        return Asked(name, f"https://{name}:4545", release, "lifecycle", again)

    return make


@pytest.fixture
def endings(judged):
    """What became of the targets of the fleet; h was not begun."""
    lost = Ending(
        "g",
        End.LOST,
        Outcome.INCOMPLETE,
        f"the worker {WORKER} was lost",
        "https://g:4545",
        seconds=31.0,
        worker=WORKER,
        departure=(
            "Deleted the sw-patch strategy 6282f049-bb9e-46f0-9ca8-97bf626884e0.",
            "Nothing of the run is left: its clean-up is proved.",
        ),
    )
    alike = [judged(name, duration=600.0 + number) for number, name in enumerate("abcde")]
    departure = (
        "it could not be removed: abort answered 500",
        "its sw-patch strategy was deleted",
        "nothing of the run is left: its clean-up is proved",
    )
    fails = judged("f", {FAILED: Verdict.FAIL}, duration=6000.0, departure=departure, cleared=True)
    return {each.name: each for each in [*alike, fails, lost]}


@pytest.fixture
def fleet(endings, asked):
    """The merged report of the fleet."""
    return merged(
        [asked(name) for name in "abcdefgh"],
        endings,
        {name: f"targets/{name}/report.html" for name in "abcdef"},
        file="FLEET.yaml",
        digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        started="2026-11-23T18:04:05+00:00",
        latest="2026-11-23T18:24:05+00:00",
    )
