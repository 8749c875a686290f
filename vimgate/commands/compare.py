"""`vimgate compare`: what changed for clients between two deployments, captures or reports."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from conformance.targets.target import TargetError, Unsendable, open_target
from conformance.targets.terms import Terms
from conformance.targets.transport import Unreachable
from proxy.comparing import telling
from proxy.comparing.difference import Comparison
from proxy.comparing.expecting import Releases
from proxy.comparing.gathered import Gathered, words_of
from proxy.comparing.holding import between
from reports.difference import between as reports_between
from reports.redact import redact_text
from reports.render import difference as forms
from spec.contract import Contract
from spec.load import PUBLISHED, RELEASES, load_contract, load_law
from vimgate.asking import chosen, with_options
from vimgate.asking.caller import CALLER, OfCaller
from vimgate.asking.target import AUTHORITY, TIMEOUT
from vimgate.caller import caller_chosen
from vimgate.commands.report import reading
from vimgate.comparing import captures, reads
from vimgate.comparing.sides import Side, Sort, check_pair, side_of
from vimgate.exits import Exit, Incomplete, WrongUse
from vimgate.summary import as_json
from vimgate.surroundings import check_authority, secrets

_NO_VIM: Final = (
    "no answer was one that a VIM gives to a caller whom it knows; "
    "give a token (--token-file, --os-cloud), or name another URL"
)
_TOKEN_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog="""\b
Examples:
  vimgate compare before.har after.har
  vimgate compare http://old:4545 http://new:4545 --old-release stx-3.0 --new-release published
  vimgate compare vimgate-report-old vimgate-report
"""
)
@click.argument("old")
@click.argument("new")
@click.option("--old-release", type=click.Choice(RELEASES), help="The release of OLD; with --new-release.")
@click.option(
    "--new-release",
    type=click.Choice(RELEASES),
    help="The release of NEW: what the two releases explain is expected, and does not count.",
)
@with_options(CALLER)
@click.option("--old-token-file", type=_TOKEN_FILE, help="The token for OLD alone.")
@click.option("--new-token-file", type=_TOKEN_FILE, help="The token for NEW alone.")
@TIMEOUT
@AUTHORITY
@click.option("--json", "json_", is_flag=True, help="Print one JSON document.")
@click.pass_context
def command(  # noqa: PLR0913 - click hands over one argument per option
    context: click.Context,
    /,
    *,
    old: str,
    new: str,
    old_release: str | None,
    new_release: str | None,
    old_token_file: Path | None,
    new_token_file: Path | None,
    request_timeout: float,
    ca: Path | None,
    json_: bool,
    **asked: Any,
) -> None:
    """Say what changed for clients from OLD to NEW.

    Each is a target (http://…, https://…, wsgi:module:factory), a capture (a HAR, mitmproxy flows or JSON lines of
    exchanges, or a folder of them), or the report of a certification; a report is compared with a report. A target is
    only read: GET and OPTIONS are sent, and nothing else ever.

    Answers to the same question in the same situation are compared, without uuids, times, addresses, hosts and order.

    Exit codes: 0 nothing changed, or only what was expected; 1 something changed; 2 wrong use; 3 a side could not be
    read or reached completely or never answered as a VIM does, or the two have nothing in common. A change goes before
    what could not be read.
    """
    sides = side_of(old), side_of(new)
    check_pair(*sides)
    check_authority(ca)
    if (old_release is None) != (new_release is None):
        raise WrongUse("--old-release and --new-release belong together; name both, or none")
    for side, name, given in zip(
        sides, ("--old-token-file", "--new-token-file"), (old_token_file, new_token_file), strict=True
    ):
        if given is not None and side.sort is not Sort.TARGET:
            raise WrongUse(f"{name} says who asks {side.name}, which is {side.sort}; leave it out, or name a target")
    if sides[0].sort is Sort.REPORT:
        if old_release is not None:
            raise WrongUse("a report names its release itself; leave out --old-release and --new-release")
        context.exit(_reports(*sides, json_=json_))
    releases = (old_release, new_release) if old_release and new_release else None
    caller = chosen(OfCaller, asked)
    contracts = _contracts(releases)
    terms = Terms(request_timeout=request_timeout)
    gathered, problems = [], []
    for side, own in zip(sides, (old_token_file, new_token_file), strict=True):
        who = caller if own is None else _alone(own)
        found, troubles = _gathered(side, contracts, lambda: _fresh(releases), who, (terms, ca))
        gathered.append(found)
        problems += troubles
    known = words_of(contracts[0], load_law(old_release or PUBLISHED))
    comparison = between(gathered[0], gathered[1], known)
    if releases is not None:
        comparison = Releases(*releases).explained(comparison)
    context.exit(_told(comparison, gathered, problems, sides, releases, json_=json_))


def _told(  # noqa: PLR0913 - what there is to tell
    comparison: Comparison,
    gathered: list[Gathered],
    problems: list[str],
    sides: tuple[Side, Side],
    releases: tuple[str, str] | None,
    *,
    json_: bool,
) -> int:
    """Print the comparison; the exit code."""
    known = frozenset(secrets()).union(*(each.secrets for each in gathered))
    notes = [*problems]
    for side, each in zip(sides, gathered, strict=True):
        notes += [f"{side.name}: {each.unanswered} requests without an answer"] if each.unanswered else []
        notes += [f"{side.name}: {each.beyond} exchanges beyond what is told apart"] if each.beyond else []
    if not comparison.compared:
        notes.append("the two sides have nothing in common that could be compared")
    comparison = replace(comparison, notes=tuple(notes))
    incomplete = bool(problems) or not comparison.compared
    code = Exit.NOT_CONFORMANT if comparison.unexpected else Exit.INCOMPLETE if incomplete else Exit.CONFORMANT
    if json_:
        names = {"old": sides[0].name, "new": sides[1].name}
        about = {"exit_code": int(code), **names, "releases": list(releases) if releases else None}
        click.echo(as_json(telling.value(comparison, known) | about))
    else:
        click.echo("\n".join(telling.lines(comparison, known)))
    return code


def _reports(old: Side, new: Side, *, json_: bool) -> int:
    found = reports_between(reading.read(Path(old.text)), reading.read(Path(new.text)))
    click.echo(as_json(forms.value(found)) if json_ else forms.text(found), nl=json_)
    return found.exit_code


def _gathered(
    side: Side,
    contracts: tuple[Contract, ...],
    fresh: Callable[[], Gathered],
    caller: OfCaller,
    terms: tuple[Terms, Path | None],
) -> tuple[Gathered, list[str]]:
    """What the side has shown, and what could not be read of it. Raises WrongUse, Incomplete."""
    if side.sort is Sort.CAPTURE:
        return captures.read(side.files, contracts, fresh)
    of_run, ca = terms
    gathered, problems = fresh(), []
    with caller_chosen(caller, side.text, ca) as found:
        of_run = replace(of_run, ca=str(found.ca) if found.ca is not None else "")
        try:
            with open_target(side.text, terms=of_run) as target:
                if not reads.look(target, contracts, gathered):
                    problems.append(f"{side.name}: {_NO_VIM}")
        except (TargetError, Unsendable) as error:
            raise WrongUse(redact_text(str(error), secrets())) from error
        except Unreachable as error:
            said = str(error) if side.name in str(error) else f"{side.name}: {error}"
            raise Incomplete(redact_text(f"{said}; correct the URL, or try again later", secrets())) from error
        gathered.secrets.update(secrets())
    return gathered, problems


def _contracts(releases: tuple[str, str] | None) -> tuple[Contract, ...]:
    """The contracts whose documents are read: those of the two releases, else of the document and the newest one."""
    return tuple(load_contract(name) for name in dict.fromkeys(releases or (PUBLISHED, RELEASES[-1])))


def _fresh(releases: tuple[str, str] | None) -> Gathered:
    names = dict.fromkeys(releases or (PUBLISHED, RELEASES[-1]))
    return Gathered(frozenset().union(*(words_of(load_contract(name), load_law(name)) for name in names)))


def _alone(token_file: Path) -> OfCaller:
    """A caller with the token of this file, whatever else was asked."""
    return OfCaller(token_file, None, os_env=False, service_type="", interface="", region=None)
