"""Where the requirements of a report are written down, for forms that point there: the ledger and the contract."""

from dataclasses import replace

from reports.model import Place, Report
from spec.documents import DocumentError
from spec.places import places


def placed(report: Report) -> Report:
    """The report with the places of its requirements; as it was when its release is not known here any more."""
    try:
        known = places(report.run.release)
    except (LookupError, DocumentError):
        return report
    return replace(
        report,
        results=tuple(
            replace(
                result,
                places=tuple(Place(each.file, each.line, each.what) for each in known.get(result.requirement, ())),
            )
            for result in report.results
        ),
    )
