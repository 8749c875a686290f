"""Everything that is known of one requirement, out of ledger, checks, mutants, releases and examples."""

import inspect
from dataclasses import dataclass
from functools import cache
from typing import Final

from conformance.checks import CHECKS
from reference_server.mutants import MUTANTS, Mutant
from spec.documents import read_text
from spec.ledger import Requirement
from spec.load import PUBLISHED, RELEASES, load_contract, load_ledger, load_release, own_file
from spec.release import Deviation
from vimgate.explaining.violations import Violation, violation_of
from vimgate.explaining.words import parameters_in_words, source_in_words

_VERBS: Final = ("lifts", "changes", "adds", "keeps")


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What a release does about a requirement: a verb (lifts, changes, adds, keeps) and its deviation."""

    release: str
    verb: str
    deviation: Deviation


@dataclass(frozen=True, slots=True)
class Facts:
    """One requirement of the ledger of `release`.

    `says` is the sentence of its check, empty without one. `breaking` are mutants that break it; `others` are mutants
    that the same check catches by other requirements. `todo` are sentences and commands for whoever breaks it.
    """

    requirement: Requirement
    release: str
    source: str
    says: str
    parameters: tuple[str, ...]
    breaking: tuple[Mutant, ...]
    others: tuple[str, ...]
    otherwise: tuple[Otherwise, ...]
    violation: Violation | None
    todo: tuple[str, ...]


def facts_of(requirement: Requirement, release: str) -> Facts:
    """What is known of a requirement of the ledger of that release."""
    breaking = tuple(each for each in MUTANTS.values() if requirement.id in each.breaks) if requirement.check else ()
    violation = violation_of(requirement, load_ledger(release)) if requirement.check else None
    return Facts(
        requirement=requirement,
        release=release,
        source=source_in_words(requirement),
        says=_sentence(requirement),
        parameters=tuple(parameters_in_words(requirement.parameters, load_contract(release))),
        breaking=breaking,
        others=_others(requirement, breaking),
        otherwise=tuple(_otherwise(requirement.id)),
        violation=violation,
        todo=tuple(_todo(requirement, release, breaking, violation)),
    )


def _sentence(requirement: Requirement) -> str:
    if requirement.check is None:
        return ""
    paragraphs = (inspect.getdoc(CHECKS[requirement.id].function) or "").split("\n\n")
    return " ".join(paragraphs[0].split())


def _others(requirement: Requirement, breaking: tuple[Mutant, ...]) -> tuple[str, ...]:
    caught = _caught_by(requirement.check) if requirement.check else ()
    return tuple(each.name for each in caught if each not in breaking)


@cache
def _caught_by(check: str) -> tuple[Mutant, ...]:
    """The mutants that break a requirement which the check decides."""
    return tuple(each for each in MUTANTS.values() if any(CHECKS[id_].name == check for id_ in each.breaks))


@cache
def _written(release: str) -> str:
    return read_text(own_file(f"releases/{release}.yaml"))


def _otherwise(id_: str) -> list[Otherwise]:
    return [
        Otherwise(name, verb, deviation)
        for name in RELEASES
        if id_ in _written(name)  # which is faster than reading what the file says
        for deviation in load_release(name).own.values()
        for verb in _VERBS
        if id_ in getattr(deviation, verb)
    ]


def _todo(
    requirement: Requirement, release: str, breaking: tuple[Mutant, ...], violation: Violation | None
) -> list[str]:
    """Sentences, and what to run, after a colon."""
    if requirement.check is None:
        return ["Nothing: no server is charged with it."]
    hint = [f"{violation.hint[0].upper()}{violation.hint[1:]}."] if violation is not None and violation.hint else []
    if release != PUBLISHED:  # which a certification does not judge by
        return [*hint, f"To judge recorded traffic by this release: vimgate audit --release {release} FILE"]
    id_ = requirement.id
    told = [
        *hint,
        f"To judge it alone: vimgate certify TARGET --only {id_}",
        f"To look for a finding of the last report again: vimgate replay {id_}",
    ]
    if breaking:
        told.append(f"To see it broken: {breaking[0].given}vimgate certify {breaking[0].target} --only {id_}")
    return [*told, "To have it not count while it is being repaired, write a waiver (docs/waivers.md)."]
