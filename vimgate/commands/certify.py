"""`vimgate certify`: judge a server by the contract and end in a verdict."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from conformance.drivers.changes import EVERY, read_changes
from conformance.findings.selection import SelectionError, selected
from conformance.runs.campaign import Came, Suite, run_campaign
from conformance.runs.forecast import forecast
from conformance.runs.options import Options
from conformance.runs.run import run_suite
from conformance.runs.runfile import Past, RunFile, Told
from conformance.targets.target import EMBEDDED, TargetError, Unsendable
from conformance.targets.terms import Terms
from reports import folder, gate
from reports.model import Changes, Level, Report, Run
from reports.redact import redact_report, redact_text
from reports.render import text
from reports.render.brief import brief
from reports.waivers import apply as apply_waivers
from spec.load import PUBLISHED, load_ledger
from vimgate import embedded
from vimgate.asking import chosen, with_options
from vimgate.asking.caller import CALLER, OfCaller
from vimgate.asking.depth import DEPTH, OfDepth
from vimgate.asking.others import OTHERS, OfOthers
from vimgate.asking.report import REPORT, OfReport
from vimgate.asking.target import TARGET, WHOLE, OfTarget
from vimgate.caller import caller_chosen, others_chosen
from vimgate.ci.job import Job
from vimgate.evidencing import Wanted, forget
from vimgate.exits import Exit, WrongUse
from vimgate.leftovers import run_file_of
from vimgate.placing import placed
from vimgate.progress import ProgressShown
from vimgate.runheader import header
from vimgate.summary import as_json, summary
from vimgate.surroundings import check_authority, rules_chosen, secrets, stoppable, world_text
from vimgate.waiverfile import given_in

_MOST_WORKERS: Final = 4


@click.command(
    epilog="""\b
Examples:
  vimgate certify
  vimgate certify wsgi:mypackage.app:create_app
  vimgate certify https://controller:4545 --read-only --token-file token.txt --release stx-3.0
  vimgate certify http://127.0.0.1:4545 --allow-changes --ci --waivers waivers.yaml
"""
)
@click.argument("target", required=False)
@with_options(DEPTH, TARGET, CALLER, OTHERS, WHOLE, REPORT)
@click.pass_context
def command(context: click.Context, /, *, target: str | None, **asked: Any) -> None:
    """Judge TARGET by the published API, or by a release of it, and end in a verdict.

    TARGET is http://host:port[/prefix], https://…, or wsgi:module:factory (the current directory is importable; the
    factory takes no arguments and is called once per test). Without one the embedded reference server of --release is
    judged.

    A URL target gets only GET requests unless --allow-changes is given; what was not tried is untestable then. WSGI
    targets may always be changed. At level oracle each strategy is compared with what the world of the deployment
    leads to. The report is written to the folder of --out; the last line of the output is the verdict.

    With --shard the exit code is about what the shard played: 0 when nothing failed in it. The verdict line says
    incomplete; that of the report which `vimgate report merge` makes of all shards counts.

    Exit codes: 0 conformant, 1 not conformant, 2 wrong use, 3 incomplete.
    """
    context.exit(judged(target, asked))


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of a run while it goes on: each line of its run file, and in the end its report and what it came to."""

    line: Callable[[str], None] = lambda _: None
    came: Callable[[Report, Came], None] = lambda _report, _came: None


_NOBODY: Final = Listener()


def judged(
    target: str | None,
    asked: Mapping[str, Any],
    suite: Suite = run_suite,
    *,
    ledger: bool = False,
    listener: Listener = _NOBODY,
) -> int:
    """Judge the target as it was asked, write and tell what comes out, each requirement with `ledger`; the exit code.

    `suite` is who runs the suite. Raises WrongUse, Incomplete.
    """
    of_target, of_depth = chosen(OfTarget, asked), chosen(OfDepth, asked)
    of_report, of_caller = chosen(OfReport, asked), chosen(OfCaller, asked)
    out, given = of_report.out, given_in(of_report.waivers)
    check(of_caller.place if target is None else target, of_target)
    if of_target.dry_run and of_report.json:
        raise WrongUse("--json prints a verdict, and --dry-run comes to none; leave one of them out")
    if of_report.ci and of_report.json:
        raise WrongUse("--json prints one document, and --ci lines for a CI system; leave one of them out")
    _check_selection(of_depth)
    _check_folder(out)
    with (
        rules_chosen(of_depth.release, of_target.rulebook),
        caller_chosen(of_caller, target, of_target.ca) as found,
        others_chosen(chosen(OfOthers, asked), of_caller, of_target.ca, idle=_asks_no_callers(of_target, of_depth)),
        stoppable(),
    ):
        options = options_of(found.target, replace(of_target, ca=found.ca), of_depth, quiet=of_report.quiet)
        if of_target.dry_run:
            click.echo(forecast(options))
            return Exit.CONFORMANT
        job = Job.here(wanted=of_report.ci)
        job.begin(options.seed)
        progress = ProgressShown(quiet=of_report.quiet or suite is not run_suite, bar=not of_report.ci)
        deepest = of_depth.level is None
        evidence = Wanted(out, given) if of_report.evidence else None
        run, came = carry_out(
            options,
            of_target,
            deepest=deepest,
            progress=progress,
            suite=suite,
            evidence=evidence,
            told=listener.line,
        )
        run = replace(run, waivers_digest=given.digest if given else "")
        result = replace(came.measured.report(run), evidence=evidence.stored if evidence is not None else None)
        if given is not None:
            result = apply_waivers(result, given.waivers, date.fromisoformat(run.started[:10]))
        result = redact_report(result, secrets())
        broken = "\n".join(filter(None, [came.measured.broken, evidence.trouble if evidence is not None else ""]))
        broken = redact_text(broken, secrets())
    listener.came(result, came)
    code = gate.run_code(result)
    if result.evidence is None:
        forget(out)
    try:
        folder.write(placed(result), out)
    except OSError as error:
        broken = f"{out}: the report cannot be written: {error.strerror or error}; name another folder with --out"
        code = code or Exit.INCOMPLETE
    if not (of_report.quiet or of_report.json):
        click.echo(f"{summary(result)}\n")
    if ledger:
        click.echo(f"{text.ledger(result)}\n")
    if broken:
        click.echo(broken, err=True)
    job.end(result, out)
    click.echo(as_json(brief(result, out)) if of_report.json else gate.verdict_line(result, out))
    return code


def carry_out(  # noqa: PLR0913 - what is asked of a run
    options: Options,
    asked: OfTarget,
    *,
    deepest: bool,
    progress: ProgressShown,
    suite: Suite = run_suite,
    evidence: Wanted | None = None,
    told: Told = _NOBODY.line,
) -> tuple[Run, Came]:
    """Judge the target; what was judged, and what it came to. `told` hears the lines of its run file.

    Raises WrongUse, Incomplete.
    """
    run = header(options)
    started = time.monotonic()
    with (
        run_file_of(options, run, asked, told) as (file, past),
        evidence.gathered(file, past) if evidence is not None else nullcontext("") as folder,
    ):
        options = replace(options, evidence=folder)
        came = _came(options, file, past, deepest=deepest, progress=progress, suite=suite)
        run = replace(run, level=came.measured.level, duration_seconds=time.monotonic() - started)
        if evidence is not None:
            evidence.store(folder, came.account, run)
    return run, came


def _came(  # noqa: PLR0913 - the parts of a run
    options: Options, file: RunFile | None, past: Past | None, *, deepest: bool, progress: ProgressShown, suite: Suite
) -> Came:
    try:
        with progress:
            came = run_campaign(options, progress.watch, file, past, deepest=deepest, suite=suite)
    except (TargetError, Unsendable) as error:
        raise WrongUse(redact_text(str(error), secrets())) from error
    if came.measured.wrong_use:
        raise WrongUse(redact_text(came.measured.wrong_use, secrets()))
    return came


def check(target: str | None, asked: OfTarget) -> None:
    """Raise WrongUse for options that contradict each other."""
    if asked.read_only and asked.allow_changes:
        raise WrongUse("--read-only and --allow-changes contradict each other; leave one of them out")
    try:
        permitted = read_changes(asked.changes)
    except ValueError as error:
        raise WrongUse(f"--changes: {error}") from error
    changes = asked.allow_changes and target is not None and not target.startswith("wsgi:")
    if permitted != EVERY and not asked.allow_changes:
        raise WrongUse("--changes says what --allow-changes permits; add --allow-changes, or leave --changes out")
    for name, given in (("--take-over", asked.take_over), ("--resume", asked.resume), ("--run-file", asked.run_file)):
        if given and not changes:
            raise WrongUse(f"{name} is for a URL target with --allow-changes; leave it out, or add these")
    check_authority(asked.ca)
    if asked.rulebook is not None and target is not None:
        raise WrongUse("--rulebook is for the embedded reference server; leave out the target or the rulebook")
    if target is not None and not target.strip():
        raise WrongUse(
            "the target is empty; name a URL or wsgi:module:factory, or leave it out for the embedded server"
        )


def _asks_no_callers(of_target: OfTarget, of_depth: OfDepth) -> bool:
    """Nothing is sent at all, or nothing so deep as what is said of callers."""
    return of_target.dry_run or of_depth.level == Level.WIRE


def _check_selection(asked: OfDepth) -> None:
    """Raise WrongUse when --only or --skip name nothing, or leave nothing."""
    try:
        selected(load_ledger(asked.release), asked.only, asked.skip)
    except SelectionError as error:
        raise WrongUse(str(error)) from error


def options_of(target: str | None, of_target: OfTarget, of_depth: OfDepth, *, quiet: bool) -> Options:
    """The options of the run; without a target it is the embedded server's."""
    plain = of_target.rulebook is None and of_depth.release == PUBLISHED
    target = target or (EMBEDDED if plain else embedded.TARGET)
    in_process = target.startswith("wsgi:")
    may_change = of_target.allow_changes or in_process
    changes = Changes.READ_ONLY if of_target.read_only else Changes.ALLOWED if may_change else Changes.REFUSED
    workers = of_depth.workers or (min(os.cpu_count() or 1, _MOST_WORKERS) if in_process else 1)
    if workers > 1 and not in_process and changes is Changes.ALLOWED:
        workers = 1
        if not quiet:
            click.echo("certify: one worker only, because a target that is changed has one strategy for all", err=True)
    if workers > 1 and (of_target.requests_per_minute or of_target.most_requests):
        workers = 1
        if not quiet:
            click.echo("certify: one worker only, because the requests of all are counted together", err=True)
    return Options(
        target=target,
        changes=changes,
        workers=workers,
        seed=of_depth.seed,
        examples=of_depth.fuzz_examples,
        sequences=of_depth.sequences,
        world=world_text(of_depth.world),
        clients=of_depth.clients,
        only=of_depth.only,
        skip=of_depth.skip,
        shard=of_depth.shard,
        level=Level(of_depth.level or Level.ORCHESTRATION),
        permitted=tuple(sorted(read_changes(of_target.changes))),
        release=of_depth.release,
        take_over=of_target.take_over,
        terms=_terms(of_target),
    )


def _terms(asked: OfTarget) -> Terms:
    return Terms(
        request_timeout=asked.request_timeout,
        reconnect=asked.reconnect,
        poll_interval=asked.poll_interval,
        deadline=asked.deadline or 0.0,
        until=time.monotonic() + asked.deadline if asked.deadline else 0.0,
        requests_per_minute=asked.requests_per_minute or 0.0,
        most_requests=asked.most_requests or 0,
        ca=str(asked.ca.resolve()) if asked.ca is not None else "",
    )


def _check_folder(out: Path) -> None:
    """Raise WrongUse before the run when no report could be written after it."""
    place = next(each for each in (out, *out.absolute().parents) if each.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise WrongUse(f"{out}: no report can be written there; name another folder with --out")
