"""Reads the law from its file, and says what is wrong with a law that contradicts itself."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spec.documents import DocumentError, check, read_document, read_text
from spec.law import ABSENT, Cause, KindLaw, Law, PhaseLook, Progress, Situation, StageLaw, StateLaw, StepLaw
from spec.release import Release


def read_law(path: Path, release: Release | None = None) -> Law:
    """The law in a file, under `lifecycle.schema.json` beside it, changed as the release says.

    Raises DocumentError with file and line.
    """

    def document_of(base: Release | None) -> Any:
        value = read_law_document(path)
        for each in base.chain if base else ():
            value = each.law.applied(value)
        return value

    return law_of(path, release, document_of)


def read_law_document(path: Path) -> Any:
    """The document of the law in a file, under its schema. Raises DocumentError with file and line."""
    return read_document(path, _schema_of(path))


def law_of(path: Path, release: Release | None, document_of: Callable[[Release | None], Any]) -> Law:
    """The law in a file; `document_of` is its document after the releases up to one, or as it is in the file."""

    def build(law: Any) -> Law:
        check(law, _schema_of(path), name=str(path))
        problems = tuple(_contradictions(law))
        if problems:
            raise DocumentError("\n".join(f"{path}: {problem}" for problem in problems))
        return parse_law(law)

    return release.law.make(document_of(release.base), build) if release is not None else build(document_of(None))


def _schema_of(path: Path) -> Any:
    return json.loads(read_text(path.with_name("lifecycle.schema.json")))


def parse_law(value: Mapping[str, Any]) -> Law:
    """The law of a document that its schema accepts."""
    answers, progress = value["answers"], value["progress"]
    requests = tuple(answers["accepted"])
    return Law(
        states=_frozen({name: _state(name, row) for name, row in value["states"].items()}),
        hidden=frozenset(value["hidden"]),
        phases=tuple(value["phases"]),
        situations=_frozen({name: _situation(name, row, value["phases"]) for name, row in value["situations"].items()}),
        requests=_frozen(
            {name: _frozen(dict(zip(requests, row, strict=True))) for name, row in value["requests"].items()}
        ),
        effects=_frozen({request: _sets(row) for request, row in value["effects"].items()}),
        success=_frozen(answers["accepted"]),
        refused=frozenset(answers["refused"]),
        missing=frozenset(answers["missing"]),
        aside=frozenset(answers["aside"]),
        null_stage=_frozen(value["null-stage"]),
        stillborn=frozenset(value.get("stillborn", ())),
        results=_frozen({part: _sets(table) for part, table in value["results"].items()}),
        final=frozenset(value["final"]),
        done=frozenset(value["done"]),
        weight=tuple(value["weight"]),
        progress=Progress(
            _tuples(progress["rising"]),
            _tuples(progress["fixed"]),
            tuple(progress["dates"]),
            _sets(progress["planned"]),
        ),
        kinds=_frozen({name: _kind(name, row) for name, row in value["kinds"].items()}),
        order=_tuples(value["order"]),
        steps=_frozen({name: _step(name, row) for name, row in value["steps"].items()}),
    )


def _state(name: str, row: Mapping[str, Any]) -> StateLaw:
    following = {cause: frozenset(row["next"].get(cause, ())) for cause in Cause}
    return StateLaw(name, frozenset(row["phase"]), row["rests"], _frozen(following))


def _situation(name: str, row: Mapping[str, Any], phases: Iterable[str]) -> Situation:
    looks = {phase: _look(row[phase]) for phase in phases}
    return Situation(name, row["state"], row["phase"], _frozen(looks), frozenset(row["drifts"]), row.get("run"))


def _look(value: str | Mapping[str, Any]) -> PhaseLook:
    if isinstance(value, str):
        return PhaseLook(idle=True)
    return PhaseLook(inprogress=value.get("inprogress"), results=frozenset(value["results"]))


def _kind(name: str, row: Mapping[str, Any]) -> KindLaw:
    build, generic = row["build"], row.get("generic", False)
    stages = tuple(StageLaw(stage["name"], stage.get("work", ""), stage.get("apply-type")) for stage in row["stages"])
    steps = frozenset(row.get("steps", ()))
    return KindLaw(name, build["stage"], tuple(build["steps"]), stages, generic=generic, steps=steps)


def _step(name: str, row: Mapping[str, Any]) -> StepLaw:
    return StepLaw(name, frozenset(row["kinds"]), row["entities"], row.get("undone-by"), row.get("taken-back-by"))


def _contradictions(value: Mapping[str, Any]) -> Iterable[str]:
    """What the schema cannot see: names that lead nowhere, rows that are missing, tables that disagree."""
    states, situations, steps = set(value["states"]), set(value["situations"]), set(value["steps"])
    for name, row in value["states"].items():
        yield from (
            f"state `{name}`: `{after}` is no state"
            for row_ in row["next"].values()
            for after in row_
            if after not in states
        )
    for name, row in value["situations"].items():
        if row["state"] not in states or row["phase"] not in value["states"][row["state"]]["phase"]:
            yield f"situation `{name}`: state `{row['state']}` is never in phase `{row['phase']}`"
        yield from (
            f"situation `{name}`: `{after}` is no situation" for after in row["drifts"] if after not in situations
        )
    if set(value["requests"]) != situations | {ABSENT}:
        yield f"requests: the rows must be `{ABSENT}` and every situation"
    yield from _contradicting_effects(value)
    named = {step for row in value["order"].values() for step in row}
    planned = [kind for kind in value["kinds"].values() if not kind.get("generic", False)]
    named |= {step for kind in planned for step in kind["build"]["steps"]}
    named |= {stage["work"] for kind in planned for stage in kind["stages"]}
    named |= {row[link] for row in value["steps"].values() for link in ("undone-by", "taken-back-by") if link in row}
    yield from (f"step `{name}` has no row in `steps`" for name in sorted(named - steps))
    yield from (f"step `{name}` has no place in `order` or in a build" for name in sorted(steps - named))


def _contradicting_effects(value: Mapping[str, Any]) -> Iterable[str]:
    """Effects of requests that the request table refuses, or that lead where the states do not."""
    situations, states = value["situations"], value["states"]
    refusing = {"refused", "missing"}
    columns = list(value["answers"]["accepted"])
    for request, row in value["effects"].items():
        place = columns.index(request)
        taken = {name for name, cells in value["requests"].items() if cells[place] not in refusing}
        yield from (
            f"effects: `{request}` needs a row for each situation that may accept it, and no other: `{name}`"
            for name in sorted(taken ^ set(row))
        )
        cause = request.partition("-")[0]
        for name, afters in row.items():
            for after in afters:
                if after not in situations:
                    yield f"effects: `{request}`: `{after}` is no situation"
                elif name in situations and not _leads(
                    situations[name]["state"], situations[after]["state"], cause, states
                ):
                    yield f"effects: `{request}` of `{name}`: no {cause} leads to the state of `{after}`"


def _leads(before: str, after: str, cause: str, states: Mapping[str, Any]) -> bool:
    return before == after or after in states.get(before, {"next": {}})["next"].get(cause, ())


def _frozen[K, V](table: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType(dict(table))


def _tuples(table: Mapping[str, Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
    return _frozen({name: tuple(row) for name, row in table.items()})


def _sets(table: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    return _frozen({name: frozenset(row) for name, row in table.items()})
