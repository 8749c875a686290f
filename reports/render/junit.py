"""A report as JUnit XML: a suite per level and a test case per requirement, named by its id.

FAIL is a failure, HARNESS_ERROR an error; UNTESTABLE, NOT_APPLICABLE and what is waived are skipped with their reason;
WARN passes and says so in its output. JUnit knows no "incomplete": a gate must use the exit code, or the property
`outcome` of a suite.
"""

from typing import Final
from xml.etree import ElementTree as ET

import junitparser

from reports import gate
from reports.model import Finding, Level, Report, Result, Verdict
from reports.redact import redact_report
from reports.render.words import LABELS, area, circumstances, judged, looked_at, printable, verdict_label, waived_by

_RESULTS: Final = {
    Verdict.FAIL: junitparser.Failure,
    Verdict.HARNESS_ERROR: junitparser.Error,
    Verdict.UNTESTABLE: junitparser.Skipped,
    Verdict.NOT_APPLICABLE: junitparser.Skipped,
}


def render(report: Report) -> str:
    """The report as an XML document, indented, ending in a newline."""
    report = redact_report(report)
    document = junitparser.JUnitXml("vimgate")
    for level in Level:
        results = [result for result in report.results if result.level is level]
        if results:
            document.add_testsuite(_suite(level, results, report))
    document.update_statistics()  # type: ignore[no-untyped-call] # junitparser leaves it untyped
    document.time = round(report.run.duration_seconds, 3)
    return _serialised(document)


def _suite(level: Level, results: list[Result], report: Report) -> junitparser.TestSuite:
    suite = junitparser.TestSuite(f"vimgate.{level}")
    suite.timestamp = printable(report.run.started)
    suite.add_property("outcome", gate.outcome(report).value)
    for label, text in judged(report):
        suite.add_property(label.lower().replace(" ", "-"), printable(text))
    suite.add_testcases([_case(result) for result in results])
    return suite


def _case(result: Result) -> junitparser.TestCase:
    case = junitparser.TestCase(
        printable(result.requirement), f"vimgate.{result.level}.{printable(area(result.requirement))}", 0.0
    )
    waived = verdict_label(result) != LABELS[result.verdict]
    if kind := junitparser.Skipped if waived else _RESULTS.get(result.verdict):
        outcome = kind(printable(waived_by(result)[0] if waived else _message(result)), verdict_label(result))
        if result.findings:
            outcome.text = printable(_details(result))
        case.result = outcome
        case.system_out = printable(_about(result))
    else:
        warning = f"\n\nWARN: {_message(result)}\n{_details(result)}" if result.verdict is Verdict.WARN else ""
        case.system_out = printable(_about(result) + warning)
    return case


def _about(result: Result) -> str:
    told = [f"{result.strength} {result.source}: {result.text} ({looked_at(result)})"]
    told += [f"seen on {where}"] if (where := circumstances(result)) else []
    return "\n".join((*told, *(f"waived: {sentence}" for sentence in waived_by(result))))


def _message(result: Result) -> str:
    """What a CI system shows in its list: the first finding, else the reason, else the requirement itself."""
    first = result.findings[0].message if result.findings else ""
    others = len(result.findings) - 1 + result.more
    return (
        (f"{first} (and {others} more)" if first and others > 0 else first)
        or result.reason
        or result.text
        or LABELS[result.verdict]
    )


def _details(result: Result) -> str:
    return "\n\n".join(_finding(number, finding) for number, finding in enumerate(result.findings, start=1))


def _finding(number: int, finding: Finding) -> str:
    rows = (
        ("where", finding.where),
        ("expected", finding.expected),
        ("actual", finding.actual),
        ("hint", finding.hint),
        ("origin", finding.origin),
        ("request", finding.request),
        ("response", finding.response),
        ("reproduce", finding.reproducer),
    )
    return "\n".join([f"{number}. {finding.message}", *(_row(label, text) for label, text in rows if text)])


def _row(label: str, text: str) -> str:
    """One line, or the label and the lines of the text below it."""
    first, *others = text.rstrip("\n").split("\n")
    return f"   {label}: {first}" if not others else "\n      ".join((f"   {label}:", first, *others))


def _serialised(document: junitparser.JUnitXml) -> str:
    """Written by the standard library, since the bytes of junitparser differ with lxml installed."""
    root = ET.fromstring(document.tostring())  # type: ignore[no-untyped-call] # noqa: S314 - our own document
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'
