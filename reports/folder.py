"""A report folder: the report's lines and every rendered form beside them, under names that stay."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from reports import stream
from reports.model import Report, Result, Verdict
from reports.redact import redact_report
from reports.render import annotations, badge, html, junit, markdown, sarif, text

RENDERERS: Final[dict[str, Callable[[Report], str]]] = {
    "text": text.render,
    "html": html.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "markdown": markdown.render,
    "annotations": annotations.render,
    "badge": badge.render,
}

FILES: Final = {
    "text": "report.txt",
    "html": "report.html",
    "junit": "junit.xml",
    "sarif": "report.sarif",
    "markdown": "report.md",
    "badge": "badge.svg",
}


REPRODUCERS: Final = "reproducers"
_ID: Final = re.compile(r"VIM-[A-Z0-9-]+")
_OURS: Final = ("VIM-*.sh", "test_vim_*.py")


def write(report: Report, folder: Path | str) -> Path:
    """Write the report and all its forms into the folder, which is made; gives the path of the report's lines.

    Each requirement that failed gets its scripts in a folder of their own; those of an earlier run go.

    The lines come last: where they are complete, so is the rest. Raises OSError.
    """
    clean = redact_report(report)
    for form, name in FILES.items():
        stream.replace_file(Path(folder) / name, RENDERERS[form](clean))
    _write_reproducers(clean, Path(folder) / REPRODUCERS)
    path = Path(folder) / stream.FILE_NAME
    stream.write(clean, path)
    return path


def reproducers(result: Result) -> dict[str, str]:
    """The scripts of a requirement that failed, by file name: shell, and pytest where there is a test."""
    failed = [each for each in result.findings if each.verdict is Verdict.FAIL and each.reproducer]
    if not failed or not _ID.fullmatch(result.requirement):
        return {}
    best = next((each for each in failed if each.test), failed[0])
    tests = {f"test_{result.requirement.lower().replace('-', '_')}.py": best.test} if best.test else {}
    return {f"{result.requirement}.sh": best.reproducer} | tests


def _write_reproducers(report: Report, folder: Path) -> None:
    for old in [path for pattern in _OURS for path in folder.glob(pattern)]:
        old.unlink()
    scripts = {name: script for result in report.results for name, script in reproducers(result).items()}
    for name, script in scripts.items():
        stream.replace_file(folder / name, script)
        if name.endswith(".sh"):
            (folder / name).chmod(0o700)
