"""`vimgate fingerprint`: which release a deployment behaves like."""

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from conformance.fingerprint.table import load_table
from conformance.fingerprint.weighing import Fingerprint, Observations, Outcome, fingerprint_of
from conformance.targets.target import TargetError, Unsendable, check_text, open_target, shown
from conformance.targets.terms import Terms
from conformance.targets.transport import Unreachable
from reports.redact import redact_text, redact_value
from spec.load import RELEASES
from vimgate.asking import chosen, with_options
from vimgate.asking.caller import CALLER, OfCaller
from vimgate.asking.others import READERS, OfOthers
from vimgate.asking.target import READING
from vimgate.caller import caller_chosen, others_chosen
from vimgate.exits import Exit, Incomplete, WrongUse
from vimgate.fingerprinting.asking import ask
from vimgate.fingerprinting.document import document
from vimgate.fingerprinting.progress import LookingShown
from vimgate.fingerprinting.recorded import observed
from vimgate.fingerprinting.showing import candidates, evidence, headline, missing
from vimgate.summary import as_json
from vimgate.surroundings import check_authority, secrets
from vimgate.tables import print_table

_CODES: Final = {
    Outcome.TOLD: Exit.CONFORMANT,
    Outcome.NONE: Exit.NOT_CONFORMANT,
    Outcome.LITTLE: Exit.INCOMPLETE,
}


class _Subject(NamedTuple):
    """What was looked at: its name, what it showed, and whether it can be asked again."""

    name: str
    showed: Observations
    is_target: bool


@click.command(
    epilog="""\b
Examples:
  vimgate fingerprint http://127.0.0.1:4545
  vimgate fingerprint https://controller:4545 --token-file token.txt --reader-token-file reader.txt
  vimgate fingerprint --os-cloud lab --json
  vimgate fingerprint traffic/capture.har
"""
)
@click.argument("target", metavar="URL|FILE", required=False)
@with_options(CALLER, READERS, READING)
@click.option("--site", metavar="URL", help="The deployment of a recording that holds several: scheme://host:port.")
@click.option("--json", "json_", is_flag=True, help="Print one JSON document instead of text.")
@click.pass_context
def command(  # noqa: PLR0913 - the options of the command
    context: click.Context,
    /,
    *,
    target: str | None,
    site: str | None,
    json_: bool,
    requests_per_minute: float | None,
    request_timeout: float,
    ca: Path | None,
    **asked: Any,
) -> None:
    """Say which release the deployment at URL behaves like, with the evidence and the confidence.

    Only requests that change nothing are sent, about two dozen: links, strategies that are there, an unknown path, a
    wrong media type, a caller without a token. FILE is a recording instead (HAR, mitmproxy flows, JSON lines), in which
    answers to others tell more. Releases that nobody can tell apart by reading are told together, with what would
    tell them apart. docs/fingerprint.md says how the signs are weighed.

    Exit codes: 0 a release was told, or a few that cannot be told apart; 1 it behaves like no release that is known;
    2 wrong use; 3 it did not answer, or too little was seen.
    """
    check_authority(ca)
    if target is not None and os.path.isfile(target):
        with LookingShown() as progress:
            showed = observed(Path(target), load_table(), site, progress.watch)
        subject = _Subject(target, showed, is_target=False)
    elif site is not None:
        raise WrongUse("--site is for a recording; leave it out, or name a file")
    elif target is not None and not target.startswith(("http://", "https://", "wsgi:")):
        what = "is no file" if os.path.exists(target) else "there is no such file"
        raise WrongUse(f"{shown(target)!r}: {what}; name a recording, or a URL such as http://host:port")
    else:
        terms = Terms(request_timeout=request_timeout, requests_per_minute=requests_per_minute or 0.0, reconnect=0.0)
        subject = _asked(target, chosen(OfCaller, asked), asked, terms, ca)
    found = fingerprint_of(subject.showed)
    _tell(found, subject, json_=json_)
    context.exit(_CODES[found.outcome])


def _asked(target: str | None, of_caller: OfCaller, asked: dict[str, Any], terms: Terms, ca: Path | None) -> _Subject:
    """Ask the target. Raises WrongUse, Incomplete."""
    if target is None and not of_caller.in_catalogue:
        raise WrongUse("name the URL of the deployment, a recording of it, or its cloud with --os-cloud")
    others = chosen(OfOthers, {**asked, "expired_token_file": None})
    showed = Observations(load_table())
    try:
        if target is not None:
            check_text(target)
        with (
            caller_chosen(of_caller, target, ca) as found,
            others_chosen(others, of_caller, ca, idle=True),
            LookingShown() as progress,
        ):
            text = found.target or ""
            terms = replace(terms, ca=str(found.ca.resolve()) if found.ca is not None else "")
            with open_target(text, terms=terms) as opened:
                lost = ask(opened, showed, progress.watch)
            name = redact_text(shown(text), secrets())
        for each in lost:
            click.echo(redact_text(f"fingerprint: {each}", secrets()), err=True)
    except (TargetError, Unsendable) as error:
        raise WrongUse(redact_text(str(error), secrets())) from error
    except Unreachable as error:
        raise Incomplete(redact_text(f"{error}; correct the URL, or try again later", secrets())) from error
    return _Subject(name, showed, is_target=True)


def _tell(found: Fingerprint, subject: _Subject, *, json_: bool) -> None:
    following = _following(found, subject)
    if json_:
        click.echo(as_json(redact_value(document(found, subject.name, subject.showed.exchanges, following))))
        return
    click.echo(headline(found, subject.name, subject.showed.exchanges))
    if found.is_vim:
        for shown_table in (candidates(found), evidence(found)):
            click.echo()
            print_table(shown_table)
    if lines := list(missing(found)):
        click.echo("\n" + "\n".join(lines))
    if following:
        click.echo(f"\nNext: {following}")


def _following(found: Fingerprint, subject: _Subject) -> str:
    """The command to go on with, by the newest release that was told; empty where there is none to judge by."""
    known = [release for release in found.told if release in RELEASES]
    if found.outcome is not Outcome.TOLD or not known:
        return ""
    word = "certify" if subject.is_target else "audit"
    return shlex.join(["vimgate", word, subject.name, "--release", known[-1]])
