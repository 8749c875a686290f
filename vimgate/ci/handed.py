"""Texts that one CI system reads, from a report and the folder that it lies in. Pure."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from reports import gate
from reports.model import Outcome, Report, Verdict
from reports.redact import redact_report
from reports.render import markdown
from reports.render.words import HEADLINES, printable, verdict_label

MOST_WARNINGS: Final = 10
_LONGEST: Final = 300

# What Zuul shows beside the build, by its label.
_ARTIFACTS: Final = {"vimgate report": "report.html", "vimgate report (data)": "report.jsonl", "JUnit": "junit.xml"}


def summary(report: Report, _: Path) -> str:
    """A page in Markdown, for the summary of the job."""
    return markdown.render(report)


def outputs(report: Report, folder: Path) -> str:
    """Outputs of a step of GitHub Actions: `verdict`, `exit-code` and `report`."""
    return "".join(f"{name}={value}\n" for name, value in _values(report, folder))


def variables(report: Report, folder: Path) -> str:
    """Variables for later jobs of GitLab (dotenv): `VIM_VERDICT`, `VIM_EXIT_CODE` and `VIM_REPORT`."""
    return "".join(f"VIM_{name.upper().replace('-', '_')}={value}\n" for name, value in _values(report, folder))


def returned(report: Report, folder: Path) -> str:
    """What the module `zuul_return` takes as its `file`: links to the report, and warnings for the change.

    The links are relative to the logs of the build, where the folder is to lie under its own name.
    """
    place = quote(folder.resolve().name)
    artifacts = [{"name": name, "url": f"{place}/{file}"} for name, file in _ARTIFACTS.items()]
    value = {"zuul": {"artifacts": artifacts, "warnings": list(_warnings(redact_report(report)))}}
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def _values(report: Report, folder: Path) -> tuple[tuple[str, str], ...]:
    place = " ".join(printable(str(folder)).splitlines())
    return ("verdict", gate.outcome(report).value), ("exit-code", str(gate.run_code(report))), ("report", place)


def _warnings(report: Report) -> Iterator[str]:
    """What a reviewer of the change should read; nothing when all is well."""
    outcome = gate.outcome(report)
    if outcome is Outcome.CONFORMANT:
        return
    yield f"vimgate: {HEADLINES[outcome]}: {gate.because(report)}"
    failed = [each for each in report.results if each.verdict is Verdict.FAIL]
    for result in failed[:MOST_WARNINGS]:
        message = result.findings[0].message if result.findings else result.reason or result.text
        line = " ".join(printable(f"{verdict_label(result)} {result.requirement}: {message}").split())
        yield line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    if len(failed) > MOST_WARNINGS:
        yield f"vimgate: {len(failed) - MOST_WARNINGS} more failures are in the report"
