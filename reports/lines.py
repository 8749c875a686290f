"""A report as JSON lines and back: header, results, strategies, coverage, notes, footer with counts and digest. Pure.

The format is `report.schema.json`. What is read is believed only when every line is valid, the digest fits every byte
and the footer says what the results say.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any, Final

import jsonschema_rs

from reports import gate
from reports.model import (
    Circumstance,
    Evidence,
    Finding,
    GraphEdge,
    KillRate,
    Level,
    Report,
    Result,
    Run,
    SeenStrategy,
    Shard,
    Standing,
    Strength,
    Verdict,
    Waived,
    Waiver,
)

FORMAT: Final = "vimgate-report"
VERSION: Final = 1

_DIGEST: Final = b',"digest":'
_OPENING: Final = f'{{"kind":"header","format":"{FORMAT}",'.encode()
_KINDS: Final = ("header", "result", "strategy", "coverage", "evidence", "note", "footer")
_ONCE: Final = {"coverage": "the state graph", "evidence": "the evidence"}
# Members that were added to the format: empty ones are not written, so that older readers take what they can.
_OPTIONAL: Final = frozenset({
    "test", "kind", "state", "circumstances", "waived", "only", "skip", "suite",
    "ledger_digest", "world_digest", "waivers_digest", "shard", "kills",
})  # fmt: skip


class ReportError(Exception):
    """A report cannot be read. The text names the file, the line where there is one, and what to do."""


class MissingReport(ReportError):  # noqa: N818 - the name says what happened
    """There is no report file at that place, or it may not be read."""


class TruncatedReport(ReportError):  # noqa: N818 - the name says what happened
    """The report has no footer: the run that wrote it was interrupted, so it proves nothing."""


class DamagedReport(ReportError):  # noqa: N818 - the name says what happened
    """This is no report, one of another version, or one that was changed after it was written."""


def header_line(run: Run) -> str:
    """The first line: format, version and run. The duration is not known yet; the footer has it."""
    return _line({"kind": "header", "format": FORMAT, "version": VERSION, "run": run_value(run)})


def run_value(run: Run) -> dict[str, Any]:
    """The run as the first line has it."""
    members = _told(asdict(run))
    del members["duration_seconds"]
    pairs = {"versions": dict(run.versions), **({"suite": dict(run.suite)} if run.suite else {})}
    told: dict[str, Any] = json.loads(json.dumps(_sound(members | pairs)))
    return told


def result_line(result: Result) -> str:
    """The line of one requirement."""
    members = asdict(result) | {"verdict": result.verdict.word, "findings": list(map(_of_finding, result.findings))}
    del members["places"]  # the contract's, not the run's
    if result.waived is not None:
        members["waived"] |= {"verdict": result.waived.verdict.word}
    return _line({"kind": "result"} | _told(members))


def _of_finding(finding: Finding) -> dict[str, Any]:
    return _told(asdict(finding) | {"verdict": finding.verdict.word})


def _told(members: dict[str, Any]) -> dict[str, Any]:
    """The members without optional ones that say nothing."""
    return {name: value for name, value in members.items() if value or name not in _OPTIONAL}


def strategy_line(seen: SeenStrategy) -> str:
    """The line of one strategy that was seen."""
    return _line({"kind": "strategy"} | vars(seen))


def coverage_line(edges: Iterable[GraphEdge]) -> str:
    """The line of the state graph."""
    return _line({"kind": "coverage", "edges": [asdict(edge) for edge in edges]})


def evidence_line(evidence: Evidence) -> str:
    """The line of the file of exchanges."""
    return _line({"kind": "evidence"} | asdict(evidence))


def note_line(text: str) -> str:
    """The line of one note."""
    return _line({"kind": "note", "text": text})


def footer_line(report: Report, before: Iterable[str]) -> str:
    """The last line; `before` are all lines before it as they stand in the file."""
    earlier = tuple(before)
    body = _line({
        "kind": "footer",
        "lines": len(earlier),
        "counts": gate.counts(report),
        "outcome": gate.outcome(report).value,
        "reached": report.reached,
        "duration_seconds": report.run.duration_seconds,
    }).removesuffix("}\n")  # fmt: skip
    return f'{body}{_DIGEST.decode()}"{_digest("".join((*earlier, body)).encode())}"}}\n'


def encode(report: Report) -> str:
    """The whole report as JSON lines, each ending in a newline."""
    lines = [
        header_line(report.run),
        *map(result_line, report.results),
        *map(strategy_line, report.strategies),
        *([coverage_line(report.coverage)] if report.coverage else ()),
        *([evidence_line(report.evidence)] if report.evidence else ()),
        *map(note_line, report.notes),
    ]
    return "".join((*lines, footer_line(report, lines)))


def decode(data: bytes, name: str) -> Report:
    """The report of a file's bytes; `name` stands in errors. Raises TruncatedReport and DamagedReport."""
    *complete, cut = data.split(b"\n")
    if not complete and not _OPENING.startswith(cut[: len(_OPENING)]):
        raise _no_report(name)
    values = [_value(line, f"{name}:{number}", first=number == 1) for number, line in enumerate(complete, start=1)]
    if not values:
        raise TruncatedReport(f"{name}: ends before its first line is complete: the run was interrupted; run it again")
    report = _assemble(values, name)
    if values[-1]["kind"] != "footer":
        where = f"in line {len(values) + 1}" if cut else f"after line {len(values)}"
        raise TruncatedReport(
            f"{name}: ends {where} without its footer, with {len(report.results)} results: "
            "the run was interrupted; run it again"
        )
    if cut:
        raise DamagedReport(
            f"{name}:{len(values) + 1}: text behind the footer; the report was changed after it was written"
        )
    _agree(report, values[-1], data, name)
    return report


def _assemble(values: list[dict[str, Any]], name: str) -> Report:
    """The report of valid lines, the first of which is the header. Raises DamagedReport when their order is wrong."""
    _check_order(values, name)
    footer: dict[str, Any] = (
        values[-1] if values[-1]["kind"] == "footer" else {"duration_seconds": 0.0, "reached": None}
    )
    return Report(
        run=_run(values[0]["run"], footer["duration_seconds"]),
        results=tuple(_result(value) for value in values if value["kind"] == "result"),
        notes=tuple(value["text"] for value in values if value["kind"] == "note"),
        reached=Level(footer["reached"]) if footer["reached"] else None,
        strategies=tuple(
            SeenStrategy(value["strategy_kind"], value["document"], value["origin"])
            for value in values
            if value["kind"] == "strategy"
        ),
        coverage=tuple(
            GraphEdge(**(edge | {"standing": Standing(edge["standing"])}))
            for value in values
            if value["kind"] == "coverage"
            for edge in value["edges"]
        ),
        evidence=next((Evidence(**_members(value)) for value in values if value["kind"] == "evidence"), None),
    )


def _members(value: dict[str, Any]) -> dict[str, Any]:
    """What a line says beside its kind."""
    return {name: member for name, member in value.items() if name != "kind"}


def _run(header: dict[str, Any], duration_seconds: float) -> Run:
    lists = {name: tuple(header.get(name, ())) for name in ("only", "skip")}
    pairs = {name: tuple(header.get(name, {}).items()) for name in ("versions", "suite")}
    level = Level(header["level"]) if header.get("level") else None
    parts = {
        "shard": Shard(**header["shard"]) if "shard" in header else None,
        "kills": KillRate(**header["kills"]) if "kills" in header else None,
    }
    return Run(**(header | lists | pairs | parts | {"duration_seconds": duration_seconds, "level": level}))


def _check_order(values: list[dict[str, Any]], name: str) -> None:
    first_line: dict[str, int] = {}
    for number, value in enumerate(values, start=1):
        kind, requirement = value["kind"], value.get("requirement")
        if kind == "header" and number != 1:
            raise DamagedReport(f"{name}:{number}: a second header; a report has one, in its first line")
        if kind in _ONCE:
            if kind in first_line:
                raise DamagedReport(f"{name}:{number}: {_ONCE[kind]} stands already in line {first_line[kind]}")
            first_line[kind] = number
        if kind == "footer" and number != len(values):
            raise DamagedReport(
                f"{name}:{number}: the footer must be the last line; the report was changed after it was written"
            )
        if requirement in first_line:
            raise DamagedReport(f"{name}:{number}: {requirement} stands already in line {first_line[requirement]}")
        if kind == "result":
            first_line[value["requirement"]] = number


def _value(line: bytes, place: str, *, first: bool) -> dict[str, Any]:
    """The value of one line, valid under the schema of its kind."""
    try:
        value = json.loads(line)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no text, and the validator cannot take it
    except (ValueError, RecursionError) as error:
        raise DamagedReport(
            f"{place}: not a JSON line ({_short(str(error))}); the report was damaged, or this is no report"
        ) from error
    if first and not (isinstance(value, dict) and value.get("kind") == "header" and value.get("format") == FORMAT):
        raise _no_report(place)
    if first and value.get("version") != VERSION:
        raise DamagedReport(
            f"{place}: report version {_short(repr(value.get('version')))}; this vimgate reads version {VERSION}"
        )
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind not in _KINDS:
        raise DamagedReport(f"{place}: `kind` is {_short(repr(kind))}; must be one of {', '.join(_KINDS)}")
    wrong = next(iter(_validators()[kind].iter_errors(value)), None)
    if wrong is not None:
        pointer = "".join(f"/{part}" for part in wrong.instance_path) or "the line"
        raise DamagedReport(f"{place}: {pointer}: {_short(wrong.message)}")
    return value  # type: ignore[no-any-return] # json.loads; the schema has just said that it is an object


def _no_report(place: str) -> DamagedReport:
    return DamagedReport(f"{place}: no {FORMAT} header; name the report.jsonl of a run, or the folder it is in")


def _result(value: dict[str, Any]) -> Result:
    findings = tuple(
        Finding(**(finding | {"verdict": Verdict.from_word(finding["verdict"])})) for finding in value["findings"]
    )
    circumstances = tuple(Circumstance(**each) for each in value.get("circumstances", ()))
    words = {
        "verdict": Verdict.from_word(value["verdict"]),
        "strength": Strength(value["strength"]),
        "level": Level(value["level"]),
    }
    waived = _waived(value["waived"]) if "waived" in value else None
    return Result(
        **(_members(value) | words | {"findings": findings, "circumstances": circumstances, "waived": waived})
    )


def _waived(value: dict[str, Any]) -> Waived:
    waivers = tuple(Waiver(**each) for each in value["waivers"])
    return Waived(Verdict.from_word(value["verdict"]), waivers, value["covered"], value["left"])


def _agree(report: Report, footer: dict[str, Any], data: bytes, name: str) -> None:
    """Raise DamagedReport unless the footer's digest, counts and outcome are those of the lines before it."""
    number = data.count(b"\n")
    body, _, digest = data.rpartition(_DIGEST)
    truth = {
        "digest": digest.decode(errors="replace") == f'"{_digest(body)}"}}\n' and footer["digest"] == _digest(body),
        "lines": footer["lines"] == number - 1,
        "counts": footer["counts"] == gate.counts(report),
        "outcome": footer["outcome"] == gate.outcome(report).value,
    }
    if wrong := [member for member, holds in truth.items() if not holds]:
        raise DamagedReport(
            f"{name}:{number}: the footer's {' and '.join(wrong)} {'does' if len(wrong) == 1 else 'do'} not fit "
            "the lines before it; the report was changed after it was written"
        )


@cache
def _validators() -> dict[str, Any]:
    schema = json.loads((files("reports") / "report.schema.json").read_text(encoding="utf-8"))
    return {
        kind: jsonschema_rs.validator_for(
            {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{kind}"}
        )
        for kind in _KINDS
    }


def _line(members: dict[str, Any]) -> str:
    """One line; other characters than ASCII are escaped, so that no text can break a line or an encoding."""
    return json.dumps(_sound(members), ensure_ascii=True, allow_nan=False, separators=(",", ":")) + "\n"


def _sound(value: Any) -> Any:
    """The value with each lone surrogate, which no encoding can write, spelled out by its number."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_sound(name): _sound(member) for name, member in value.items()}
    return [_sound(item) for item in value] if isinstance(value, list | tuple) else value


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _short(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
