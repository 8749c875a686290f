"""A report folder: the report's lines and every rendered form beside them, under names that stay."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from reports import stream
from reports.model import Report
from reports.redact import redact_report
from reports.render import html, junit, text

RENDERERS: Final[dict[str, Callable[[Report], str]]] = {
    "text": text.render,
    "html": html.render,
    "junit": junit.render,
}

FILES: Final = {
    "text": "report.txt",
    "html": "report.html",
    "junit": "junit.xml",
}


def write(report: Report, folder: Path | str) -> Path:
    """Write the report and all its forms into the folder, which is made; gives the path of the report's lines.

    The lines come last: where they are complete, so is the rest. Raises OSError.
    """
    clean = redact_report(report)
    for form, name in FILES.items():
        stream.replace_file(Path(folder) / name, RENDERERS[form](clean))
    path = Path(folder) / stream.FILE_NAME
    stream.write(clean, path)
    return path
