"""The CI systems that are known: by which variables of the environment, and what each is given. A table; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reports.model import Report
from vimgate.ci import handed

type Maker = Callable[[Report, Path], str]
"""Makes a text from a report and the folder that it lies in."""

_NO: Final = frozenset({"", "0", "false", "no"})


@dataclass(frozen=True, slots=True)
class System:
    """One CI system.

    `signs` are variables, each of which alone says that the job is one of it. `commands`: it reads commands from the
    output. `appended` are texts for files that variables name, `written` texts for files in the folder of the report,
    beside those that are always there.
    """

    name: str
    signs: tuple[str, ...]
    reads: str
    commands: bool = False
    appended: Mapping[str, Maker] = field(default_factory=dict)
    written: Mapping[str, Maker] = field(default_factory=dict)


# The first row of which a sign is set is the system. Zuul sets no variable by itself; the playbook of docs/ci.md does.
SYSTEMS: Final = (
    System(
        "GitHub Actions",
        signs=("GITHUB_ACTIONS",),
        reads="annotations, the summary of the job, outputs of the step",
        commands=True,
        appended={"GITHUB_STEP_SUMMARY": handed.summary, "GITHUB_OUTPUT": handed.outputs},
    ),
    System(
        "GitLab CI",
        signs=("GITLAB_CI",),
        reads="junit.xml, and gitlab.env for later jobs",
        written={"gitlab.env": handed.variables},
    ),
    System(
        "Zuul",
        signs=("ZUUL_BUILD", "ZUUL_UUID"),
        reads="zuul-return.json, when the playbook returns it",
        written={"zuul-return.json": handed.returned},
    ),
    System("Jenkins", signs=("JENKINS_URL",), reads="junit.xml"),
)

UNKNOWN: Final = System(
    "an unknown CI system",
    signs=(),
    reads="none of the known variables is set; junit.xml, report.md and report.sarif are in the report folder",
)


def detected(environment: Mapping[str, str]) -> System:
    """The system that the environment tells of."""
    return next(
        (system for system in SYSTEMS if any(environment.get(sign, "").lower() not in _NO for sign in system.signs)),
        UNKNOWN,
    )
