"""`vimgate replay`: look for one finding of a report again."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from conformance.runs.again import Seen, Sighting, look, options_again, part_of
from conformance.targets.target import EMBEDDED
from reports import stream
from reports.model import Finding, Report
from reports.redact import REDACTED, redact_finding, redact_text
from reports.render.words import printable
from spec.load import RELEASES
from vimgate import completing
from vimgate.asking import chosen, with_options
from vimgate.asking.caller import CALLER, OfCaller
from vimgate.asking.depth import OfDepth
from vimgate.asking.others import OTHERS, OfOthers
from vimgate.asking.target import TARGET, OfTarget
from vimgate.caller import caller_chosen, others_chosen
from vimgate.commands.certify import carry_out, check, options_of
from vimgate.exits import Exit, Incomplete, WrongUse
from vimgate.progress import ProgressShown
from vimgate.surroundings import rules_chosen, secrets, stoppable

_CODES: Final = {
    Seen.AGAIN: Exit.NOT_CONFORMANT,
    Seen.OTHERWISE: Exit.NOT_CONFORMANT,
    Seen.GONE: Exit.CONFORMANT,
    Seen.UNTRIED: Exit.INCOMPLETE,
}
_SAID: Final = {
    Seen.AGAIN: "It is seen again.",
    Seen.OTHERWISE: "It is not seen again, but the requirement is broken in another way.",
    Seen.GONE: "It is not seen any more.",
    Seen.UNTRIED: "It could not be tried",
}


@click.command(
    epilog="""\b
Examples:
  vimgate replay VIM-PACT-002
  vimgate replay VIM-LIFE-025 --finding 2 --report vimgate-report
  vimgate replay VIM-PACT-002 --target http://127.0.0.1:4545 --allow-changes
"""
)
@click.argument("requirement", shell_complete=completing.requirements)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    default="vimgate-report",
    show_default=True,
    help="Folder or file of the report that has the finding.",
)
@click.option(
    "--finding",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Which finding of the requirement, counted as the report lists them.",
)
@click.option("--target", help="Look on this target instead.  [default: the target of the report]")
@click.option(
    "--world",
    type=click.Path(path_type=Path, dir_okay=False),
    help="World file of the deployment, if the run was given one.",
)
@with_options(TARGET, CALLER, OTHERS)
@click.pass_context
def command(  # noqa: PLR0913 - click hands over what was asked
    context: click.Context,
    /,
    *,
    requirement: str,
    report: Path,
    finding: int,
    target: str | None,
    world: Path | None,
    **asked: Any,
) -> None:
    """Look for one finding again: REQUIREMENT of a report, on the same target.

    The part of the suite that saw it is played as it was then, with the same seed, and its requirement alone is judged.
    A URL target that has to be changed for it needs --allow-changes. The last line says what became of it.

    Exit codes: 0 not seen any more, 1 seen again, or the requirement is broken in another way, 2 wrong use, 3 it could
    not be tried.
    """
    of_target, of_caller = chosen(OfTarget, asked), chosen(OfCaller, asked)
    read = _read(report)
    _check_release(read.run.release)
    sought = _finding(read, requirement, finding)
    target = target or _target(read, of_target)
    check(target, of_target)
    with (
        rules_chosen(read.run.release, of_target.rulebook),
        caller_chosen(of_caller, target, of_target.ca) as found,
        others_chosen(chosen(OfOthers, asked), of_caller, of_target.ca),
        stoppable("replay"),
    ):
        on = replace(of_target, ca=found.ca)
        options = options_again(options_of(target, on, _depth(read, world), quiet=True), read.run, sought)
        shown = ProgressShown(quiet=True)
        run, came = carry_out(options, of_target, deepest=False, progress=shown)
        sighting = _redacted(look(sought, came.measured))
    click.echo(_told(sought, sighting))
    where = f"part={part_of(sought)} seed={read.run.seed} target={run.target}"
    click.echo(f"REPLAY {sighting.seen.value} {requirement} finding={finding} {printable(where)}")
    context.exit(_CODES[sighting.seen])


def _read(path: Path) -> Report:
    try:
        return stream.read(path)
    except stream.TruncatedReport as error:
        raise Incomplete(str(error)) from error
    except stream.ReportError as error:
        raise WrongUse(str(error)) from error


def _check_release(release: str) -> None:
    if release not in RELEASES:
        raise WrongUse(
            f"the report is of release {release!a}, which this vimgate does not know; use the one that wrote it"
        )


def _finding(report: Report, requirement: str, number: int) -> Finding:
    """The finding that is looked for. Raises WrongUse when there is none, or it says not where it was seen."""
    found = {result.requirement: result.findings for result in report.results if result.findings}
    findings = found.get(requirement)
    if not findings:
        having = ", ".join(list(found)[:10]) or "none"
        raise WrongUse(f"the report has no finding of {requirement}; requirements with findings: {having}")
    if number > len(findings):
        raise WrongUse(f"the report lists {len(findings)} findings of {requirement}; choose one with --finding")
    if report.run.level is None or not part_of(findings[number - 1]) or requirement.startswith(_OWN):
        raise WrongUse(
            f"finding {number} of {requirement} says no part of the suite that could be played again; "
            f"judge the requirement anew with: vimgate certify --only {requirement}"
        )
    return findings[number - 1]


# Results about the run itself: no part of the suite saw them.
_OWN: Final = ("VIM-HARNESS-", "VIM-WAIVER-")


def _target(report: Report, asked: OfTarget) -> str | None:
    if REDACTED in report.run.target:
        raise WrongUse(f"the report does not tell the whole target ({report.run.target}); name it with --target")
    return None if asked.rulebook is not None or report.run.target == EMBEDDED else report.run.target


def _depth(report: Report, world: Path | None) -> OfDepth:
    level = report.run.level.value if report.run.level else None
    nothing = {"workers": 1, "fuzz_examples": 0, "clients": 0, "sequences": 0, "only": (), "skip": (), "shard": None}
    return OfDepth(release=report.run.release, level=level, world=world, seed=report.run.seed, **nothing)  # type: ignore[arg-type] # each of its own type


def _redacted(sighting: Sighting) -> Sighting:
    finding = redact_finding(sighting.finding, secrets()) if sighting.finding is not None else None
    return Sighting(sighting.seen, finding, redact_text(sighting.reason, secrets()))


def _told(sought: Finding, sighting: Sighting) -> str:
    lines = [f"{sought.requirement}: {sought.message}"]
    lines += [f"    {name:<10}{value}" for name, value in _rows(sought)]
    lines += ["", _SAID[sighting.seen] + (f": {sighting.reason}." if sighting.reason else "")]
    if sighting.finding is not None:
        lines += [f"  - {sighting.finding.message}"]
        lines += [f"      {name:<10}{value}" for name, value in _rows(sighting.finding)]
        lines += ["", sighting.finding.reproducer]
    return printable("\n".join(lines)).rstrip() + "\n"


def _rows(finding: Finding) -> list[tuple[str, str]]:
    rows = (
        ("where", finding.where),
        ("expected", finding.expected),
        ("actual", finding.actual),
        ("hint", finding.hint),
    )
    return [(name, value) for name, value in rows if value]
